//! Tests that no text of a run is executed in a reader's browser or shell.

mod common;

use common::{
    best, gathered, generate, made, pages, pair, read, refused, root_with_guide, row, said, sweep, usual,
};
use serde_json::{Value, json};
use std::path::Path;

/// Markup of HTML, Markdown, mdBook, terminals and this generator's own placeholders.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{#include /etc/hostname}} {{speedup x/y}} \
    [x](javascript:alert(1)) ![y](z) <javascript:alert(1)> `code` **b** _i_ {#id onclick=alert(1)} \u{1b}[31m \u{202e} \u{0} \
    \n\n# heading\n\n- item\n\n    indented\n\n<!--navigation--><!--scripts--><div data-part=\"0\"></div> </td></style>";

/// A run with `text` wherever a plan, an environment or a journal has free text.
fn with_text(text: &str) -> Value {
    let mut rows = usual();
    let mut told = row("montecarlo", "threading", "scoped", 2.0);
    for field in ["reason", "stop_reason", "verdict", "isa", "unit", "limit", "limit_reason", "question"] {
        told[field] = json!(text);
    }
    told["limit_share"] = json!(0.5);
    told["metrics"] = json!({ text: 1.0 });
    told["libraries"] = json!({ text: text });
    rows.push(told);
    let mut status = refused("montecarlo", "processes", "pipes", text);
    status["status"] = json!(text);
    rows.push(status);
    rows.push(refused("julia", "atomics", "ring", text));
    let mut all = gathered(rows);
    all["absent"] = json!([{ "name": text, "reason": text }]);
    all["claims"] = json!([
        { "source": text, "published": text, "look_at": text, "error": text },
        { "source": "s", "outcome": { "verdict": text, "why": text, "as_published": { text: 1.0 }, "corrected": { text: 2.0 } } }
    ]);
    all["sweeps"] = json!([sweep(text)]);
    let run = &mut all["runs"][0];
    run["name"] = json!(text);
    run["block"] = common::pictured::block();
    run["network"] = common::pictured::pictured(text)["runs"][0]["network"].take();
    run["limits"] = json!([{ "rate": "triad", "way": text, "isa": text, "workers": 1, "samples": 3,
        "per_second": 1e9, "low": 9e8, "high": 1.1e9 }]);
    let summary = &mut run["summary"];
    summary["mode"] = json!(text);
    let mut told = pair("rayon", "scoped", [1.1, 1.2, 1.3], text);
    told[text] = json!(text);
    summary["contrasts"] = json!([told]);
    summary["best"][0]["behind"] = json!({ text: 1.5 });
    summary["excluded"] = json!([{ "workload": "julia", "case": "", "block": 1, "reason": text }]);
    for part in ["machine", "build", "moment"] {
        summary["environment"][part] = json!({ "cpu_model": text, "topology": { "cores": 2 }, "isa": [text],
            "mitigations": { text: text }, "rustc": text, "rustflags": { text: text }, text: [{ text: text }] });
    }
    all
}

/// The names of all tags and of their attributes, in order: a text must not add to them.
fn skeleton(page: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if !after.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
            continue;
        }
        let mut quoted = false;
        let end = after
            .find(|c| {
                quoted ^= c == '"';
                c == '>' && !quoted
            })
            .unwrap_or(after.len());
        let (tag, after) = after.split_at(end);
        let outside: String = tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
        names.push(
            outside
                .split_whitespace()
                .map(|word| word.split('=').next().unwrap_or(word))
                .collect::<Vec<_>>()
                .join(" "),
        );
        rest = after;
    }
    names
}

/// The documents of the search index, and their addresses.
fn index(site: &Path) -> Value {
    let script = read(site, "searchindex.js");
    let quoted = script.split_once("JSON.parse('").unwrap().1.strip_suffix("'));").unwrap();
    let mut json = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        json.push(if letter == '\\' { letters.next().unwrap() } else { letter });
    }
    serde_json::from_str(&json).unwrap()
}

