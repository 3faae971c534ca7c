//! Synthetic processes: the crossing is found, a wrong prediction fails, and costs that do not cross have no crossing.

use super::*;
use anyhow::anyhow;
use std::cell::Cell;

/// The time of a process before its first call, and of each call.
#[derive(Clone, Copy)]
struct Costs {
    before: f64,
    each: f64,
}

/// A machine on which the times of processes deviate by the share `noise`.
fn machine(one: Costs, other: Costs, noise: f64, seed: u64) -> impl FnMut(Of, u64, u32) -> Result<f64> {
    let mut draw = Draw::new(seed, 1);
    let mut uniform = move || draw.bits() as f64 / 2_f64.powi(64);
    move |of, calls, _| {
        let Costs { before, each } = if of == Of::One { one } else { other };
        let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        Ok((before + calls as f64 * each) * (1.0 + noise * normal))
    }
}

const ONE: Costs = Costs { before: 1000.0, each: 2.0 };
const OTHER: Costs = Costs { before: 100.0, each: 10.0 };

/// Where they cross: 900 / 8.
const PLACE: f64 = 113.0;

fn found(predicted: f64, noise: f64, seed: u64) -> Found {
    measure(predicted, 1_000_000, 12, &mut machine(ONE, OTHER, noise, seed)).unwrap()
}

#[test]
fn the_place_is_found_wherever_the_search_begins() {
    for predicted in [1.0, 20.0, 113.0, 1000.0, 20_000.0] {
        let Found { at: [low, high], rounds, measured, interrupted } = found(predicted, 0.0, 1);
        assert!(
            low as f64 <= PLACE && PLACE <= high as f64 && high <= 3 * low,
            "{predicted}: {low} to {high}"
        );
        let place = Payback { calls: PLACE, low: PLACE, high: PLACE };
        assert_eq!((rounds, measured, interrupted), (12, Some(place), false), "{predicted}");
    }
}

#[test]
fn its_interval_holds_the_truth_and_a_wrong_number_is_shown_to_be_wrong() {
    let (mut holds, mut exposed, mut accused) = (0, 0, 0);
    let around = |calls: f64| Payback { calls, low: calls * 0.95, high: calls * 1.05 };
    for seed in 0..500 {
        let measured = found(PLACE, 0.02, seed).measured.unwrap();
        holds += usize::from(measured.low <= PLACE && PLACE <= measured.high);
        exposed += usize::from(Held::of(&around(1.3 * PLACE), Some(&measured)) == Held::Fails);
        accused += usize::from(Held::of(&around(PLACE), Some(&measured)) == Held::Fails);
    }
    assert!(holds >= 475, "{holds}");
    assert!(exposed >= 490 && accused <= 5, "{exposed} and {accused}");
}

#[test]
fn what_is_ahead_from_the_first_call_on_is_found_there() {
    let cheap = Costs { before: 100.0, ..ONE };
    let told = measure(1.0, 1_000_000, 4, &mut machine(cheap, OTHER, 0.001, 1)).unwrap();
    assert_eq!((told.at[0], told.measured), (1, Some(Payback { calls: 1.0, low: 1.0, high: 1.0 })));
}

#[test]
fn what_never_gets_ahead_has_no_place_and_calls_have_an_end() {
    let slow = Costs { each: 10.0, ..ONE };
    let most = Cell::new(0);
    let mut inner = machine(slow, OTHER, 0.02, 1);
    let told = measure(50.0, 400, 12, &mut |of, calls, variant| {
        most.set(most.get().max(calls));
        inner(of, calls, variant)
    });
    let told = told.unwrap();
    assert_eq!((most.get(), told.at[1]), (400, 400));
    assert_eq!(Held::of(&Payback { calls: 50.0, low: 40.0, high: 60.0 }, told.measured.as_ref()), Held::Open);
    assert_eq!(told.measured, None);
}

#[test]
fn who_asks_to_end_has_what_there_is_and_another_failure_is_one() {
    let stop_after = |takes: usize, why: fn() -> anyhow::Error| {
        let (mut taken, mut inner) = (0, machine(ONE, OTHER, 0.01, 1));
        measure(PLACE, 1_000_000, 12, &mut |of, calls, variant| {
            taken += 1;
            if taken > takes { Err(why()) } else { inner(of, calls, variant) }
        })
    };
    let told = stop_after(4 + 3 * 4 + 1, || Interrupted.into()).unwrap();
    assert_eq!((told.rounds, told.interrupted, told.measured.is_some()), (3, true, true));
    let early = stop_after(1, || Interrupted.into()).unwrap();
    assert_eq!(early, Found { interrupted: true, ..Found::default() });
    assert_eq!(stop_after(6, || anyhow!("it broke")).unwrap_err().to_string(), "it broke");
}
