//! The first screen: a sentence for each workload, and how many rows have a verdict.

use super::group::{Group, is_decided, is_usual};
use super::sentence::sentence;
use super::sheet::Sheet;
use crate::shell::quoted;
use crate::{units, workspace};
use parallax_record::plan::Mode;
use parallax_record::summary::Summary;
use parallax_suite::catalogue;
use std::path::Path;

/// Writes the first screen.
pub(super) fn write(sheet: &mut Sheet, groups: &[Group], summary: &Summary, folder: &Path) {
    let Some(first) = groups.first() else { return };
    sheet.heading(&format!("the best technique of each workload, by speedup over {}", first.baseline));
    let points: Vec<(String, String)> =
        groups.iter().map(|group| (label(group, groups), sentence(group))).collect();
    sheet.points(&points);
    let quick = match summary.mode {
        Mode::Quick if workspace::is_own() => {
            "a quick run, which is indicative only (without --quick it measures properly): "
        }
        Mode::Quick => "a quick run, which is indicative only (cargo xtask bench measures properly): ",
        _ => "",
    };
    sheet.paragraph(&format!("{quick}{}", verdicts(groups, summary, folder)));
}

/// The workload, with the parts that distinguish this group from its others. Without a case it means the first one, as
/// in a command.
fn label(group: &Group, groups: &[Group]) -> String {
    let twin = group.twin;
    let others = || groups.iter().map(|other| other.twin).filter(|other| other.workload == twin.workload);
    let usual = catalogue::all()
        .iter()
        .any(|entry| entry.name == twin.workload && entry.cases.first() == Some(&&*twin.case));
    let alone = others().all(|other| other.case == twin.case);
    let mut label = if usual && alone { twin.workload.clone() } else { group.work() };
    if others().any(|other| other.size != twin.size) {
        label += &format!(" · {}", twin.size);
    }
    if others().any(|other| other.workers != twin.workers) {
        label += &format!(" · {}", units::things(twin.workers, "worker"));
    }
    label
}

/// How many rows have a verdict, and the command that decides more of them.
fn verdicts(groups: &[Group], summary: &Summary, folder: &Path) -> String {
    let rows = || groups.iter().flat_map(Group::judged);
    let (all, decided) = (rows().count(), rows().filter(|row| is_decided(row)).count());
    let missing = rows().filter(|row| row.verdict.is_none() && !is_decided(row)).count();
    let baseline = groups.first().map_or("", |group| group.baseline);
    if decided == all {
        return format!("all {} have a verdict", units::things(all, "row"));
    }
    let missing = match missing {
        0 => String::new(),
        n if is_usual(baseline) => format!(", {n} not measured yet"),
        n => format!(", {n} not compared with {baseline}"),
    };
    format!(
        "{decided} of {} have a verdict{missing}; to go on: {} --resume {} --budget {}",
        units::things(all, "row"),
        workspace::command(),
        quoted(folder),
        more(summary),
    )
}

/// A budget of about twice what the run has used.
fn more(summary: &Summary) -> String {
    const MINUTES: [u64; 9] = [2, 5, 10, 20, 30, 60, 120, 240, 480];
    let usual_s = summary.mode.defaults().1;
    let used_s = if summary.spent_s > 0.0 { summary.spent_s } else { usual_s };
    let enough = |minutes: &&u64| **minutes as f64 * 60.0 >= 1.9 * used_s;
    let minutes = *MINUTES.iter().find(enough).unwrap_or(&MINUTES[8]);
    if minutes < 60 { format!("{minutes}m") } else { format!("{}h", minutes / 60) }
}
