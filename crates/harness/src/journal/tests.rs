//! Tests of damaged journals: each is read, or refused with the line and the way out.

use super::read::{Damaged, parse};
use super::*;
use crate::judgement::Judgement;
use crate::pace;
use crate::table::Format;
use crate::{analysis, report, summary};
use parallax_limits::Limit;
use parallax_record::check;
use parallax_record::environment::Environment;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A published run.
fn published() -> PathBuf {
    crate::workspace::workspace().join("results/earlier/amd-epyc-7003-2-cores")
}

/// Its plan, its limits, and the lines of its first blocks, with counts of allocations as newer runs have them.
static RUN: LazyLock<(Value, Value, Vec<Value>)> = LazyLock::new(|| {
    let read = |name: &str| fs::read_to_string(published().join(name)).unwrap();
    let json = |text: &str| serde_json::from_str(text).unwrap();
    let heaps = [
        json!({ "line": "heap", "group": 0, "role": "baseline", "variant": 0, "turn_ns": 7,
            "outcome": { "counted": { "allocations": 3, "bytes": 300, "peak_bytes": 200 } } }),
        json!({ "line": "heap", "group": 0, "role": { "technique": 0 }, "variant": 0, "turn_ns": 7,
            "outcome": { "uncounted": { "reason": "why" } } }),
    ];
    let lines = read("journal.ndjson").lines().take(24).map(json).chain(heaps).collect();
    (json(&read("plan.json")), json!(read_ceilings(&published()).unwrap().limits), lines)
});

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Does all that `show` does with a run, and returns what it prints.
fn shown(plan: &Plan, limits: &[Limit], lines: &[Line]) -> String {
    let ceilings = Ceilings { limits: limits.to_vec(), network: None };
    let facts = analysis::analyse(plan, lines);
    let _ = pace::groups(plan, &facts, &Judgement::of(&facts));
    let summary = summary::of(plan, &Environment::default(), &ceilings, lines, None, &[]);
    let detail = report::Detail { wide: true, ..Default::default() };
    let forms = [Format::Text, Format::Md];
    forms.map(|form| report::words(&summary, Path::new("run"), form, &detail).unwrap()).join("")
}

/// The path of every leaf of a value.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, v)| leaves(v, &format!("{at}/{name}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, v)| leaves(v, &format!("{at}/{i}"), found))
        }
        _ => found.push(at.to_owned()),
    }
}

/// The same value with another at one of its leaves.
fn changed(value: &Value, place: usize, hostile: Value) -> Value {
    let (mut value, mut places) = (value.clone(), Vec::new());
    leaves(&value, "", &mut places);
    *value.pointer_mut(&places[place % places.len()]).unwrap() = hostile;
    value
}

fn hostile() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from), // a number that is not finite becomes null
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            json!(0),
            json!(-1),
            json!(u64::MAX),
            json!(1_u64 << 53),
            json!(999),
            json!(1e308),
            json!(5e-324),
            json!(-1e308),
            json!(null),
            json!([]),
            json!({}),
            json!(true),
            json!("\u{1b}[2J\u{202e}"),
            json!("refused"),
            json!({ "technique": 999 }),
        ]),
    ]
}

#[test]
fn a_published_run_is_read_whole() {
    let folder = published();
    let plan = read_plan(&folder).unwrap();
    let lines = read_lines_of(&folder, &plan).unwrap();
    assert_eq!(lines.len(), fs::read_to_string(folder.join("journal.ndjson")).unwrap().lines().count());
    assert_eq!(
        read_ceilings(&folder).unwrap().limits.len(),
        46,
        "without copies and cycles, which are not used"
    );
    assert_eq!(read_rests(&folder).unwrap().unwrap().len(), plan.groups.len());
}

