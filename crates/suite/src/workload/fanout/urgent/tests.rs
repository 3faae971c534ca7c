//! Tests of the check of operations that are cancelled or shed, with right runs, and with each kind of wrong run.

use super::*;
use crate::digest::Output;
use parallax_pattern::{Answer, Operation};
use std::sync::Arc;

fn tiny(pressure: Pressure) -> Arc<Urgent> {
    Arc::new(Urgent::make(Params { case: pressure as usize, ..Params::of(Size::Tiny) }))
}

/// The check's verdict on what `run` makes of operations.
fn verdict(work: &Arc<Urgent>, run: impl FnOnce(&mut [Option<u64>])) -> Result<Settled, Mismatch> {
    let mut out = work.output();
    let run = |results: &mut [Option<u64>]| -> Answer<()> {
        run(results);
        Ok(())
    };
    out.settle(work, run).unwrap();
    work.check(&out, work.expected()).map(|()| out)
}

/// Settles all in order, by sleeping; `settle` decides what to do with each that has lasted its time.
fn in_order(
    work: &Arc<Urgent>,
    results: &mut [Option<u64>],
    settle: impl Fn(usize, Operation<Urgent>) -> Option<u64>,
) {
    for (i, result) in results.iter_mut().enumerate() {
        std::thread::sleep(work.offered_in(i));
        *result = Operation::begin(work, i).and_then(|operation| {
            let Span { lasts, cancel_after } = operation.span();
            std::thread::sleep(lasts.min(cancel_after));
            if cancel_after < lasts { None } else { settle(i, operation) }
        });
    }
}

fn said(verdict: Result<Settled, Mismatch>) -> String {
    verdict.err().map_or_else(|| "accepted".into(), |why| why.0)
}

#[test]
fn the_sums_are_those_of_another_program() {
    let sums = [
        (Pressure::Deadline, Size::Tiny, 0xe9b1d55695f60484),
        (Pressure::Deadline, Size::Headline, 0x8864254bbbba3e18),
        (Pressure::Overload, Size::Tiny, 0x7f0466ae0b2f53f2),
        (Pressure::Overload, Size::Headline, 0xe576085a30408ac9),
    ];
    for (pressure, size, sum) in sums {
        let params = Params { case: pressure as usize, ..Params::of(size) };
        assert_eq!(Urgent::make(params).expected(), sum, "{pressure:?} {size}");
    }
}

#[test]
fn all_are_delivered_but_those_that_take_too_long() {
    let work = tiny(Pressure::Deadline);
    let out = verdict(&work, |results| in_order(&work, results, |_, operation| operation.end())).unwrap();
    let delivered: Vec<usize> = (0..8).filter(|&i| out.results[i].is_some()).collect();
    assert_eq!(delivered, [0, 1, 3, 4, 6, 7]);
    assert_eq!(out.metrics()[0], ("served_share", 0.75));
}

/// How many are served depends on the machine, but not that served and shed together are the number offered.
#[test]
fn what_is_served_and_what_is_shed_are_all() {
    let work = tiny(Pressure::Overload);
    let out = verdict(&work, |results| in_order(&work, results, |_, operation| operation.end())).unwrap();
    let (served, shed) = (out.served(), out.fates.iter().filter(|fate| !fate.is_served()).count());
    assert_eq!(served + shed, 160);
    // one after the other, for the 30 ms in which they may begin
    assert!(served <= 15, "{served} of 160 by one thread, in 2 ms each");
    assert_eq!(out.metrics()[0].1, served as f64 / 160.0);
}

#[test]
fn one_that_takes_too_long_is_never_delivered() {
    let work = tiny(Pressure::Deadline);
    let lasts = |results: &mut [Option<u64>]| {
        for (i, result) in results.iter_mut().enumerate() {
            let operation = Operation::begin(&work, i).unwrap();
            std::thread::sleep(operation.span().lasts);
            *result = operation.end();
            assert_eq!(result.is_some(), i % 3 != 2, "{i}: its time was over");
        }
    };
    assert!(verdict(&work, lasts).is_ok(), "to let it last is slow, and not wrong");
    let made_up = |results: &mut [Option<u64>]| {
        in_order(&work, results, |_, operation| operation.end());
        results[2] = Some(work.right()[2]);
    };
    assert!(said(verdict(&work, made_up)).contains("delivered too late"));
    let mut out = work.output();
    work.reference(&mut out);
    out.results[2] = Some(work.right()[2]);
    assert!(work.check(&out, work.expected()).is_err_and(|why| why.0.contains("operation 2 was delivered")));
}

