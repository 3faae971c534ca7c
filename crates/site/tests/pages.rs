//! Tests of all pages: links work, figures come from the run, hostile input has no effect.

mod common;

use common::{gathered, generate, made, pages, read, root, root_with_guide, site, sweep, usual};
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

#[test]
fn the_front_page_leads_to_the_chapter_about_a_problem_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let front = read(&site(folder.path(), ""), "index.html");
    assert!(values(&front, "href").contains(&"guide/your-own-problem.html"), "{front}");
    assert!(front.contains("cargo xtask new"));
}

#[test]
fn the_explorer_has_the_energy_of_a_run_or_why_not() {
    let mut rows = usual();
    rows[0]["energy_j"] = json!(0.0456);
    rows[1]["energy_reason"] = json!("no <b>RAPL</b> here");
    let folder = tempfile::tempdir().unwrap();
    let page = read(&made(folder.path(), "", &gathered(rows)), "explorer.html");
    assert!(page.contains("45.6 mJ, of the whole package, including other programs"), "{page}");
    assert!(page.contains("not known: no &lt;b&gt;RAPL&lt;/b&gt; here"), "{page}");
}

#[test]
fn the_explorer_has_what_a_run_allocates_and_what_memory_counts_or_why_not() {
    let mut rows = usual();
    rows[0]["allocations"] = json!(1234);
    rows[0]["allocated_bytes"] = json!(10 << 20);
    rows[0]["held_bytes"] = json!(2048);
    rows[0]["peak_by"] = json!("pss");
    rows[1]["allocations_reason"] = json!("its <b>own</b> allocator");
    rows[1]["peak_by"] = json!("guessed");
    let folder = tempfile::tempdir().unwrap();
    let page = read(&made(folder.path(), "", &gathered(rows)), "explorer.html");
    assert!(page.contains("1234, 10.0 MiB in all, at most 2.00 KiB held"), "{page}");
    assert!(page.contains("not known: its &lt;b&gt;own&lt;/b&gt; allocator"), "{page}");
    assert_eq!(page.matches("of several processes; shared memory counts once").count(), 1);
}

fn has_id(page: &Path, id: &str) -> bool {
    fs::read_to_string(page).unwrap().contains(&format!("id=\"{id}\""))
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), "");
    let mut seen = 0;
    for page in pages(&site) {
        let text = fs::read_to_string(&page).unwrap();
        let loaded =
            text.split("<link ").skip(1).flat_map(|tag| values(tag.split('>').next().unwrap(), "href"));
        for from in loaded.chain(values(&text, "src")) {
            assert!(!from.contains("//"), "{} loads {from}", page.display());
            seen += 1;
        }
    }
    assert!(seen > 3 * pages(&site).len(), "only {seen} things are loaded at all: the pages look otherwise");
    let style = fs::read_to_string(site.join("assets/site.css")).unwrap();
    assert!(!style.contains("//") && !style.contains("@import"), "the style loads something");
}

#[test]
fn figures_come_from_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let chapter = "rayon: {{speedup julia/rayon}}, twice: {{speedup\njulia/scoped}}, {{time julia/rayon}}.\n\n{{ranking julia}}";
    let text = fs::read_to_string(site(folder.path(), chapter).join("guide/index.html")).unwrap();
    let said = text.split("<p>rayon: ").nth(1).unwrap().split("</p>").next().unwrap();
    let figures: Vec<&str> =
        said.split("</span>").filter_map(|part| part.rsplit_once('>')).map(|(_, figure)| figure).collect();
    assert_eq!(figures, ["1.90×", "1.50×", "52.6 ms"], "{said}");
    let ranking = text.split("class=\"ranking\"").nth(1).unwrap().split("</table>").next().unwrap();
    let order: Vec<usize> = ["rayon", "scoped", "sequential", "pipes"]
        .map(|name| ranking.find(&format!("/{name}.html")).unwrap())
        .into();
    assert!(order.is_sorted(), "the fastest stands first: {ranking}");
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
    let said = text
        .split("<p>")
        .find(|part| part.contains("not measured in this run</span> and "))
        .unwrap_or_default();
    assert!(said.contains("<q>step k needs step k-1</q>"), "{text}");
}

#[test]
fn the_ledger_has_what_came_of_each_claim() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(site(folder.path(), "").join("about/ledger.html")).unwrap();
    for words in [
        "A book",
        "void",
        "nothing was sorted",
        "the best of three",
        "rewritten",
        "a smaller size",
        "the repeats",
        "<dd>42.0 (41.0 to 43.0, n = 5)</dd>",
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
    let site = folder.path().join("site");
    let front = fs::read_to_string(site.join("index.html")).unwrap();
    assert!(front.contains("No run yet.") && !front.contains("Measured on"));
    for page in pages(&site) {
        let text = fs::read_to_string(&page).unwrap();
        assert!(
            !text.contains("class=\"figure\"") && !text.contains("class=\"ranking"),
            "{} has a figure",
            page.display()
        );
    }
}

