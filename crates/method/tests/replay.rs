//! Blocks of real runs, resampled: a few of a cell's blocks predict the mean of its others.

mod common;

use common::journal::{Cells, part, runs};
use parallax_method::schedule::Draw;
use parallax_method::{Estimate, Prior, Spread, Verdict, floors, mean, verdicts};
use std::collections::BTreeMap;

/// Cells with fewer blocks have too few others to be compared with.
const ENOUGH: usize = 8;

const DRAWS: u64 = 40;

/// The values of all cells of each group, or their differences in pairs over shared blocks, where there are enough.
fn population(groups: &BTreeMap<String, Cells>, in_pairs: bool) -> Vec<Vec<f64>> {
    let values = |cell: &Vec<(u64, f64)>| cell.iter().map(|(_, value)| *value).collect::<Vec<f64>>();
    let mut all = Vec::new();
    for cells in groups.values().map(|group| group.values().collect::<Vec<_>>()) {
        match in_pairs {
            false => all.extend(cells.iter().map(|cell| values(cell))),
            true => {
                for (at, one) in cells.iter().enumerate() {
                    for two in &cells[..at] {
                        let two: BTreeMap<u64, f64> = two.iter().copied().collect();
                        let both = one.iter().filter_map(|(block, value)| Some(value - two.get(block)?));
                        all.push(both.collect());
                    }
                }
            }
        }
    }
    all.retain(|values| values.len() >= ENOUGH);
    all
}

/// The share of intervals over `blocks` blocks that hold the mean of the others, and the median width.
fn replayed(population: &[Vec<f64>], blocks: usize, moderated: bool) -> (f64, f64) {
    let (mut held, mut widths) = (0, Vec::new());
    for seed in 0..DRAWS {
        let mut draw = Draw::new(seed, blocks as u64);
        // While some cells have one block, others have two or three.
        let length = |draw: &mut Draw| if blocks == 1 { 1 + draw.below(3) } else { blocks };
        let drawn: Vec<_> = population
            .iter()
            .map(|values| {
                let blocks = length(&mut draw);
                part(values, blocks, &mut draw)
            })
            .collect();
        let spreads: Vec<Spread> = drawn.iter().map(|(few, _)| Spread::of(few)).collect();
        let prior = if moderated { Prior::fit(&spreads) } else { Prior::NONE };
        for (few, others) in drawn.iter().filter(|(few, _)| few.len() == blocks) {
            let estimate = Estimate::of(few, &prior).unwrap();
            // The mean of the others is not the truth, but deviates from it as well.
            let wider = (1.0 + blocks as f64 / others.len() as f64).sqrt();
            let half = estimate.half_width.expect("every row has an interval");
            held += usize::from((estimate.log_mean - mean(others).unwrap()).abs() <= half * wider);
            widths.push(half);
        }
    }
    widths.sort_by(f64::total_cmp);
    (held as f64 / widths.len() as f64, widths[widths.len() / 2])
}

#[test]
fn intervals_from_the_first_block_on_hold_what_comes() {
    for (file, groups) in runs() {
        for in_pairs in [false, true] {
            let population = population(&groups, in_pairs);
            for blocks in 1..=6 {
                let (coverage, width) = replayed(&population, blocks, true);
                assert!(coverage >= 0.94, "{coverage} of {blocks} blocks, pairs {in_pairs}, {file}");
                if blocks > 1 && population.len() > 100 {
                    let (_, plain) = replayed(&population, blocks, false);
                    let gain = [0.0, 0.0, 0.5, 0.8, 0.95, 1.1, 1.2][blocks];
                    assert!(
                        width < gain * plain,
                        "{width} against {plain}: {blocks} blocks, pairs {in_pairs}, {file}"
                    );
                }
            }
        }
    }
}

/// Cells whose own mean is subtracted are practically identical to the baseline, and deviate as real ones do.
#[test]
fn identical_techniques_are_hardly_ever_told_apart() {
    for (file, groups) in runs() {
        let (mut claims, mut all) = (0, 0);
        for (blocks, seed) in (2..=6).flat_map(|blocks| (0..DRAWS).map(move |seed| (blocks, seed))) {
            let mut draw = Draw::new(seed, 100 + blocks as u64);
            let (mut spreads, mut twins, mut cells) = (Vec::new(), Vec::new(), Vec::new());
            for group in groups.values() {
                let (mut twin, mut of_group) = (Vec::new(), Vec::new());
                for (name, values) in
                    group.iter().filter(|(_, values)| values.len() >= ENOUGH.max(blocks + 3))
                {
                    let values: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
                    let (few, others) = part(&values, blocks, &mut draw);
                    spreads.push(Spread::of(&few));
                    match name.as_str() {
                        "twin" => twin = few,
                        _ => of_group.push((few, others)),
                    }
                }
                draw.shuffle(&mut of_group);
                of_group.truncate(6);
                twins.push(twin);
                cells.push(of_group);
            }
            let prior = Prior::fit(&spreads);
            let floors = floors(&twins.iter().map(Vec::as_slice).collect::<Vec<_>>(), &prior);
            for (of_group, floor) in cells.iter().zip(floors) {
                let centred = |(few, others): &(Vec<f64>, Vec<f64>)| {
                    let estimate = Estimate::of(few, &prior).unwrap();
                    let wider = (1.0 + blocks as f64 / others.len() as f64).sqrt();
                    let off = estimate.log_mean - mean(others).unwrap();
                    Estimate::with(blocks, off, estimate.error * wider, estimate.freedom)
                };
                let verdicts = verdicts(&of_group.iter().map(centred).collect::<Vec<_>>(), floor);
                claims += verdicts.iter().filter(|v| matches!(v, Verdict::Faster | Verdict::Slower)).count();
                all += verdicts.len();
            }
        }
        assert!(all > 1000 && claims * 100 <= all, "{claims} of {all} in {file}");
    }
}
