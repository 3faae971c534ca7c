//! Which cells a run compares, and with what.

use crate::fleet::{Fleet, FleetCell};
use anyhow::{Result, bail};
use parallax_record::name::BASELINE;
use parallax_record::plan::{Group, Member};
use parallax_suite::Size;

/// Groups the chosen cells by what they can be compared with.
///
/// # Errors
///
/// If nothing is chosen, or something has no baseline.
pub fn groups(fleet: &Fleet, chosen: &[&FleetCell], size: Size, workers: &[usize]) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for &workers in workers {
        for cell in chosen {
            let info = &cell.info;
            let same = |group: &&mut Group| {
                (group.workers, &group.workload, &group.case) == (workers, &info.workload, &info.case)
            };
            let group = match groups.iter_mut().find(same) {
                Some(group) => group,
                None => {
                    let baseline = baseline(fleet, cell)?;
                    let (workload, case) = (info.workload.clone(), info.case.clone());
                    groups.push(Group { workload, case, size, workers, baseline, cells: Vec::new() });
                    groups.last_mut().expect("one was just added")
                }
            };
            if info.technique != BASELINE {
                group.cells.push(Member {
                    family: cell.family.clone(),
                    technique: info.technique.clone(),
                    question: info.question.to_string(),
                    libraries: info.libraries.clone(),
                });
            }
        }
    }
    groups.retain(|group| !group.cells.is_empty());
    if groups.is_empty() {
        bail!("nothing is left to compare with the baseline; `cargo xtask list` shows all cells");
    }
    Ok(groups)
}

/// The family that has the baseline of a cell's workload.
fn baseline(fleet: &Fleet, cell: &FleetCell) -> Result<String> {
    let is_baseline = |other: &&FleetCell| {
        let (other, info) = (&other.info, &cell.info);
        (&other.workload, &other.case, other.technique.as_str()) == (&info.workload, &info.case, BASELINE)
    };
    match fleet.cells.iter().find(is_baseline) {
        Some(baseline) => Ok(baseline.family.clone()),
        None => bail!("{} has no baseline: some worker must have {BASELINE} for it", cell.name()),
    }
}
