//! Every setting is put back, and a memory that others have changed writes nothing.

use super::*;
use crate::doctor::settings::Setting::{self, Aslr, Governor};
use crate::doctor::tune::made::{ASLR, BOOT, Made, PAGES, governor, outcomes};
use parallax_harness::durable::Disk;
use std::{fs, io};

#[test]
fn a_crash_in_the_middle_is_put_back_too() {
    let made = Made::laptop();
    let before = made.all();
    made.apply(&Setting::USUAL);
    // remembered, but not changed yet when it crashed
    made.put(&governor(2), "powersave\n");
    made.put(PAGES, "[always] madvise never\n");
    let steps = made.restore();
    assert_eq!(outcomes(&steps, Governor)[2], Outcome::Fine);
    assert_eq!(made.all(), before);
    // or it is applied again instead
    made.apply(&Setting::USUAL);
    made.put(&governor(2), "powersave\n");
    assert_eq!(outcomes(&made.apply(&Setting::USUAL), Governor)[3], Outcome::Changed);
    made.restore();
    assert_eq!(made.all(), before, "the first value is kept");
}

#[test]
fn what_another_has_set_since_is_left_and_told() {
    let made = Made::laptop();
    made.apply(&Setting::USUAL);
    made.put(&governor(0), "schedutil\n");
    let steps = made.restore();
    let left = &steps[0];
    assert_eq!((left.outcome, left.becomes.as_deref()), (Outcome::Left, Some("schedutil")));
    assert!(left.why.contains("'performance'") && left.why.contains("'powersave'"), "{left:?}");
    assert_eq!(made.read(&governor(0)).unwrap(), "schedutil");
    assert_eq!(made.read(&governor(1)).unwrap(), "powersave");
    assert!(made.restore().is_empty(), "it is theirs from now on");
}

#[test]
fn what_another_has_set_between_two_times_is_what_restore_gives() {
    let made = Made::laptop();
    made.apply(&[Governor]);
    made.put(&governor(0), "schedutil\n");
    let steps = made.apply(&[Governor]);
    let changed = steps.iter().find(|step| step.outcome == Outcome::Changed).unwrap();
    assert!(
        changed.why.contains("'schedutil'") && changed.why.contains("--restore puts that back"),
        "{changed:?}"
    );
    made.restore();
    let now = [0, 1, 3].map(|policy| made.read(&governor(policy)).unwrap());
    assert_eq!(now, ["schedutil", "powersave", "schedutil"]);
}

#[test]
fn a_new_start_of_the_machine_forgets() {
    let made = Made::laptop();
    made.apply(&Setting::USUAL);
    made.put(BOOT, "second\n");
    let memory = Memory::read(&made.memory(), &made).unwrap();
    assert!(memory.outlived && memory.entries.is_empty());
    assert!(made.restore().is_empty() && !made.memory().exists());
    assert_eq!(made.read(&governor(0)).unwrap(), "performance", "it was set after the restart");
}

#[test]
fn what_cannot_be_undone_stays_remembered_and_is_told() {
    let made = Made::laptop();
    let before = made.all();
    let kind = io::ErrorKind::InvalidInput;
    made.refuses.borrow_mut().extend([(governor(1), "powersave", kind), (governor(2), "performance", kind)]);
    let steps = made.apply(&[Governor]);
    assert_eq!(steps[1].becomes.as_deref(), Some("performance"));
    assert!(steps[1].why.contains("could not be put back either: try --restore"), "{steps:?}");
    let failed = made.restore();
    assert_eq!(outcomes(&failed, Governor), [Outcome::Failed]);
    made.refuses.borrow_mut().clear();
    assert_eq!(outcomes(&made.restore(), Governor), [Outcome::Restored]);
    assert_eq!((made.all(), made.memory().exists()), (before, false));
}

#[test]
fn a_memory_that_is_torn_or_hostile_writes_nowhere() {
    let entry =
        |file: &str, before: &str| format!(r#"{{"file": "{file}", "before": "{before}", "applied": "2"}}"#);
    let record = |schema: u32, entry: &str| {
        format!(r#"{{"schema": {schema}, "boot": "first", "settings": [{entry}]}}"#)
    };
    let hostile = [
        String::new(),
        record(1, &entry(ASLR, "0"))[..50].to_owned(),
        record(2, &entry(ASLR, "0")),
        record(1, &entry("proc/sys/kernel/core_pattern", "x")),
        record(1, &entry("/etc/passwd", "x")),
        record(1, &entry("sys/devices/system/cpu/cpufreq/policy0/../../x/scaling_governor", "x")),
        record(1, &entry(ASLR, "0 | sh")),
        record(1, &entry(ASLR, "")),
    ];
    for text in hostile {
        let made = Made::laptop();
        made.put("home/parallax/settings-made.json", &text);
        let before = made.all();
        for wish in [None, Some(&Setting::USUAL[..])] {
            let why = made.tuned(wish, false, &mut Disk).unwrap_err();
            assert!(format!("{why:#}").contains("is damaged or not what --apply wrote"), "{why:#}");
        }
        assert_eq!((made.all(), made.writes.borrow().len()), (before, 0), "{text}");
        assert_eq!(fs::read_to_string(made.memory()).unwrap(), text, "and it is kept for the user");
    }
}

#[test]
fn a_value_that_the_file_does_not_offer_is_not_written() {
    let made = Made::laptop();
    made.apply(&[Governor, Aslr]);
    let text = fs::read_to_string(made.memory()).unwrap();
    let forged = text.replace("powersave", "userspace").replace(r#""before": "0""#, r#""before": "9""#);
    fs::write(made.memory(), forged).unwrap();
    let writes = made.writes.borrow().len();
    let steps = made.restore();
    assert_eq!(outcomes(&steps, Aslr), [Outcome::Failed]);
    assert_eq!(made.writes.borrow()[writes..], [format!("{} schedutil", governor(3))], "{steps:?}");
}
