//! The answer for each workload in one sentence: the best technique, the next one, and how certain that is.

use super::group::{Group, is_measured};
use crate::units::two_digits;
use parallax_record::summary::{Best, Row, RowStatus, RowVerdict};

/// With more candidates than this, the best is not decided yet.
const FEW: usize = 3;

/// The sentence for a group.
pub(super) fn sentence(group: &Group) -> String {
    let others = group.rows.iter().any(|row| is_measured(row) && row.technique != group.baseline);
    let missing = group.rows.iter().filter(|row| row.status == RowStatus::NotReached).count();
    let answer = match group.best {
        _ if !others && missing > 0 => return "not measured yet: the time was over".into(),
        _ if !others => return "no technique has a number; see the reasons below".into(),
        Some(best) => by_set(group, best),
        None => by_rows(group),
    };
    let missing = (missing > 0).then(|| format!("; {missing} not measured yet"));
    let baseline = group.baseline;
    let no_baseline = group.measured(baseline).is_none().then(|| format!("; {baseline} has no number here"));
    [Some(answer), missing, no_baseline].into_iter().flatten().collect()
}

/// The answer from the set of techniques that can be the best.
fn by_set(group: &Group, best: &Best) -> String {
    let baseline = group.baseline;
    let set: Vec<&Row> = best.set.iter().filter_map(|name| group.measured(name)).collect();
    let out: Vec<&str> = best.out.iter().map(String::as_str).filter(|name| *name != baseline).collect();
    let known = set.len() + best.out.len();
    // a technique that is certainly faster excludes the baseline, however that was compared with the others
    let faster = set.iter().any(|row| row.verdict == Some(RowVerdict::Faster));
    let contenders: Vec<&Row> = set.iter().copied().filter(|row| row.technique != baseline).collect();
    let with_baseline = contenders.len() < set.len() && !faster;
    match contenders[..] {
        [] => format!("nothing is faster than {baseline}{}", next(group, &out)),
        _ if set.len() > FEW && !equal(group, &set) => undecided(&contenders, set.len(), known),
        _ if with_baseline => beside_baseline(group, &set, &contenders) + &next(group, &out),
        _ => winners(group, &contenders) + &next(group, &out),
    }
}

/// The answer if the baseline cannot be the best.
fn winners(group: &Group, contenders: &[&Row]) -> String {
    match contenders {
        [one] => format!("{}{}", one.technique, figures(&[one])),
        all if equal(group, all) => format!("{} are equally good{}", list(all, "and"), figures(all)),
        all => format!("{}{}", list(all, "or"), figures(all)),
    }
}

/// The answer if the baseline can be the best too.
fn beside_baseline(group: &Group, set: &[&Row], contenders: &[&Row]) -> String {
    let baseline = group.baseline;
    if equal(group, set) {
        let are = if contenders.len() == 1 { "is" } else { "are" };
        return format!("{} {are} as fast as {baseline}; nothing is faster", list(contenders, "and"));
    }
    format!(
        "nothing is proven faster than {baseline}; {} can be{}",
        list(contenders, "or"),
        figures(contenders)
    )
}

fn undecided(contenders: &[&Row], set: usize, known: usize) -> String {
    let highest = contenders[0];
    let figures = figures(&[highest]);
    format!("not decided yet: {set} of {known} can be the best; highest {}{figures}", highest.technique)
}

/// The part about the techniques after the best ones.
fn next(group: &Group, out: &[&str]) -> String {
    let Some((first, rest)) = out.split_first() else { return String::new() };
    let row = |name: &&str| group.measured(name);
    let slower = |row: &Row| row.verdict == Some(RowVerdict::Slower);
    let best_is_other = group.best.is_none_or(|best| best.set.iter().all(|name| name != group.baseline));
    if best_is_other && out.iter().all(|name| row(name).is_some_and(slower)) {
        return format!("; the rest is slower than {}", group.baseline);
    }
    let place = |name: &str| group.best.and_then(|best| best.out.iter().position(|other| other == name));
    if best_is_other && place(group.baseline) < place(first) && place(group.baseline).is_some() {
        return format!("; nothing else is proven faster than {}", group.baseline);
    }
    let figures = row(first).map_or(String::new(), |row| figures(&[row]));
    let rest = if rest.is_empty() { "" } else { "; the rest is slower" };
    format!("; next {first}{figures}{rest}")
}

