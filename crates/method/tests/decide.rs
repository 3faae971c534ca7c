//! The decisions of whole runs hold, on machines that deviate by 1 to 25 % and in unusual ways.

mod common;

use common::run::{Answer, run};
use common::world::{Kind, Scatter, Truth, speedups};
use parallax_method::schedule::{Draw, Rest};
use parallax_method::{Estimate, Verdict, between_runs};

/// Counts over runs.
#[derive(Debug, Default)]
struct Tally {
    rows: usize,
    held: usize,
    /// Rows of techniques that are identical to the baseline, and claims of a difference among them.
    equal: usize,
    false_claims: usize,
    /// Rows of other techniques that got a verdict.
    told: usize,
    groups: usize,
    with_best: usize,
    in_sets: usize,
}

impl Tally {
    fn count(&mut self, truth: &Truth, answer: &Answer) {
        let speedups = truth.speedups();
        let identical = speedups.iter().all(|speedup| *speedup == 0.0);
        for (at, (speedup, verdict)) in speedups.iter().zip(&answer.verdicts).enumerate() {
            self.rows += 1;
            self.held += usize::from(answer.holds(at, *speedup));
            self.equal += usize::from(identical);
            self.false_claims +=
                usize::from(identical && matches!(verdict, Verdict::Faster | Verdict::Slower));
            self.told += usize::from(!identical && *verdict != Verdict::Undecided);
        }
        if !identical {
            self.groups += 1;
            self.with_best += usize::from(answer.has_best(&speedups));
            self.in_sets += answer.best.set.len();
        }
    }

    fn coverage(&self) -> f64 {
        self.held as f64 / self.rows as f64
    }

    fn told(&self) -> f64 {
        self.told as f64 / (self.rows - self.equal) as f64
    }

    fn assert_holds(&self, what: &str) {
        assert!(self.coverage() >= 0.94, "{} covered with {what}: {self:?}", self.coverage());
        assert!(self.with_best * 100 >= 95 * self.groups, "{what}: {self:?}");
    }
}

/// False claims come in groups, as techniques share a baseline, so they are counted over all kinds of machines.
fn assert_few_false(tallies: &[Tally]) {
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (claims, equal) = (sum(|tally| tally.false_claims), sum(|tally| tally.equal));
    assert!(claims * 100 <= equal, "{claims} false claims of {equal}");
}

/// Runs of eight groups: in a quarter all techniques are the baseline, in a quarter they differ by 5 %, else by 40 %.
fn tally(kind: Kind, techniques: usize, turns: f64, runs: u64) -> Tally {
    let mut tally = Tally::default();
    for seed in 0..runs {
        let mut draw = Draw::new(seed, 0);
        let truth = |group: usize| {
            let spread = [0.0, 0.05, 0.4, 0.4][group % 4];
            let speedups = speedups(techniques, spread, &mut draw);
            Truth::new(kind, speedups, &mut draw)
        };
        let groups: Vec<Truth> = (0..8).map(truth).collect();
        let answers = run(&groups, turns, seed);
        groups.iter().zip(&answers).for_each(|(truth, answer)| tally.count(truth, answer));
    }
    tally
}

const fn normal(deviation: f64, unlike: f64) -> Kind {
    Kind { scatter: Scatter::Normal, deviation, unlike, shift: 0.0 }
}

fn hold(kinds: impl IntoIterator<Item = Kind>, techniques: usize, turns: f64, runs: u64) -> Vec<Tally> {
    let mut tallies = Vec::new();
    for kind in kinds {
        let tally = tally(kind, techniques, turns, runs);
        tally.assert_holds(&format!("{kind:?}"));
        tallies.push(tally);
    }
    assert_few_false(&tallies);
    tallies
}

fn odd(scatter: Scatter, deviation: f64) -> Kind {
    Kind { scatter, deviation, unlike: 0.6, shift: 0.0 }
}

/// Four blocks of each group, as in the default run, on machines from quiet to loud.
#[test]
fn what_a_run_says_holds_from_1_to_25_percent() {
    let unlike = [0.01, 0.03, 0.08, 0.18, 0.25].map(|deviation| normal(deviation, 0.6));
    let alike = [0.02, 0.05, 0.12].map(|deviation| normal(deviation, 0.0));
    let tallies = hold(unlike.into_iter().chain(alike), 6, 300.0, 6);
    assert!(tallies[0].told() > 0.85 && tallies[4].told() < 0.3, "quiet machines tell more: {tallies:?}");
}

#[test]
fn what_a_run_says_holds_with_heavy_tails_outliers_and_two_modes() {
    let kinds = [Scatter::Heavy, Scatter::Outliers, Scatter::Bimodal].map(|scatter| odd(scatter, 0.03));
    hold(kinds, 6, 300.0, 8);
}

