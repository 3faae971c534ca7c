//! From how many calls on one cell is ahead of another, found by doing it: fresh processes of both, in alternation.

use anyhow::Result;
use parallax_harness::worker::Interrupted;
use parallax_method::schedule::Draw;
use parallax_method::{Payback, fieller};
use parallax_record::plan::VARIANTS;

/// How far around the number that is foretold the first look is.
pub(super) const AROUND: f64 = 1.5;

/// Calls are halved or doubled at most so often until the sign of the difference changes.
const STEPS: usize = 8;

/// Of which of the two a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The one that may get ahead.
    One,
    /// The one that it is held against.
    Other,
}

/// What a process took, by whose it is, the number of its calls, and which input it had.
pub(super) type Take<'a> = dyn FnMut(Of, u64, u32) -> Result<f64> + 'a;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Found {
    /// The numbers of calls that were made, one below the place and one above it.
    pub(super) at: [u64; 2],
    /// Rounds that count, of four processes each.
    pub(super) rounds: usize,
    /// The place; none where the two numbers of calls do not tell it.
    pub(super) measured: Option<Payback>,
    /// Whether somebody asked to end.
    pub(super) interrupted: bool,
}

/// Looks at numbers of calls below and above what is `foretold` until they are on two sides, then takes rounds there;
/// `most` is the largest number of calls that a process may make.
///
/// # Errors
///
/// As `take`; where somebody asks to end, it is what was found so far.
pub(super) fn measure(foretold: f64, most: u64, rounds: u64, take: &mut Take<'_>) -> Result<Found> {
    let mut found = Found::default();
    match look(foretold, most, take).and_then(|at| repeat(at, rounds, take, &mut found)) {
        Err(why) if why.is::<Interrupted>() => Ok(Found { interrupted: true, ..found }),
        done => done.map(|()| found),
    }
}

/// A number of calls at which the one seems to be behind, and one at which it seems to be ahead, as far as there are
/// such.
fn look(foretold: f64, most: u64, take: &mut Take<'_>) -> Result<[u64; 2]> {
    let mut is_behind =
        |calls: u64| Ok::<bool, anyhow::Error>(take(Of::One, calls, 0)? > take(Of::Other, calls, 0)?);
    let mut low = ((foretold / AROUND) as u64).clamp(1, most.max(2) - 1);
    let mut high = ((foretold * AROUND).ceil() as u64).clamp(low + 1, most.max(low + 1));
    for _ in 0..STEPS {
        if low == 1 || is_behind(low)? {
            break;
        }
        (low, high) = (low / 2, low);
    }
    for _ in 0..STEPS {
        if high >= most || !is_behind(high)? {
            break;
        }
        (low, high) = (high, (2 * high).min(most));
    }
    Ok([low, high])
}

/// Rounds of four processes, in an order drawn anew for each, so that what drifts takes part in both.
fn repeat(at: [u64; 2], rounds: u64, take: &mut Take<'_>, found: &mut Found) -> Result<()> {
    found.at = at;
    let (mut below, mut fallen) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let variant = (round % u64::from(VARIANTS)) as u32;
        let mut order = [(Of::One, 0), (Of::Other, 0), (Of::One, 1), (Of::Other, 1)];
        Draw::new(0, round).shuffle(&mut order);
        let mut behind = [0.0; 2];
        for (of, end) in order {
            let took = take(of, at[end], variant)?;
            behind[end] += if of == Of::One { took } else { -took };
        }
        below.push(behind[0]);
        fallen.push(behind[0] - behind[1]);
        (found.rounds, found.measured) = (below.len(), place(at, &below, &fallen));
    }
    Ok(())
}

/// Where the straight line through both ends crosses zero, with Fieller's interval.
fn place([low, high]: [u64; 2], below: &[f64], fallen: &[f64]) -> Option<Payback> {
    let (share, from, to) = fieller(below, fallen)?;
    let calls = |share: f64| (low as f64 + share * (high - low) as f64).ceil().max(1.0);
    Some(Payback { calls: calls(share), low: calls(from), high: calls(to) })
}

/// Whether what was foretold has come true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// What was measured lies within the interval that was foretold.
    Holds,
    /// The two intervals have nothing in common.
    Fails,
    /// Neither is shown.
    Open,
}

impl Held {
    /// Holds what was foretold against what was measured.
    pub(super) fn of(foretold: &Payback, measured: Option<&Payback>) -> Self {
        match measured {
            Some(found) if (foretold.low..=foretold.high).contains(&found.calls) => Held::Holds,
            Some(found) if found.high < foretold.low || foretold.high < found.low => Held::Fails,
            _ => Held::Open,
        }
    }

    /// What people and programs read.
    pub(super) fn words(self) -> &'static str {
        match self {
            Held::Holds => "holds",
            Held::Fails => "fails",
            Held::Open => "open",
        }
    }
}

#[cfg(test)]
mod tests;