/// Gives up an operation when that is due, at a simulated time.
fn give_up(work: &Urgent, i: usize) {
    let terms = work.terms(i);
    let after_ns = work.record.begin(i, &terms, terms.offered_ns).unwrap();
    work.record.cancel(i, &terms, terms.offered_ns + after_ns);
}

/// Settles the first at simulated times, and gives up the others; returns the check's verdict if the first is then
/// delivered as `result`.
fn first_by_hand(pressure: Pressure, over_ns: u64, now_ns: u64, result: fn(u64) -> Option<u64>) -> String {
    let work = tiny(pressure);
    said(verdict(&work, |results| {
        results.fill(None);
        work.record.begin(0, &work.terms(0), 0);
        work.record.end(0, &work.terms(0), over_ns, now_ns);
        (1..results.len()).for_each(|i| give_up(&work, i));
        results[0] = result(work.right()[0]);
    }))
}

#[test]
fn a_lost_one_is_missed() {
    for pressure in [Pressure::Deadline, Pressure::Overload] {
        let lost = first_by_hand(pressure, 2 * MS, 3 * MS, |_| None);
        assert!(lost.contains("lost when they were in time"), "{lost}");
    }
    let work = tiny(Pressure::Deadline);
    let given_up = said(verdict(&work, |results| {
        in_order(&work, results, |i, operation| if i == 4 { None } else { operation.end() });
    }));
    assert!(given_up.contains("before their time"), "{given_up}");
    let shed = said(verdict(&work, |results| {
        in_order(&work, &mut results[..7], |_, operation| operation.end());
        work.cancel(7);
        results[7] = None;
    }));
    assert!(shed.contains("before their time"), "{shed}");
}

#[test]
fn who_sheds_all_at_once_does_nothing_and_is_rejected() {
    for pressure in [Pressure::Deadline, Pressure::Overload] {
        let work = tiny(pressure);
        let lazy = said(verdict(&work, |results| {
            results.fill(None);
            (0..results.len()).for_each(|i| work.cancel(i));
        }));
        assert!(lazy.contains("before their time"), "{lazy}");
    }
}

#[test]
fn one_that_is_delivered_late_early_or_wrong_is_rejected() {
    let by_hand = |over_ns, now_ns, result| first_by_hand(Pressure::Overload, over_ns, now_ns, result);
    assert_eq!(by_hand(2 * MS, DUE_NS, Some), "accepted");
    assert!(by_hand(2 * MS, DUE_NS + 1, Some).contains("delivered too late"));
    assert_eq!(by_hand(2 * MS, DUE_NS + 1, |_| None), "accepted");
    assert!(by_hand(2 * MS - 1, 2 * MS, Some).contains("before their time"));
    assert!(by_hand(2 * MS, 2 * MS, |right| Some(right ^ 1)).contains("has a wrong result"));
}

#[test]
fn one_that_is_left_under_way_has_leaked() {
    for pressure in [Pressure::Deadline, Pressure::Overload] {
        let work = tiny(pressure);
        let leaked = said(verdict(&work, |results| {
            results.fill(None);
            work.record.begin(0, &work.terms(0), 0);
            (1..results.len()).for_each(|i| give_up(&work, i));
        }));
        assert!(leaked.contains("1 operations were still under way"), "{leaked}");
    }
}

#[test]
fn a_run_that_looks_at_nothing_is_rejected() {
    for pressure in [Pressure::Deadline, Pressure::Overload] {
        let idle = said(verdict(&tiny(pressure), |results| results.fill(None)));
        assert!(idle.contains("other than once"), "{idle}");
    }
}

#[test]
fn the_ideal_is_that_of_what_was_served() {
    let ideal_ms = |pressure, size, served| {
        let params = Params { case: pressure as usize, turns: Some(0), ..Params::of(size) };
        Urgent::make(params).ideal_ns(served) / 1e6
    };
    assert_eq!(ideal_ms(Pressure::Deadline, Size::Small, 22), 20.0);
    assert_eq!(ideal_ms(Pressure::Overload, Size::Small, 400), 100.0);
    assert_eq!(ideal_ms(Pressure::Overload, Size::Small, 0), 0.0);
}