/// With time for the stop rules and for those that rest decided.
#[test]
fn what_a_long_run_says_holds() {
    hold([normal(0.01, 0.6), normal(0.02, 0.0), odd(Scatter::Bimodal, 0.03)], 6, 900.0, 4);
}

/// Groups that do not fit into a block: a technique that cannot be the best rests.
#[test]
fn what_a_race_says_holds() {
    hold([normal(0.03, 0.6), odd(Scatter::Heavy, 0.08), odd(Scatter::Bimodal, 0.03)], 14, 500.0, 3);
}

/// The time that losers do not take narrows the set of the best.
#[test]
fn a_race_drops_losers_and_keeps_contenders() {
    let mut draw = Draw::new(1, 0);
    let kind = normal(0.02, 0.3);
    let mut truths = vec![0.9, 0.88];
    truths.extend((0..22).map(|at| -0.1 * f64::from(at)));
    let groups = [Truth::new(kind, truths.clone(), &mut draw), Truth::new(kind, truths, &mut draw)];
    for answer in run(&groups, 400.0, 3) {
        assert!(answer.best.set.contains(&0) && answer.best.set.len() <= 3, "{:?}", answer.best);
        let losers = &answer.estimates[2..];
        let of_losers = losers.iter().map(|loser| loser.blocks).sum::<usize>() / losers.len();
        assert!(answer.estimates[0].blocks >= 3 * of_losers && of_losers <= 3, "{:?}", answer.estimates);
        assert!(answer.rests[2..].iter().all(|rest| *rest == Rest::Out), "{:?}", answer.rests);
        assert!(answer.best.out.iter().all(|out| out.at_least > 1.0));
    }
}

/// Turns between the baselines that are faster or slower than these, whatever code they run: the twins show it.
#[test]
fn a_shift_between_the_baselines_is_no_difference() {
    for shift in [0.03, 0.1] {
        let kind = Kind { shift, ..normal(0.03, 0.6) };
        let mut claims = [0, 0];
        for seed in 0..6 {
            let mut draw = Draw::new(seed, 1);
            let groups: Vec<Truth> = (0..10).map(|_| Truth::new(kind, vec![0.0; 6], &mut draw)).collect();
            for answer in run(&groups, 600.0, seed) {
                let claimed = |verdict: &&Verdict| matches!(verdict, Verdict::Faster | Verdict::Slower);
                claims[0] += answer.verdicts.iter().filter(claimed).count();
                let blind = parallax_method::verdicts(&answer.estimates, 0.0);
                claims[1] += blind.iter().filter(claimed).count();
            }
        }
        assert!(claims[0] <= 4 && claims[1] > 8, "{claims:?} of 360 with and without the floor");
    }
}

/// Two runs of the same code, on a machine that stayed the same and on one that changed in between, where each cell's
/// speedup differs by 3 %.
#[test]
fn two_runs_of_the_same_code_hardly_differ() {
    for (moved_by, most) in [(0.0, 2), (0.03, 4)] {
        two_runs(moved_by, most);
    }
}

fn two_runs(moved_by: f64, most: usize) {
    let (mut pairs_with_claims, mut held, mut blind, mut rows) = (0, 0, 0, 0);
    for seed in 0..40 {
        let mut draw = Draw::new(seed, 2);
        let kind = normal(0.02, 0.6);
        let run_of = |shift: f64, seed: u64, draw: &mut Draw| {
            let moved = |_| Truth::new(kind, speedups(6, shift, draw), draw);
            let groups: Vec<Truth> = (0..6).map(moved).collect();
            run(&groups, 300.0, seed).into_iter().flat_map(|answer| answer.estimates).collect::<Vec<_>>()
        };
        let (before, after) = (run_of(0.0, seed, &mut draw), run_of(moved_by, 1000 + seed, &mut draw));
        let cells: Vec<_> = after.into_iter().zip(before).collect();
        let apart = between_runs(&cells);
        let covers = |of: &Estimate| of.half_width.is_some_and(|half| of.log_mean.abs() <= half);
        held += apart.iter().filter(|of| covers(of)).count();
        blind += cells.iter().filter(|(one, other)| covers(&one.over(other))).count();
        rows += apart.len();
        let told = parallax_method::verdicts(&apart, 0.0);
        let claimed = |verdict: &Verdict| matches!(verdict, Verdict::Faster | Verdict::Slower);
        pairs_with_claims += usize::from(told.iter().any(claimed));
    }
    assert!(held * 100 >= 94 * rows && (moved_by == 0.0 || held > blind), "{held} and {blind} of {rows}");
    assert!(pairs_with_claims <= most, "{pairs_with_claims} of 40 pairs of runs, moved by {moved_by}");
}