#[test]
fn no_text_of_a_run_becomes_part_of_a_page() {
    let chapter = "{{reason julia/ring}} and {{reason montecarlo/pipes}} on\n{{machine}}\n{{speedup montecarlo/scoped}}\n\
                   {{scaling size montecarlo/rayon}}\n\n{{picture block}}\n\n{{picture loggp}}";
    let (plain, hostile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (plain, hostile) =
        (made(plain.path(), chapter, &with_text("word")), made(hostile.path(), chapter, &with_text(HOSTILE)));
    let (mut compared, mut mentioned) = (0, 0);
    for page in pages(&hostile) {
        let name = page.strip_prefix(&hostile).unwrap().to_string_lossy().into_owned();
        let (usual, text) = (read(&plain, &name), read(&hostile, &name));
        compared += 1;
        mentioned += usize::from(text.contains("alert("));
        assert_eq!(
            skeleton(&text),
            skeleton(&usual),
            "{name} has other tags or attributes than with harmless text"
        );
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'),
            "{name} has a control character"
        );
    }
    assert!(compared > 30 && mentioned > 5, "of {compared} pages {mentioned} have the text");
    let scripts =
        ["against", "decide", "explorer", "figures", "site"].map(|name| format!("assets/{name}.js"));
    for script in scripts.iter().map(String::as_str).chain(["searcher.js"]) {
        assert_eq!(read(&plain, script), read(&hostile, script));
    }
}

#[test]
fn the_search_index_has_titles_as_harmless_html() {
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "", &with_text("<img src=x onerror=\"alert('ran')\"> & co"));
    let index = index(&site);
    let documents = index["index"]["documentStore"]["docs"].as_object().unwrap();
    let shown: Vec<&str> = documents
        .values()
        .flat_map(|d| [&d["title"], &d["breadcrumbs"]])
        .map(|t| t.as_str().unwrap())
        .collect();
    let urls = index["doc_urls"].as_array().unwrap();
    assert!(documents.len() > 30 && urls.len() == documents.len(), "{} documents", documents.len());
    for text in shown.iter().copied().chain(urls.iter().map(|url| url.as_str().unwrap())) {
        assert!(!text.contains(['<', '>', '"', '\'']), "{text}");
    }
    assert!(
        shown.iter().any(|title| title.contains("&lt;img src=x onerror=") && title.contains("&amp; co")),
        "{shown:#?}"
    );
}

#[test]
fn a_name_is_made_of_harmless_signs() {
    let evil = "zebra<img src=x onerror=alert(1)>";
    let refused = |change: &dyn Fn(&mut Value)| {
        let folder = tempfile::tempdir().unwrap();
        let mut all = gathered(usual());
        all["runs"][0]["file"] = json!("runs/of-a-friend/plan.json");
        change(&mut all);
        let out = generate(&root_with_guide(folder.path(), ""), &all.to_string(), folder.path());
        assert!(!out.status.success(), "it was accepted");
        assert!(!folder.path().join("site").exists());
        said(&out)
    };
    for field in ["workload", "case", "technique", "family", "size"] {
        for name in [evil, "a b", "", "x\u{1b}[31m", "../x", "-x", "$(id)", "a`b`", "naïve", &"x".repeat(101)]
        {
            if (field, name) == ("case", "") {
                continue; // most workloads have no cases
            }
            let said = refused(&|all| all["runs"][0]["summary"]["cells"][1][field] = json!(name));
            assert!(
                said.contains("runs/of-a-friend/plan.json") && said.contains(field),
                "{field} {name:?}: {said}"
            );
            assert!(!said.contains('\u{1b}'), "{said}");
        }
        let said = refused(&|all| all["runs"][0]["summary"]["cells"][1][field] = json!(evil));
        assert!(said.contains(evil) && said.contains("letters, digits"), "{said}");
    }
    for (list, field) in [
        ("aa", "workload"),
        ("aa", "case"),
        ("excluded", "case"),
        ("duels", "peer"),
        ("contrasts", "a"),
        ("best", "size"),
    ] {
        let said = refused(&|all| {
            let mut entry = json!({ "workload": "julia", "case": "", "rust": "rayon", "peer": "numpy" });
            entry[field] = json!(evil);
            all["runs"][0]["summary"][list] = json!([entry]);
        });
        assert!(said.contains("runs/of-a-friend/plan.json") && said.contains(evil), "{list}: {said}");
    }
    for list in ["cells", "techniques", "families"] {
        let field = if list == "cells" { "technique" } else { "name" };
        let said = refused(&|all| all[list][0][field] = json!(evil));
        assert!(said.contains(evil), "{list}: {said}");
    }
}

