//! Tests of the report of a known sweep.

use super::*;
use crate::report::sample::{four, summary};
use textwrap::core::display_width;

/// A sweep over sizes, with laws as those of one over workers.
fn sweep() -> Summary {
    let point = |technique: &str, value: &str, at: f64, ratio: f64| {
        serde_json::json!({ "workload": "montecarlo", "case": "", "technique": technique, "value": value, "at": at,
            "unit": "samples", "blocks": 8, "time_ns": at / ratio, "time_ns_low": 0.98 * at / ratio,
            "time_ns_high": 1.02 * at / ratio, "ratio": ratio, "low": 0.98 * ratio, "high": 1.02 * ratio, "reason": null })
    };
    let none = serde_json::json!({ "workload": "montecarlo", "technique": "portable+rayon", "over": "sequential",
        "crossover": null, "reason": "portable+rayon is ahead of sequential wherever the order is certain" });
    let found = serde_json::json!({ "workload": "montecarlo", "technique": "rayon", "over": "sequential",
        "crossover": { "technique": "rayon", "over": "sequential", "at": 41_234.0, "low": 38_100.0, "high": 44_210.0,
            "after": 10_000.0, "before": 1_000_000.0, "unit": "samples" }, "reason": null });
    let figure = |value: f64| serde_json::json!({ "value": value, "low": 0.9 * value, "high": 1.1 * value });
    let predicted = serde_json::json!({ "workers": 1024, "ratio": 31.0, "low": 24.0, "high": 40.0 });
    let law = serde_json::json!({ "workload": "montecarlo", "technique": "rayon", "law": "usl", "serial": figure(0.031),
        "crosstalk": figure(1e-4), "residual": 0.012, "best_workers": 98.4, "predicted": [predicted], "reason": null });
    let scaling = serde_json::json!({ "axis": "size", "points": [point("sequential", "tiny", 1e4, 1.0),
        point("sequential", "small", 1e6, 1.0), point("rayon", "tiny", 1e4, 0.41), point("rayon", "small", 1e6, 1.91)],
        "crossovers": [found, none], "laws": [law] });
    Summary { scaling: Some(serde_json::from_value(scaling).unwrap()), ..summary(four()) }
}

#[test]
fn a_sweep_says_first_where_techniques_overtake_each_other_in_80_columns() {
    let run = sweep();
    let said = |format| {
        let mut sheet = Sheet::of_width(format, 80, false);
        write(&mut sheet, &run, run.scaling.as_ref().unwrap(), Path::new("run"));
        sheet.finish()
    };
    let text = said(Format::Text);
    assert!(text.lines().all(|line| display_width(line) <= 80), "{text}");
    let words_only = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "rayon overtakes sequential at 41,200 samples (38,100 to 44,200; measured at 10,000 and 1,000,000)",
        "no crossing with sequential: portable+rayon is ahead",
        "USL: serial 3.1 % (2.79 % to 3.41 %)",
        "Predicted and not measured: 31.0x (24.0x to 40.0x) with 1,024 workers",
        "2 points, in 8 blocks each that count",
    ] {
        assert!(words_only.contains(words), "{words}\n{text}");
    }
    let at = |word: &str| text.find(word).unwrap();
    assert!(at("overtakes") < at("speedup"), "{text}");
    let markdown = said(Format::Md);
    assert!(markdown.contains("| rayon | small | 1,000,000 |"), "{markdown}");
    let csv = flat(run.scaling.as_ref().unwrap()).render(Format::Csv, 0, false);
    assert!(
        csv.starts_with("workload,case,technique,value,at,unit,blocks,time_ns") && csv.lines().count() == 5
    );
}
