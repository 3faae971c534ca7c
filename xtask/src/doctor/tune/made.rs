//! A simulated machine for tests: its kernel renders each written value, or refuses it on demand.

use super::{Outcome, Step, Wish, apply, restore};
use crate::doctor::memory::Memory;
use crate::doctor::settings::{Root, Setting, Tree};
use anyhow::Result;
use parallax_harness::durable::{Disk, Files};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub(super) const POLICY: &str = "sys/devices/system/cpu/cpufreq/policy";
pub(super) const PAGES: &str = "sys/kernel/mm/transparent_hugepage/enabled";
pub(super) const ASLR: &str = "proc/sys/kernel/randomize_va_space";
pub(super) const PERF: &str = "proc/sys/kernel/perf_event_paranoid";
pub(super) const BOOST: &str = "sys/devices/system/cpu/cpufreq/boost";
pub(super) const BOOT: &str = "proc/sys/kernel/random/boot_id";

pub(super) fn governor(policy: usize) -> String {
    format!("{POLICY}{policy}/scaling_governor")
}

/// A machine in a folder, and the writes that its kernel refuses, by file and value.
pub(super) struct Made {
    pub(super) folder: tempfile::TempDir,
    pub(super) refuses: RefCell<Vec<(String, &'static str, io::ErrorKind)>>,
    pub(super) writes: RefCell<Vec<String>>,
}

impl Tree for Made {
    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, value: &str) -> io::Result<()> {
        self.writes.borrow_mut().push(format!("{file} {value}"));
        let refused = self.refuses.borrow();
        if let Some((.., kind)) = refused.iter().find(|(of, not, _)| (of.as_str(), *not) == (file, value)) {
            return Err((*kind).into());
        }
        let rendered = match file {
            PAGES => "always madvise never\n".replace(value, &format!("[{value}]")),
            _ => format!("{value}\n"),
        };
        Root(self.root()).write(file, &rendered)
    }
}

impl Made {
    /// A laptop with its defaults: four groups of CPUs that save power, and huge pages for all programs.
    pub(super) fn laptop() -> Self {
        let made = Made::bare();
        for policy in 0..4 {
            made.put(&governor(policy), if policy == 3 { "schedutil\n" } else { "powersave\n" });
            let offered = format!("{POLICY}{policy}/scaling_available_governors");
            made.put(&offered, "performance powersave schedutil \n");
        }
        for (file, text) in [
            (PAGES, "[always] madvise never\n"),
            (ASLR, "0\n"),
            (PERF, "4\n"),
            (BOOST, "1\n"),
            ("proc/sys/kernel/core_pattern", "core\n"),
        ] {
            made.put(file, text);
        }
        made
    }

    pub(super) fn bare() -> Self {
        let (refuses, writes) = (RefCell::default(), RefCell::default());
        let made = Made { folder: tempfile::tempdir().unwrap(), refuses, writes };
        made.put(BOOT, "first\n");
        made
    }

    pub(super) fn put(&self, file: &str, text: &str) {
        let path = self.root().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Every file of the kernel with its content.
    pub(super) fn all(&self) -> BTreeMap<PathBuf, String> {
        fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                match entry.file_type().unwrap().is_dir() {
                    true => walk(&entry.path(), found),
                    false => drop(found.insert(entry.path(), fs::read_to_string(entry.path()).unwrap())),
                }
            }
        }
        let mut found = BTreeMap::new();
        ["sys", "proc"].map(|part| self.root().join(part)).iter().filter(|part| part.is_dir()).for_each(
            |part| {
                walk(part, &mut found);
            },
        );
        found
    }

    pub(super) fn memory(&self) -> PathBuf {
        self.root().join("home/parallax/settings-made.json")
    }

    pub(super) fn tuned(
        &self,
        wish: Option<&[Setting]>,
        pretend: bool,
        disk: &mut impl Files,
    ) -> Result<Vec<Step>> {
        let mut memory = Memory::read(&self.memory(), self)?;
        let mut steps = Vec::new();
        match wish {
            Some(settings) => apply(self, disk, &mut memory, Wish { settings, pretend }, &mut steps)?,
            None => restore(self, disk, &mut memory, pretend, &mut steps)?,
        }
        Ok(steps)
    }

    pub(super) fn apply(&self, settings: &[Setting]) -> Vec<Step> {
        self.tuned(Some(settings), false, &mut Disk).unwrap()
    }

    pub(super) fn restore(&self) -> Vec<Step> {
        self.tuned(None, false, &mut Disk).unwrap()
    }
}

pub(super) fn outcomes(steps: &[Step], setting: Setting) -> Vec<Outcome> {
    steps.iter().filter(|step| step.setting == setting).map(|step| step.outcome).collect()
}
