//! Tests that one cell is called faster than another only if the run compared both and decided.

mod common;

use common::{best, gathered, made, pair, read, row, run_of, usual};
use serde_json::{Value, json};

/// The usual run with a Python peer on julia, and the result of comparing rayon with it.
fn with_duel(duel: Value) -> Value {
    let mut rows = usual();
    rows.push(row("julia", "python", "threading", 0.02));
    rows.push(row("julia", "python", "pure-python", 0.019));
    let mut all = gathered(rows);
    all["runs"][0]["summary"]["duels"] = json!([duel]);
    all
}

fn duel(ratio: f64, verdict: Value) -> Value {
    json!({ "workload": "julia", "case": "", "size": "medium", "workers": 2, "rust": "rayon", "peer": "threading", "blocks": 9,
            "ratio": ratio, "low": ratio * 0.9, "high": ratio * 1.1, "verdict": verdict })
}

/// The comparison in the row of the reading list on threads.
fn told(all: &Value) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let chapter = "rayon: {{ratio julia/rayon julia/threading}}.\n\nturned: {{ratio julia/threading julia/rayon}}.\n\n\
                   apart: {{ratio julia/rayon julia/scoped}}.";
    let site = made(folder.path(), chapter, all);
    let page = read(&site, "guide/from-python.html");
    let line = page.split("<th scope=\"row\">threading</th>").nth(1).unwrap().split("</tr>").next().unwrap();
    (line.to_owned(), read(&site, "guide/index.html"))
}

#[test]
fn a_decided_duel_is_told_with_its_interval() {
    let (topic, page) = told(&with_duel(duel(50.0, json!("faster"))));
    assert!(
        topic.contains("julia/rayon is ")
            && topic.contains(">50.0×</span> (45.0 to 55.0) as fast as julia/threading"),
        "{topic}"
    );
    assert!(page.contains("rayon: <span class=\"figure\"") && page.contains(">50.0×<"), "{page}");
    assert!(
        page.contains("turned: <span class=\"figure\"")
            && page.contains(">0.020×<")
            && page.contains("0.018 to 0.022"),
        "{page}"
    );
    let (topic, _) = told(&with_duel(duel(0.5, json!("slower"))));
    assert!(topic.contains(">0.50×</span> (0.45 to 0.55) as fast as"), "{topic}");
    let (topic, page) = told(&with_duel(duel(1.01, json!("same"))));
    assert!(
        topic.contains("no difference between julia/rayon and julia/threading")
            && !topic.contains("as fast as"),
        "{topic}"
    );
    assert!(page.contains("rayon: <span class=\"figure\"") && page.contains(">equally<"), "{page}");
}

#[test]
fn any_two_cells_that_the_texts_name_may_have_been_compared() {
    let mut all = with_duel(duel(50.0, json!("faster")));
    all["runs"][0]["summary"]["contrasts"] = json!([pair("scoped", "rayon", [0.75, 0.8, 0.85], "slower")]);
    let (_, page) = told(&all);
    assert!(page.contains("apart: <span class=\"figure\"") && page.contains(">1.25×<"), "{page}");
    assert!(page.contains("1.18 to 1.33, 9 blocks of both"), "{page}");
}

#[test]
fn no_other_size_and_no_other_run_answers_for_one_that_is_undecided() {
    let pair = |size: &str, verdict: &str| {
        let mut pair = pair("scoped", "rayon", [0.75, 0.8, 0.85], verdict);
        pair["size"] = json!(size);
        pair
    };
    let mut all = gathered(usual());
    let mut other = all["runs"][0].clone();
    other["name"] = json!("another");
    other["summary"]["contrasts"] = json!([pair("medium", "slower")]);
    all["runs"][0]["summary"]["contrasts"] = json!([pair("small", "slower"), pair("medium", "undecided")]);
    all["runs"].as_array_mut().unwrap().push(other);
    let (_, page) = told(&all);
    assert!(page.contains("apart: <span class=\"unmeasured\">undecided"), "{page}");
}

#[test]
fn nothing_is_claimed_that_was_not_decided() {
    let mut without = duel(50.0, json!("undecided"));
    without.as_object_mut().unwrap().remove("verdict"); // as older runs have it
    for duel in [duel(50.0, json!("undecided")), duel(50.0, json!(null)), duel(50.0, json!("won")), without] {
        let (topic, page) = told(&with_duel(duel.clone()));
        assert!(
            topic.contains("undecided") && !topic.contains("50.0×") && !topic.contains("as fast"),
            "{duel}: {topic}"
        );
        assert!(page.contains("rayon: <span class=\"unmeasured\">undecided"), "{duel}: {page}");
    }
    let mut other = duel(50.0, json!("faster"));
    other["size"] = json!("small");
    other["peer"] = json!("pure-python");
    let (topic, page) = told(&with_duel(other));
    let each = "not compared</span>; over plain code 1.90× (1.84 to 1.96) and 0.020× (0.019 to 0.021)";
    assert!(topic.contains(each) && !topic.contains("as fast"), "{topic}");
    assert!(page.contains("rayon: <span class=\"unmeasured\">not compared"), "{page}");
}

