//! The notes below a group's table: reasons and doubts, each once, unclear rows, and the noise floor.

use super::Detail;
use super::group::{Group, is_measured};
use super::rows::percent;
use super::unclear;
use crate::units;
use crate::worker::shorten;
use parallax_record::summary::Row;
use parallax_runner::protocol::{PeakBy, Regime};
use std::collections::BTreeMap;

/// The lines, in the order to read them.
pub(super) fn notes(group: &Group, detail: &Detail) -> Vec<String> {
    let cold = (group.twin.regime == Some(Regime::Cold)).then(|| COLD.to_owned());
    let mut notes = unclear::lines(group);
    notes.extend(reasons(&group.rows));
    notes.extend(paybacks(group));
    notes.extend(nearest_to_its_limit(&group.rows));
    notes.extend(other_algorithms(&group.rows));
    notes.extend(of_limits(&group.rows));
    notes.extend(shared_memory(&group.rows));
    if detail.wide {
        notes.extend(without_allocations(&group.rows));
    }
    notes.extend(cold);
    notes.push(noise_floor(group));
    notes
}

/// The meaning of cold figures.
const COLD: &str = "cold: a run of sequential takes 1 s or more, so each time is the first run of its process, without a warm-up";

/// Why rows have no number, or a doubtful one; each reason once, with all rows that have it.
fn reasons(rows: &[&Row]) -> Vec<String> {
    let line = |row: &Row| {
        let kind = if is_measured(row) { "note" } else { row.status.words() };
        Some(format!("{kind}: {}", shorten(row.reason.as_ref()?)))
    };
    each_once(rows, line)
}

/// Why rows have no counts of allocations.
fn without_allocations(rows: &[&Row]) -> Vec<String> {
    each_once(rows, |row| Some(format!("allocations: {}", shorten(row.allocations_reason.as_ref()?))))
}

/// The lines that `line` returns for rows, each once, with the rows it applies to.
fn each_once(rows: &[&Row], line: impl Fn(&Row) -> Option<String>) -> Vec<String> {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for row in rows {
        let Some(line) = line(row) else { continue };
        match told.iter_mut().find(|(other, _)| *other == line) {
            Some((_, names)) => names.push(&row.technique),
            None => told.push((line, vec![&row.technique])),
        }
    }
    told.into_iter().map(|(line, names)| format!("{line} ({})", names.join(", "))).collect()
}

/// The number of calls from which on faster rows are ahead, with all phases from the start of the process on except
/// loading.
fn paybacks(group: &Group) -> Option<String> {
    let known = group.rows.iter().filter_map(|row| Some((row.pays_after?, *row)));
    let mut known: Vec<(f64, &Row)> = known.collect();
    known.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let told = |(calls, row): &(f64, &Row)| units::calls(*calls, row.pays_after_low.zip(row.pays_after_high));
    let mut alike = known.chunk_by(|one, next| told(one) == told(next)).map(|rows| {
        let names: Vec<&str> = rows.iter().map(|(_, row)| row.technique.as_str()).collect();
        (names, told(&rows[0]))
    });
    let (names, calls) = alike.next()?;
    let overtakes = if names.len() == 1 { "overtakes" } else { "overtake" };
    let rest: String = alike.map(|(names, calls)| format!("; {} after {calls}", names.join(", "))).collect();
    Some(format!("{} {overtakes} {} after {calls}{rest}", names.join(", "), group.baseline))
}

fn nearest_to_its_limit(rows: &[&Row]) -> Option<String> {
    let shares = rows.iter().filter_map(|row| Some((row, row.limit.as_deref()?, row.limit_share?)));
    let (row, limit, share) = shares.max_by(|(.., a), (.., b)| a.total_cmp(b))?;
    Some(format!("nearest to the limit: {}, {} of {}", row.technique, percent(share), shorten(limit)))
}

/// Why rows have no share of their limit, or an implausible one; each reason once, with the shares that it explains.
fn of_limits(rows: &[&Row]) -> Vec<String> {
    let mut told: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows {
        let Some(note) = row.limit_note().filter(|_| row.limit.is_some()) else { continue };
        let shares = told.entry(note).or_default();
        shares.extend(row.limit_share.map(|share| format!("{}: {}", row.technique, percent(share))));
    }
    let line = |(note, shares): (&str, Vec<String>)| match shares.is_empty() {
        true => note.to_owned(),
        false => format!("{note} ({})", shares.join(", ")),
    };
    told.into_iter().map(line).collect()
}

/// The rows whose memory counts pages that processes share more than once.
fn shared_memory(rows: &[&Row]) -> Option<String> {
    let is_more = |row: &&&Row| row.peak_by == Some(PeakBy::Rss);
    let names: Vec<&str> = rows.iter().filter(is_more).map(|row| row.technique.as_str()).collect();
    let told = "memory counts shared pages once per process: this kernel shows no better figure";
    (!names.is_empty()).then(|| format!("{told} ({})", names.join(", ")))
}

/// The rows with another algorithm than the baseline's; they are not in duels with rows that have the baseline's.
fn other_algorithms(rows: &[&Row]) -> Option<String> {
    let mut others: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.algorithm.is_empty() && is_measured(row)) {
        others.entry(&row.algorithm).or_default().push(&row.technique);
    }
    let each = others.iter().map(|(algorithm, names)| format!("{algorithm} ({})", names.join(", ")));
    (!others.is_empty()).then(|| format!("by another algorithm: {}", each.collect::<Vec<_>>().join("; ")))
}

fn noise_floor(group: &Group) -> String {
    let blocks = units::things(group.twin.blocks, "block");
    match group.twin.floor {
        Some(floor) => {
            format!("noise floor: {:.1} % ({blocks} of sequential against itself)", 100.0 * (floor - 1.0))
        }
        None => format!("noise floor: not known after {blocks}"),
    }
}