/// The answer from the rows alone, for a summary without a best set.
fn by_rows(group: &Group) -> String {
    let baseline = group.baseline;
    let measured = group.rows.iter().copied().filter(|row| is_measured(row) && row.technique != baseline);
    let (compared, others): (Vec<&Row>, Vec<&Row>) = measured.partition(|row| row.ratio.is_some());
    let [first, rest @ ..] = &compared[..] else {
        return format!("no technique is compared with {baseline}");
    };
    let next =
        rest.first().map_or(String::new(), |row| format!("; next {}{}", row.technique, figures(&[row])));
    let is = |row: &&Row, verdicts: &[RowVerdict]| row.verdict.is_some_and(|of| verdicts.contains(&of));
    let first = format!("{}{}", first.technique, figures(&[first]));
    let answer = if compared.iter().any(|row| is(row, &[RowVerdict::Faster])) {
        format!("measured highest: {first}{next}")
    } else if !others.is_empty()
        || !compared.iter().all(|row| is(row, &[RowVerdict::Slower, RowVerdict::Same]))
    {
        format!("nothing is proven faster than {baseline}; highest {first}")
    } else {
        format!("nothing is faster than {baseline}; next {first}")
    };
    match others.len() {
        0 => answer,
        n => format!("{answer}; {n} not compared"),
    }
}

/// Whether all of them are shown to be the same.
fn equal(group: &Group, rows: &[&Row]) -> bool {
    let pairs = rows.iter().enumerate().flat_map(|(at, a)| rows[at + 1..].iter().map(move |b| (a, b)));
    pairs.into_iter().all(|(a, b)| group.same(&a.technique, &b.technique))
}

