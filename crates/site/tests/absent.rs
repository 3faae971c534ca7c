//! Tests of missing families: the pages say what is missing; with all families present, an unknown name is an error.

mod common;

use common::{gathered, generate, pages, read, root, root_with_guide, said, usual};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Directives for a technique that this build does not have.
const ASKED: [&str; 11] = [
    "{{technique cranelift}}",
    "{{speedup expression/cranelift}}",
    "{{time julia/avx2 size=small}}",
    "{{metric compile_ms expression/cranelift}}",
    "{{ratio expression/cranelift julia/rayon}}",
    "{{reason bubblesort/avx2}}",
    "{{code julia/avx2}}",
    "{{example spin-lock}}",
    "{{ranking a-workload-of-another-worker}}",
    "{{leader a-workload-of-another-worker}}",
    "{{scaling size expression/cranelift}}",
];

#[test]
fn what_an_absent_family_would_say_is_marked_in_its_place() {
    for asked in ASKED {
        let folder = tempfile::tempdir().unwrap();
        let mut all = gathered(usual());
        all["partial"] = json!(true);
        let out = generate(&root_with_guide(folder.path(), asked), &all.to_string(), folder.path());
        assert!(out.status.success(), "{asked}: {}", said(&out));
        let page = read(&folder.path().join("site"), "guide/index.html");
        let words = ["not in this run or build", "not measured in this run"];
        assert!(words.iter().any(|words| page.contains(words)), "{asked}: {page}");
        if asked == ASKED[0] {
            assert!(page.contains(">cranelift</span>"), "the sentence needs its word: {page}");
        }
    }
}

#[test]
fn with_all_families_there_the_same_is_a_mistake() {
    for asked in ASKED {
        let folder = tempfile::tempdir().unwrap();
        for all in [gathered(usual()), {
            let mut all = gathered(usual());
            all["partial"] = json!(false);
            all
        }] {
            is_a_mistake(asked, &all, folder.path());
        }
    }
}

/// A guide with this directive makes no site, and the message names the page.
fn is_a_mistake(asked: &str, all: &Value, folder: &Path) {
    let out = generate(&root_with_guide(folder, asked), &all.to_string(), folder);
    let page = "docs/guide/index.md";
    assert!(!out.status.success() && said(&out).contains(page), "{asked}: {}", said(&out));
}

#[test]
fn a_word_that_is_no_directive_is_a_mistake_anyhow() {
    for asked in [
        "{{sppeedup julia/rayon}}",
        "{{speedup julia}}",
        "{{source crates/nothing.rs}}",
        "{{speedup julia/rayon",
        "{{scaling moon julia/rayon}}",
        "{{scaling julia/rayon}}",
        "{{time julia/rayon big}}",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut all = gathered(usual());
        all["partial"] = json!(true);
        is_a_mistake(asked, &all, folder.path());
    }
}

/// The whole of the project's own prose, with none of its families: the worst case.
#[test]
fn the_whole_guide_bears_the_absence_of_every_family() {
    let kept = root().join("results/earlier/amd-epyc-7003-2-cores/summary.json");
    let kept: Value = serde_json::from_str(&fs::read_to_string(kept).unwrap()).unwrap();
    // without a run, and with one of a build that had all of them
    for runs in [json!([]), json!([{ "name": "kept", "summary": kept }])] {
        let folder = tempfile::tempdir().unwrap();
        let all = json!({ "schema": 2, "partial": true, "absent": [{ "name": "jit", "reason": "it does not build" }], "runs": runs });
        let out = generate(&root(), &all.to_string(), folder.path());
        assert!(out.status.success(), "{}", said(&out));
        let site = folder.path().join("site");
        assert!(pages(&site).len() > 40);
        assert!(read(&site, "techniques/index.html").contains("it does not build"));
        assert!(
            read(&site, "guide/caching.html").contains("not in this run or build"),
            "lru's example is not there"
        );
    }
}
