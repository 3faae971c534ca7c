//! The judgement of a run: priors and noise floors for the whole run, then a verdict for each cell.

use crate::analysis::{CellFacts, GroupFacts};
use parallax_method::{
    BestSet, Estimate, Priors, Series, Standing, Verdict, best_set, contrast, floors, judge, standings,
    verdicts,
};

/// The log ratio of each block.
type Blocks = Vec<(u64, f64)>;

/// A judged run.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The priors of a cell's variance, from all cells of the run.
    pub priors: Priors,
    /// Its groups, in the plan's order.
    pub groups: Vec<Judged>,
}

/// A judged group.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The noise floor, log scale; infinite without a block.
    pub floor: f64,
    /// The estimate of each cell against the baseline; none where it has no number.
    pub estimates: Vec<Option<Estimate>>,
    /// The verdict on each cell, corrected for the other cells of the group.
    pub verdicts: Vec<Option<Verdict>>,
    /// Each cell's value in each of its blocks.
    series: Vec<Blocks>,
    /// Which cells have only disturbed blocks.
    noisy: Vec<bool>,
    refused: Vec<bool>,
    priors: Priors,
}

/// A cell of a group, or its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The baseline.
    Baseline,
    /// The cell with that index.
    Cell(usize),
}

impl Judgement {
    /// Judges the facts of a run.
    pub fn of(facts: &[GroupFacts]) -> Self {
        let series: Vec<Vec<Blocks>> =
            facts.iter().map(|group| group.cells.iter().map(quiet).collect()).collect();
        let known = |(group, cells): (&GroupFacts, &Vec<Blocks>)| -> Vec<Blocks> {
            cells.iter().chain([&group.twin]).filter(|blocks| !blocks.is_empty()).cloned().collect()
        };
        let known: Vec<Vec<Blocks>> = facts.iter().zip(&series).map(known).collect();
        let priors = Priors::fit(&known.iter().map(|group| all(group)).collect::<Vec<_>>());
        let twins: Vec<Vec<f64>> = facts.iter().map(|group| values(&group.twin)).collect();
        let floors = floors(&twins.iter().map(Vec::as_slice).collect::<Vec<_>>(), &priors.cells);
        let groups = facts.iter().zip(series).zip(floors);
        let groups =
            groups.map(|((facts, series), floor)| Judged::of(facts, series, floor, priors)).collect();
        Judgement { priors, groups }
    }
}

impl Judged {
    fn of(facts: &GroupFacts, series: Vec<Blocks>, floor: f64, priors: Priors) -> Self {
        let estimate = |cell: &CellFacts| {
            let number = Estimate::of(&cell.values(), &priors.cells).ok();
            number.filter(|_| cell.refused.is_none())
        };
        let estimates: Vec<Option<Estimate>> = facts.cells.iter().map(estimate).collect();
        let noisy: Vec<bool> = facts.cells.iter().map(|cell| cell.noisy).collect();
        let quiet = estimates.iter().zip(&noisy).filter_map(|(estimate, noisy)| estimate.filter(|_| !noisy));
        let mut told = verdicts(&quiet.collect::<Vec<_>>(), floor).into_iter();
        let verdict = |(estimate, noisy): (&Option<Estimate>, &bool)| match (estimate, noisy) {
            (Some(_), true) => Some(Verdict::Undecided),
            (Some(_), false) => told.next(),
            (None, _) => None,
        };
        let verdicts = estimates.iter().zip(&noisy).map(verdict).collect();
        let refused = facts.cells.iter().map(|cell| cell.refused.is_some()).collect();
        Judged { floor, estimates, verdicts, series, noisy, refused, priors }
    }

    /// The blocks of a side, in the form that the method takes.
    pub fn series(&self, side: Side) -> Series<'_> {
        match side {
            Side::Baseline => Series::Baseline,
            Side::Cell(at) => Series::Blocks(&self.series[at]),
        }
    }

    /// The verdict on a pair of which one is the baseline.
    pub fn verdict_over_baseline(&self, a: Side, b: Side) -> Option<Verdict> {
        match (a, b) {
            (Side::Cell(at), Side::Baseline) => self.verdicts[at],
            (Side::Baseline, Side::Cell(at)) => self.verdicts[at].map(Verdict::turned),
            _ => None,
        }
    }

    /// Whether there is a number that was not disturbed.
    pub fn is_known(&self, side: Side) -> bool {
        match side {
            Side::Baseline => true,
            Side::Cell(at) => self.estimates[at].is_some() && !self.noisy[at],
        }
    }

    /// Whether the cell with that index has no number, and will have none.
    pub fn is_refused(&self, at: usize) -> bool {
        self.refused[at]
    }

    /// How much faster `a` is than `b`; none where one of them has no number.
    pub fn contrast(&self, a: Side, b: Side) -> Option<Estimate> {
        if !(self.is_known(a) && self.is_known(b)) {
            return None;
        }
        contrast(self.series(a), self.series(b), &self.priors).ok()
    }

    /// Which of these can be the best, by their indices in `sides`.
    pub fn best(&self, sides: &[Side]) -> BestSet {
        best_set(&sides.iter().map(|side| self.series(*side)).collect::<Vec<_>>(), &self.priors)
    }

    /// The standing of each cell in its group, and how far the next decision about it is.
    pub fn standings(&self) -> Vec<Standing> {
        let cells: Vec<Series> = self.series.iter().map(|blocks| Series::Blocks(blocks)).collect();
        standings(&cells, self.floor, &self.priors)
    }

    /// The pairs that have a contrast, each with its verdict, corrected for all given pairs.
    pub fn judge(&self, pairs: &[(Side, Side)]) -> Vec<(Side, Side, Estimate, Verdict)> {
        let estimates = pairs.iter().filter_map(|&(a, b)| Some((a, b, self.contrast(a, b)?)));
        let estimates: Vec<(Side, Side, Estimate)> = estimates.collect();
        let claims: Vec<(Estimate, f64)> = estimates.iter().map(|(.., of)| (*of, self.floor)).collect();
        estimates.into_iter().zip(judge(&claims)).map(|((a, b, of), verdict)| (a, b, of, verdict)).collect()
    }
}

