//! A whole run on simulated machines, by the schedule and all rules, as the program does it.

use super::world::Truth;
use parallax_method::schedule::{Block, Cell, Draw, Group, Next, Rest, Turn, next};
use parallax_method::{
    BestSet, Estimate, Priors, Rules, Series, Standing, Verdict, best_set, contrast, floors, standings, stop,
    verdicts,
};

/// The results of a run for a group.
pub(crate) struct Answer {
    pub(crate) estimates: Vec<Estimate>,
    pub(crate) verdicts: Vec<Verdict>,
    /// The techniques, then the baseline.
    pub(crate) best: BestSet,
    pub(crate) rests: Vec<Rest>,
}

impl Answer {
    /// Whether the interval of a technique holds its true log speedup.
    pub(crate) fn holds(&self, at: usize, speedup: f64) -> bool {
        let estimate = self.estimates[at];
        estimate.half_width.is_some_and(|half| (estimate.log_mean - speedup).abs() <= half)
    }

    /// Whether the set has the true best technique, or the baseline if that is the best.
    pub(crate) fn has_best(&self, speedups: &[f64]) -> bool {
        let all = speedups.iter().copied().chain([0.0]).enumerate();
        all.max_by(|(_, a), (_, b)| a.total_cmp(b)).is_some_and(|(best, _)| self.best.set.contains(&best))
    }
}

/// Blocks of each technique, and of the twin after them.
type Blocks = Vec<Vec<(u64, f64)>>;

/// A run that ends with its budget; each turn costs 1 of it.
pub(crate) fn run(groups: &[Truth], budget: f64, seed: u64) -> Vec<Answer> {
    let mut draw = Draw::new(seed, u64::MAX);
    let techniques = |group: &Truth| group.speedups().len();
    let mut blocks: Vec<Blocks> =
        groups.iter().map(|group| vec![Vec::new(); techniques(group) + 1]).collect();
    let mut left = budget;
    for number in 0.. {
        let view = view(&blocks);
        match next(&view, left, seed, number) {
            Next::Run(Block { group, turns, .. }) => {
                left -= turns.len() as f64;
                let technique = |turn: &Turn| if let Turn::Technique(at) = turn { Some(*at) } else { None };
                let joined: Vec<usize> = turns.iter().filter_map(technique).collect();
                let (twin, values) = groups[group].block(&joined, &mut draw);
                joined.iter().zip(values).for_each(|(at, value)| blocks[group][*at].push((number, value)));
                blocks[group].last_mut().unwrap().push((number, twin));
            }
            Next::End(rests) => return answers(&blocks, rests),
        }
    }
    unreachable!("a budget ends")
}

fn series(blocks: &[Blocks]) -> Vec<Vec<Series<'_>>> {
    blocks.iter().map(|group| group.iter().map(|cell| Series::Blocks(cell)).collect()).collect()
}

fn floors_of(blocks: &[Blocks], priors: &Priors) -> Vec<f64> {
    let twin = |group: &Blocks| group.last().unwrap().iter().map(|(_, value)| *value).collect();
    let twins: Vec<Vec<f64>> = blocks.iter().map(twin).collect();
    floors(&twins.iter().map(Vec::as_slice).collect::<Vec<_>>(), &priors.cells)
}

fn view(blocks: &[Blocks]) -> Vec<Group> {
    let series = series(blocks);
    let priors = Priors::fit(&series);
    let floors = floors_of(blocks, &priors);
    let group = |(of, floor): (&Vec<Series>, f64)| {
        let cells = &of[..of.len() - 1];
        let standings = standings(cells, floor, &priors);
        let began = matches!(of[of.len() - 1], Series::Blocks(twin) if !twin.is_empty());
        let cell = |(cell, standing): (&Series, Standing)| known(*cell, standing, &priors);
        Group {
            baseline_cost_s: began.then_some(1.0),
            cells: cells.iter().zip(standings).map(cell).collect(),
        }
    };
    series.iter().zip(floors).map(group).collect()
}

fn known(cell: Series, standing: Standing, priors: &Priors) -> Cell {
    let Some(estimate) = contrast(cell, Series::Baseline, priors).ok() else { return Cell::default() };
    let stop = stop(&estimate, &Rules::default());
    Cell {
        blocks: estimate.blocks,
        estimate: Some(estimate),
        stop,
        cost_s: Some(1.0),
        standing,
        with: None,
        failed: false,
    }
}

fn answers(blocks: &[Blocks], rests: Vec<Vec<Rest>>) -> Vec<Answer> {
    let series = series(blocks);
    let priors = Priors::fit(&series);
    let answer = |((of, floor), rests): ((&Vec<Series>, f64), Vec<Rest>)| {
        let cells = &of[..of.len() - 1];
        let estimate =
            |cell: &Series| contrast(*cell, Series::Baseline, &priors).expect("the first pass is done");
        let estimates: Vec<Estimate> = cells.iter().map(estimate).collect();
        let verdicts = verdicts(&estimates, floor);
        let mut all = cells.to_vec();
        all.push(Series::Baseline);
        Answer { estimates, verdicts, best: best_set(&all, &priors), rests }
    };
    series.iter().zip(floors_of(blocks, &priors)).zip(rests).map(answer).collect()
}
