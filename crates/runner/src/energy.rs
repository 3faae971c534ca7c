//! The energy that work uses: the processor counts it, and the kernel exposes the counters (RAPL).
//!
//! A counter covers a whole package: its idle cores, its caches and all other programs count too; memory is a separate
//! domain and does not. The processor updates it about every millisecond, it wraps around at `max_energy_range_uj`,
//! and since 2020 only root may read it by default, as its changes leak what others compute (PLATYPUS). AMD's
//! processors have the same names there. See the kernel's `power/powercap/powercap.rst`, and
//! Hähnel and others, "Measuring energy consumption for short code paths using RAPL" (2012).

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Where the kernel exposes the counters.
const COUNTERS: &str = "sys/class/powercap";

/// More than any package draws. It bounds the time within which a counter cannot have wrapped around completely, which
/// would go unnoticed.
const MOST_WATTS: u64 = 1000;

/// The counters of all packages, or the reason why there is no figure.
#[derive(Debug)]
pub struct Meter {
    packages: Vec<Package>,
    why_not: OnceCell<String>,
}

/// The values of the counters of all packages at one moment.
#[derive(Debug)]
pub(crate) struct Reading(Vec<u64>);

#[derive(Debug)]
struct Package {
    /// Open all the time, so that a reading is one system call.
    counter: File,
    shown: String,
    range_uj: u64,
}

impl Meter {
    /// Opens the counters of the machine whose files are under `root`: `/`, or a test's folder.
    pub fn open(root: &Path) -> Self {
        match packages(root) {
            Ok(packages) => Meter { packages, why_not: OnceCell::new() },
            Err(why) => Meter { packages: Vec::new(), why_not: OnceCell::from(why) },
        }
    }

    /// Why there is no figure, or was none at the first sample that lacks it.
    pub fn why_not(&self) -> Option<&str> {
        self.why_not.get().map(String::as_str)
    }

    /// Reads all counters; `None` if one of them cannot be read.
    pub(crate) fn read(&self) -> Option<Reading> {
        if self.packages.is_empty() {
            return None;
        }
        let readings: Result<Vec<u64>, String> = self.packages.iter().map(Package::read).collect();
        readings.map(Reading).map_err(|why| self.note(why)).ok()
    }

    /// Microjoules of all packages between two readings, the work between which took `wall_ns`.
    pub(crate) fn between(
        &self,
        before: Option<Reading>,
        after: Option<Reading>,
        wall_ns: u64,
    ) -> Option<u64> {
        let (before, after) = (before?, after?);
        let used = self.packages.iter().zip(before.0.iter().zip(&after.0));
        let used = used.map(|(package, (before, after))| package.used_uj(*before, *after, wall_ns));
        let sum = used.sum::<Result<u64, String>>();
        sum.map_err(|why| self.note(why)).ok()
    }

    /// Records why there is no figure; the first reason is kept.
    fn note(&self, why: String) {
        let _ = self.why_not.set(why);
    }
}

impl Package {
    /// The package behind a folder.
    fn open(folder: &Path, shown: String) -> Result<Self, (ErrorKind, String)> {
        let path = folder.join("energy_uj");
        let counter = File::open(path).map_err(|why| (why.kind(), format!("{shown}/energy_uj: {why}")))?;
        let range = fs::read_to_string(folder.join("max_energy_range_uj")).unwrap_or_default();
        let package = |range_uj| Package { counter, shown: format!("{shown}/energy_uj"), range_uj };
        let package = match range.trim().parse() {
            Ok(range_uj @ 1..) => package(range_uj),
            _ => {
                let why = format!("{shown}/max_energy_range_uj does not say where the counter goes round");
                return Err((ErrorKind::InvalidData, why));
            }
        };
        package.read().map(|_| package).map_err(|why| (ErrorKind::InvalidData, why))
    }

