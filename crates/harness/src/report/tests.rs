//! Tests of reports: known summaries have known reports.

use super::group::Group;
use super::sample::{four, judged, renamed, row, summary, with_best};
use super::*;
use parallax_record::plan::Mode;
use parallax_record::summary::{PeakBy, Row};
use textwrap::core::display_width;

fn text(summary: &Summary) -> String {
    words(summary, Path::new("run"), Format::Text, &Detail::default()).unwrap()
}

/// A default run: all workloads, of six techniques each, in turn decided, tied and open.
fn default_run() -> Summary {
    let six = ["self-scheduling", "portable+rayon", "scoped-dynamic", "crossbeam", "openmp", "rayon"];
    let rows = || -> Vec<Row> {
        let ratio = |at: usize| 8.8 - at as f64;
        six.iter().enumerate().map(|(at, name)| judged(name, ratio(at), "faster")).collect()
    };
    let decided = with_best(rows(), &six[..1], &[(six[1], 1.1), (six[2], 1.2), ("sequential", 3.0)]);
    let tied = with_best(rows(), &six[4..], &[(six[3], 1.2), ("sequential", 3.0)]);
    let open = with_best(rows(), &six, &[("sequential", 3.0)]);
    let mut all = renamed(&decided, "stream");
    for (at, workload) in parallax_suite::catalogue::all().iter().enumerate().skip(1) {
        let mut group = renamed([&decided, &tied, &open][at % 3], workload.name);
        let case = workload.cases.first().map_or("", |case| case);
        group.aa[0].case = case.into();
        group.best[0].case = case.into();
        group.cells.iter_mut().for_each(|row| row.case = case.into());
        all.aa.extend(group.aa);
        all.cells.extend(group.cells);
        all.best.extend(group.best);
    }
    all
}

#[test]
fn the_first_screen_of_a_default_run_has_an_answer_for_each_workload_in_80_columns() {
    let run = default_run();
    let workloads = parallax_suite::catalogue::all().len();
    assert_eq!(run.aa.len(), workloads);
    let said = text(&run);
    let screen: Vec<&str> = said.lines().take(workloads + workloads / 2).collect();
    assert!(said.lines().all(|line| display_width(line) <= 80), "{said}");
    assert!(screen[0].starts_with("the best technique of each workload"), "{said}");
    assert!(screen.iter().any(|line| line.starts_with("gridsearch  ")), "{said}");
    let verdicts = format!("all {} rows have a verdict", 6 * workloads);
    assert!(screen.iter().any(|line| line.starts_with(&verdicts)), "{said}");
    let table = said.find("technique  ").unwrap();
    assert!(said.find(&verdicts).unwrap() < table, "answers come before tables");
}

#[test]
fn what_overtakes_the_baseline_is_said_with_the_number_of_calls_where_that_is_known() {
    let mut run = summary(four());
    for (row, calls) in run.cells[1..].iter_mut().zip([[1.0, 1.0, 1.0], [14.0, 11.0, 20.0], [1.0, 1.0, 1.0]])
    {
        [row.pays_after, row.pays_after_low, row.pays_after_high] = calls.map(Some);
    }
    let said = text(&run).split_whitespace().collect::<Vec<_>>().join(" ");
    let expected =
        "portable+rayon, rayon overtake sequential after 1 call (1 to 1); openmp after 14 calls (11 to 20)";
    assert!(said.contains(expected) && !said.contains("scoped after"), "{said}");
    assert!(text(&run).lines().all(|line| display_width(line) <= 80));
    assert!(!text(&summary(four())).contains("overtake"), "without a payback there is no line");
    let flat = flat(&run).render(Format::Csv, 80, false);
    let [head, _, first] = [0, 1, 2].map(|at| flat.lines().nth(at).unwrap().split(',').collect::<Vec<_>>());
    let value = |name: &str| first[head.iter().position(|column| *column == name).unwrap()];
    assert_eq!((value("pays_after"), value("phases.spawn_ns")), ("1.0", ""), "{flat}");
    assert!(!head.contains(&"phases"), "{flat}");
}

#[test]
fn groups_of_one_workload_are_told_apart_by_what_differs() {
    let mut two = summary(four());
    let mut more = summary(four());
    more.aa[0].workers = 4;
    more.cells.iter_mut().for_each(|row| row.workers = 4);
    two.aa.extend(more.aa);
    two.cells.extend(more.cells);
    let said = text(&two);
    assert!(
        said.contains("\njulia · 2 workers  measured highest") && said.contains("\njulia · 4 workers  "),
        "{said}"
    );
    assert!(text(&summary(four())).contains("\njulia  measured"));
}

