//! The missing part of an unclear row's verdict: more blocks, or a quieter machine.

use super::group::{Group, is_out, is_unclear};
use crate::units::two_digits;
use parallax_record::summary::Row;
use std::collections::BTreeMap;

/// A verdict needs a narrower interval than the one at 95 % that is shown, as all techniques of a group are judged
/// together: for six, by about this factor.
const CORRECTION: f64 = 1.4;

/// The smallest difference that a verdict claims.
const SMALLEST_CLAIM: f64 = 1.01;

/// The factor within which techniques count as the same.
const SAME_WITHIN: f64 = 1.03;

/// More blocks than this are not advised.
const MANY: usize = 100;

/// The missing part of a row's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lack {
    /// About this many more blocks, if its speedup stays as it is.
    Blocks(usize),
    /// A noise floor that does not hide it.
    Quiet,
}

/// The lines about it below a group's table; none where every row is decided.
pub(super) fn lines(group: &Group) -> Vec<String> {
    let mut by_lack: BTreeMap<Lack, Vec<&str>> = BTreeMap::new();
    for row in group.rows.iter().copied().filter(|row| is_unclear(row)) {
        by_lack.entry(lack(row, group.twin.floor)).or_default().push(&row.technique);
    }
    let quiet = by_lack.remove(&Lack::Quiet);
    let blocks: Vec<String> = by_lack.iter().map(|(lack, names)| told(*lack, &names.join(", "))).collect();
    let blocks = (!blocks.is_empty()).then(|| format!("unclear: needs about {}", blocks.join("; ")));
    let quiet = quiet
        .map(|names| format!("unclear: the noise floor hides {}; try a quieter machine", names.join(", ")));
    blocks.into_iter().chain(quiet).chain(dropped(group)).collect()
}

fn told(lack: Lack, names: &str) -> String {
    let blocks = match lack {
        Lack::Blocks(1) => "1 more block".into(),
        Lack::Blocks(n) if n > MANY => format!("more than {MANY} blocks"),
        Lack::Blocks(n) => format!("{n} more blocks"),
        Lack::Quiet => String::new(),
    };
    format!("{blocks} ({names})")
}

/// Computed from the width of its interval, which falls with the root of the number of blocks.
fn lack(row: &Row, floor: Option<f64>) -> Lack {
    let interval = row.ratio.zip(row.ratio_low.zip(row.ratio_high));
    let (Some((ratio, (low, high))), Some(floor)) = (interval, floor) else { return Lack::Blocks(1) };
    let half = (high / ratio).max(ratio / low).ln();
    let from_one = ratio.ln().abs();
    let to_differ = from_one - floor.max(SMALLEST_CLAIM).ln();
    let to_agree = if floor > SAME_WITHIN { f64::NEG_INFINITY } else { SAME_WITHIN.ln() - from_one };
    let room = to_differ.max(to_agree);
    if room <= 0.0 {
        return Lack::Quiet;
    }
    let wanted = row.blocks as f64 * (CORRECTION * half / room).powi(2);
    Lack::Blocks(rounded((wanted.ceil() as usize).saturating_sub(row.blocks)))
}

/// At least one, in tens where there are more than ten, and not counted beyond [`MANY`].
fn rounded(blocks: usize) -> usize {
    match blocks {
        0..=10 => blocks.max(1),
        11..=MANY => blocks.next_multiple_of(10),
        _ => MANY + 1,
    }
}

/// The techniques that were dropped, with the least that they are behind.
fn dropped(group: &Group) -> Option<String> {
    let behind = |row: &Row| match group.best.and_then(|best| best.behind.get(&row.technique)) {
        Some(factor) => format!("{} {}x", row.technique, two_digits(*factor)),
        None => row.technique.clone(),
    };
    let out: Vec<String> = group.rows.iter().copied().filter(|row| is_out(row)).map(behind).collect();
    (!out.is_empty()).then(|| format!("out, slower than the best by at least: {}", out.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::sample::row;
    use super::*;

    fn of(ratio: f64, half: f64, blocks: usize, floor: Option<f64>) -> Lack {
        let row = Row { blocks, ..row("x", ratio, (ratio / half, ratio * half), "undecided") };
        lack(&row, floor)
    }

    #[test]
    fn blocks_grow_with_the_square_of_what_is_lacking() {
        // 10 % of room, seen to 10 %: 1.4² times as many blocks
        let far = 1.1 * 1.01;
        assert_eq!(of(far, 1.1, 10, Some(1.001)), Lack::Blocks(10));
        assert_eq!(of(far, 1.21, 10, Some(1.001)), Lack::Blocks(70));
        assert_eq!(of(far, 2.0, 10, Some(1.001)), Lack::Blocks(MANY + 1));
        assert_eq!(of(far, 1.02, 10, Some(1.001)), Lack::Blocks(1), "never none");
    }

    #[test]
    fn what_the_floor_hides_wants_quiet_and_not_blocks() {
        assert_eq!(of(1.2, 1.02, 10, Some(1.3)), Lack::Quiet);
        assert_ne!(of(1.2, 1.02, 10, Some(1.1)), Lack::Quiet);
        // near to 1 it can still be found the same, unless the floor is beyond 3 %
        assert_ne!(of(1.0, 1.1, 10, Some(1.02)), Lack::Quiet);
        assert_eq!(of(1.0, 1.1, 10, Some(1.04)), Lack::Quiet);
    }

    #[test]
    fn without_an_interval_or_a_floor_the_next_block_tells_more() {
        assert_eq!(of(1.5, 1.1, 3, None), Lack::Blocks(1));
        let single = Row { ratio_low: None, ratio_high: None, ..row("x", 1.5, (1.0, 2.0), "undecided") };
        assert_eq!(lack(&single, Some(1.02)), Lack::Blocks(1));
    }

    #[test]
    fn odd_figures_do_not_panic() {
        for odd in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e308] {
            let _ = of(odd, 1.1, 3, Some(1.02));
            let _ = of(1.1, odd, usize::MAX, Some(1.02));
            let _ = of(1.1, 1.1, 3, Some(odd));
        }
    }
}