/// `, 1.9x`, or `, 1.8x to 1.9x`; nothing where they were not compared with the baseline.
fn figures(rows: &[&Row]) -> String {
    let mut ratios: Vec<f64> = rows.iter().filter_map(|row| row.ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let told: Vec<String> = ratios.iter().map(|ratio| two_digits(*ratio) + "x").collect();
    match (told.first(), told.last()) {
        (Some(low), Some(high)) if low == high => format!(", {low}"),
        (Some(low), Some(high)) => format!(", {low} to {high}"),
        _ => String::new(),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn list(rows: &[&Row], word: &str) -> String {
    let names: Vec<&str> = rows.iter().map(|row| row.technique.as_str()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{contrast, four, judged, missing, summary, with_best};
    use super::*;
    use parallax_record::name::BASELINE;
    use parallax_record::summary::Summary;

    fn told(summary: &Summary) -> String {
        sentence(&Group::all(summary, BASELINE)[0])
    }

    #[test]
    fn one_winner_is_named_with_what_comes_next() {
        let out = [("openmp", 2.9), ("rayon", 4.0), ("scoped", 4.1), ("sequential", 8.0)];
        let all = with_best(four(), &["portable+rayon"], &out);
        assert_eq!(told(&all), "portable+rayon, 8.8x; next openmp, 2.9x; the rest is slower");
        let two =
            with_best(four()[..2].to_vec(), &["portable+rayon"], &[("openmp", 2.9), ("sequential", 8.0)]);
        assert_eq!(told(&two), "portable+rayon, 8.8x; next openmp, 2.9x", "sequential is not the rest");
        let one = with_best(four()[..1].to_vec(), &["portable+rayon"], &[("sequential", 8.0)]);
        assert_eq!(told(&one), "portable+rayon, 8.8x");
        let slow = vec![judged("a", 1.9, "faster"), judged("b", 0.8, "slower"), judged("c", 0.2, "slower")];
        let slow = with_best(slow, &["a"], &[("sequential", 1.8), ("b", 2.0), ("c", 9.0)]);
        assert_eq!(told(&slow), "a, 1.9x; the rest is slower than sequential");
        let open = vec![judged("a", 1.9, "faster"), judged("b", 0.9, "undecided")];
        let open = with_best(open, &["a"], &[("sequential", 1.8), ("b", 1.9)]);
        assert_eq!(told(&open), "a, 1.9x; nothing else is proven faster than sequential");
    }

    #[test]
    fn only_what_is_shown_to_be_the_same_is_called_equally_good() {
        let out = [("openmp", 1.2), ("sequential", 1.8)];
        let rows = vec![
            judged("rayon", 1.92, "faster"),
            judged("scoped", 1.88, "faster"),
            judged("openmp", 1.5, "faster"),
        ];
        let mut pair = with_best(rows, &["rayon", "scoped"], &out);
        assert_eq!(told(&pair), "rayon or scoped, 1.9x; next openmp, 1.5x", "nothing is known of the two");
        contrast(&mut pair, "scoped", "rayon", 0.99, "undecided");
        assert_eq!(told(&pair), "rayon or scoped, 1.9x; next openmp, 1.5x");
        pair.contrasts.clear();
        contrast(&mut pair, "scoped", "rayon", 0.99, "same");
        assert_eq!(told(&pair), "rayon and scoped are equally good, 1.9x; next openmp, 1.5x");
        pair.contrasts[0].workers = 4;
        assert_eq!(told(&pair), "rayon or scoped, 1.9x; next openmp, 1.5x", "another group's contrast");
    }

    #[test]
    fn a_choice_among_few_shows_their_range_and_one_among_many_is_none() {
        let few = with_best(four(), &["openmp", "rayon", "scoped"], &[("sequential", 1.7)]);
        assert_eq!(told(&few), "openmp, rayon or scoped, 1.9x to 2.9x");
        let many = ["portable+rayon", "openmp", "rayon", "scoped"];
        let many = with_best(four(), &many, &[("sequential", 1.7)]);
        assert_eq!(told(&many), "not decided yet: 4 of 5 can be the best; highest portable+rayon, 8.8x");
    }

    #[test]
    fn the_baseline_can_be_the_best_too() {
        let rows = || vec![judged("a", 0.94, "slower"), judged("b", 0.5, "slower")];
        let none = with_best(rows(), &["sequential"], &[("a", 1.03), ("b", 1.9)]);
        assert_eq!(told(&none), "nothing is faster than sequential; next a, 0.94x; the rest is slower");
        let open = vec![judged("a", 1.04, "undecided"), judged("b", 0.5, "slower")];
        let open = with_best(open, &["a", "sequential"], &[("b", 1.9)]);
        assert_eq!(told(&open), "nothing is proven faster than sequential; a can be, 1.0x; next b, 0.50x");
        let same = with_best(vec![judged("a", 1.01, "same")], &["a", "sequential"], &[]);
        assert_eq!(told(&same), "a is as fast as sequential; nothing is faster");
        let faster = with_best(vec![judged("a", 1.1, "faster")], &["a", "sequential"], &[]);
        assert_eq!(told(&faster), "a, 1.1x", "what is known to be faster excludes the baseline");
    }

    #[test]
    fn what_was_not_measured_is_said() {
        let rows = vec![judged("a", 1.9, "faster"), missing("b"), missing("c")];
        let some = with_best(rows, &["a", "b", "c"], &[("sequential", 1.8)]);
        assert_eq!(told(&some), "a, 1.9x; 2 not measured yet");
        assert_eq!(told(&summary(vec![missing("b")])), "not measured yet: the time was over");
        let refused = Row { status: parallax_record::summary::RowStatus::Unfit, ..missing("b") };
        assert_eq!(told(&summary(vec![refused])), "no technique has a number; see the reasons below");
    }

    #[test]
    fn an_older_summary_is_told_by_its_rows_and_claims_less() {
        assert_eq!(told(&summary(four())), "measured highest: portable+rayon, 8.8x; next openmp, 2.9x");
        let unclear = vec![judged("a", 1.2, "undecided"), judged("b", 0.9, "slower")];
        assert_eq!(told(&summary(unclear)), "nothing is proven faster than sequential; highest a, 1.2x");
        let slower = vec![judged("a", 0.9, "slower"), judged("b", 0.8, "slower")];
        assert_eq!(told(&summary(slower)), "nothing is faster than sequential; next a, 0.90x");
    }
}
