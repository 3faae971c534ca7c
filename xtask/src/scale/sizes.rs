//! Points over the size of the input: named sizes and numbers of items; by default from a size at which a plain loop
//! is ahead.
//!
//! A workload that has inputs of any size is swept from ten units of work to the size of `--size`, a factor of ten from
//! point to point. The plan has two more points in each of these gaps, which are measured if two techniques cross in
//! it. The other workloads have their named sizes. Everything else that a size sets, such as passes over an array, is
//! that of `--size` at each number of units.

use super::ScaleArgs;
use anyhow::{Result, bail, ensure};
use parallax_harness::fleet::{Fleet, FleetCell};
use parallax_harness::{plan, units};
use parallax_record::name::full;
use parallax_record::plan::Group;
use parallax_record::scale::SweepPoint;
use parallax_suite::{Size, catalogue};

/// The points of a workload that has only inputs of the named sizes.
const NAMED: [Size; 4] = [Size::Tiny, Size::Small, Size::Headline, Size::Medium];

/// One point: a named size, or a number of units.
#[derive(Debug, Clone, PartialEq)]
struct At {
    size: Size,
    units: Option<u64>,
    refines: bool,
}

impl At {
    fn named(size: Size) -> Self {
        At { size, units: None, refines: false }
    }

    fn point(&self) -> SweepPoint {
        let value = self.units.map_or_else(|| self.size.to_string(), |units| units.to_string());
        SweepPoint { value, turns: None, units: self.units, refines: self.refines }
    }
}

/// One workload in one case.
#[derive(Debug, Clone, Copy)]
struct Work<'a> {
    workload: &'a str,
    case: &'a str,
}

/// The cells of each workload at each of its points.
pub(super) fn groups(fleet: &Fleet, cells: &[&FleetCell], args: &ScaleArgs) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for of_work in works(cells) {
        let work = Work { workload: &of_work[0].info.workload, case: &of_work[0].info.case };
        let points = match args.values.is_empty() {
            true => work.usual(args.size()),
            false => work.asked(args.size(), &args.values)?,
        };
        for at in points {
            for group in plan::groups(fleet, &of_work, at.size, &[args.workers()])? {
                groups.push(Group { point: Some(at.point()), ..group });
            }
        }
    }
    Ok(groups)
}

/// The cells, grouped by their work; without work that only the baseline does.
fn works<'a>(cells: &[&'a FleetCell]) -> Vec<Vec<&'a FleetCell>> {
    let mut works: Vec<Vec<&FleetCell>> = Vec::new();
    for &cell in cells {
        let name = |of: &FleetCell| full(&of.info.workload, &of.info.case);
        match works.iter_mut().find(|work| name(work[0]) == name(cell)) {
            Some(work) => work.push(cell),
            None => works.push(vec![cell]),
        }
    }
    works.retain(|work| work.len() > 1);
    works
}

impl Work<'_> {
    /// How many units of work an input has; none for a workload with named sizes only.
    fn units(self, size: Size, asked: Option<u64>) -> Option<u64> {
        catalogue::units(self.workload, self.case, size, asked)
    }

    /// The default points.
    fn usual(self, largest: Size) -> Vec<At> {
        let Some(most) = self.units(largest, None) else { return NAMED.map(At::named).into() };
        let mut points: Vec<At> = Vec::new();
        for (asked, refines) in steps().take_while(|(asked, _)| 2 * asked <= most) {
            let Some(made) = self.units(largest, Some(asked)).filter(|made| 2 * made <= most) else {
                continue;
            };
            match points.iter_mut().find(|at| at.units == Some(made)) {
                Some(known) => known.refines &= refines,
                None => points.push(At { size: largest, units: Some(made), refines }),
            }
        }
        points.push(At::named(largest));
        points
    }

    /// The points that the user names, for this work.
    fn asked(self, size: Size, values: &[String]) -> Result<Vec<At>> {
        let mut points: Vec<(At, Option<u64>)> = Vec::new();
        for value in values {
            let at = self.one(size, value)?;
            let made = self.units(at.size, at.units);
            // two named sizes are two inputs even with the same number of units: a size also sets other parameters
            let is_same = |(other, units): &&(At, Option<u64>)| {
                *units == made && (other.units.is_some() || at.units.is_some())
            };
            if let (Some((other, _)), Some(made)) = (points.iter().find(is_same), made) {
                bail!(
                    "{} and {value} are the same size of {}, {} units of work; leave one out",
                    other.point().value,
                    full(self.workload, self.case),
                    units::count(made)
                );
            }
            points.push((at, made));
        }
        Ok(points.into_iter().map(|(at, _)| at).collect())
    }

    /// Reads a size: its name, or a number of units.
    fn one(self, size: Size, value: &str) -> Result<At> {
        let name = full(self.workload, self.case);
        let names = Size::ALL.map(Size::name).join(", ");
        if let Ok(size) = value.parse() {
            return Ok(At::named(size));
        }
        let Some(most) = self.units(Size::Large, None) else {
            bail!("there is no size '{value}' of {name}; give some of {names}, or leave it out: -W {name}");
        };
        let Ok(asked) = value.parse::<u64>() else {
            bail!("there is no size '{value}'; give some of {names}, or numbers of items, such as 4000");
        };
        ensure!(
            (1..=most).contains(&asked),
            "{name} cannot have {asked} units of work; give 1 to {most}, which is its largest size"
        );
        Ok(At { size, units: Some(asked), refines: false })
    }
}