/// A cell's value in each block that counts; empty for one that has no number or was always disturbed.
fn quiet(cell: &CellFacts) -> Blocks {
    match cell.refused.is_some() || cell.noisy {
        true => Vec::new(),
        false => cell.series.clone(),
    }
}

fn all(group: &[Blocks]) -> Vec<Series<'_>> {
    group.iter().map(|blocks| Series::Blocks(blocks)).collect()
}

fn values(blocks: &Blocks) -> Vec<f64> {
    blocks.iter().map(|(_, value)| *value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_runner::protocol::Status;

    fn cell(values: &[f64]) -> CellFacts<'static> {
        CellFacts { series: (0..).zip(values.iter().copied()).collect(), ..CellFacts::default() }
    }

    fn around(center: f64) -> CellFacts<'static> {
        cell(&[-0.002, -0.001, 0.0, 0.0, 0.001, 0.002].map(|noise| center + noise))
    }

    fn group(cells: Vec<CellFacts<'static>>) -> GroupFacts<'static> {
        GroupFacts { twin: around(0.0).series, cells, ..GroupFacts::of(0) }
    }

    fn judged(cells: Vec<CellFacts<'static>>) -> Judged {
        Judgement::of(&[group(cells)]).groups.remove(0)
    }

    #[test]
    fn a_verdict_stays_with_its_cell() {
        let refuses = || CellFacts { refused: Some((Status::Unfit, "a reason".into())), ..around(0.5) };
        let disturbed = CellFacts { noisy: true, ..around(0.5) };
        let cells = vec![refuses(), around(0.5), cell(&[]), disturbed, around(-0.5), refuses(), around(0.5)];
        let judged = judged(cells);
        let [faster, slower] = [Some(Verdict::Faster), Some(Verdict::Slower)];
        assert_eq!(judged.verdicts, [None, faster, None, Some(Verdict::Undecided), slower, None, faster]);
        let known = (0..7).filter(|at| judged.is_known(Side::Cell(*at))).collect::<Vec<_>>();
        assert_eq!(known, [1, 4, 6]);
        assert!(judged.contrast(Side::Cell(1), Side::Cell(3)).is_none(), "a disturbed cell claims nothing");
    }

    #[test]
    fn what_a_whole_run_shows_narrows_each_of_its_cells() {
        let noise = |seed: u64| {
            cell(&[0, 1].map(|block| 0.04 * (((seed * 7 + block * 13) % 11) as f64 / 11.0 - 0.5) + 0.3))
        };
        let alone = Judgement::of(&[group(vec![noise(1)])]);
        let among = Judgement::of(&[group(vec![noise(1)]), group((2..12).map(noise).collect())]);
        let half = |of: &Judgement| of.groups[0].estimates[0].unwrap().half_width.unwrap();
        assert!(half(&among) < 0.5 * half(&alone), "{} {}", half(&among), half(&alone));
        // and one block has an interval among others, and none alone
        let single = || group(vec![cell(&[0.3])]);
        let others = group((2..12).map(noise).collect());
        assert!(
            Judgement::of(&[single(), others]).groups[0].estimates[0].unwrap().half_width.is_some(),
            "one block"
        );
    }

    #[test]
    fn pairs_are_judged_together_and_in_their_direction() {
        let judged = judged(vec![around(0.5), around(0.2)]);
        let (a, b) = (Side::Cell(0), Side::Cell(1));
        let told = judged.judge(&[(a, b), (b, a), (a, Side::Baseline)]);
        let verdicts: Vec<Verdict> = told.iter().map(|(.., verdict)| *verdict).collect();
        assert_eq!(verdicts, [Verdict::Faster, Verdict::Slower, Verdict::Faster]);
        assert!((told[0].2.log_mean - 0.3).abs() < 1e-9 && (told[1].2.log_mean + 0.3).abs() < 1e-9);
        assert_eq!(judged.best(&[Side::Baseline, a, b]).set, [1]);
    }
}
