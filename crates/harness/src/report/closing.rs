//! The closing lines of a report: the meaning of the columns, where there is more, and warnings about the machine.
//!
//! There are at most six lines, each only where it is needed, plus the warnings.

use super::Detail;
use super::group::{Group, is_measured};
use crate::shell::quoted;
use crate::worker::shorten;
use crate::{units, workspace};
use parallax_record::name::CellId;
use parallax_record::summary::{Row, Summary};
use std::collections::BTreeMap;
use std::path::Path;

/// The closing lines.
pub(super) fn closing(summary: &Summary, groups: &[Group], detail: &Detail, folder: &Path) -> Vec<String> {
    let baseline = detail.baseline();
    let speedup = format!(
        "speedup: time of {baseline} / time of the technique, with its 95 % interval over fresh processes; CPU: CPU \
         time spent, as a multiple of that of {baseline}"
    );
    let limit = summary.cells.iter().any(|row| row.limit_share.is_some()).then(|| {
        "limit: the least time that this machine or the network allows (cargo xtask limits), as a share of the time"
            .to_owned()
    });
    let code = if workspace::is_own() { String::new() } else { code(groups) };
    let more = format!("more: {} {} --wide{}{code}", workspace::show(), quoted(folder), data(folder));
    let warnings = summary.warnings.iter().map(|warning| format!("warning: {warning}"));
    let lines =
        [Some(speedup), no_interval(summary), limit, hosts(summary), excluded(summary), left_out(summary)];
    let energy = if detail.wide { energy(summary) } else { Vec::new() };
    lines.into_iter().flatten().chain(energy).chain(warnings).chain([more]).collect()
}

/// The meaning of the column of energy, and why rows have none: each reason once, with the number of rows.
fn energy(summary: &Summary) -> Vec<String> {
    let whole =
        "energy: of a run, by RAPL: of all of the machine's packages, idle cores and neighbours included";
    let told = summary.cells.iter().any(|row| row.energy_j.is_some()).then(|| whole.to_owned());
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for why in summary.cells.iter().filter_map(|row| row.energy_reason.as_deref()) {
        *reasons.entry(why).or_default() += 1;
    }
    let reason =
        |(why, rows): (&str, usize)| format!("no energy: {} ({})", shorten(why), units::things(rows, "row"));
    told.into_iter().chain(reasons.into_iter().map(reason)).collect()
}

/// The meaning of `±?`, where it occurs.
fn no_interval(summary: &Summary) -> Option<String> {
    let compared: Vec<&Row> = summary.cells.iter().filter(|row| row.ratio.is_some()).collect();
    let single = compared.iter().filter(|row| row.ratio_low.is_none()).count();
    (single > 0).then(|| {
        let all = units::things(compared.len(), "row");
        format!("±?: one block has no interval; {single} of {all} have no more")
    })
}

fn excluded(summary: &Summary) -> Option<String> {
    let first = summary.excluded.first()?;
    let blocks = units::things(summary.excluded.len(), "block");
    Some(format!("{blocks} left out by rule, such as: {}", first.reason))
}

/// The hosts of the techniques that use others than this machine, if there were any.
fn hosts(summary: &Summary) -> Option<String> {
    let named = !summary.hosts.is_empty();
    named.then(|| {
        format!("distributed families used these hosts (with their workers): {}", summary.hosts.join(", "))
    })
}

/// The families without any row, and how to get one.
fn left_out(summary: &Summary) -> Option<String> {
    let first = summary.left_out.first()?;
    let names = summary.left_out.join(", ");
    Some(format!(
        "not built: {names}; each takes minutes; `cargo xtask bench -f {first}` measures one, and --all everything"
    ))
}

fn data(folder: &Path) -> String {
    let data = folder.join("summary.json");
    if data.exists() { format!(" · as data: {}", quoted(data)) } else { String::new() }
}

/// The command that prints the source of a row: of the first that was measured, as an example.
fn code(groups: &[Group]) -> String {
    let measured = |group: &Group| {
        let row = group.rows.iter().find(|row| is_measured(row) && row.technique != group.baseline)?;
        Some(CellId::of(&row.workload, &row.case, &row.technique).to_string())
    };
    let cell = groups.iter().find_map(measured);
    cell.map_or(String::new(), |cell| format!(" · the code of a row: cargo xtask code {cell}"))
}
