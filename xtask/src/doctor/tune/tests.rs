//! Each change is reported, is complete or undone, and is remembered on the disk first.

use super::made::{ASLR, BOOST, Made, PAGES, PERF, POLICY, governor, outcomes};
use super::*;
use crate::doctor::settings::Setting::{Aslr, Governor, HugePages, Perf, Turbo};
use parallax_harness::durable::Disk;
use std::fs;
use std::path::Path;

/// The result for each file, in short.
fn told(steps: &[Step]) -> Vec<(Setting, String, &'static str)> {
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let told = |step: &Step| {
        (step.setting, format!("{} {}", word(&step.was), word(&step.becomes)), step.outcome.name())
    };
    steps.iter().map(told).collect()
}

#[test]
fn what_is_wrong_is_changed_told_and_put_back_exactly() {
    let made = Made::laptop();
    let before = made.all();
    let steps = made.apply(&Setting::USUAL);
    let expected = [
        (Governor, "powersave performance", "changed"),
        (Governor, "powersave performance", "changed"),
        (Governor, "powersave performance", "changed"),
        (Governor, "schedutil performance", "changed"),
        (Turbo, "1 1", "not chosen"),
        (HugePages, "always madvise", "changed"),
        (Aslr, "0 2", "changed"),
        (Perf, "4 4", "not chosen"),
    ];
    assert_eq!(
        told(&steps),
        expected.map(|(setting, change, outcome)| (setting, change.to_owned(), outcome))
    );
    let differ = made.all().iter().filter(|(file, text)| before[*file] != **text).count();
    assert_eq!(differ, 6, "and no other file");
    let again = made.apply(&Setting::USUAL);
    assert!(again.iter().all(|step| matches!(step.outcome, Outcome::Fine | Outcome::Unchosen)), "{again:?}");
    let steps = made.restore();
    assert!(steps.len() == 6 && steps.iter().all(|step| step.outcome == Outcome::Restored), "{steps:?}");
    assert_eq!(made.all(), before);
    assert!(!made.memory().exists() && made.restore().is_empty());
}

#[test]
fn those_that_are_named_are_changed_and_others_are_left() {
    let made = Made::laptop();
    let steps = made.apply(&[Turbo, Perf]);
    let changed: Vec<Setting> =
        steps.iter().filter(|step| step.outcome == Outcome::Changed).map(|step| step.setting).collect();
    assert_eq!(changed, [Turbo, Perf]);
    assert_eq!([BOOST, PERF, ASLR].map(|file| made.read(file).unwrap()), ["0", "2", "0"]);
    let intel = "sys/devices/system/cpu/intel_pstate/no_turbo";
    made.restore();
    made.put(intel, "0\n");
    made.apply(&[Turbo]);
    assert_eq!(
        [BOOST, intel].map(|file| made.read(file).unwrap()),
        ["1", "1"],
        "of both, Intel's own counts"
    );
}

#[test]
fn a_dry_run_writes_nothing_at_all() {
    let made = Made::laptop();
    let before = made.all();
    let steps = made.tuned(Some(&Setting::USUAL), true, &mut Disk).unwrap();
    assert_eq!(outcomes(&steps, Governor), [Outcome::Would; 4]);
    assert_eq!((made.all(), made.memory().exists()), (before, false));
    made.apply(&Setting::USUAL);
    let changed = made.all();
    let steps = made.tuned(None, true, &mut Disk).unwrap();
    assert!(steps.iter().all(|step| step.outcome == Outcome::Would), "{steps:?}");
    assert_eq!((made.all(), made.memory().exists()), (changed, true));
}

/// Looks at the machine when the memory is written, or fails to write it.
struct Watch<'a> {
    made: &'a Made,
    seen: Vec<String>,
    full: bool,
}

impl Files for Watch<'_> {
    fn write(&mut self, path: &Path, text: &[u8]) -> io::Result<()> {
        self.seen.push(self.made.read(PAGES)?);
        if self.full { Err(io::ErrorKind::StorageFull.into()) } else { Disk.write(path, text) }
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.seen.push(self.made.read(PAGES)?);
        Disk.rename(from, to)
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        self.seen.push(self.made.read(PAGES)?);
        Disk.sync_folder(folder)
    }
}

#[test]
fn what_was_before_is_on_the_disk_before_anything_changes() {
    let made = Made::laptop();
    let mut disk = Watch { made: &made, seen: Vec::new(), full: false };
    made.tuned(Some(&[HugePages]), false, &mut disk).unwrap();
    assert_eq!(disk.seen, ["[always] madvise never"; 3]);
    assert_eq!(made.read(PAGES).unwrap(), "always [madvise] never");
}

#[test]
fn where_it_cannot_be_kept_nothing_changes() {
    let made = Made::laptop();
    let before = made.all();
    let mut disk = Watch { made: &made, seen: Vec::new(), full: true };
    let why = made.tuned(Some(&Setting::USUAL), false, &mut disk).unwrap_err();
    assert!(format!("{why:#}").contains("stays as it is: cannot write"), "{why:#}");
    assert_eq!((made.all(), made.writes.borrow().len()), (before, 0));
}

