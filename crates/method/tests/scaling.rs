//! Simulated machines and workers: intervals of crossings hold the truth, and fits recover the laws.

mod common;

use common::machine::{CROWDED, LOUD, Machine, Noise, QUIET, USUAL, unit};
use parallax_method::crossing::{Crossing, NoCrossing, Point, crossing};
use parallax_method::laws::{Fit, Law};
use parallax_method::schedule::Draw;
use parallax_method::{Estimate, Prior, Priors, Series, contrast, log_ratio, median};

const EXPERIMENTS: usize = 1000;
const BLOCKS: u64 = 8;

/// The measurements of a sweep at one point.
#[derive(Default, Clone)]
struct Blocks {
    /// The log time of the baseline in each block.
    time: Vec<f64>,
    /// Each technique's log ratio to the baseline.
    leads: [Vec<(u64, f64)>; 2],
}

/// Sweeps two techniques and the baseline over points, of which each has a log time of the baseline and two log
/// speedups: round by round, each with all points in random order.
fn sweep(noise: Noise, seed: u64, number: usize, truths: &[(f64, [f64; 2])]) -> Vec<Blocks> {
    let mut machine = Machine::new(noise, seed, number);
    let mut points = vec![Blocks::default(); truths.len()];
    for block in 0..BLOCKS {
        let mut order: Vec<usize> = (0..truths.len()).collect();
        Draw::new(number as u64, block).shuffle(&mut order);
        for at in order {
            let (time, leads) = truths[at];
            let before = machine.turn(0.0, 3);
            let turns = leads.map(|lead| machine.turn(lead, 3));
            let after = machine.turn(0.0, 3);
            let log_median = |turn: &[f64]| median(turn).unwrap().ln();
            points[at].time.push(time + f64::midpoint(log_median(&before), log_median(&after)));
            for (own, turn) in points[at].leads.iter_mut().zip(&turns) {
                own.push((block, log_ratio(&before, &after, turn).unwrap()));
            }
        }
    }
    points
}

/// The crossing of the first technique over the second, or over the baseline, as a report finds it.
fn found(xs: &[f64], points: &[Blocks], over_baseline: bool) -> Result<Crossing, NoCrossing> {
    let groups: Vec<Vec<Series>> =
        points.iter().map(|point| point.leads.iter().map(|own| Series::Blocks(own)).collect()).collect();
    let priors = Priors::fit(&groups);
    let point = |(at, (point, series)): (&f64, (&Blocks, &Vec<Series>))| {
        let over = if over_baseline { Series::Baseline } else { series[1] };
        let times: Vec<f64> = match over_baseline {
            true => point.time.clone(),
            false => point.time.iter().zip(&point.leads[1]).map(|(time, (_, lead))| time - lead).collect(),
        };
        let time = Estimate::of(&times, &Prior::NONE).unwrap();
        let lead = contrast(series[0], over, &priors).unwrap();
        Point { at: *at, time: time.log_mean.exp(), time_half: time.half_width.unwrap(), lead }
    };
    crossing(&xs.iter().zip(points.iter().zip(&groups)).map(point).collect::<Vec<_>>())
}

/// How often a crossing is stated, how often its interval then holds the truth, and how often it holds a wrong place.
fn coverage(noise: Noise, xs: &[f64], over_baseline: bool) -> [f64; 3] {
    let (mut stated, mut held, mut held_beside) = (0, 0, 0);
    for number in 0..EXPERIMENTS {
        let mut draw = Draw::new(7, number as u64);
        // an overhead that pays off somewhere in the middle of the sweep, at two to eight workers
        let workers = 2.0 + 6.0 * unit(&mut draw);
        let truth = xs[1] * (xs[xs.len() - 2] / xs[1]).powf(unit(&mut draw));
        let overhead = truth * (1.0 - 1.0 / workers);
        let slower = 1.3; // the baseline, compared with the second technique
        let first = |x: f64| overhead + x / workers;
        let truths: Vec<(f64, [f64; 2])> = match over_baseline {
            true => xs.iter().map(|x| (x.ln(), [(x / first(*x)).ln(), 0.1])).collect(),
            false => {
                xs.iter().map(|x| ((slower * x).ln(), [(slower * x / first(*x)).ln(), slower.ln()])).collect()
            }
        };
        if let Ok(found) = found(xs, &sweep(noise, 3, number, &truths), over_baseline) {
            stated += 1;
            let holds = |place: f64| found.ahead && (found.low..=found.high).contains(&place);
            held += usize::from(holds(truth));
            held_beside += usize::from(holds(1.3 * truth));
        }
    }
    let share = |count: usize| count as f64 / stated as f64;
    [stated as f64 / EXPERIMENTS as f64, share(held), share(held_beside)]
}

#[test]
fn intervals_of_crossings_hold_the_truth() {
    let wide: Vec<f64> = [1e3, 1e5, 1e6, 2.5e7].into();
    let dense: Vec<f64> = (0..12).map(|p| f64::from(1 << p)).collect();
    for noise in [QUIET, USUAL, LOUD, CROWDED] {
        for (xs, over_baseline) in [(&wide, true), (&wide, false), (&dense, true), (&dense, false)] {
            let [stated, held, _] = coverage(noise, xs, over_baseline);
            assert!(stated > 0.95, "{stated} stated with {noise:?}");
            assert!(held >= 0.94, "{held} of them hold the truth with {noise:?}, {} points", xs.len());
        }
    }
}

