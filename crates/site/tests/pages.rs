//! The pages keep their promises: links live, figures come from the run, hostile input does nothing.

mod common;

use common::{gathered, generate, pages, root, root_with_guide, row, site, usual};
use serde_json::json;
use std::fs;
use std::path::Path;

/// The values of an attribute in a page.
fn values<'a>(text: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    text.split(&start).skip(1).filter_map(|after| after.split('"').next()).collect()
}

#[test]
fn every_internal_link_lives() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), "See [the explorer](../explorer.md).");
    let (mut seen, mut dead) = (0, Vec::new());
    for page in pages(&site) {
        let text = fs::read_to_string(&page).unwrap();
        for target in values(&text, "href").into_iter().chain(values(&text, "src")) {
            if target.contains("://") || target.starts_with("data:") {
                continue;
            }
            seen += 1;
            let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
            let there = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let lives = there.is_file() && (fragment.is_empty() || has_id(&there, fragment));
            if !lives {
                dead.push(format!("{} -> {target}", page.display()));
            }
        }
    }
    assert!(seen > 500, "only {seen} links were looked at");
    assert!(dead.is_empty(), "{dead:#?}");
}

fn has_id(page: &Path, id: &str) -> bool {
    fs::read_to_string(page).unwrap().contains(&format!("id=\"{id}\""))
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), "");
    for page in pages(&site) {
        let text = fs::read_to_string(&page).unwrap();
        let loaded =
            text.split("<link ").skip(1).flat_map(|tag| values(tag.split('>').next().unwrap(), "href"));
        for from in loaded.chain(values(&text, "src")) {
            assert!(!from.contains("//"), "{} loads {from}", page.display());
        }
    }
}

#[test]
fn figures_come_from_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let chapter = "rayon: {{speedup julia/rayon}}, twice: {{ratio julia/rayon\njulia/scoped}}, {{time julia/rayon}}.\n\n{{ranking julia}}";
    let text = fs::read_to_string(site(folder.path(), chapter).join("guide/index.html")).unwrap();
    assert!(text.contains(">1.90×<") && text.contains(">1.27×<") && text.contains(">52.6 ms<"), "{text}");
    assert!(text.contains("class=\"ranking\""));
}

#[test]
fn a_figure_of_an_unknown_cell_fails_the_build() {
    for chapter in [
        "{{speedup julia/rayonn}}",
        "{{time no-such-workload/rayon}}",
        "{{technique no-such-technique}}",
        "{{ranking no-such-workload}}",
        "{{code julia/nothing}}",
        "{{sppeedup julia/rayon}}",
        "{{speedup julia/rayon",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let root = root_with_guide(folder.path(), chapter);
        let out = generate(&root, &gathered(usual()).to_string(), folder.path());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success(), "{chapter} was accepted");
        assert!(said.contains("docs/guide/index.md"), "{said}");
    }
}

#[test]
fn a_cell_without_a_number_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // a peer that has not arrived, a cell that no run has, a refusal
    let chapter = "{{time julia/numba-njit}} and {{reason bubblesort/rayon}}";
    let text = fs::read_to_string(site(folder.path(), chapter).join("guide/index.html")).unwrap();
    assert!(text.contains("not measured in this run") && text.contains("step k needs step k-1"));
}

#[test]
fn the_ledger_has_what_came_of_each_claim() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(site(folder.path(), "").join("about/ledger.html")).unwrap();
    for words in [
        "A book",
        "void",
        "nothing was sorted",
        "<dd>42.0</dd>",
        "<dd>1.50</dd>",
        "A blog",
        "cargo xtask claims",
    ] {
        assert!(text.contains(words), "{words} is not on the page");
    }
    assert!(text.contains("<dt>worst</dt><dd>none</dd>"), "a figure beyond all measure was kept");
}

#[test]
fn a_site_without_a_run_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut without = gathered(usual());
    without["runs"] = json!([]);
    let root = root_with_guide(folder.path(), "{{speedup julia/rayon}}");
    let out = generate(&root, &without.to_string(), folder.path());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let front = fs::read_to_string(folder.path().join("site/index.html")).unwrap();
    assert!(front.contains("No run yet."));
}