    fn read(&self) -> Result<u64, String> {
        let mut text = [0; 32];
        let length = self.counter.read_at(&mut text, 0).map_err(|why| format!("{}: {why}", self.shown))?;
        let number = std::str::from_utf8(&text[..length]).ok().and_then(|text| text.trim().parse().ok());
        number.ok_or_else(|| format!("{} does not hold a number", self.shown))
    }

    fn used_uj(&self, before: u64, after: u64, wall_ns: u64) -> Result<u64, String> {
        if wall_ns.saturating_mul(MOST_WATTS) / 1000 >= self.range_uj {
            return Err(format!("{} may go round more than once within a sample this long", self.shown));
        }
        let past_end = || self.range_uj.checked_sub(before)?.checked_add(after);
        let used = if after >= before { Some(after - before) } else { past_end() };
        used.ok_or_else(|| format!("{} was beyond its own range", self.shown))
    }
}

/// All packages: a sum without one of them would be wrong.
fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let mut packages = Vec::new();
    let mut closed = Vec::new();
    for name in package_names(root) {
        match Package::open(&root.join(COUNTERS).join(&name), format!("/{COUNTERS}/{name}")) {
            Ok(package) => packages.push(package),
            Err((ErrorKind::PermissionDenied, _)) => closed.push(format!("/{COUNTERS}/{name}/energy_uj")),
            Err((_, why)) => return Err(why),
        }
    }
    match (packages.is_empty(), closed.is_empty()) {
        (_, false) => Err(format!("RAPL is for root alone: sudo chmod a+r {}", closed.join(" "))),
        (true, _) => Err(format!(
            "no RAPL here: /{COUNTERS} shows no package, as in most virtual machines and containers"
        )),
        _ => Ok(packages),
    }
}