#[test]
fn medians_are_not_divided() {
    let (topic, page) = told(&with_duel(duel(50.0, json!("faster"))));
    assert!(page.contains("apart: <span class=\"unmeasured\">not compared"), "{page}");
    // 95.0 is the quotient of the two medians
    assert!(!topic.contains("95.0×") && !page.contains("95.0×"), "{topic}");
}

#[test]
fn a_duel_of_an_older_run_is_borne_and_says_nothing() {
    let mut all = with_duel(json!(null));
    all["runs"][0]["summary"]["duels"] = json!([{ "work": "julia", "size": "medium", "workers": 2, "rust": "rayon", "rust_ns": 1.0,
        "peer": "threading", "peer_ns": 2.0, "blocks": 2, "ratio": 50.0, "low": 45.0, "high": 55.0 }]);
    let (topic, page) = told(&all);
    assert!(topic.contains("not compared") && !topic.contains("50.0×") && !page.contains("50.0×"), "{topic}");
}

#[test]
fn cells_of_two_machines_are_not_compared() {
    let mut all = gathered(usual());
    let python = vec![row("julia", "baseline", "sequential", 1.0), row("julia", "python", "threading", 0.02)];
    all["runs"] = json!([run_of("a", "Slow CPU", usual()), run_of("b", "Fast CPU", python)]);
    assert!(told(&all).0.contains("not compared"));
}

#[test]
fn the_explorer_has_what_its_script_needs_to_hold_back() {
    let folder = tempfile::tempdir().unwrap();
    let page = read(&made(folder.path(), "", &with_duel(duel(50.0, json!("faster")))), "explorer.html");
    let group = page.split("<tbody").find(|body| body.contains("julia · medium")).unwrap();
    let pair = "data-contrasts=\"[[&quot;rayon&quot;,&quot;threading&quot;,50.0,45.0,";
    assert!(group.contains(pair) && group.contains(",&quot;faster&quot;]]\""), "{group}");
}

#[test]
fn start_up_is_told_as_the_run_has_it_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "", &gathered(usual()));
    for page in ["index.html", "explorer.html", "workloads/julia.html"] {
        let text = read(&site, page);
        assert!(
            !text.contains("pays after") && !text.contains("overtakes sequential after"),
            "{page} reckons by itself"
        );
    }
    let mut rows = usual();
    rows[1]["phases"] = json!({ "spawn_ns": 2.5e6, "load_ns": 7e6, "import_ns": null });
    for (at, verdict) in [(1, "faster"), (2, "undecided")] {
        rows[at]["verdict"] = json!(verdict);
        for (field, calls) in [("pays_after", 11.5), ("pays_after_low", 8.2), ("pays_after_high", 20.0)] {
            rows[at][field] = json!(calls + at as f64);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "", &gathered(rows));
    let text = read(&site, "workloads/julia.html");
    assert!(text.contains("pays after") && text.contains(">13 calls (10 to 21)<"), "{text}");
    assert!(!text.contains("14 calls"), "an undecided cell pays for nothing: {text}");
    assert!(read(&site, "index.html").contains("rayon overtakes sequential after 13 calls (10 to 21)."));
    let explorer = read(&site, "explorer.html");
    assert!(
        explorer.contains("<dt>overtakes sequential after</dt><dd>13 calls (10 to 21)</dd>"),
        "{explorer}"
    );
    let phases = "<dt>spawn</dt><dd>2.50 ms</dd><dt>load</dt><dd>7.00 ms</dd>";
    assert!(explorer.contains(phases) && !explorer.contains("<dt>import</dt>"), "{explorer}");
}

/// The usual run with a technique that has the largest speedup, of a single block, and these best ones on julia.
fn with_best(of_julia: Option<&[&str]>) -> Value {
    let mut rows = usual();
    let mut once = row("julia", "simd", "avx2", 8.0);
    (once["ratio_low"], once["ratio_high"], once["verdict"]) = (json!(null), json!(null), json!("undecided"));
    rows.push(once);
    let mut all = gathered(rows);
    let told = of_julia.map(|set| best("julia", set, &["scoped"]));
    all["runs"][0]["summary"]["best"] = json!(told.into_iter().collect::<Vec<_>>());
    all
}

/// The answer of the front page that uses julia, with the verdict that the workload's page also has.
fn verdict(all: &Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "", all);
    let line =
        |page: &str| page.split("verdict-line\">").nth(1).unwrap().split("</p>").next().unwrap().to_owned();
    let front = read(&site, "index.html");
    let answer = front.split("id=\"uneven\"").nth(1).unwrap().split("id=\"").next().unwrap();
    assert_eq!(line(answer), line(&read(&site, "workloads/julia.html")));
    answer.to_owned()
}

