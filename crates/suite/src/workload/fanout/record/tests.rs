//! Tests of the record of operations, at simulated times.

use super::*;

/// Offered at 100, takes 20, is due at 200; not begun after 150.
const TERMS: Terms =
    Terms { offered_ns: 100, admitted_until_ns: 150, lasts_ns: 20, expires: Expires::AfterOffer(100) };

/// The outcome of one operation, and its faults.
fn fate(run: impl FnOnce(&Record)) -> (Fate, Faults) {
    let record = Record::of(1, 1);
    record.restart();
    run(&record);
    let (fates, faults, _) = record.close();
    (fates[0], faults)
}

fn faults(of: &[usize]) -> Faults {
    let mut faults = Faults::default();
    of.iter().for_each(|&kind| faults[kind] += 1);
    faults
}

/// Begun at a time, and ended at another.
fn ended(begun_ns: u64, over_ns: u64, now_ns: u64) -> (Fate, Faults) {
    fate(|record| {
        record.begin(0, &TERMS, begun_ns);
        record.end(0, &TERMS, over_ns, now_ns);
    })
}

/// Begun at 120, and cancelled.
fn cancelled(now_ns: u64) -> (Fate, Faults) {
    fate(|record| {
        record.begin(0, &TERMS, 120);
        record.cancel(0, &TERMS, now_ns);
    })
}

#[test]
fn an_operation_is_served_until_it_is_due() {
    assert_eq!(ended(120, 140, 140), (Fate::Served(0), faults(&[])));
    assert_eq!(ended(120, 145, 200), (Fate::Served(5), faults(&[])));
    assert_eq!(ended(120, 145, 201), (Fate::Cancelled(1), faults(&[])), "its result comes too late");
}

#[test]
fn nothing_begins_ends_or_is_cancelled_before_its_time() {
    assert_eq!(ended(99, 140, 140).1, faults(&[EARLY]), "before it is offered");
    assert_eq!(ended(120, 139, 140).1, faults(&[EARLY]), "before it is over");
    assert_eq!(cancelled(199).1, faults(&[EARLY]), "while it may still be in time");
    assert_eq!(cancelled(203), (Fate::Cancelled(3), faults(&[])));
}

#[test]
fn what_is_too_late_to_begin_is_shed() {
    let began = |now_ns| fate(|record| assert!(record.begin(0, &TERMS, now_ns).is_none()));
    assert_eq!(began(151), (Fate::Shed, faults(&[])));
    let given_up = |now_ns| fate(|record| record.cancel(0, &TERMS, now_ns));
    assert_eq!(given_up(151), (Fate::Shed, faults(&[])), "by the technique");
    assert_eq!(given_up(150), (Fate::Shed, faults(&[EARLY])), "while it might still be begun");
    let record = Record::of(1, 1);
    assert_eq!(record.begin(0, &TERMS, 150), Some(50), "the time until it is due");
}

#[test]
fn time_may_count_from_the_beginning() {
    let terms = Terms { expires: Expires::AfterBegin(30), ..TERMS };
    let record = Record::of(1, 1);
    assert_eq!(record.begin(0, &terms, 140), Some(30));
    assert!(record.is_worth(0, &terms, 170) && !record.is_worth(0, &terms, 171));
    assert!(!record.end(0, &terms, 171, 171));
}

#[test]
fn an_operation_is_settled_once() {
    let twice = fate(|record| {
        record.begin(0, &TERMS, 120);
        assert!(record.end(0, &TERMS, 140, 140));
        assert!(!record.end(0, &TERMS, 141, 141), "it is served once");
    });
    assert_eq!(twice, (Fate::Served(0), faults(&[STRAY])));
    let ended_and_cancelled = fate(|record| {
        record.begin(0, &TERMS, 120);
        record.end(0, &TERMS, 140, 140);
        record.cancel(0, &TERMS, 250);
    });
    assert_eq!(ended_and_cancelled, (Fate::Served(0), faults(&[STRAY])));
    let begun_again = fate(|record| {
        record.begin(0, &TERMS, 160);
        assert!(record.begin(0, &TERMS, 120).is_none(), "it was shed");
    });
    assert_eq!(begun_again, (Fate::Shed, faults(&[STRAY])));
    assert_eq!(fate(|record| assert!(!record.end(0, &TERMS, 140, 140))), (Fate::Open, faults(&[STRAY; 2])));
    assert_eq!(fate(|_| ()), (Fate::Open, faults(&[STRAY])), "it was never begun");
}

#[test]
fn an_operation_that_nobody_ends_has_leaked() {
    let leaked = fate(|record| assert_eq!(record.begin(0, &TERMS, 120), Some(80)));
    assert_eq!(leaked, (Fate::UnderWay(120), faults(&[LEAKED])));
}

/// Eight slots serve eight at the same time: one more under way is detected, and so is one that is over too soon. Both
/// together ensure that no technique serves more than the slots can.
#[test]
fn nobody_serves_beyond_capacity() {
    let at_once = |many: usize| {
        let record = Record::of(many, 8);
        (0..many).for_each(|i| assert_eq!(record.begin(i, &TERMS, 120), Some(80)));
        (0..many).for_each(|i| assert!(record.end(i, &TERMS, 140, 140)));
        record.close().1
    };
    assert_eq!(at_once(8), faults(&[]));
    assert_eq!(at_once(10), faults(&[BEYOND, BEYOND]));
}

#[test]
fn a_run_forgets_the_one_before() {
    let record = Record::of(1, 1);
    record.begin(0, &TERMS, 0);
    record.restart();
    record.begin(0, &TERMS, 120);
    record.end(0, &TERMS, 140, 150);
    assert_eq!(record.close(), (vec![Fate::Served(0)], faults(&[]), 150));
}