/// The folders of packages. Their parts (`intel-rapl:0:0`) are included in them, the second interface to the same
/// counters (`intel-rapl-mmio:0`) would count them twice, and `psys` is the whole board.
fn package_names(root: &Path) -> Vec<String> {
    let folder = root.join(COUNTERS);
    let is_top = |name: &String| {
        let number = name.strip_prefix("intel-rapl:");
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_package = |name: &String| {
        fs::read_to_string(folder.join(name).join("name")).is_ok_and(|name| name.starts_with("package-"))
    };
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(is_top).filter(is_package).collect();
    names.sort();
    names
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    /// A made-up machine: each domain by its folder, name, counter and range.
    pub(crate) fn machine(domains: &[(&str, &str, &str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (folder, name, counter, range) in domains {
            let folder = root.path().join(COUNTERS).join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("name"), format!("{name}\n")).unwrap();
            fs::write(folder.join("energy_uj"), counter).unwrap();
            fs::write(folder.join("max_energy_range_uj"), range).unwrap();
        }
        root
    }

    pub(crate) fn counter(root: &tempfile::TempDir, package: u32) -> PathBuf {
        root.path().join(COUNTERS).join(format!("intel-rapl:{package}/energy_uj"))
    }

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn packages_are_added_up_and_nothing_is_counted_twice() {
        let root = machine(&[
            ("intel-rapl:0", "package-0", "1000\n", "262143328850\n"),
            ("intel-rapl:1", "package-1", "5000\n", "262143328850\n"),
            ("intel-rapl:0:0", "core", "7\n", "262143328850\n"),
            ("intel-rapl:2", "psys", "7\n", "262143328850\n"),
            ("intel-rapl-mmio:0", "package-0", "1000\n", "262143328850\n"),
            ("intel-rapl:", "package-9", "7\n", "262143328850\n"),
        ]);
        let meter = Meter::open(root.path());
        let before = meter.read();
        for (path, text) in [(counter(&root, 0), "3000\n"), (counter(&root, 1), "5400\n")] {
            fs::write(path, text).unwrap();
        }
        for domain in ["intel-rapl:0:0", "intel-rapl:2", "intel-rapl-mmio:0"] {
            fs::write(root.path().join(COUNTERS).join(domain).join("energy_uj"), "999999\n").unwrap();
        }
        assert_eq!((meter.between(before, meter.read(), SECOND), meter.why_not()), (Some(2400), None));
    }

    #[test]
    fn a_counter_that_goes_round_goes_on_from_its_range() {
        let root = machine(&[("intel-rapl:0", "package-0", "65532610000", "65532610987")]);
        let meter = Meter::open(root.path());
        let before = meter.read();
        fs::write(counter(&root, 0), "13").unwrap();
        assert_eq!(meter.between(before, meter.read(), SECOND), Some(1000));
        let same = || meter.between(meter.read(), meter.read(), SECOND);
        assert_eq!((same(), meter.why_not()), (Some(0), None));
    }

    #[test]
    fn a_sample_in_which_it_may_go_round_twice_has_no_figure() {
        let root = machine(&[("intel-rapl:0", "package-0", "1", "65532610987")]);
        let meter = Meter::open(root.path());
        let of = |seconds: u64| meter.between(meter.read(), meter.read(), seconds * SECOND);
        assert_eq!((of(65), meter.why_not()), (Some(0), None), "65 kJ are a kilowatt for 65 s");
        assert_eq!([of(66), of(u64::MAX / SECOND)], [None; 2]);
        assert!(meter.why_not().unwrap().contains("more than once"), "{meter:?}");
    }

    #[test]
    fn what_is_no_counter_is_no_figure_and_says_so() {
        let why = |domains: &[(&str, &str, &str, &str)]| {
            let meter = Meter::open(machine(domains).path());
            assert!(meter.read().is_none());
            meter.why_not().unwrap().to_owned()
        };
        assert!(why(&[]).starts_with("no RAPL here: /sys/class/powercap shows no package"));
        assert!(why(&[("intel-rapl:0", "psys", "1", "9")]).starts_with("no RAPL here"));
        let one = |counter, range| why(&[("intel-rapl:0", "package-0", counter, range)]);
        for counter in ["", "-1", "many", "1 2", "99999999999999999999999999999999999999", "\u{0}"] {
            let why = one(counter, "100");
            assert_eq!(
                why, "/sys/class/powercap/intel-rapl:0/energy_uj does not hold a number",
                "{counter:?}"
            );
        }
        for range in ["", "0", "far"] {
            assert!(one("1", range).contains("max_energy_range_uj"), "{range:?}");
        }
    }

    #[test]
    fn a_counter_that_breaks_later_costs_the_sample_its_figure() {
        let root = machine(&[("intel-rapl:0", "package-0", "50", "100000000")]);
        let meter = Meter::open(root.path());
        let before = meter.read();
        fs::write(counter(&root, 0), "x").unwrap();
        assert_eq!(meter.between(before, meter.read(), 1), None);
        assert!(meter.why_not().unwrap().contains("does not hold a number"));
        fs::write(counter(&root, 0), "100000001").unwrap();
        let beyond = meter.read();
        fs::write(counter(&root, 0), "5").unwrap();
        assert_eq!(meter.between(beyond, meter.read(), 1), None);
    }

    /// Does `work` as a user who may not read root's files, whichever user runs this test: a thread has its own user.
    fn as_nobody<T>(work: impl FnOnce() -> T) -> T {
        use rustix::process::{Uid, geteuid};
        use rustix::thread::set_thread_res_uid;
        if !geteuid().is_root() {
            return work();
        }
        let nobody = Uid::from_raw(65534);
        set_thread_res_uid(Uid::ROOT, nobody, Uid::ROOT).unwrap();
        let done = work();
        set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).unwrap();
        done
    }

    #[test]
    fn one_closed_package_closes_all_and_the_way_in_is_named() {
        let root =
            machine(&[("intel-rapl:0", "package-0", "1", "100"), ("intel-rapl:1", "package-1", "1", "100")]);
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        mode(root.path(), 0o755);
        mode(&counter(&root, 1), 0);
        let meter = as_nobody(|| Meter::open(root.path()));
        assert!(meter.read().is_none());
        let expected = "RAPL is for root alone: sudo chmod a+r /sys/class/powercap/intel-rapl:1/energy_uj";
        assert_eq!(meter.why_not(), Some(expected));
    }
}