#[test]
fn the_verdict_is_the_best_set_of_the_run_and_no_order_of_speedups() {
    let told = verdict(&with_best(Some(&["rayon"])));
    assert!(told.contains("<strong>rayon</strong> is best: 1.90× (1.84 to 1.96)."), "{told}");
    assert!(!told.contains("take any of them") && !told.contains("does not prove it"), "{told}");
    let told = verdict(&with_best(Some(&["rayon", "scoped"])));
    assert!(
        told.contains("<strong>rayon</strong> and <strong>scoped</strong> are equally good: 1.90×."),
        "{told}"
    );
    assert!(
        told.contains("take any of them: <a href=\"techniques/threading/scoped.html\">scoped</a>."),
        "{told}"
    );
    let told = verdict(&with_best(Some(&["rayon", "scoped", "sequential"])));
    assert!(
        told.contains(
            "<strong>scoped</strong> and <strong>plain sequential code</strong> are equally good: 1.90×."
        ),
        "{told}"
    );
    let told = verdict(&with_best(Some(&["sequential"])));
    assert!(told.contains("Nothing beat plain sequential code here."), "{told}");
}

#[test]
fn without_a_small_best_set_nothing_is_proven() {
    for unknown in [None, Some(&[][..]), Some(&["nobody"][..])] {
        let told = verdict(&with_best(unknown));
        assert!(told.contains("avx2</strong> is ahead, 8.00×, but this run does not prove it."), "{told}");
        assert!(!told.contains("take any of them"), "{told}");
    }
    let told = verdict(&with_best(Some(&["rayon", "avx2", "scoped", "sequential"])));
    assert!(
        told.contains("rayon</strong> is ahead, 1.90× (1.84 to 1.96), but this run does not prove it: any of 4 techniques"),
        "{told}"
    );
    let from = "take any of them: <a href=\"techniques/simd/avx2.html\">avx2</a>, ";
    assert!(told.contains(from), "{told}");
}

#[test]
fn a_technique_is_among_the_fastest_where_the_run_says_so() {
    let advice = |all: &Value, technique: &str| {
        let folder = tempfile::tempdir().unwrap();
        let site = made(folder.path(), "{{leader julia}}, {{leader montecarlo}}", all);
        let page = read(&site, &format!("techniques/threading/{technique}.html"));
        let advice =
            page.split("<ul class=\"advice\">").nth(1).unwrap().split("</ul>").next().unwrap().to_owned();
        (advice, read(&site, "guide/index.html"))
    };
    let (rayon, guide) = advice(&with_best(Some(&["rayon"])), "rayon");
    let leads = rayon.split("Among the fastest</strong> on ").nth(1).unwrap().split("</li>").next().unwrap();
    assert!(leads.contains(">julia<") && !leads.contains(">montecarlo<"), "{rayon}");
    let helps = rayon.split("Faster than sequential code</strong> on ").nth(1).unwrap();
    assert!(
        helps.contains(">montecarlo<"),
        "of a group without a best set nothing is said of others: {rayon}"
    );
    assert!(guide.contains(">rayon</a> (1.90×), nothing that is sure to be faster"), "{guide}");
    let (scoped, _) = advice(&with_best(Some(&["rayon"])), "scoped");
    assert!(scoped.contains("but others are faster still, on ") && !scoped.contains("Among"), "{scoped}");
    let (scoped, guide) = advice(&with_best(None), "scoped");
    assert!(!scoped.contains("others are faster") && !scoped.contains("Among"), "{scoped}");
    assert!(guide.contains("nothing that is sure to be faster, nothing"), "{guide}");
}

#[test]
fn a_speedup_is_the_contrast_with_plain_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = gathered(usual());
    all["runs"][0]["summary"]["cells"][2]["verdict"] = json!("undecided");
    let chapter = "a: {{ratio julia/rayon julia/sequential}}, b: {{ratio julia/sequential julia/rayon}}, \
                   c: {{ratio julia/scoped julia/sequential}}, d: {{ratio julia/sequential julia/sequential}}.";
    let page = read(&made(folder.path(), chapter, &all), "guide/index.html");
    let told: Vec<&str> = ["a: ", "b: ", "c: ", "d: "]
        .map(|at| page.split(&format!("{at}<span")).nth(1).unwrap().split(['>', '<']).nth(1).unwrap())
        .into();
    assert_eq!(told, ["1.90×", "0.53×", "undecided", "not compared"], "{page}");
}

#[test]
fn a_row_says_that_it_goes_by_another_algorithm() {
    let mut all = with_duel(json!(null));
    let page = |all: &Value| {
        let folder = tempfile::tempdir().unwrap();
        read(&made(folder.path(), "", all), "workloads/julia.html")
    };
    assert!(!page(&all).contains("by halves"));
    let rows = all["runs"][0]["summary"]["cells"].as_array_mut().unwrap();
    let rayon =
        rows.iter_mut().find(|row| row["workload"] == "julia" && row["technique"] == "rayon").unwrap();
    rayon["algorithm"] = json!("by <i>halves");
    assert!(page(&all).contains("by &lt;i&gt;halves</span>"), "{}", page(&all));
}