/// 10, 20, 50, 100 and so on; those that are not powers of ten refine.
fn steps() -> impl Iterator<Item = (u64, bool)> {
    let decades = std::iter::successors(Some(10u64), |ten| ten.checked_mul(10));
    decades.flat_map(|ten| [1, 2, 5].map(|digit| (ten.saturating_mul(digit), digit > 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTECARLO: Work = Work { workload: "montecarlo", case: "" };
    const TREESEARCH: Work = Work { workload: "treesearch", case: "" };

    fn asked(work: Work, values: &str) -> Result<Vec<At>> {
        work.asked(Size::Headline, &values.split(',').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn unasked_a_sweep_goes_from_ten_units_to_the_headline() {
        let points = MONTECARLO.usual(Size::Headline);
        let of = |refines: bool| -> Vec<String> {
            points.iter().filter(|at| at.refines == refines).map(|at| at.point().value).collect()
        };
        assert_eq!(of(false), ["10", "100", "1000", "10000", "100000", "1000000", "headline"]);
        assert_eq!(of(true)[..4], ["20", "50", "200", "500"]);
        assert!(points.iter().all(|at| at.size == Size::Headline));
        assert_eq!(TREESEARCH.usual(Size::Headline), NAMED.map(At::named));
        assert_eq!(MONTECARLO.usual(Size::Tiny).last(), Some(&At::named(Size::Tiny)));
    }

    #[test]
    fn points_of_every_workload_rise_and_none_is_there_twice() {
        for entry in catalogue::all() {
            for case in entry.cases {
                let work = Work { workload: entry.name, case };
                let points = work.usual(Size::Headline);
                let Some(most) = work.units(Size::Headline, None) else { continue };
                let mut units: Vec<u64> = points.iter().filter_map(|at| at.units).collect();
                units.sort_unstable();
                units.dedup();
                assert_eq!(units.len() + 1, points.len(), "{}: {points:?}", entry.name);
                assert!(units.len() > 5 && units[0] < most / 1000, "{}: {units:?}", entry.name);
                assert!(points.iter().filter(|at| !at.refines).count() >= 4, "{}: {points:?}", entry.name);
            }
        }
    }

    #[test]
    fn sizes_are_named_or_counted() {
        let points = asked(MONTECARLO, "tiny,4000,250,headline").unwrap();
        let values: Vec<String> = points.iter().map(|at| at.point().value).collect();
        assert_eq!(values, ["tiny", "4000", "250", "headline"]);
        assert_eq!((points[1].size, points[1].units), (Size::Headline, Some(4000)));
        assert_eq!((points[0].size, points[0].units), (Size::Tiny, None));
        let expression = Work { workload: "expression", case: "E5" };
        assert_eq!(asked(expression, "headline,medium").unwrap().len(), 2, "names that mean the same length");
    }

    #[test]
    fn what_is_no_size_is_refused_with_what_is() {
        for (work, values, words) in [
            (MONTECARLO, "0", "give 1 to 2500000000"),
            (MONTECARLO, "99999999999", "which is its largest size"),
            (MONTECARLO, "999999999999999999999999", "no size '9999"),
            (MONTECARLO, "-4", "numbers of items"),
            (MONTECARLO, "many", "tiny, small, headline"),
            (MONTECARLO, "1e3", "numbers of items"),
            (MONTECARLO, "", "no size ''"),
            (MONTECARLO, "tiny,10000", "tiny and 10000 are the same size of montecarlo, 10,000 units"),
            (MONTECARLO, "4000,04000", "4000 and 04000 are the same"),
            (Work { workload: "pairwise", case: "" }, "1000,1020", "1,024 units"),
            (TREESEARCH, "4000", "or leave it out: -W treesearch"),
        ] {
            let why = asked(work, values).unwrap_err().to_string();
            assert!(why.contains(words), "{values}: {why}");
        }
    }
}
