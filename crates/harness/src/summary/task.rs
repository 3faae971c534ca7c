//! The length of a task, without which a scheduler's figure means nothing.

use parallax_record::summary::Row;

/// How long a task takes one of the declared cores. Where a unit of work is not a task, the technique reports how many
/// tasks it makes of a run.
pub(super) fn task_ns(row: &Row) -> Option<f64> {
    let units = row.items.filter(|_| row.unit.as_deref() == Some("tasks"));
    let tasks = row.metrics.get("tasks").copied().or(units).filter(|tasks| *tasks > 0.0)?;
    Some(row.time_ns_median? * row.cores_declared? as f64 / tasks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(items: f64, unit: &str, metrics: serde_json::Value) -> Row {
        serde_json::from_value(json!({
            "workload": "w", "technique": "t", "family": "f", "size": "tiny", "workers": 2, "status": "measured",
            "time_ns_median": 6e6, "cores_declared": 2, "items": items, "unit": unit, "metrics": metrics
        }))
        .unwrap()
    }

    #[test]
    fn a_task_is_a_unit_or_what_the_technique_counts() {
        assert_eq!(task_ns(&row(1000.0, "tasks", json!({}))), Some(12e3));
        assert_eq!(task_ns(&row(1e6, "samples", json!({ "tasks": 16.0 }))), Some(75e4));
        assert_eq!(task_ns(&row(1e6, "samples", json!({ "hits": 16.0 }))), None, "no tasks are handed out");
        assert_eq!(task_ns(&row(1e6, "samples", json!({ "tasks": 0.0 }))), None);
    }
}