#[test]
fn the_run_page_has_the_probe_and_the_limits_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = gathered(usual());
    let block = |block: u64, ns: u64| {
        json!({ "block": block, "group": 0, "block_ns": 5, "foreign_cores": 0.25,
                "probe_before": { "compute_ns": ns, "memory_ns": 2 * ns }, "probe_after": null })
    };
    all["runs"][0]["trace"] = json!([block(1, 1000), { "block": "none" }, block(2, 1500)]);
    all["runs"][0]["limits"] =
        json!([{ "rate": "fma", "workers": 2, "samples": 9, "per_second": 4e9, "low": 3e9, "high": 5e9 }]);
    let page = read(&made(folder.path(), "", &all), "about/run.html");
    assert_eq!(page.matches("<polyline").count(), 2, "arithmetic and memory");
    assert!(page.contains("after each of the 2 blocks. Other programs kept 0.25 cores busy"), "{page}");
    assert!(page.contains("4.00 billion"), "{page}");
}

#[test]
fn what_is_no_run_is_refused_in_words() {
    for (bad, words) in [
        ("{\"schema\": 2, \"runs\": [{\"summary\": {\"precision\": NaN}}]}", "not what"),
        ("{\"schema\": 7}", "version 7"),
        (
            "{\"schema\": 2, \"runs\": [{\"summary\": {\"schema\": 1, \"cells\": [{\"workload\": \"\"}]}}]}",
            "cannot be the name of a workload",
        ),
        (
            "{\"schema\": 2, \"runs\": [{\"summary\": {\"schema\": 1, \"cells\": [{\"ratio\": 1e999}]}}]}",
            "not what",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = generate(&root(), bad, folder.path());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains(words), "{bad}: {said}");
    }
}

/// The bytes of a page with its styles, its scripts and the highlighter if it has code, without the pictures of results.
fn weight(site: &Path, page: &str) -> u64 {
    let text = read(site, page);
    let here = site.join(page);
    let size =
        |file: &Path| fs::metadata(file).unwrap_or_else(|why| panic!("{}: {why}", file.display())).len();
    let styles = text.split("<link ").skip(1).flat_map(|tag| values(tag.split('>').next().unwrap(), "href"));
    let loads = styles.chain(values(&text, "src")).filter(|from| !from.contains("pictures/"));
    let loaded: u64 = loads.map(|from| size(&here.parent().unwrap().join(from))).sum();
    let highlighter = if text.contains("class=\"language-") { size(&site.join("highlight.js")) } else { 0 };
    size(&here) + loaded + highlighter
}

#[test]
fn pages_are_light_without_their_data() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), "");
    let mut weighed = 0;
    for page in pages(&site) {
        let page = page.strip_prefix(&site).unwrap().to_str().unwrap().to_owned();
        // source files and the documents of the repository are as long as they are
        if page.starts_with("source/") || page.starts_with("about/") {
            continue;
        }
        let weight = weight(&site, &page);
        assert!(weight < 300_000, "{page}: {weight} bytes");
        weighed += 1;
    }
    assert!(weighed > 30, "only {weighed} pages");
}

/// The topics of the reading list that the project must answer.
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
    // and the chapter that explains a topic names it
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

#[test]
fn a_sweep_is_drawn_on_the_page_of_its_workload_and_says_where_techniques_cross() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = gathered(usual());
    all["sweeps"] = json!([sweep("samples")]);
    let chapter = "{{scaling size montecarlo/rayon}}, {{scaling workers montecarlo/rayon}}";
    let site = made(folder.path(), chapter, &all);
    let guide = read(&site, "guide/index.html");
    let words = "rayon overtakes sequential at 41.0 thousand samples (38.0 thousand to 44.0 thousand)";
    assert!(guide.contains(words) && guide.contains("not measured in this run"), "{guide}");
    let page = read(&site, "workloads/montecarlo.html");
    for words in [
        "Speedup over the size of the input, both logarithmic, on samples",
        "rayon overtakes sequential at 41.0 thousand samples (38.0 thousand to 44.0 thousand).",
        "predicted and not measured: 20.0× (15.0 to 25.0) with 64 workers",
        "cargo xtask scale size -w montecarlo",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!read(&site, "workloads/julia.html").contains("overtakes"));
}

#[test]
fn speed_stands_against_cost_with_the_front_marked_and_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = usual();
    let costs = [("sequential", 5), ("rayon", 30), ("scoped", 40), ("pipes", 200)];
    for row in rows.iter_mut().filter(|row| row["workload"] == "julia") {
        let (_, lines) = costs.iter().find(|(technique, _)| row["technique"] == *technique).unwrap();
        row["cost"] = json!({ "lines": lines, "kernel_lines": 10, "unsafe_lines": 0, "dependencies": 1e300,
            "build_s": null, "reasons": { "build_s": "not measured <b>" } });
    }
    let page = read(&made(folder.path(), "", &gathered(rows)), "workloads/julia.html");
    assert!(page.contains("faster and cheaper than: sequential (15, 1.00×), rayon (40, 1.90×)."), "{page}");
    let chart = page
        .split("aria-label=\"Speed against lines of code")
        .nth(1)
        .unwrap()
        .split("</svg>")
        .next()
        .unwrap();
    assert_eq!(
        (chart.matches("class=\"point on\"").count(), chart.matches("class=\"point\"").count()),
        (2, 2),
        "{chart}"
    );
    assert!(chart.contains("<title>pipes: 210, 0.50× (0.48 to 0.52)</title>"), "{chart}");
    assert!(
        page.contains("30 + 10")
            && page.contains("No build time: not measured &lt;b&gt; (rayon, scoped, sequential, pipes).")
    );
    assert!(
        !page.contains("Against build time") && !page.contains("Against dependencies"),
        "nobody knows these"
    );
}