#[test]
fn a_hostile_run_makes_a_harmless_page() {
    let folder = tempfile::tempdir().unwrap();
    let script = "<script>alert(1)</script>";
    let mut rows = usual();
    let mut evil = row(script, "\"><img src=x onerror=alert(1)>", "{{speedup x/y}} `**<b>", 2.0);
    for (field, value) in [
        ("ratio_low", json!(-1)),
        ("ratio_high", json!(1e300)),
        ("peak_bytes", json!("NaN")),
        ("cores_used", json!(null)),
    ] {
        evil[field] = value;
    }
    evil["reason"] = json!("</td><script>alert(2)</script> <div data-part=\"0\"></div>");
    evil["metrics"] = json!({ "</dt><script>": 1.0 });
    evil["libraries"] = json!({ "<svg onload=alert(3)>": "<i>" });
    rows.push(evil);
    rows.push(json!({ "workload": "julia", "technique": "bare", "family": "threading" }));
    let mut all = gathered(rows);
    all["runs"][0]["name"] = json!("</script><script>alert(4)");
    all["runs"][0]["summary"]["environment"]["machine"] =
        json!({ "cpu_model": "<script>alert(5)</script>", "x": [{ "<b>": null }] });
    all["claims"][0]["outcome"]["verdict"] = json!("<script>alert(6)</script>");
    all["claims"][1]["source"] = json!("{{speedup x/y}} <img src=x onerror=alert(1)>");
    let root = root_with_guide(folder.path(), "");
    let out = generate(&root, &all.to_string(), folder.path());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut mentioned = 0;
    for page in pages(&folder.path().join("site")) {
        let text = fs::read_to_string(&page).unwrap();
        for bad in ["<script>", "<img src=x", "<svg onload", "onerror=alert(1)>", "<i>", "<b>"] {
            assert!(!text.contains(bad), "{} holds {bad}", page.display());
        }
        mentioned += usize::from(text.contains("alert("));
    }
    assert!(mentioned > 3, "the names were dropped instead of escaped");
}

#[test]
fn what_is_no_run_is_refused_in_words() {
    for (bad, words) in [
        ("{\"schema\": 1, \"runs\": [{\"summary\": {\"precision\": NaN}}]}", "not what"),
        ("{\"schema\": 7}", "version 7"),
        (
            "{\"schema\": 1, \"runs\": [{\"summary\": {\"schema\": 1, \"cells\": [{\"workload\": \"\"}]}}]}",
            "no workload",
        ),
        (
            "{\"schema\": 1, \"runs\": [{\"summary\": {\"schema\": 1, \"cells\": [{\"ratio\": 1e999}]}}]}",
            "not what",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = generate(&root(), bad, folder.path());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains(words), "{bad}: {said}");
    }
}

#[test]
fn only_a_site_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("site")).unwrap();
    fs::write(folder.path().join("site/thesis.txt"), "years of work").unwrap();
    let root = root_with_guide(folder.path(), "");
    let out = generate(&root, &gathered(usual()).to_string(), folder.path());
    assert!(!out.status.success());
    assert!(folder.path().join("site/thesis.txt").exists());
}

#[test]
fn pages_are_light_without_their_data() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), "");
    let size = |name: &str| fs::metadata(site.join(name)).unwrap().len();
    let shared: u64 =
        ["assets/site.css", "assets/site.js", "assets/explorer.js", "assets/decide.js", "highlight.js"]
            .map(size)
            .iter()
            .sum();
    for page in ["index.html", "explorer.html", "guide/index.html", "workloads/julia.html"] {
        assert!(shared + size(page) < 300_000, "{page}: {} bytes", shared + size(page));
    }
}

/// The reading list, as the project promises to answer it.
const READING_LIST: [&str; 27] = [
    "multiprocessing",
    "threading",
    "asyncio",
    "uvloop",
    "aiohttp",
    "tornado",
    "sanic",
    "ray",
    "dask",
    "celery",
    "scoop",
    "caching",
    "memoisation and decorators",
    "code profiling",
    "profiling a scikit-learn parallel job",
    "how to optimise scikit-learn execution time",
    "cython; how to cythonise code",
    "numba",
    "cython vs numba vs parakeet on bubblesort",
    "numpy vs numba vs cython",
    "implicit multithreading in numpy",
    "in-place operator functions",
    "numexpr",
    "vectorisation; vectorising a classic for-loop",
    "atomic operations",
    "concurrency vs parallelism; parallelisation",
    "superfastpython; the need for speed; python in scientific computing",
];

#[test]
fn every_topic_of_the_reading_list_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let page =
        fs::read_to_string(site(folder.path(), "").join("guide/from-python.html")).unwrap().to_lowercase();
    for topic in READING_LIST {
        assert!(page.contains(&format!("<th scope=\"row\">{topic}</th>")), "{topic} has no place");
    }
    assert!(page.contains("line_profiler watch a program"), "what has no cell does not say so");
    // and the chapter that a topic is explained in says its name
    for (topic, chapter) in [
        ("asyncio", "asynchrony"),
        ("uvloop", "asynchrony"),
        ("aiohttp", "asynchrony"),
        ("tornado", "asynchrony"),
        ("sanic", "asynchrony"),
        ("ray", "machines"),
        ("dask", "machines"),
        ("celery", "machines"),
        ("scoop", "machines"),
        ("lru_cache", "caching"),
        ("decorator", "caching"),
        ("scikit-learn", "profiling"),
        ("cython", "compilation"),
        ("parakeet", "compilation"),
        ("numba", "compilation"),
        ("numexpr", "compilation"),
        ("numpy", "vectorisation"),
        ("in place", "memory"),
        ("multiprocessing", "workers"),
        ("gil", "gil"),
        ("parallelism", "concurrency"),
        ("amdahl", "scaling"),
        ("ordering", "atomics"),
    ] {
        let text =
            fs::read_to_string(root().join(format!("docs/guide/{chapter}.md"))).unwrap().to_lowercase();
        assert!(text.contains(topic), "{chapter} does not speak of {topic}");
    }
}
