//! Settings of the machine that change figures: a few files of the kernel, with the values that each can hold.

use clap::ValueEnum;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// What `--apply` can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Setting {
    /// The clock is kept high
    Governor,
    /// The clock does not rise above its nominal rate while few cores work
    Turbo,
    /// Huge pages only for programs that ask for them
    HugePages,
    /// Random addresses of memory
    Aslr,
    /// perf may look at your own processes
    Perf,
}

/// The folder with the kernel's files.
pub(super) trait Tree {
    /// `/`, or a test's folder.
    fn root(&self) -> &Path;

    /// A file's text, without the white space around it.
    fn read(&self, file: &str) -> io::Result<String> {
        Ok(fs::read_to_string(self.root().join(file))?.trim().to_owned())
    }

    /// Whether this user may write a file; nothing is written to find out.
    fn may_write(&self, file: &str) -> io::Result<()> {
        OpenOptions::new().write(true).open(self.root().join(file)).map(drop)
    }

    /// Writes to an existing file, and never makes one.
    fn write(&self, file: &str, value: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).truncate(true).open(self.root().join(file))?;
        file.write_all(value.as_bytes())
    }
}

/// The machine's own files.
pub(super) struct Root<'a>(pub(super) &'a Path);

impl Tree for Root<'_> {
    fn root(&self) -> &Path {
        self.0
    }
}

/// One file of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Knob {
    pub(super) setting: Setting,
    /// Its path, relative to the root.
    pub(super) file: String,
}

const POLICIES: &str = "sys/devices/system/cpu/cpufreq";
const NO_TURBO: &str = "sys/devices/system/cpu/intel_pstate/no_turbo";
const BOOST: &str = "sys/devices/system/cpu/cpufreq/boost";
const HUGE_PAGES: &str = "sys/kernel/mm/transparent_hugepage/enabled";
const ASLR: &str = "proc/sys/kernel/randomize_va_space";
const PERF: &str = "proc/sys/kernel/perf_event_paranoid";

impl Setting {
    /// All of them, in the order of the checks.
    pub const ALL: [Setting; 5] =
        [Setting::Governor, Setting::Turbo, Setting::HugePages, Setting::Aslr, Setting::Perf];

    /// Those that spoil every figure if they are wrong. The others are a choice: without turbo everything is slower,
    /// and perf is for profiles only.
    pub const USUAL: [Setting; 3] = [Setting::Governor, Setting::HugePages, Setting::Aslr];

    /// Its name, which is that of its check.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Setting::Governor => "governor",
            Setting::Turbo => "turbo",
            Setting::HugePages => "huge pages",
            Setting::Aslr => "aslr",
            Setting::Perf => "perf",
        }
    }

    /// Why a machine has none of its files.
    pub(super) const fn absence(self) -> &'static str {
        match self {
            Setting::Governor | Setting::Turbo => {
                "the clock cannot be set here; in a virtual machine or container, the host sets it"
            }
            Setting::HugePages => {
                "this kernel has no transparent huge pages, or hides them from the container"
            }
            Setting::Aslr => "the kernel does not show it, as in some containers",
            Setting::Perf => "this kernel has no perf",
        }
    }

    /// Its files on this machine.
    pub(super) fn knobs(self, tree: &impl Tree) -> Vec<Knob> {
        let files = match self {
            Setting::Governor => policies(tree.root()),
            // on Intel both files can exist, and the check reads this one first as well
            Setting::Turbo => vec![NO_TURBO.to_owned(), BOOST.to_owned()],
            Setting::HugePages => vec![HUGE_PAGES.to_owned()],
            Setting::Aslr => vec![ASLR.to_owned()],
            Setting::Perf => vec![PERF.to_owned()],
        };
        let there = files.into_iter().filter(|file| tree.root().join(file).is_file());
        let knobs = there.map(|file| Knob { setting: self, file });
        if self == Setting::Turbo { knobs.take(1).collect() } else { knobs.collect() }
    }
}

impl Knob {
    /// The file of that name, if it is one that may be written; it does not have to exist.
    pub(super) fn named(file: &str) -> Option<Self> {
        let setting = match file {
            NO_TURBO | BOOST => Setting::Turbo,
            HUGE_PAGES => Setting::HugePages,
            ASLR => Setting::Aslr,
            PERF => Setting::Perf,
            _ => {
                let policy =
                    file.strip_prefix(POLICIES)?.strip_prefix('/')?.strip_suffix("/scaling_governor")?;
                is_policy(policy).then_some(Setting::Governor)?
            }
        };
        Some(Knob { setting, file: file.to_owned() })
    }

    /// Its current value.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or does not hold a value of such a file.
    pub(super) fn current(&self, tree: &impl Tree) -> io::Result<String> {
        let text = tree.read(&self.file)?;
        let chosen = match self.setting {
            Setting::HugePages => text.split_once('[').and_then(|(_, rest)| Some(rest.split_once(']')?.0)),
            _ => Some(text.as_str()),
        };
        let known = chosen.filter(|value| is_value(value));
        known.map(str::to_owned).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a setting"))
    }