#[test]
fn senseless_numbers_and_missing_fields_are_borne() {
    let mut row = row("montecarlo", "threading", "scoped", 2.0);
    let mut all = gathered([usual(), vec![row.clone()]].concat());
    for (k, field) in ["ratio_high", "cores_used", "peak_bytes", "start_ns", "pays_after", "energy_j"]
        .into_iter()
        .enumerate()
    {
        row[field] = [json!(1e300), json!(-5), json!("NaN"), json!([1])][k % 4].clone();
    }
    row["metrics"] = json!({ "wild": 1e300, "tame": 42.0 });
    row["blocks"] = json!("many");
    let bare = json!({ "workload": "julia", "technique": "bare", "family": "simd", "size": "medium" });
    let summary = &mut all["runs"][0]["summary"];
    summary["cells"] = json!([usual(), vec![row, bare]].concat());
    let absurd = pair("rayon", "scoped", [0.1, 1e300, 0.2], "faster");
    let open = pair("rayon", "pipes", [-1.0, 3.8, 1e300], "faster");
    summary["contrasts"] = json!([absurd, open, 5, null, [], {}]);
    summary["best"] = json!([best("julia", &["rayon", "nobody"], &["scoped"]), { "workload": "julia" }, "x"]);
    (summary["precision"], summary["mode"]) = (json!(-3), json!(5));
    for list in ["environment", "aa", "duels", "excluded"] {
        summary[list] = json!("none");
    }
    (all["runs"][0]["trace"], all["runs"][0]["limits"]) = (json!([{ "block": -1 }]), json!({ "rate": 1 }));
    let folder = tempfile::tempdir().unwrap();
    let chapter = "a {{ratio julia/rayon julia/scoped}} b {{ratio julia/rayon julia/pipes}} c {{metric tame montecarlo/scoped}}";
    let site = made(folder.path(), chapter, &all);
    let guide = read(&site, "guide/index.html");
    for told in
        ["a <span class=\"unmeasured\">not compared", "b <span class=\"unmeasured\">undecided", ">42.0<"]
    {
        assert!(guide.contains(told), "{told}: {guide}");
    }
    assert!(read(&site, "index.html").contains("<strong>rayon</strong> is ahead, 1.90×"));
    assert!(read(&site, "workloads/montecarlo.html").contains(">scoped</a>"), "the rest of its row is good");
    let shown = [
        "index",
        "explorer",
        "workloads/julia",
        "workloads/montecarlo",
        "techniques/threading/scoped",
        "about/run",
    ];
    for page in shown.map(|page| format!("{page}.html")) {
        let text = read(&site, &page);
        for senseless in ["NaN", ">inf", "e300", "00000000000000000000", ">wild<", ">many<"] {
            let from_run = text.split("<main").nth(1).unwrap();
            assert!(!from_run.contains(senseless), "{page}: {senseless}");
        }
    }
}

#[test]
fn two_names_with_one_page_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = usual();
    rows.extend([row("julia", "threading", "Rayon", 1.2)]);
    let out = generate(&root_with_guide(folder.path(), ""), &gathered(rows).to_string(), folder.path());
    assert!(!out.status.success() && said(&out).contains("techniques/threading/rayon"), "{}", said(&out));
}

#[test]
fn a_command_for_a_python_cell_asks_for_the_peers() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = usual();
    rows.push(row("montecarlo", "python", "numpy", 3.0));
    let site = made(folder.path(), "", &gathered(rows));
    for page in ["explorer.html", "workloads/montecarlo.html", "techniques/python/numpy.html"] {
        let text = read(&site, page);
        assert!(
            text.contains("cargo xtask repro --peers montecarlo/numpy --size medium --workers 2<"),
            "{page}"
        );
        assert!(
            !text.contains("repro --peers montecarlo/rayon") && !text.contains("repro montecarlo/numpy"),
            "{page}"
        );
    }
    assert!(read(&site, "workloads/montecarlo.html").contains("cargo xtask code --peers montecarlo/numpy<"));
}
