//! Rebasing a report on another technique: ratios and verdicts come from contrasts with it, never from division.
//!
//! The quotient of two speedups has the errors of both and no valid interval. Rows that were never compared say so.

use super::group::{Group, InGroup, is_measured};
use anyhow::{Result, bail};
use parallax_method::{Payback, Verdict};
use parallax_record::name::BASELINE;
use parallax_record::near::did_you_mean;
use parallax_record::summary::{Row, RowVerdict, Summary};
use std::collections::BTreeSet;

/// Refuses a technique that is not one of `names`.
///
/// # Errors
///
/// With similar names, or with all if none is similar.
pub(super) fn ensure_known<'a>(technique: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let names: BTreeSet<&str> = names.chain([BASELINE]).collect();
    if names.contains(technique) {
        return Ok(());
    }
    let near = did_you_mean(technique, names.iter().copied());
    let all: Vec<&str> = names.into_iter().collect();
    let hint = if near.is_empty() { format!("; it has {}", all.join(", ")) } else { near };
    bail!("this run has no technique '{technique}' to use as the baseline{hint}")
}

/// The same summary with its rows against `technique`.
///
/// # Errors
///
/// If no row has that technique.
pub(super) fn onto(summary: &Summary, technique: &str) -> Result<Summary> {
    ensure_known(technique, summary.cells.iter().map(|row| row.technique.as_str()))?;
    let mut rebased = summary.clone();
    if technique == BASELINE {
        return Ok(rebased);
    }
    for group in Group::all(summary, BASELINE) {
        let rows = rebased.cells.iter_mut().filter(|row| row.key() == group.twin.key() && is_measured(row));
        rows.for_each(|row| *row = against(row, technique, &group));
    }
    Ok(rebased)
}

/// The comparison of one row with another.
struct Beside {
    ratio: f64,
    low: Option<f64>,
    high: Option<f64>,
    verdict: RowVerdict,
    /// The number of calls from which on the faster of the two is ahead.
    payback: Option<Payback>,
}

impl Beside {
    /// The same from the side of the other row.
    fn turned(self) -> Self {
        let verdict = match self.verdict {
            RowVerdict::Faster => RowVerdict::Slower,
            RowVerdict::Slower => RowVerdict::Faster,
            other => other,
        };
        Beside {
            ratio: 1.0 / self.ratio,
            low: self.high.map(f64::recip),
            high: self.low.map(f64::recip),
            verdict,
            payback: self.payback,
        }
    }
}

/// A row that has a number, compared with `technique` instead of the baseline.
fn against(row: &Row, technique: &str, group: &Group) -> Row {
    let mut row = Row { pays_after: None, pays_after_low: None, pays_after_high: None, ..row.clone() };
    let beside = match row.technique == technique {
        true => {
            let (one, verdict, payback) = (Some(1.0), RowVerdict::Baseline, None);
            Some(Beside { ratio: 1.0, low: one, high: one, verdict, payback })
        }
        false => beside(&row.technique, technique, group),
    };
    if let Some(Beside { ratio, low, high, verdict, payback }) = beside {
        (row.ratio, row.ratio_low, row.ratio_high, row.verdict) = (Some(ratio), low, high, Some(verdict));
        if let Some(Payback { calls, low, high }) = payback.filter(|_| verdict == RowVerdict::Faster) {
            (row.pays_after, row.pays_after_low, row.pays_after_high) = (Some(calls), Some(low), Some(high));
        }
        return row;
    }
    (row.ratio, row.ratio_low, row.ratio_high, row.verdict) = (None, None, None, None);
    let why = match group.measured(technique) {
        Some(_) => format!("not compared with {technique}: this run has no comparison of the two"),
        None => format!("not compared with {technique}, which has no number here"),
    };
    row.reason = Some(row.reason.take().map_or(why.clone(), |reason| format!("{reason}; {why}")));
    row
}

