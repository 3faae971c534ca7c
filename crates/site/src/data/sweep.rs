//! Reads a sweep: the results of `cargo xtask scale`, of which parts may be missing or wrong.

use super::check::{lenient, named, quantities, take};
use anyhow::{Context, Result};
use parallax_record::name::ensure_name;
use parallax_record::scale::Scaling;
use serde_json::Value;

/// One sweep.
#[derive(Debug)]
pub(crate) struct Sweep {
    /// Where it was measured.
    pub(crate) machine: String,
    pub(crate) scaling: Scaling,
}

/// The lists of a sweep.
const LISTS: [&str; 4] = ["points", "crossovers", "grains", "laws"];

impl Sweep {
    /// Reads the part of the gathered file about a sweep. An entry that cannot be read is left out.
    ///
    /// # Errors
    ///
    /// If it does not say what varied, or has an unsafe name.
    pub(super) fn read(mut value: Value) -> Result<Self> {
        let machine =
            value.get("machine").and_then(Value::as_str).unwrap_or("an unnamed processor").to_owned();
        let mut scaling = take(&mut value, "scaling");
        quantities(&mut scaling);
        let [points, crossovers, grains, laws] = LISTS.map(|list| match take(&mut scaling, list) {
            Value::Array(entries) => entries,
            _ => Vec::new(),
        });
        for entry in [&points, &crossovers, &grains, &laws].into_iter().flatten() {
            harmless(entry).context("a sweep has a name that cannot be shown")?;
        }
        let mut read: Scaling = lenient(scaling).context("a sweep does not say what varied")?;
        read.points = readable(points);
        read.crossovers = readable(crossovers);
        (read.grains, read.laws) = (readable(grains), readable(laws));
        Ok(Sweep { machine, scaling: read })
    }
}

fn readable<T: serde::de::DeserializeOwned>(entries: Vec<Value>) -> Vec<T> {
    entries.into_iter().filter_map(|entry| lenient(entry).ok()).collect()
}

/// Names that only a sweep has, in addition to those of any entry.
fn harmless(entry: &Value) -> Result<()> {
    named(entry)?;
    let crossing = entry.get("crossover").unwrap_or(&Value::Null);
    named(crossing)?;
    let own = [entry, crossing]
        .into_iter()
        .flat_map(|of| ["over", "alone", "value", "law"].map(|field| of.get(field)));
    own.flatten().filter_map(Value::as_str).try_for_each(|name| ensure_name("technique", name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sweep() -> Value {
        let point = json!({ "workload": "w", "technique": "t", "value": "tiny", "at": 1e3, "unit": "items", "ratio": 2.0 });
        let crossing = json!({ "technique": "t", "over": "o", "at": 5.0, "low": 4.0, "high": 6.0, "after": 1.0, "before": 9.0 });
        let pair = json!({ "workload": "w", "technique": "t", "over": "o", "crossover": crossing });
        json!({ "machine": "M", "scaling": { "axis": "size", "points": [point], "crossovers": [pair] } })
    }

    #[test]
    fn a_sweep_is_read_and_what_is_wrong_in_it_is_left_out() {
        let read = Sweep::read(sweep()).unwrap();
        assert_eq!((&*read.machine, read.scaling.points.len(), read.scaling.crossovers.len()), ("M", 1, 1));
        assert_eq!(read.scaling.points[0].ratio, Some(2.0));
        let mut wrong = sweep();
        wrong["scaling"]["points"][0]["ratio"] = json!(-4.0);
        wrong["scaling"]["points"][0]["at"] = json!("far");
        wrong["scaling"]["crossovers"][0]["crossover"]["at"] = json!(1e300);
        wrong["scaling"]["laws"] = json!([5, {}, "x"]);
        let read = Sweep::read(wrong).unwrap().scaling;
        assert_eq!((read.points[0].ratio, read.points[0].at), (None, None));
        assert!(read.crossovers.iter().all(|pair| pair.crossover.is_none()) && read.laws.is_empty());
    }

    #[test]
    fn an_unknown_axis_and_a_hostile_name_are_refused() {
        let with = |change: &dyn Fn(&mut Value)| {
            let mut sweep = sweep();
            change(&mut sweep["scaling"]);
            Sweep::read(sweep)
        };
        assert!(with(&|scaling| scaling["axis"] = json!("moon")).is_err());
        for (list, field) in
            [("points", "technique"), ("points", "value"), ("crossovers", "over"), ("points", "workload")]
        {
            assert!(with(&|scaling| scaling[list][0][field] = json!("<b>")).is_err(), "{list} {field}");
        }
        assert!(with(&|scaling| scaling["crossovers"][0]["crossover"]["over"] = json!("a b")).is_err());
        assert!(Sweep::read(json!(5)).is_err());
    }
}