#[test]
fn a_line_that_cannot_be_true_is_refused_with_its_number_and_the_way_out() {
    let (plan, _, lines) = &*RUN;
    let plan: Plan = serde_json::from_value(plan.clone()).unwrap();
    let turn = lines.iter().position(|line| line["outcome"]["measured"].is_object()).unwrap();
    let block = lines.iter().position(|line| line["line"] == "block").unwrap();
    let heap = lines.iter().position(|line| line["line"] == "heap").unwrap();
    let sample = "/outcome/measured/measured/samples/0";
    let cases: [(usize, &str, Value, &str); 20] = [
        (heap, "/group", json!(999), "group is number 999"),
        (heap, "/role", json!({ "technique": 99 }), "technique is number 99"),
        (heap, "/outcome/counted/bytes", json!(u64::MAX), "more than is possible"),
        (turn, "/block", json!(u64::MAX), "block is 18446744073709551615"),
        (turn, "/group", json!(999), "group is number 999"),
        (turn, "/role", json!({ "technique": 99 }), "technique is number 99"),
        (turn, "/role", json!("nobody"), "unknown variant"),
        (turn, "/turn_ns", json!(0), "turn_ns is 0"),
        (block, "/foreign_cores", json!(-1.0), "foreign_cores is -1"),
        (block, "/foreign_cores", json!(null), "invalid type: null"),
        (turn, &format!("{sample}/runs"), json!(0), "holds no run"),
        (turn, &format!("{sample}/wall_ns"), json!(0), "took no time"),
        (turn, &format!("{sample}/wall_ns"), json!(u64::MAX), "more than is possible"),
        (turn, &format!("{sample}/minor_faults"), json!(u64::MAX), "more than is possible"),
        (turn, &format!("{sample}/digest"), json!("<script>"), "hex"),
        (turn, "/outcome/measured/measured/samples", json!([]), "returned 0 samples"),
        (turn, "/outcome/measured/ready/cores", json!(u32::MAX), "cores"),
        (turn, "/outcome/measured/ready/facts/items", json!(-1.0), "amount"),
        (block, "/group", json!(999), "group is number 999"),
        (block, "/probe_before/compute_ns", json!(0), "the probe took 0"),
    ];
    for (at, place, value, word) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut lines = lines.clone();
        *lines[at].pointer_mut(place).unwrap_or_else(|| panic!("no {place}")) = value;
        fs::write(folder.path().join("journal.ndjson"), text(&lines)).unwrap();
        let why = read_lines_of(folder.path(), &plan).unwrap_err().to_string();
        let (number, path) = (at + 1, folder.path().join("journal.ndjson"));
        assert!(why.starts_with(&format!("line {number} of {} is damaged: ", path.display())), "{why}");
        assert!(why.contains(word), "{place}: {why}");
        assert!(why.contains(&format!("`sed -i '{number},$d' ")) && why.contains("--resume"), "{why}");
    }
}

#[test]
fn a_whole_last_line_is_checked_and_a_torn_one_left_out() {
    let (plan, _, lines) = &*RUN;
    let plan: Plan = serde_json::from_value(plan.clone()).unwrap();
    let whole = text(lines);
    let read = |text: &str| parse(text.as_bytes(), &plan).map_err(|damaged| damaged.line);
    assert_eq!(read(&whole).unwrap().1, whole.len() as u64);
    let torn = read(&format!("{whole}{{\"line\":\"turn\",\"blo")).unwrap();
    assert_eq!((torn.0.len(), torn.1), (lines.len(), whole.len() as u64));
    assert_eq!(read(&format!("{whole}{{\"line\":\"turn\",\"blo\n")).unwrap_err(), lines.len() + 1);
    assert_eq!(read("").unwrap().1, 0);
}

#[test]
fn a_part_that_stands_twice_is_refused_where_it_begins_to_count_again() {
    let (plan, _, lines) = &*RUN;
    let plan: Plan = serde_json::from_value(plan.clone()).unwrap();
    let ends = lines.iter().position(|line| line["line"] == "block").unwrap();
    let once = text(&lines[..=ends]);
    assert!(parse(once.as_bytes(), &plan).is_ok());
    let damaged =
        parse(once.repeat(2).as_bytes(), &plan).map_err(|damaged| (damaged.line, damaged.why.to_string()));
    let (line, why) = damaged.unwrap_err();
    assert_eq!(line, 2 * (ends + 1));
    assert!(why.ends_with("ends a second time"), "{why}");
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_and_keeps_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = |name: &str| {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, folder.path().join(name), rustix::fs::FileType::Fifo, mode, 0)
            .unwrap();
    };
    [LIMITS, "plan.json", "journal.ndjson"].iter().for_each(|name| pipe(name));
    let plan: Plan = serde_json::from_value(RUN.0.clone()).unwrap();
    let refusals = [
        read_ceilings(folder.path()).map(drop),
        read_plan(folder.path()).map(drop),
        read_lines_of(folder.path(), &plan).map(drop),
    ];
    for refused in refusals {
        let why = format!("{:#}", refused.unwrap_err());
        assert!(why.ends_with("it is not a file"), "{why}");
    }
}

