//! Tests of the forecast: that of a published run agrees with the run itself.

use super::*;
use crate::store::tests::published;
use parallax_method::deviation;

#[test]
fn an_interval_falls_with_the_root_of_the_blocks_and_by_what_other_cells_tell() {
    let known = |freedom| Known { deviation: Some(0.1), freedom: Some(freedom), ..Known::default() };
    let half = |blocks, freedom| half_width(blocks, &known(freedom)).unwrap();
    assert_eq!(half_width(0, &known(4.0)), None);
    // Student's t of 4 + 4 - 1 degrees at 98.75 %: 2.8412
    assert!((half(4, 4.0) - 2.8412 * 0.1 / 2.0).abs() < 1e-3, "{}", half(4, 4.0));
    assert!(half(8, 4.0) > half(9, 4.0) && half(4, 2.0) > half(4, 20.0));
}

#[test]
fn the_typical_deviation_is_that_of_the_published_run() {
    let (_home, runs) = published(&["one"]);
    let facts = analyse(&runs[0].plan, runs[0].lines());
    let cells = facts.iter().flat_map(|group| &group.cells).filter(|cell| cell.series.len() >= 4);
    let of: Vec<f64> = cells.filter_map(|cell| deviation(&cell.values())).collect();
    let half = median(&of).unwrap();
    let freedom = Judgement::of(&facts).priors.cells.spread.freedom;
    assert!((freedom / TYPICAL_FREEDOM - 1.0).abs() < 0.3, "{freedom}");
    assert!(of.len() > 100 && (half / TYPICAL_DEVIATION - 1.0).abs() < 0.15, "{half} of {}", of.len());
}

#[test]
fn a_run_predicts_itself() {
    let (_home, runs) = published(&["one"]);
    let plan = &runs[0].plan;
    let known = known(plan, &runs);
    assert!(known.iter().all(|of| of.run.as_deref() == Some("one") && of.baseline_s.is_some()));
    let expected = expect(plan, &known);
    assert!(expected.iter().all(|of| of.blocks > 0 && of.half_width.is_some()), "no group is left out");
}

#[test]
fn more_time_gives_more_blocks_and_narrower_intervals() {
    let (_home, runs) = published(&["one"]);
    let mut plan = runs[0].plan.clone();
    let known = known(&plan, &runs);
    let mut of = |budget_s| {
        plan.budget_s = budget_s;
        expect(&plan, &known)
    };
    let (short, long) = (of(200.0), of(2000.0));
    for (short, long) in short.iter().zip(&long) {
        assert!(short.blocks < long.blocks, "{short:?} {long:?}");
        assert_eq!((short.block_s, short.narrow_s), (long.block_s, long.narrow_s));
        assert!(long.half_width.unwrap() < short.half_width.unwrap_or(f64::INFINITY));
    }
    assert!(of(0.0).iter().all(|of| of.blocks == 0 && of.half_width.is_none()));
}

#[test]
fn what_nothing_is_known_of_is_told_and_gets_nothing() {
    let (_home, runs) = published(&["one"]);
    let plan = &runs[0].plan;
    let nothing = known(plan, &[]);
    let expected = expect(plan, &nothing);
    assert!(
        expected.iter().all(|of| of.blocks == 0 && of.block_s.is_none() && of.deviation == TYPICAL_DEVIATION)
    );
    assert!(words(plan, &expected).contains("16 groups of unknown cost not counted"));
    let tried = vec![Known { baseline_s: Some(0.5), ..Known::default() }; plan.groups.len()];
    let expected = expect(plan, &tried);
    // 34 techniques in six blocks, each with three turns of the baseline
    assert!((expected[0].block_s.unwrap() - 0.5 * (34.0 + 18.0) / 6.0).abs() < 1e-9);
    let text = table(plan, &tried, &expected).render(crate::table::Format::Csv, 80, false);
    assert!(text.contains(",a turn just now,") && text.lines().count() == 17, "{text}");
}
