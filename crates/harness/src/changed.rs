//! `--changed`: cells that have not changed since they were measured are left out, as another run has their figures.

use crate::store::Stored;
use crate::units;
use parallax_record::environment::Environment;
use parallax_record::plan::{Group, Member, Plan};
use std::collections::BTreeMap;

/// The cells left in a plan, and where the figures of the others are.
#[derive(Debug, PartialEq)]
pub struct Changed {
    /// The cells that have changed, or were never measured.
    pub groups: Vec<Group>,
    /// How many cells have not changed, by the run that measured them last.
    pub unchanged: BTreeMap<String, usize>,
}

impl Changed {
    /// In words, how many cells are left, and where the figures of the others are.
    pub fn words(&self) -> String {
        let left = self.groups.iter().map(|group| group.cells.len()).sum::<usize>();
        let kept = self.unchanged.values().sum::<usize>();
        let runs: Vec<String> =
            self.unchanged.iter().map(|(run, cells)| format!("{run} has {cells}")).collect();
        match (left, kept) {
            (_, 0) => {
                format!("none of the {} was measured on this machine before", units::things(left, "cell"))
            }
            (0, _) => format!("nothing has changed since it was measured: {}", runs.join(", ")),
            _ => format!(
                "{} changed since they were measured, or are new; of the {kept} others {}",
                units::things(left, "cell"),
                runs.join(", ")
            ),
        }
    }
}

/// Leaves out the cells whose source is the same as at their newest measurement. `runs` are of this machine, the oldest
/// first.
///
/// The source of a cell is that of its family and of its baseline, with the versions of the libraries it uses: a change
/// on either side changes the ratio.
pub fn changed(plan: &Plan, now: &Environment, runs: &[Stored]) -> Changed {
    let (mut groups, mut unchanged) = (Vec::new(), BTreeMap::new());
    for group in &plan.groups {
        let mut left = Group { cells: Vec::new(), ..group.clone() };
        for cell in &group.cells {
            match newest(runs, group, cell).filter(|(run, then)| is_same(run, now, group, cell, then)) {
                Some((run, _)) => *unchanged.entry(run.name.clone()).or_default() += 1,
                None => left.cells.push(cell.clone()),
            }
        }
        groups.extend((!left.cells.is_empty()).then_some(left));
    }
    Changed { groups, unchanged }
}

/// The newest run that has a cell, and the cell in its plan.
fn newest<'a>(runs: &'a [Stored], group: &Group, cell: &Member) -> Option<(&'a Stored, &'a Member)> {
    runs.iter().rev().find_map(|run| {
        let index = run.group(group)?;
        let same = |other: &Member| (&other.family, &other.technique) == (&cell.family, &cell.technique);
        let cells = &run.plan.groups[index].cells;
        let place = cells.iter().position(same).filter(|place| run.knows(index, *place))?;
        Some((run, &cells[place]))
    })
}

fn is_same(run: &Stored, now: &Environment, group: &Group, cell: &Member, then: &Member) -> bool {
    // A hash that could not be taken, or that older runs do not have, equals no other.
    let same = |family: &String| {
        let of = |environment: &Environment| environment.sources.get(family).cloned().flatten();
        of(now).is_some() && of(now) == of(&run.environment)
    };
    same(&cell.family) && same(&group.baseline) && cell.libraries == then.libraries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::published;

    /// Two stored runs, and an environment in which each family has the source of the newer one.
    fn measured() -> (tempfile::TempDir, Vec<Stored>, Environment) {
        let (home, mut runs) = published(&["2026-01-01T00-00-00Z", "2026-01-02T00-00-00Z"]);
        for (run, of) in runs.iter_mut().zip(["old", "new"]) {
            let cells = run.plan.groups.iter().flat_map(|group| &group.cells);
            let families = cells.map(|cell| cell.family.clone()).chain(["baseline".to_owned()]);
            run.environment.sources = families.map(|family| (family, Some(of.to_owned()))).collect();
        }
        let now = runs[1].environment.clone();
        (home, runs, now)
    }

    /// The plan of a run, with the cells that the run has.
    fn known(run: &Stored) -> Plan {
        let mut plan = run.plan.clone();
        for (index, group) in plan.groups.iter_mut().enumerate() {
            let mut place = 0..;
            group.cells.retain(|_| run.knows(index, place.next().unwrap_or_default()));
        }
        plan
    }

    fn left(changed: &Changed) -> Vec<&str> {
        let cells = changed.groups.iter().flat_map(|group| &group.cells);
        let mut families: Vec<&str> = cells.map(|cell| cell.family.as_str()).collect();
        families.sort_unstable();
        families.dedup();
        families
    }

    #[test]
    fn only_the_family_whose_source_changed_is_left_and_with_the_baseline_all() {
        let (_home, runs, mut now) = measured();
        let plan = known(&runs[1]);
        let cells: usize = plan.groups.iter().map(|group| group.cells.len()).sum();
        let nothing = changed(&plan, &now, &runs);
        assert!(nothing.groups.is_empty(), "{:?}", left(&nothing));
        assert_eq!(nothing.unchanged, BTreeMap::from([("2026-01-02T00-00-00Z".to_owned(), cells)]));
        assert!(nothing.words().starts_with("nothing has changed since it was measured: 2026-01-02"));

        now.sources.insert("simd".into(), Some("newest".into()));
        let one = changed(&plan, &now, &runs);
        assert_eq!(left(&one), ["simd"]);
        assert!(one.words().contains("others 2026-01-02T00-00-00Z has "), "{}", one.words());

        now.sources.insert("baseline".into(), Some("newest".into()));
        let all = changed(&plan, &now, &runs);
        assert_eq!((all.groups, all.unchanged.len()), (plan.groups, 0));
    }

    #[test]
    fn the_newest_measurement_counts_and_not_an_older_one_of_the_same_source() {
        let (_home, runs, mut now) = measured();
        now.sources = runs[0].environment.sources.clone(); // back to what it was
        let changed = changed(&known(&runs[1]), &now, &runs);
        assert!(changed.unchanged.is_empty());
    }

    #[test]
    fn a_library_another_size_and_an_unknown_source_are_changes() {
        let (_home, runs, now) = measured();
        let mut plan = known(&runs[1]);
        plan.groups.truncate(1);
        let cells = plan.groups[0].cells.len();
        let of =
            |plan: &Plan, now: &Environment| changed(plan, now, &runs).unchanged.into_values().sum::<usize>();
        assert_eq!(of(&plan, &now), cells);
        let mut bumped = plan.clone();
        bumped.groups[0].cells[0].libraries.insert("compio".into(), Some("99".into()));
        assert_eq!(of(&bumped, &now), cells - 1);
        let mut larger = plan.clone();
        larger.groups[0].size = parallax_suite::Size::Large;
        assert_eq!(of(&larger, &now), 0);
        let unknown = Environment { sources: BTreeMap::new(), ..now };
        assert_eq!(of(&plan, &unknown), 0);
        assert!(changed(&plan, &unknown, &runs).words().starts_with("none of the "));
    }
}