#[test]
fn what_a_power_loss_leaves_of_an_unfinished_block_is_left_out() {
    let (plan, _, lines) = &*RUN;
    let plan: Plan = serde_json::from_value(plan.clone()).unwrap();
    let read = |text: &str| parse(text.as_bytes(), &plan).map_err(|damaged| damaged.line);
    let ends = lines.iter().rposition(|line| line["line"] == "block").unwrap();
    let finished = text(&lines[..=ends]);
    let turn = text(&lines[..1]);
    let zeros = "\0".repeat(4000);
    for torn in [format!("{zeros}\n"), format!("{zeros}{}", &turn[100..]), format!("{turn}{zeros}\n{turn}")] {
        let (found, whole) = read(&format!("{finished}{torn}")).unwrap();
        let kept = if torn.starts_with('\0') { finished.len() } else { finished.len() + turn.len() };
        assert_eq!((whole, found.len()), (kept as u64, ends + 1 + usize::from(kept > finished.len())));
    }
    // a power loss leaves no zeros before the end of a block: these are damage, and reported
    assert_eq!(read(&format!("{zeros}\n{finished}")).unwrap_err(), 1);
    assert_eq!(read(&format!("{finished}garbage\n{zeros}\n")).unwrap_err(), ends + 2);
}

#[test]
fn a_plan_and_limits_that_cannot_be_are_refused_with_what_is_wrong() {
    let (plan, limits, _) = &*RUN;
    let cases = [
        ("/groups/0/workload", json!("../x"), "name of a workload"),
        ("/groups/0/case", json!("a b"), "name of a case"),
        ("/groups/0/baseline", json!("\u{1b}"), "name of a family"),
        ("/groups/0/cells/0/technique", json!("zebra<img src=x>"), "name of a technique"),
        ("/groups/0/cells/0/family", json!(""), "name of a family"),
        ("/groups/0/workers", json!(0), "workers is 0"),
        ("/groups/0/workers", json!(1_u64 << 40), "workers"),
        ("/budget_s", json!(-1.0), "budget_s is -1"),
        ("/budget_s", json!(1e300), "budget_s"),
        ("/rules/half_width", json!(0.0), "half_width is 0"),
        ("/rules/max_blocks", json!(u64::MAX), "a number of blocks"),
        ("/measure/samples", json!(0), "measure.samples is 0"),
        ("/exclusion/foreign_cores", json!(-1.0), "foreign_cores is -1"),
        ("/limit_s", json!(u64::MAX), "limit_s"),
    ];
    for (place, value, word) in cases {
        let mut plan = plan.clone();
        *plan.pointer_mut(place).unwrap_or_else(|| panic!("no {place}")) = value;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plan.json"), plan.to_string()).unwrap();
        let why = format!("{:#}", read_plan(folder.path()).unwrap_err());
        assert!(why.contains("plan.json is damaged") && why.contains(word), "{place}: {why}");
        assert!(!why.contains('\u{1b}'), "{why:?}");
    }
    for (place, value) in [
        ("per_second", json!(0.0)),
        ("low", json!(1e300)),
        ("workers", json!(0)),
        ("rate", json!(7)),
        ("at_s", json!([-1.0])),
    ] {
        let mut limits = limits.clone();
        limits[0][place] = value;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LIMITS), limits.to_string()).unwrap();
        let why = format!("{:#}", read_ceilings(folder.path()).unwrap_err());
        assert!(why.contains("limits.json is damaged; remove it"), "{place}: {why}");
    }
    assert!(read_ceilings(Path::new("/no/such/folder")).unwrap() == Ceilings::default());
}

#[test]
fn what_came_from_outside_does_not_steer_the_terminal() {
    let (plan, limits, lines) = &*RUN;
    let plan: Plan = serde_json::from_value(plan.clone()).unwrap();
    let steers = json!("\u{1b}[2J\u{202e}\u{9b}x");
    let mut limits = limits.clone();
    limits.as_array_mut().unwrap().iter_mut().for_each(|limit| limit["isa"] = steers.clone());
    let limits: Vec<Limit> = serde_json::from_value(limits).unwrap();
    let mut lines = lines.clone();
    for line in &mut lines {
        for place in ["/outcome/measured/ready/isa", "/outcome/measured/ready/facts/unit"] {
            line.pointer_mut(place).into_iter().for_each(|text| *text = steers.clone());
        }
    }
    let refused = lines.iter_mut().find(|line| line["role"]["technique"].is_u64()).unwrap();
    refused["outcome"] = json!({ "refused": { "status": "failed", "reason": steers } });
    let lines = parse(text(&lines).as_bytes(), &plan).map_err(|damaged| damaged.why).unwrap().0;
    let shown = shown(&plan, &limits, &lines);
    assert!(shown.contains("failed: ") && shown.contains("\\u{202e}"), "{shown}");
    let steering = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!shown.contains(steering), "{:?}", shown.find(steering));
}