#[test]
fn a_setting_that_takes_in_part_is_undone() {
    for kind in [io::ErrorKind::InvalidInput, io::ErrorKind::PermissionDenied] {
        let made = Made::laptop();
        let before = made.all();
        made.refuses.borrow_mut().push((governor(2), "performance", kind));
        let steps = made.apply(&[Governor]);
        let outcome = if kind == io::ErrorKind::InvalidInput { Outcome::Failed } else { Outcome::Forbidden };
        assert_eq!(outcomes(&steps, Governor), [outcome; 4]);
        assert!(steps[0].why.contains("policy2/scaling_governor was not changed"), "{steps:?}");
        assert_eq!(steps[0].becomes.as_deref(), Some("powersave"));
        assert_eq!((made.all(), made.memory().exists()), (before, false));
        assert!(made.writes.borrow().contains(&format!("{} performance", governor(1))), "it had begun");
    }
}

#[test]
fn a_write_that_changes_nothing_is_no_change() {
    struct Deaf(Made);
    impl Tree for Deaf {
        fn root(&self) -> &Path {
            self.0.root()
        }
        fn write(&self, _: &str, _: &str) -> io::Result<()> {
            Ok(())
        }
    }
    let deaf = Deaf(Made::laptop());
    let mut memory = Memory::read(&deaf.0.memory(), &deaf).unwrap();
    let (mut steps, wish) = (Vec::new(), Wish { settings: &[Aslr], pretend: false });
    apply(&deaf, &mut Disk, &mut memory, wish, &mut steps).unwrap();
    let step = steps.iter().find(|step| step.setting == Aslr).unwrap();
    assert_eq!((step.outcome, step.why.as_str()), (Outcome::Failed, "it is still '0' after '2' was written"));
}

#[test]
fn a_machine_that_lacks_a_setting_says_so_and_is_no_failure() {
    let made = Made::bare();
    let steps = made.apply(&Setting::ALL);
    assert!(steps.iter().all(|step| step.outcome == Outcome::Absent && !step.why.is_empty()), "{steps:?}");
    assert_eq!(steps.len(), Setting::ALL.len());
    let made = Made::laptop();
    made.put(&format!("{POLICY}1/scaling_available_governors"), "schedutil\n");
    let steps = made.apply(&[Governor]);
    assert_eq!(outcomes(&steps, Governor), [Outcome::Failed; 4]);
    assert!(steps[0].why.contains("does not offer 'performance'"), "{steps:?}");
    assert!(made.writes.borrow().is_empty());
}

#[test]
fn a_folder_that_others_write_to_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt;
    let made = Made::laptop();
    let before = made.all();
    let folder = made.root().join("home/parallax");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let why = made.tuned(Some(&Setting::USUAL), false, &mut Disk).unwrap_err();
    assert!(format!("{why:#}").contains("others may write to"), "{why:#}");
    assert_eq!(made.all(), before);
}

/// Does something as a user who may not write root's files, even if root runs this test: each thread has its own user.
fn as_nobody<T>(work: impl FnOnce() -> T) -> T {
    use rustix::process::{Uid, geteuid};
    use rustix::thread::set_thread_res_uid;
    if !geteuid().is_root() {
        return work();
    }
    set_thread_res_uid(Uid::ROOT, Uid::from_raw(65534), Uid::ROOT).unwrap();
    let done = work();
    set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).unwrap();
    done
}

#[test]
fn who_may_not_write_is_told_the_way_out_and_nothing_is_half_done() {
    use crate::doctor::settings::Root;
    use crate::doctor::told::{Row, ways_out};
    use std::os::unix::fs::PermissionsExt;
    let made = Made::laptop();
    let mode = |file: &str, mode| {
        fs::set_permissions(made.root().join(file), fs::Permissions::from_mode(mode)).unwrap();
    };
    (0..3).for_each(|policy| mode(&governor(policy), 0o666));
    [governor(3).as_str(), ASLR].into_iter().for_each(|file| mode(file, 0o444));
    mode("", 0o755);
    let before = made.all();
    let steps = as_nobody(|| {
        let tree = Root(made.root());
        let mut memory = Memory::read(&made.memory(), &tree).unwrap();
        let (mut steps, wish) = (Vec::new(), Wish { settings: &[Governor, Aslr], pretend: false });
        apply(&tree, &mut Disk, &mut memory, wish, &mut steps).unwrap();
        steps
    });
    assert_eq!(outcomes(&steps, Governor), [Outcome::Forbidden; 4], "one of four is closed");
    assert_eq!((made.all(), made.memory().exists()), (before, false));
    let lines = ways_out(&Row::all(&steps));
    let has = |text: &str| lines.iter().any(|line| line.ends_with(text));
    assert!(has("to set it: echo 2 | sudo tee /proc/sys/kernel/randomize_va_space"), "{lines:?}");
    assert!(has("to undo that: echo 0 | sudo tee /proc/sys/kernel/randomize_va_space"), "{lines:?}");
}
