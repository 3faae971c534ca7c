//! Tests of history: copies of one run show no step, and a copy that was slowed down shows one.

use super::*;
use crate::store::tests::published;
use parallax_record::journal::{Line, Outcome, Role};

fn cell(name: &str) -> CellId {
    name.parse().unwrap()
}

fn rows(cell: &str, runs: &[Stored]) -> Vec<serde_json::Value> {
    let table = history(&self::cell(cell), runs, Format::Json).unwrap();
    serde_json::from_str(&table.render(Format::Json, 80, false)).unwrap()
}

/// Makes a technique `factor` times as slow in all of a run's turns.
fn slow_down(run: &mut Stored, cell: &str, factor: f64) {
    let name = self::cell(cell);
    let group = run.plan.groups.iter().position(|group| group.workload == name.workload).unwrap();
    let techniques = &run.plan.groups[group].cells;
    let place = techniques.iter().position(|of| of.technique == name.technique).unwrap();
    let mut lines = run.lines().to_vec();
    for line in &mut lines {
        if let Line::Turn(turn) = line
            && turn.group == group
            && turn.role == Role::Technique(place)
            && let Outcome::Measured { measured, .. } = &mut turn.outcome
        {
            measured
                .samples
                .iter_mut()
                .for_each(|sample| sample.wall_ns = (sample.wall_ns as f64 * factor) as u64);
        }
    }
    run.set_lines(lines);
}

#[test]
fn two_copies_of_a_run_show_no_step_and_a_slowdown_shows_one() {
    let (_home, mut runs) =
        published(&["2026-01-01T00-00-00Z", "2026-01-02T00-00-00Z", "2026-01-03T00-00-00Z"]);
    let same = rows("julia/rayon", &runs);
    let steps: Vec<&str> = same.iter().skip(1).map(|row| row["step"].as_str().unwrap()).collect();
    assert_eq!((same.len(), &same[0]["step"], steps), (3, &serde_json::Value::Null, vec!["none", "none"]));
    assert_eq!(same[1]["step_ratio"], 1.0);

    slow_down(&mut runs[1], "julia/rayon", 2.0);
    let stepped = rows("julia/rayon", &runs);
    assert_eq!([&stepped[1]["step"], &stepped[2]["step"]], ["slower", "faster"]);
    let ratio = stepped[1]["step_ratio"].as_f64().unwrap();
    assert!((ratio - 0.5).abs() < 1e-3, "{ratio}");
    // wider than the interval of either run, which has the noise of that run alone
    let width = |row: &serde_json::Value, low: &str, high: &str| {
        (row[high].as_f64().unwrap() / row[low].as_f64().unwrap()).ln()
    };
    assert!(width(&stepped[1], "step_low", "step_high") > width(&stepped[1], "ratio_low", "ratio_high"));
    assert_eq!(rows("heat/rayon", &runs)[1]["step"], "none", "another cell");
}

#[test]
fn people_see_a_trend_and_programs_figures() {
    let (_home, mut runs) = published(&["2026-01-01T00-00-00Z", "2026-01-02T00-00-00Z"]);
    slow_down(&mut runs[1], "julia/rayon", 2.0);
    let shown = |format| history(&cell("julia/rayon"), &runs, format).unwrap().render(format, 120, false);
    let text = shown(Format::Text);
    let marks: Vec<usize> = text.lines().filter_map(|line| line.chars().position(|c| c == '█')).collect();
    assert!(marks.len() == 2 && marks[1] < marks[0], "{text}");
    assert!(text.contains("slower 0.500x"), "{text}");
    assert!(shown(Format::Md).contains('█'));
    assert!(
        shown(Format::Csv)
            .starts_with("run,commit,size,workers,blocks,ratio,ratio_low,ratio_high,step,step_ratio,")
    );
}

#[test]
fn another_machine_and_another_size_are_not_compared() {
    let (_home, mut runs) =
        published(&["2026-01-01T00-00-00Z", "2026-01-02T00-00-00Z", "2026-01-03T00-00-00Z"]);
    runs[0].environment.machine.cpu_model = Some("another".into());
    runs[2].plan.groups.iter_mut().for_each(|group| group.workers = 1);
    let rows = rows("julia/rayon", &runs);
    let told: Vec<_> =
        rows.iter().map(|row| (row["workers"].as_u64().unwrap(), row["step"].is_null())).collect();
    assert_eq!(told, [(1, true), (2, true)]);
}

#[test]
fn what_no_run_has_is_told_with_what_is_near() {
    let (_home, runs) = published(&["one"]);
    let why =
        |name: &str, runs: &[Stored]| format!("{:#}", history(&cell(name), runs, Format::Text).unwrap_err());
    assert!(why("julia/rayno", &runs).contains("did you mean 'rayon'"), "{}", why("julia/rayno", &runs));
    assert!(why("julia/rayon", &[]).contains("there is no run yet"));
    assert!(why("julia/sequential", &runs).contains("always 1"));
}
