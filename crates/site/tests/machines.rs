//! Tests of a site of two machines: every title names the machine, and no curve goes from one to the other.

mod common;

use common::{gathered, made, read, row, run_of, sized, usual};
use serde_json::{Value, json};

/// Two runs of the usual cells: on a slow machine, and on a fast one.
fn two(sizes: [&[&str]; 2]) -> Value {
    let rows = |sizes: &[&str]| sizes.iter().flat_map(|size| sized(usual(), size)).collect::<Vec<_>>();
    let mut all = gathered(usual());
    all["runs"] =
        json!([run_of("monday", "Slow CPU", rows(sizes[0])), run_of("monday", "Fast CPU", rows(sizes[1]))]);
    all
}

/// The text of each element `tag`, without the tags in it.
fn texts(page: &str, tag: &str) -> Vec<String> {
    let (start, end) = (format!("<{tag}"), format!("</{tag}>"));
    let inside = page
        .split(&start)
        .skip(1)
        .filter(|after| after.starts_with([' ', '>']))
        .filter_map(|after| Some(after.split_once('>')?.1.split_once(&end)?.0));
    inside.map(|html| html.split('<').map(|part| part.rsplit('>').next().unwrap_or("")).collect()).collect()
}

#[test]
fn every_title_names_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "{{ranking julia}}", &two([&["medium"], &["medium"]]));
    for (page, tag, least) in [
        ("workloads/julia.html", "caption", 2),
        ("index.html", "caption", 4),
        ("guide/index.html", "caption", 1),
    ] {
        let all = texts(&read(&site, page), tag);
        let titles: Vec<&String> = all.iter().filter(|title| title.contains(" · ")).collect();
        assert!(titles.len() >= least, "{page} has {titles:#?}");
        for title in &titles {
            assert!(
                title.contains("Slow CPU, 2 cores") != title.contains("Fast CPU, 2 cores"),
                "{page}: {title}"
            );
        }
    }
    let groups: Vec<String> = texts(&read(&site, "workloads/julia.html"), "summary")
        .into_iter()
        .filter(|s| s.contains("2 workers"))
        .collect();
    assert!(groups.len() == 2 && groups[0] != groups[1], "{groups:#?}");
    let front = read(&site, "index.html");
    let told = texts(&front, "p").into_iter().find(|p| p.contains("Measured on")).unwrap();
    assert!(told.contains("Slow CPU, 2 cores") && told.contains("Fast CPU, 2 cores"), "{told}");
    let technique = texts(&read(&site, "techniques/threading/rayon.html"), "tr");
    for row in technique.iter().filter(|row| row.contains("ms")) {
        assert!(row.contains("Slow CPU") != row.contains("Fast CPU"), "{row}");
    }
    let explorer = texts(&read(&site, "explorer.html"), "tr");
    assert!(explorer.iter().filter(|row| row.contains("Slow CPU")).count() >= 7);
    assert!(explorer.iter().filter(|row| row.contains("Fast CPU")).count() >= 7);
}

#[test]
fn one_machine_is_not_named_in_every_title() {
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "", &gathered(usual()));
    assert!(read(&site, "workloads/julia.html").contains("julia · medium · 2 workers<"));
}

#[test]
fn no_curve_joins_two_machines() {
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "", &two([&["small"], &["medium"]]));
    assert!(
        !read(&site, "workloads/julia.html").contains("<polyline"),
        "two machines of one size each make no curve"
    );

    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "", &two([&["small", "medium"], &["small", "medium"]]));
    let page = read(&site, "workloads/julia.html");
    let charts = texts(&page, "figcaption")
        .into_iter()
        .filter(|title| title.contains("Speedup over"))
        .collect::<Vec<_>>();
    assert!(charts.len() == 2, "{charts:#?}");
    assert!(charts[0].contains("Slow CPU") && charts[1].contains("Fast CPU"), "{charts:#?}");
    for points in page
        .split("<polyline")
        .skip(1)
        .map(|line| line.split("points=\"").nth(1).unwrap().split('"').next().unwrap())
    {
        assert_eq!(points.split(' ').count(), 2, "a curve has a point for each size: {points}");
    }
}

#[test]
fn two_runs_of_one_machine_are_told_apart_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = two([&["medium"], &["medium"]]);
    all["runs"] = json!([
        run_of("monday", "CPU", usual()),
        run_of("tuesday", "CPU", usual()),
        run_of("tuesday", "CPU", usual())
    ]);
    let site = made(folder.path(), "", &all);
    let titles = texts(&read(&site, "workloads/julia.html"), "caption");
    let distinct: std::collections::BTreeSet<&String> = titles.iter().collect();
    assert!(titles.len() == 3 && distinct.len() == 3, "{titles:#?}");
    assert!(titles[0].contains("run monday") && titles[1].contains("run tuesday"), "{titles:#?}");
}

#[test]
fn what_has_no_answer_is_told_for_each_machine() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = two([&["medium"], &["medium"]]);
    let absent = |why: &str| common::refused("julia", "simd", "avx512", why);
    all["runs"][0]["summary"]["cells"].as_array_mut().unwrap().push(absent("it has no such vectors"));
    all["runs"][1]["summary"]["cells"].as_array_mut().unwrap().push(row("julia", "simd", "avx512", 3.0));
    let page = read(&made(folder.path(), "{{speedup julia/avx512}}", &all), "workloads/julia.html");
    assert!(page.contains("it has no such vectors"), "the first machine's refusal is lost");
}

#[test]
fn prose_says_whose_figures_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = two([&["medium"], &["medium"]]);
    all["runs"][1]["summary"]["cells"].as_array_mut().unwrap().push(row("julia", "simd", "avx512", 3.0));
    let page =
        read(&made(folder.path(), "{{time julia/rayon}}, {{time julia/avx512}}", &all), "guide/index.html");
    assert!(page.contains("title=\"julia/rayon, medium, 2 workers, Slow CPU, 2 cores: "), "{page}");
    assert!(page.contains("title=\"julia/avx512, medium, 2 workers, Fast CPU, 2 cores: "), "{page}");
    assert!(
        texts(&page, "p").iter().any(|p| p.contains("figures in the text") && p.contains("Slow CPU")),
        "{page}"
    );
}
