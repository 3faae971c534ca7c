//! A check that an input fits in memory: a larger one would make the machine swap or wake the out-of-memory killer.

use crate::control_group;
use parallax_pattern::{Answer, No};
use std::fs;
use std::path::Path;

/// Refuses an input that takes more than nine tenths of the memory that this process can have.
pub(crate) fn room_for(bytes: u64) -> Answer<()> {
    fits(bytes, available(Path::new("/")))
}

fn fits(bytes: u64, available: u64) -> Answer<()> {
    if bytes <= available / 10 * 9 {
        return Ok(());
    }
    let mib = |bytes: u64| bytes >> 20;
    Err(No::Unavailable(format!(
        "needs {} MiB of memory where {} MiB are available; take a smaller --size",
        mib(bytes),
        mib(available)
    )))
}

/// The memory that the machine has left, or that control groups allow, whichever is less; unbounded if unknown.
fn available(root: &Path) -> u64 {
    let meminfo = fs::read_to_string(root.join("proc/meminfo")).unwrap_or_default();
    let line =
        meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.trim().strip_suffix(" kB"));
    let left = line.and_then(|kib| kib.parse::<u64>().ok()?.checked_mul(1024));
    left.into_iter().chain(control_group::memory(root)).min().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The memory available on a machine that has these files.
    fn on(name: &str, files: &[(&str, &str)]) -> u64 {
        let root = std::env::temp_dir().join(format!("parallax-room-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = available(&root);
        let _ = fs::remove_dir_all(&root); // there is none where no files are given
        found
    }

    const MEMINFO: (&str, &str) = ("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:    4194304 kB\n");

    #[test]
    fn the_least_of_what_is_left_and_what_any_group_around_grants_counts() {
        assert_eq!(on("none", &[]), u64::MAX);
        assert_eq!(on("free", &[MEMINFO]), 4 << 30);
        let second = [
            MEMINFO,
            ("proc/self/cgroup", "0::/outer/inner\n"),
            ("sys/fs/cgroup/outer/memory.max", "314572800\n"),
            ("sys/fs/cgroup/outer/inner/memory.max", "max\n"),
        ];
        assert_eq!(on("second", &second), 300 << 20);
        let used = [("sys/fs/cgroup/outer/memory.stat", "anon 104857600\nfile 999999999\n")];
        assert_eq!(on("used", &[&second[..], &used].concat()), 200 << 20);
        let first = [
            MEMINFO,
            ("proc/self/cgroup", "4:memory:/x\n0::/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "209715200\n"),
        ];
        assert_eq!(on("first", &first), 200 << 20);
        let wide =
            [MEMINFO, ("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/memory.max", "99999999999999\n")];
        assert_eq!(on("wide", &wide), 4 << 30);
    }

    #[test]
    fn a_refusal_says_what_is_needed_and_what_there_is() {
        let no = fits(768 << 20, 300 << 20).unwrap_err().to_string();
        assert!(
            no.contains("needs 768 MiB of memory where 300 MiB are available; take a smaller --size"),
            "{no}"
        );
        assert!(fits(269 << 20, 300 << 20).is_ok() && fits(271 << 20, 300 << 20).is_err());
    }
}