#[test]
fn the_case_is_left_out_where_the_bare_name_means_it() {
    let expression = |case: &str| {
        let mut run = renamed(&summary(four()), "expression");
        run.aa[0].case = case.into();
        run.cells.iter_mut().for_each(|row| row.case = case.into());
        run
    };
    let first = expression("E1");
    let second = expression("E2");
    assert!(text(&first).contains("\nexpression  measured"));
    assert!(text(&second).contains("\nexpression:E2  measured"));
    let mut both = first.clone();
    both.aa.extend(second.aa);
    both.cells.extend(second.cells);
    assert!(text(&both).contains("\nexpression:E1  measured"));
}

#[test]
fn the_widest_names_fit_the_width() {
    let long = "a".repeat(90);
    let rows = vec![judged(&long, 1.9, "faster"), judged("b", 1.8, "faster")];
    let all = renamed(&with_best(rows, &[&long], &[("b", 1.1), ("sequential", 1.8)]), &"w".repeat(100));
    for width in [40, 80] {
        let mut sheet = Sheet::of_width(Format::Text, width, false);
        let groups = Group::all(&all, BASELINE);
        answers::write(&mut sheet, &groups, &all, Path::new("run"));
        sheet.notes(&notes::notes(&groups[0], &Detail::default()));
        let said = sheet.finish();
        assert!(said.lines().all(|line| display_width(line) <= width), "{said}");
    }
}

#[test]
fn what_is_undecided_says_how_to_go_on_and_what_it_wants() {
    let rows = vec![judged("a", 1.9, "faster"), row("b", 1.1, (0.95, 1.25), "undecided")];
    let mut open = with_best(rows, &["a"], &[("b", 1.5), ("sequential", 1.8)]);
    open.spent_s = 270.0;
    let said = text(&open);
    let flowing = said.replace("\n  ", " ");
    let go_on = "1 of 2 rows have a verdict; to go on: cargo xtask bench --resume run --budget 10m\n";
    assert!(flowing.contains(go_on) && said.contains("unclear: needs about "), "{said}");
    let twice = Summary { spent_s: 600.0, ..open.clone() };
    assert!(text(&twice).contains(" 20m\n"));
    let quick = Summary { mode: Mode::Quick, ..open };
    assert!(text(&quick).contains("a quick run, which is indicative only"));
    assert!(!said.contains("indicative"));
}

#[test]
fn what_was_dropped_says_out_and_by_how_much_at_least() {
    let dropped = Row { stop_reason: Some("out".into()), ..judged("b", 1.05, "undecided") };
    let run =
        with_best(vec![judged("a", 1.9, "faster"), dropped], &["a"], &[("b", 1.52), ("sequential", 1.8)]);
    let said = text(&run);
    assert!(said.contains("out, slower than the best by at least: b 1.5x"), "{said}");
    assert!(said.contains("all 2 rows have a verdict") && !said.contains("unclear"), "{said}");
    let row = said.lines().find(|line| line.starts_with("b ")).unwrap();
    assert!(row.contains("  out "), "{row}");
    assert!(!text(&summary(four())).contains("out, slower"));
}

#[test]
fn the_closing_lines_are_few_and_explain_only_what_is_there() {
    let closing = |run: &Summary| {
        let groups = Group::all(run, BASELINE);
        closing::closing(run, &groups, &Detail::default(), Path::new("run"))
    };
    let plain = closing(&summary(four()));
    assert_eq!(plain.len(), 2, "{plain:?}");
    assert!(
        plain[1].contains("show run --wide") && plain[1].ends_with("cargo xtask code julia/portable+rayon")
    );
    let mut all = summary(four());
    all.cells[1].ratio_low = None;
    all.cells[2].limit_share = Some(0.9);
    let excluded =
        serde_json::json!({ "workload": "julia", "case": "", "block": 1, "reason": "others were busy" });
    all.excluded.push(serde_json::from_value(excluded).unwrap());
    all.left_out.push("jit".into());
    all.hosts.extend(["here (1)".to_owned(), "there (4)".to_owned()]);
    let lines = closing(&all);
    assert_eq!(lines.len(), 7, "{lines:?}");
    assert!(lines[3].ends_with("here (1), there (4)"), "{lines:?}");
    assert!(lines[5].starts_with("not built: jit") && lines[5].contains("bench -f jit`"), "{lines:?}");
    assert_eq!(lines[1], "±?: one block has no interval; 1 of 5 rows have no more");
}

