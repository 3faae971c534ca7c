//! Measures from how many calls on one cell is ahead of another, by alternating fresh processes of both.

use anyhow::Result;
use parallax_harness::worker::Interrupted;
use parallax_method::schedule::Draw;
use parallax_method::{Payback, fieller};
use parallax_record::plan::VARIANTS;

/// The first two numbers of calls are the predicted one divided and multiplied by this.
pub(super) const AROUND: f64 = 1.5;

/// How often calls are halved or doubled at most until the sign of the difference changes.
const STEPS: usize = 8;

/// Which of the two cells a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The one that may get ahead.
    One,
    /// The one that it is compared with.
    Other,
}

/// The time of a process, by its cell, its number of calls and its input's variant.
pub(super) type Take<'a> = dyn FnMut(Of, u64, u32) -> Result<f64> + 'a;

/// The result.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Found {
    /// The two numbers of calls that were made, one below the crossing and one above it.
    pub(super) at: [u64; 2],
    /// Rounds that count, of four processes each.
    pub(super) rounds: usize,
    /// The crossing; none if the two numbers of calls do not determine it.
    pub(super) measured: Option<Payback>,
    /// Whether the user interrupted it.
    pub(super) interrupted: bool,
}

/// Tries numbers of calls below and above `predicted` until the crossing is between them, then takes rounds at these;
/// `most` is the largest number of calls that a process may make.
///
/// # Errors
///
/// Those of `take`; after an interrupt, the result so far is returned instead.
pub(super) fn measure(predicted: f64, most: u64, rounds: u64, take: &mut Take<'_>) -> Result<Found> {
    let mut found = Found::default();
    match look(predicted, most, take).and_then(|at| repeat(at, rounds, take, &mut found)) {
        Err(why) if why.is::<Interrupted>() => Ok(Found { interrupted: true, ..found }),
        done => done.map(|()| found),
    }
}

/// A number of calls at which the one cell seems to be behind, and one at which it seems to be ahead, if there are such
/// numbers.
fn look(predicted: f64, most: u64, take: &mut Take<'_>) -> Result<[u64; 2]> {
    let mut is_behind =
        |calls: u64| Ok::<bool, anyhow::Error>(take(Of::One, calls, 0)? > take(Of::Other, calls, 0)?);
    let mut low = ((predicted / AROUND) as u64).clamp(1, most.max(2) - 1);
    let mut high = ((predicted * AROUND).ceil() as u64).clamp(low + 1, most.max(low + 1));
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

/// Rounds of four processes, each in a new random order, so that drift affects both cells alike.
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

/// Whether a prediction holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The measured number lies within the predicted interval.
    Holds,
    /// The two intervals do not overlap.
    Fails,
    /// Neither is certain.
    Open,
}

impl Held {
    /// Compares a prediction with a measurement.
    pub(super) fn of(predicted: &Payback, measured: Option<&Payback>) -> Self {
        match measured {
            Some(found) if (predicted.low..=predicted.high).contains(&found.calls) => Held::Holds,
            Some(found) if found.high < predicted.low || predicted.high < found.low => Held::Fails,
            _ => Held::Open,
        }
    }

    /// Its name in tables.
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
