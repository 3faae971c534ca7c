//! The kernel's small text files under `/proc` and `/sys`; a missing one is an answer too.

use std::{fs, path::Path, str::FromStr};

/// A tree of such files: the real one, or a test's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Files<'a>(pub(super) &'a Path);

impl Files<'_> {
    /// A file's text without the white space around it.
    pub(super) fn text(self, path: &str) -> Option<String> {
        let text = fs::read_to_string(self.0.join(path.trim_start_matches('/'))).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A file that holds one number.
    pub(super) fn number<T: FromStr>(self, path: &str) -> Option<T> {
        self.text(path)?.parse().ok()
    }

    /// The rest of the line of a file that begins with `key`, without the separator.
    pub(super) fn field(self, path: &str, key: &str) -> Option<String> {
        let text = self.text(path)?;
        let value = |line: &str| {
            Some(line.strip_prefix(key)?.trim_start().strip_prefix([':', '='])?.trim().to_owned())
        };
        text.lines().find_map(value).filter(|value| !value.is_empty())
    }

    /// A line such as `MemTotal: 24684084 kB`, in bytes.
    pub(super) fn kib(self, path: &str, key: &str) -> Option<u64> {
        let kib: u64 = self.field(path, key)?.split_whitespace().next()?.parse().ok()?;
        kib.checked_mul(1024)
    }

    /// The names in a folder that are `prefix` and a number, in the order of the numbers.
    pub(super) fn numbered(self, path: &str, prefix: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.0.join(path.trim_start_matches('/'))) else { return Vec::new() };
        let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
        let number = |name: String| Some((name.strip_prefix(prefix)?.parse::<u32>().ok()?, name));
        let mut names: Vec<(u32, String)> = entries.flatten().filter_map(name).filter_map(number).collect();
        names.sort();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Whether there is such a file.
    pub(super) fn exists(self, path: &str) -> bool {
        self.0.join(path.trim_start_matches('/')).exists()
    }
}

/// How many numbers a list such as `0-3,8` holds.
pub(super) fn listed(list: &str) -> Option<u64> {
    let size = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        last.checked_sub(first)?.checked_add(1)
    };
    list.split(',').map(size).try_fold(0, |sum: u64, size| sum.checked_add(size?))
}

/// A size such as `32K`, in bytes.
pub(super) fn sized(text: &str) -> Option<u64> {
    let (digits, scale) = match text.char_indices().next_back()? {
        (at, 'K') => (&text[..at], 1 << 10),
        (at, 'M') => (&text[..at], 1 << 20),
        (at, 'G') => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(scale)
}

/// A folder with these files, to be read as if it were the root.
#[cfg(test)]
pub(super) fn root(tree: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in tree {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_sizes_are_read_or_refused() {
        assert_eq!(["0", "0-3", "0-3,8,10-11"].map(listed), [Some(1), Some(4), Some(7)]);
        assert_eq!(["", "x", "3-1", "0-18446744073709551615"].map(listed), [None; 4]);
        assert_eq!(
            ["512", "32K", "4M", "1G"].map(sized),
            [Some(512), Some(32 << 10), Some(4 << 20), Some(1 << 30)]
        );
        assert_eq!(["", "K", "-1K", "99999999999999999999G", "18446744073709551615K"].map(sized), [None; 5]);
    }

    #[test]
    fn fields_numbers_and_folders_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files(folder.path());
        fs::write(folder.path().join("info"), "model\t\t: 2\nmodel name\t: A B\nempty :\nMemTotal:  3 kB\n")
            .unwrap();
        assert_eq!(files.field("/info", "model").as_deref(), Some("2"));
        assert_eq!(files.field("info", "model name").as_deref(), Some("A B"));
        assert_eq!((files.field("info", "empty"), files.field("info", "no")), (None, None));
        assert_eq!(files.kib("info", "MemTotal"), Some(3072));
        assert_eq!((files.number::<u64>("info"), files.number::<u64>("none")), (None, None));
        for name in ["cpu10", "cpu2", "cpufreq", "cpu"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        assert_eq!(files.numbered("/", "cpu"), ["cpu2", "cpu10"]);
    }
}