#[test]
fn markdown_is_a_list_of_answers_and_folded_tables_between_blank_lines() {
    let out = [("openmp", 2.9), ("rayon", 4.0), ("scoped", 4.1), ("sequential", 8.0)];
    let run = with_best(four(), &["portable+rayon"], &out);
    let said = words(&run, Path::new("a_run"), Format::Md, &Detail::default()).unwrap();
    let starts = "### the best technique of each workload, by speedup over sequential\n\n\
                  - **julia**: portable+rayon, 8.8x; next openmp, 2.9x; the rest is slower\n\n\
                  all 4 rows have a verdict\n\n\
                  <details><summary>julia · medium · 2 workers · avx2</summary>\n\n\
                  | technique | time | speedup | verdict | cores | CPU | memory |\n\
                  | --- | ---: | ---: | --- | ---: | ---: | ---: |\n";
    assert!(said.starts_with(starts), "{said}");
    assert!(said.contains("|\n\n- noise floor: 1.2 % "), "a list is apart from the table: {said}");
    assert_eq!(said.matches("<details>").count(), said.matches("\n\n</details>\n").count(), "{said}");
    assert!(said.contains("show a\\_run --wide") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn a_title_from_a_worker_is_no_markup() {
    let mut run = summary(four());
    run.cells.iter_mut().for_each(|row| row.isa = Some("<b>&\u{1b}[2J".into()));
    let said = words(&run, Path::new("run"), Format::Md, &Detail::default()).unwrap();
    assert!(said.contains("&lt;b>&amp;\\u{1b}[2J</summary>"), "{said}");
}

#[test]
fn a_row_of_another_algorithm_is_told_apart() {
    let mut run = summary(four());
    assert!(!text(&run).contains("another algorithm"));
    let name = run.cells[1].technique.clone();
    run.cells[1].algorithm = "one Gram matrix for each fold".into();
    let said = text(&run).replace("\n  ", " ");
    assert!(
        said.contains(&format!("by another algorithm: one Gram matrix for each fold ({name})")),
        "{said}"
    );
}

/// A run in which one row has data of transport, and the others do not.
fn carried() -> Summary {
    let mut run = summary(four());
    let metrics = [("first_ship_ms", 1.5), ("gather_bytes", 2048.0), ("ship_bytes", 0.0), ("other", 7.0)];
    run.cells[1].metrics.extend(metrics.map(|(name, value)| (name.to_owned(), value)));
    run
}

#[test]
fn the_wide_table_says_what_was_shipped_and_gathered_where_a_row_tells_it() {
    let wide = Detail { wide: true, ..Default::default() };
    let said = |run: &Summary, detail: &Detail| words(run, Path::new("run"), Format::Md, detail).unwrap();
    let all = said(&carried(), &wide);
    assert!(all.contains("| first ship | ship bytes | gather bytes |"), "{all}");
    let name = &carried().cells[1].technique;
    let row = all.lines().find(|line| line.starts_with(&format!("| {name} "))).unwrap();
    assert!(row.ends_with("| 1.50 ms | 0 B | 2.00 KiB |"), "{row}");
    assert!(!all.contains("other"), "only what is shipped and gathered has columns: {all}");
    assert!(!said(&carried(), &Detail::default()).contains("gather"), "and only in the wide table");
    assert!(!said(&summary(four()), &wide).contains("gather"));
}

#[test]
fn the_wide_report_has_the_energy_of_a_run_or_why_not() {
    let wide = Detail { wide: true, ..Default::default() };
    let said = |run: &Summary, detail: &Detail| words(run, Path::new("run"), Format::Md, detail).unwrap();
    let mut run = summary(four());
    let why = "no RAPL here: /sys/class/powercap shows no package";
    run.cells.iter_mut().for_each(|row| row.energy_reason = Some(why.into()));
    let none = said(&run, &wide);
    assert!(none.contains("no energy: no RAPL here") && none.contains("(5 rows)"), "{none}");
    assert!(!none.contains("| energy |") && !said(&run, &Detail::default()).contains("energy"), "{none}");
    (run.cells[1].energy_j, run.cells[1].energy_reason) = (Some(0.0456), None);
    let told = said(&run, &wide);
    let name = &run.cells[1].technique;
    let row = told.lines().find(|line| line.starts_with(&format!("| {name} "))).unwrap();
    assert!(told.contains("| energy |") && row.ends_with("| 45.6 mJ |"), "{told}");
    assert!(told.contains("idle cores and neighbours included") && told.contains("(4 rows)"), "{told}");
    let csv = flat(&run).render(Format::Csv, 0, false);
    assert!(csv.lines().next().unwrap().contains("energy_j,energy_reason"), "{csv}");
}

#[test]
fn programs_get_every_metric_as_a_column() {
    let csv = flat(&carried()).render(Format::Csv, 0, false);
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let at = |name: &str| lines[0].iter().position(|column| *column == name).unwrap();
    assert_eq!(lines[2][at("metrics.gather_bytes")], "2048.0");
    assert_eq!(lines[2][at("metrics.other")], "7.0");
    assert_eq!(lines[1][at("metrics.other")], "", "a row without the metric is empty");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()));
    assert!(!flat(&summary(four())).render(Format::Csv, 0, false).contains("metrics"));
}