/// The comparison of `one` with `other`: their contrast, or the inverse speedup of `other` where `one` is its baseline.
fn beside(one: &str, other: &str, group: &Group) -> Option<Beside> {
    if let Some((contrast, turned)) = group.contrast(one, other) {
        let verdict = match contrast.verdict {
            Verdict::Faster => RowVerdict::Faster,
            Verdict::Slower => RowVerdict::Slower,
            Verdict::Same => RowVerdict::Same,
            Verdict::Undecided => RowVerdict::Undecided,
        };
        let (ratio, low, high, payback) = (contrast.ratio, contrast.low, contrast.high, contrast.payback);
        let beside = Beside { ratio, low, high, verdict, payback };
        return Some(if turned { beside.turned() } else { beside });
    }
    let speedup = group.measured(other).filter(|_| one == BASELINE)?;
    let (low, high) = (speedup.ratio_low, speedup.ratio_high);
    Some(Beside { ratio: speedup.ratio?, low, high, verdict: speedup.verdict?, payback: None }.turned())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{contrast, four, summary, with_best};
    use super::super::sentence::sentence;
    use super::super::{Detail, flat, json, words};
    use super::*;
    use crate::table::Format;
    use std::path::Path;

    fn text(summary: &Summary, detail: &Detail) -> String {
        words(summary, Path::new("run"), Format::Text, detail).unwrap()
    }

    fn over(baseline: &str) -> Detail {
        Detail { baseline: Some(baseline.into()), ..Detail::default() }
    }

    #[test]
    fn another_baseline_takes_the_contrasts_in_both_directions_and_divides_nothing() {
        let mut run = with_best(four(), &["portable+rayon"], &[("openmp", 2.9), ("rayon", 4.0)]);
        contrast(&mut run, "portable+rayon", "rayon", 5.0, "faster");
        run.contrasts[0].payback = Some(Payback { calls: 7.0, low: 6.0, high: 9.0 });
        run.cells.iter_mut().for_each(|row| row.pays_after = Some(3.0)); // over the usual baseline
        contrast(&mut run, "rayon", "openmp", 0.5, "slower");
        let rebased = onto(&run, "rayon").unwrap();
        let of = |name: &str| {
            let row = rebased.cells.iter().find(|row| row.technique == name).unwrap();
            (row.ratio, row.ratio_low, row.ratio_high, serde_json::to_value(row.verdict).unwrap())
        };
        assert_eq!(of("portable+rayon"), (Some(5.0), Some(5.0 / 1.03), Some(5.0 * 1.01), "faster".into()));
        let turned = (Some(2.0), Some(1.0 / (0.5 * 1.01)), Some(1.0 / (0.5 / 1.03)), "faster".into());
        assert_eq!(of("openmp"), turned, "its other direction");
        let pays = |name: &str| rebased.cells.iter().find(|row| row.technique == name).unwrap().pays_after;
        assert_eq!((pays("portable+rayon"), pays("openmp")), (Some(7.0), None), "as the contrast has it");
        assert_eq!(of("rayon"), (Some(1.0), Some(1.0), Some(1.0), "baseline".into()));
        assert_eq!(of("scoped"), (None, None, None, serde_json::Value::Null), "never 8.8 / 1.9");
        let (ratio, low, high, verdict) = of("sequential");
        assert_eq!((ratio, verdict), (Some(1.0 / 1.92), "slower".into()), "that is what rayon's row says");
        assert!(low < ratio && ratio < high);
        assert_eq!(sentence(&Group::all(&rebased, "rayon")[0]), "portable+rayon, 5.0x; next openmp, 2.0x");

        let said = text(&run, &over("rayon"));
        assert!(
            said.contains("by speedup over rayon") && said.contains("speedup: time of rayon /"),
            "{said}"
        );
        assert!(said.contains("3 of 4 rows have a verdict, 1 not compared with rayon"), "{said}");
        let scoped = said.lines().find(|line| line.starts_with("scoped ")).unwrap();
        assert!(scoped.contains("not compared"), "{scoped}");
    }

    #[test]
    fn a_group_without_the_baseline_says_so_and_keeps_its_times() {
        let mut run = with_best(four(), &["portable+rayon"], &[("openmp", 2.9)]);
        run.cells.retain(|row| row.technique != "rayon");
        let rayon = Row { workers: 4, ..four().remove(2) };
        run.cells.push(rayon);
        let rebased = onto(&run, "rayon").unwrap();
        let said = sentence(&Group::all(&rebased, "rayon")[0]);
        assert_eq!(said, "portable+rayon; next openmp; rayon has no number here");
        let openmp = rebased.cells.iter().find(|row| row.technique == "openmp").unwrap();
        assert_eq!((openmp.ratio, openmp.verdict, openmp.time_ns_median.is_some()), (None, None, true));
    }

    #[test]
    fn what_is_not_compared_is_not_said_to_be_slower() {
        let run = summary(four());
        let rebased = onto(&run, "rayon").unwrap();
        let said = sentence(&Group::all(&rebased, "rayon")[0]);
        assert_eq!(said, "nothing is proven faster than rayon; highest sequential, 0.52x; 3 not compared");
    }

    #[test]
    fn the_usual_baseline_changes_nothing_and_an_unknown_one_is_refused_with_what_is_near() {
        let run = summary(four());
        assert_eq!(text(&run, &over("sequential")), text(&run, &Detail::default()));
        let why =
            |name: &str| words(&run, Path::new("run"), Format::Text, &over(name)).unwrap_err().to_string();
        assert_eq!(
            why("rayno"),
            "this run has no technique 'rayno' to use as the baseline; did you mean 'rayon'?"
        );
        assert!(
            why("mpi-everywhere").ends_with("; it has openmp, portable+rayon, rayon, scoped, sequential")
        );
    }

    #[test]
    fn programs_get_the_rebased_cells_and_the_name_of_the_baseline() {
        let mut run = summary(four());
        contrast(&mut run, "openmp", "rayon", 1.5, "faster");
        let usual: serde_json::Value =
            serde_json::from_str(&json(&run, &Detail::default()).unwrap()).unwrap();
        assert_eq!(usual, serde_json::to_value(&run).unwrap(), "the file itself");
        let rebased: serde_json::Value = serde_json::from_str(&json(&run, &over("rayon")).unwrap()).unwrap();
        assert_eq!(rebased["baseline"], "rayon");
        let cell = |name: &str| {
            rebased["cells"].as_array().unwrap().iter().find(|cell| cell["technique"] == name).unwrap()
        };
        assert_eq!((&cell("openmp")["ratio"], &cell("openmp")["verdict"]), (&1.5.into(), &"faster".into()));
        assert_eq!(cell("scoped")["ratio"], serde_json::Value::Null);
        assert!(cell("scoped")["reason"].as_str().unwrap().contains("not compared with rayon"));
        let csv = flat(&onto(&run, "rayon").unwrap()).render(Format::Csv, 0, false);
        let openmp = csv.lines().find(|line| line.contains(",openmp,")).unwrap();
        assert!(openmp.contains(",faster,") && openmp.contains(",1.5,"), "{openmp}");
    }
}
