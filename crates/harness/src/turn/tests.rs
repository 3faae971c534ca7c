//! Tests of the audit: an honest worker passes, and each lie is named.

use super::*;
use parallax_runner::protocol::Sample;
use parallax_suite::Bound;
use parallax_suite::workload::{Evenness, Facts};

fn honest() -> (Ready, Measured) {
    let facts = Facts {
        items: 1.0,
        unit: "items".into(),
        bytes: 0.0,
        flops: 0.0,
        evenness: Evenness::Even,
        limits: Vec::new(),
        spread: None,
    };
    let sample = Sample {
        runs: 1,
        wall_ns: 30_000_000,
        cpu_ns: 60_000_000,
        check_ns: 1_000_000,
        stray_ns: 10_000,
        watched: true,
        digest: "0123456789abcdef".into(),
        minor_faults: 0,
        major_faults: 0,
        waits: 0,
        preemptions: 0,
        energy_uj: None,
    };
    let (isa, footprint) = ("sse2".into(), 0);
    let (spawn_ns, import_ns, compile_ns) = (None, None, None);
    let (start_ns, load_ns, cores, exact) = (1, 1, 2, true);
    let ready =
        Ready { spawn_ns, start_ns, import_ns, load_ns, compile_ns, isa, cores, exact, footprint, facts };
    let measured = Measured {
        first_ns: 1,
        warm_up: Vec::new(),
        compile_ns: None,
        steady: true,
        samples: vec![sample],
        peak_bytes: 1,
        peak_by: None,
        threads: 1,
        metrics: Default::default(),
        energy_reason: None,
    };
    (ready, measured)
}

#[test]
fn exact_results_must_agree_and_others_need_not() {
    let (ready, measured) = honest();
    let mut other = measured.clone();
    other.samples[0].digest = "fedcba9876543210".into();
    let judge = |exact: bool| {
        let (mut first, ready) = (None, Ready { exact, ..ready.clone() });
        let of = |measured: &Measured| Outcome::Measured { ready: ready.clone(), measured: measured.clone() };
        let _ = agree(of(&measured), &mut first);
        let (same, differs) = (agree(of(&measured), &mut first), agree(of(&other), &mut first));
        [same, differs].map(|outcome| matches!(outcome, Outcome::Measured { .. }))
    };
    assert_eq!((judge(true), judge(false)), ([true, false], [true, true]));
}

#[test]
fn a_slow_start_has_more_time_than_a_run_at_every_size() {
    for size in Size::ALL {
        let Patience { start, run, .. } = Patience::of(size);
        assert!(start >= run && start >= Duration::from_secs(300), "{size}: {start:?}, {run:?}");
    }
    let second = Duration::from_secs(1);
    let endless = Patience::of(Size::Tiny);
    assert_eq!(endless.left(second), second);
    let ends = |after: Duration| {
        let until_ns = Some(now_ns() + u64::try_from(after.as_nanos()).unwrap());
        Patience { until_ns, ..endless }
    };
    let left = ends(100 * second).left(endless.start);
    assert!(left > 50 * second && left <= 100 * second, "one end for all requests: {left:?}");
    assert_eq!(Patience { until_ns: Some(0), ..endless }.left(second), Duration::ZERO);
}

#[test]
fn what_is_said_of_the_input_must_be_an_amount() {
    type Lie = (&'static str, fn(&mut Ready));
    let lies: [Lie; 7] = [
        ("0 cores", |r| r.cores = 0),
        ("cores", |r| r.cores = usize::MAX),
        ("amount", |r| r.facts.items = -1.0),
        ("amount", |r| r.facts.flops = f64::INFINITY),
        ("amount", |r| r.facts.limits = vec![Bound::of(parallax_suite::Rate::Fma, f64::NAN)]),
        ("more than is possible", |r| r.start_ns = u64::MAX),
        ("more than is possible", |r| r.compile_ns = Some(u64::MAX)),
    ];
    let (ready, measured) = honest();
    assert!(plausible(&ready, &measured, &Measure::ONCE).is_ok());
    for (word, lie) in lies {
        let mut ready = ready.clone();
        lie(&mut ready);
        let why = plausible(&ready, &measured, &Measure::ONCE).unwrap_err().to_string();
        assert!(why.contains(word), "{why}");
    }
    let probed = |compute_ns| probed_sanely(&Probed { compute_ns, memory_ns: 1 }).is_ok();
    assert_eq!([0, 1, u64::MAX].map(probed), [false, true, false]);
}

/// A watched sample after which work went on, among others that were not watched.
fn leaking(measured: &Measured, others: usize) -> Vec<Sample> {
    let sample = |stray_ns, watched| Sample {
        wall_ns: 1_000_000,
        cpu_ns: 0,
        check_ns: 0,
        stray_ns,
        watched,
        ..measured.samples[0].clone()
    };
    let unwatched = std::iter::repeat_n(sample(0, false), others);
    unwatched.chain([sample(2_000_000, true)]).collect()
}

#[test]
fn an_honest_worker_passes_and_each_lie_is_named() {
    type Lie = (&'static str, fn(&mut Measured));
    let lies: [Lie; 17] = [
        ("samples", |m| m.samples.clear()),
        ("no time", |m| m.samples[0].wall_ns = 0),
        ("no time", |m| m.samples[0].runs = 0),
        ("hex", |m| m.samples[0].digest = "<script>".into()),
        ("longer", |m| m.samples[0].wall_ns = 90_000_000),
        ("more than is possible", |m| m.samples[0].wall_ns = u64::MAX),
        ("more than is possible", |m| m.samples[0].major_faults = u64::MAX),
        ("more than is possible", |m| m.peak_bytes = u64::MAX),
        ("longer", |m| m.warm_up = vec![[1, 90_000_000]]),
        ("does not grow", |m| m.warm_up = vec![[0, 1]]),
        ("does not grow", |m| m.warm_up = vec![[2, 5], [3, 4]]),
        ("does not grow", |m| m.warm_up = (1..=200).map(|runs| [runs, runs]).collect()),
        ("metric 'ratio' is NaN", |m| m.metrics.extend([("ratio".into(), f64::NAN)])),
        ("after the clock", |m| m.samples[0].stray_ns = 5_000_000),
        // samples that were not watched do not dilute it
        ("after the clock", |m| m.samples = leaking(m, 20)),
        ("of no sample", |m| m.samples[0].watched = false),
        ("cores", |m| m.samples[0].cpu_ns = 90_000_000),
    ];
    let (ready, measured) = honest();
    let verdict = |measured: &Measured| {
        let plan = Measure { samples: 30, ..Measure::ONCE };
        audit(&ready, measured, &plan, 40_000_000).and_then(|()| audit_cpu(&ready, measured))
    };
    assert!(verdict(&measured).is_ok());
    for (word, lie) in lies {
        let mut measured = measured.clone();
        lie(&mut measured);
        let why = verdict(&measured).unwrap_err().to_string();
        assert!(why.contains(word), "{why}");
    }
}