/// An interval that is wide enough for anything would hold the truth too.
#[test]
fn intervals_of_crossings_do_not_hold_what_lies_beside_it() {
    let dense: Vec<f64> = (0..12).map(|p| f64::from(1 << p)).collect();
    let [_, _, beside] = coverage(QUIET, &dense, true);
    assert!(beside < 0.2, "{beside} of them hold a place a third away");
}

/// Two equal techniques: no place may be named at which one of them overtakes the other.
#[test]
fn what_never_crosses_is_seldom_said_to() {
    let xs = [1e3, 1e4, 1e5, 1e6];
    let truths: Vec<(f64, [f64; 2])> = xs.iter().map(|x: &f64| (x.ln(), [0.5, 0.5])).collect();
    let said = (0..EXPERIMENTS).filter(|n| found(&xs, &sweep(USUAL, 5, *n, &truths), false).is_ok()).count();
    assert!(said <= EXPERIMENTS / 100, "{said} of {EXPERIMENTS}");
}

/// Simulated workers: one does the serial part, free workers take the tasks, and then each worker talks to each other
/// one, one at a time. One worker does all of the work in time 1.
fn workers(n: usize, serial: f64, crosstalk: f64) -> f64 {
    const TASKS: usize = 1 << 14;
    let mut clocks = vec![serial; n];
    for _ in 0..TASKS {
        let free = (0..n).min_by(|a, b| clocks[*a].total_cmp(&clocks[*b])).unwrap();
        clocks[free] += (1.0 - serial) / TASKS as f64;
    }
    let mut end = clocks.into_iter().fold(0.0, f64::max);
    for _ in 0..n * (n - 1) {
        end += crosstalk / n as f64;
    }
    end
}

/// Log speedups of simulated workers, by their number.
fn speedups(numbers: &[usize], (serial, crosstalk): (f64, f64)) -> Vec<(usize, f64)> {
    numbers.iter().map(|&n| (n, -workers(n, serial, crosstalk).ln())).collect()
}

/// A law fitted to speedups that were measured in blocks, on a machine with that noise.
fn fitted(law: Law, noise: Option<(Noise, usize)>, speedups: &[(usize, f64)]) -> Fit {
    let points = speedups.iter().map(|&(n, speedup)| {
        let blocks: Vec<f64> = match noise {
            Some((noise, number)) => {
                let mut machine = Machine::new(noise, n as u64, number);
                (0..BLOCKS).flat_map(|_| machine.block(&[speedup])).collect()
            }
            None => vec![speedup; BLOCKS as usize],
        };
        (n, Estimate::of(&blocks, &Prior::NONE).unwrap())
    });
    law.fit(&points.collect::<Vec<_>>(), &[16, 64, 1024]).unwrap()
}

#[test]
fn laws_of_simulated_workers_are_found_again() {
    let numbers = [1, 2, 4, 8, 16];
    for (serial, crosstalk) in
        [(0.02, 0.0), (0.1, 0.0), (0.4, 0.0), (0.05, 0.001), (0.1, 0.005), (0.02, 0.02)]
    {
        let speedups = speedups(&numbers, (serial, crosstalk));
        let fit = fitted(Law::Gunther, None, &speedups);
        assert!((fit.serial.value / serial - 1.0).abs() < 0.05, "{fit:?}");
        assert!((fit.crosstalk.value - crosstalk).abs() < 0.05 * crosstalk.max(1e-4), "{fit:?}");
        if crosstalk == 0.0 {
            let fit = fitted(Law::Amdahl, None, &speedups);
            assert!((fit.serial.value / serial - 1.0).abs() < 0.05 && fit.residual < 0.01, "{fit:?}");
            let (_, most) = fit.predicted[2];
            let truth = 1.0 / (serial + (1.0 - serial) / 1024.0);
            assert!((most.value / truth - 1.0).abs() < 0.05, "{fit:?}");
        }
    }
}

#[test]
fn laws_are_found_again_through_noise_and_their_bands_hold_the_truth() {
    let serial = 0.1;
    for (law, crosstalk) in [(Law::Amdahl, 0.0), (Law::Gunther, 0.005)] {
        let speedups = speedups(&[1, 2, 4, 8, 16, 32, 64], (serial, crosstalk));
        let fits: Vec<Fit> = (0..200).map(|number| fitted(law, Some((USUAL, number)), &speedups)).collect();
        let mean = |of: &dyn Fn(&Fit) -> f64| fits.iter().map(of).sum::<f64>() / fits.len() as f64;
        assert!((mean(&|fit| fit.serial.value) / serial - 1.0).abs() < 0.05, "{law:?}");
        assert!((mean(&|fit| fit.crosstalk.value) - crosstalk).abs() <= 0.05 * crosstalk, "{law:?}");
        let near = |fit: &&Fit| (fit.serial.value / serial - 1.0).abs() < 0.05;
        assert!(fits.iter().filter(near).count() >= 150, "{law:?}");
        let held = |fit: &&Fit| fit.serial.low <= serial && serial <= fit.serial.high;
        assert!(fits.iter().filter(held).count() >= 188, "{law:?}");
        for (at, n) in [16.0_f64, 64.0, 1024.0].into_iter().enumerate() {
            let truth = n / (1.0 + serial * (n - 1.0) + crosstalk * n * (n - 1.0));
            let held = |fit: &&Fit| fit.predicted[at].1.low <= truth && truth <= fit.predicted[at].1.high;
            let held = fits.iter().filter(held).count();
            assert!(held >= 188, "{held} of 200 bands at {n} workers hold {truth} by {law:?}");
        }
    }
}