proptest! {
    #[test]
    fn no_change_of_a_journal_line_breaks_what_show_does(
        line in 0..24_usize,
        place in any::<usize>(),
        value in hostile(),
    ) {
        let (plan, limits, lines) = &*RUN;
        let plan: Plan = serde_json::from_value(plan.clone()).unwrap();
        let limits: Vec<Limit> = serde_json::from_value(limits.clone()).unwrap();
        let mut lines = lines.clone();
        lines[line] = changed(&lines[line], place, value);
        match parse(text(&lines).as_bytes(), &plan) {
            Ok((lines, _)) => {
                let shown = shown(&plan, &limits, &lines);
                prop_assert!(!shown.contains("NaN") && !shown.contains("inf"), "{}", shown);
            }
            Err(Damaged { line: number, .. }) => prop_assert_eq!(number, line + 1),
        }
    }

    #[test]
    fn no_bytes_break_the_reader(at in any::<usize>(), byte in any::<u8>()) {
        let (plan, limits, lines) = &*RUN;
        let plan: Plan = serde_json::from_value(plan.clone()).unwrap();
        let limits: Vec<Limit> = serde_json::from_value(limits.clone()).unwrap();
        let mut text = text(lines).into_bytes();
        let at = at % text.len();
        text[at] = byte;
        if let Ok((lines, _)) = parse(&text, &plan) {
            shown(&plan, &limits, &lines);
        }
    }

    #[test]
    fn no_change_of_a_plan_or_of_limits_breaks_what_show_does(
        in_plan in any::<bool>(),
        place in any::<usize>(),
        value in hostile(),
    ) {
        let (plan, limits, lines) = &*RUN;
        let whole = (plan.clone(), limits.clone());
        let (plan, limits) = match in_plan {
            true => (changed(plan, place, value), whole.1),
            false => (whole.0, changed(limits, place, value)),
        };
        let Ok(plan) = serde_json::from_value::<Plan>(plan) else { return Ok(()) };
        let Ok(limits) = serde_json::from_value::<Vec<Limit>>(limits) else { return Ok(()) };
        if check::plan(&plan).is_ok()
            && check::limits(&limits).is_ok()
            && let Ok((lines, _)) = parse(text(lines).as_bytes(), &plan)
        {
            shown(&plan, &limits, &lines);
        }
    }
}

#[test]
fn a_network_that_cannot_be_is_refused_and_one_that_can_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let read = |network: &Value| {
        fs::write(folder.path().join(NETWORK), network.to_string()).unwrap();
        read_ceilings(folder.path())
    };
    let place =
        |host: &str| json!({ "host": host, "address": "10.0.0.1", "machine": "m", "cores": 2, "workers": 1 });
    let time = json!({ "low": 1e-6, "median": 2e-6, "high": 3e-6 });
    let link =
        json!({ "from": "a", "to": "b", "latency": time, "overhead": time, "gap": time, "per_byte": time });
    let network = json!({ "places": [place("a"), place("b")], "links": [link] });
    assert_eq!(read(&network).unwrap().network.unwrap().places[1].host, "b");
    let cases = [
        ("/places/0/host", json!("\u{1b}[2J")),
        ("/places/1/workers", json!(0)),
        ("/links", json!([])),
        ("/links/0/to", json!("\n")),
        ("/links/0/gap/low", json!(-1.0)),
        ("/links/0/latency/high", json!(1e-6)),
        ("/links/0/per_byte/high", json!(1e300)),
    ];
    for (at, value) in cases {
        let mut network = network.clone();
        *network.pointer_mut(at).unwrap() = value;
        let why = format!("{:#}", read(&network).unwrap_err());
        assert!(why.contains("network.json is damaged; remove it") && !why.contains('\u{1b}'), "{at}: {why}");
    }
}