    /// The value that it should have.
    pub(super) fn wanted(&self) -> &'static str {
        match (self.setting, self.file.as_str()) {
            (Setting::Governor, _) => "performance",
            (Setting::Turbo, NO_TURBO) => "1",
            (Setting::Turbo, _) => "0",
            (Setting::HugePages, _) => "madvise",
            (Setting::Aslr | Setting::Perf, _) => "2",
        }
    }

    /// Whether that value is good for measuring.
    pub(super) fn suits(&self, value: &str) -> bool {
        let lower = || value.parse().is_ok_and(|level: i64| level <= 2);
        value == self.wanted() || self.setting == Setting::Perf && lower()
    }

    /// Whether the file can hold that value, by its own list or by the kernel's documentation.
    pub(super) fn offers(&self, tree: &impl Tree, value: &str) -> bool {
        let among = |words: io::Result<String>| {
            words.is_ok_and(|words| {
                words.split_whitespace().any(|word| word.trim_matches(['[', ']']) == value)
            })
        };
        let number =
            |least: i64, most: i64| value.parse().is_ok_and(|number: i64| (least..=most).contains(&number));
        match self.setting {
            Setting::Governor => {
                let folder = self.file.trim_end_matches("scaling_governor");
                among(tree.read(&format!("{folder}scaling_available_governors")))
            }
            Setting::HugePages => among(tree.read(&self.file)),
            Setting::Turbo => number(0, 1),
            Setting::Aslr => number(0, 2),
            Setting::Perf => number(-1, 4),
        }
    }
}

/// Whether a text is short and plain enough to be a setting: it may be part of a command that a user copies.
pub(super) fn is_value(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(is_plain)
}

fn is_policy(name: &str) -> bool {
    name.strip_prefix("policy")
        .is_some_and(|n| (1..=5).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The governor of each group of CPUs that share a clock, in the order of the groups.
fn policies(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join(POLICIES)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| is_policy(name)).collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    names.into_iter().map(|name| format!("{POLICIES}/{name}/scaling_governor")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_of_settings_are_named() {
        let governor = "sys/devices/system/cpu/cpufreq/policy12/scaling_governor";
        for file in [governor, NO_TURBO, BOOST, HUGE_PAGES, ASLR, PERF] {
            assert_eq!(Knob::named(file).unwrap().file, file);
        }
        let others = [
            "",
            "etc/passwd",
            "/proc/sys/kernel/randomize_va_space",
            "proc/sys/kernel/../kernel/randomize_va_space",
            "proc/sys/kernel/core_pattern",
            "sys/devices/system/cpu/cpufreq/policy/scaling_governor",
            "sys/devices/system/cpu/cpufreq/policy0/../x/scaling_governor",
            "sys/devices/system/cpu/cpufreq/policyx/scaling_governor",
            "sys/devices/system/cpu/cpufreq/policy0/scaling_setspeed",
            "sys/devices/system/cpu/cpufreq/policy123456/scaling_governor",
        ];
        assert_eq!(others.map(|file| Knob::named(file).is_some()), [false; 10]);
    }

    #[test]
    fn a_value_is_held_against_what_the_file_offers() {
        let root = tempfile::tempdir().unwrap();
        let tree = Root(root.path());
        let put = |file: &str, text: &str| {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n");
        put("sys/devices/system/cpu/cpufreq/policy0/scaling_available_governors", "performance powersave \n");
        put(HUGE_PAGES, "always [madvise] never\n");
        let knob = |file: &str| Knob::named(file).unwrap();
        let governor = &Setting::Governor.knobs(&tree)[0];
        assert_eq!(governor.current(&tree).unwrap(), "powersave");
        let offered = |knob: &Knob, values: [&str; 3]| values.map(|value| knob.offers(&tree, value));
        assert_eq!(offered(governor, ["performance", "ondemand", ""]), [true, false, false]);
        assert_eq!(knob(HUGE_PAGES).current(&tree).unwrap(), "madvise");
        assert_eq!(offered(&knob(HUGE_PAGES), ["madvise", "always", "[madvise]"]), [true, true, false]);
        assert_eq!(offered(&knob(ASLR), ["2", "3", "-1"]), [true, false, false]);
        assert_eq!(offered(&knob(PERF), ["-1", "4", "5"]), [true, true, false]);
        assert_eq!(["0", "2", "3"].map(|level| knob(PERF).suits(level)), [true, true, false]);
        assert_eq!(["1", "2; rm", "", "a b", "$(x)"].map(is_value), [true, false, false, false, false]);
        put(HUGE_PAGES, "broken");
        assert!(knob(HUGE_PAGES).current(&tree).is_err());
    }

    #[test]
    fn nothing_is_made_where_nothing_is() {
        let root = tempfile::tempdir().unwrap();
        let tree = Root(root.path());
        assert!(Setting::ALL.iter().all(|setting| setting.knobs(&tree).is_empty()));
        assert!(tree.may_write(ASLR).is_err() && tree.write(ASLR, "2").is_err());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