fn limit(workers: usize) -> Limit {
    let limit = serde_json::json!({ "rate": "fma", "isa": "avx2", "workers": workers, "per_second": 4e9, "low": 3.9e9,
        "high": 4.1e9, "samples": 30, "at_s": [0.0, 40.0] });
    serde_json::from_value(limit).unwrap()
}

#[test]
fn the_limits_that_rows_are_held_against_stand_in_a_table_and_all_with_wide() {
    let mut run = summary(four());
    assert!(!text(&run).contains("\nlimits\n"), "none was measured");
    run.limits = vec![limit(1), limit(2)];
    assert!(!text(&run).contains("\nlimits\n"), "no row has one");
    (run.cells[1].limit, run.cells[1].cores_declared) = (Some("FMA peak (avx2)".into()), Some(2));
    let rows = |detail: &Detail| {
        let said = words(&run, Path::new("run"), Format::Text, detail).unwrap();
        said.split("\nlimits\n").nth(1).unwrap().lines().filter(|line| line.starts_with("FMA peak ")).count()
    };
    assert_eq!(rows(&Detail::default()), 1);
    assert_eq!(rows(&Detail { wide: true, ..Detail::default() }), 2);
    assert!(text(&run).contains("  30\nsampled 2 times, 0 s to 40 s\n"), "{}", text(&run));
}

#[test]
fn a_share_above_its_limit_is_explained_wherever_it_is_shown() {
    let mut run = summary(four());
    for (row, share) in run.cells[1..].iter_mut().zip([0.9, 1.11, 1.2, 1.05]) {
        (row.limit, row.limit_share) = (Some("FMA peak (avx2)".into()), Some(share));
        row.limit_reason = (share > 1.03).then(|| "above FMA peak (avx2): the machine was busy then".into());
    }
    run.cells[4].limit_reason = None; // as in a run of an older version
    let explained = "above FMA peak (avx2): the machine was busy then (openmp: 111 %, rayon: 120 %)";
    for form in [Format::Text, Format::Md] {
        let said = words(&run, Path::new("run"), form, &Detail::default()).unwrap().replace("\n  ", " ");
        assert!(said.contains(explained) && said.contains("above its limit: "), "{said}");
        assert!(said.contains("(scoped: 105 %)") && !said.contains("portable+rayon: 90 %"), "{said}");
    }
    let told = flat(&run).render(Format::Csv, 0, false);
    let head = told.lines().next().unwrap_or_default();
    assert!(
        ["limit_share", "limit_reason"].iter().all(|name| head.split(',').any(|had| had == *name)),
        "{head}"
    );
    assert!(told.contains("the machine was busy then"), "{told}");
}

#[test]
fn the_wide_table_says_what_a_run_allocates_or_why_nobody_knows() {
    let mut run = summary(four());
    let row = &mut run.cells[1];
    (row.allocations, row.allocated_bytes, row.held_bytes) = (Some(1234), Some(10 << 20), Some(2048));
    for row in &mut run.cells[2..4] {
        row.allocations_reason = Some("it has its own\u{1b}[2J allocator".into());
    }
    let told =
        |wide| words(&run, Path::new("run"), Format::Text, &Detail { wide, ..Detail::default() }).unwrap();
    let line = |said: &str| said.lines().find(|line| line.starts_with("portable+rayon ")).unwrap().to_owned();
    for figure in ["1,234", "10.0 MiB", "2.00 KiB"] {
        assert!(line(&told(true)).contains(figure) && !line(&told(false)).contains(figure), "{}", told(true));
    }
    let reason = "allocations: it has its own [2J allocator (openmp, rayon)";
    assert!(told(true).contains(reason) && !told(false).contains("allocator"), "{}", told(true));
}

#[test]
fn memory_that_counts_shared_pages_more_than_once_is_said_to_do_so() {
    let mut run = summary(four());
    let note = "memory counts shared pages once per process";
    for by in [None, Some(PeakBy::Process), Some(PeakBy::Pss)] {
        run.cells[1].peak_by = by;
        assert!(!text(&run).contains(note), "{by:?}");
    }
    run.cells[1].peak_by = Some(PeakBy::Rss);
    assert!(text(&run).contains(note), "{}", text(&run));
}
