//! Tests of drawings and of pictures of a run: each says in words what it shows, and keeps inside its frame.

mod common;

use common::pictured::{block, pictured};
use common::svg::{images, inside, malformed, outside, value};
use common::{gathered, generate, made, read, root_with_guide, row, run_of, said, usual};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// All drawings: those of families, and in a folder for each family those of its techniques.
fn drawings() -> Vec<PathBuf> {
    let inside = |path: PathBuf| if path.is_dir() { entries(&path) } else { vec![path] };
    entries(&common::root().join("docs/diagrams")).into_iter().flat_map(inside).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// How wide a letter is in the old drawings, and in those for narrow windows, which have larger ones.
const LETTERS: [f64; 2] = [5.2, 6.6];

#[test]
fn every_family_has_a_drawing() {
    let crates = fs::read_dir(common::root().join("crates")).unwrap().flatten();
    let workers =
        crates.flat_map(|entry| fs::read_dir(entry.path().join("src/bin")).into_iter().flatten().flatten());
    let names = workers.filter_map(|worker| Some(worker.path().file_stem()?.to_str()?.to_owned()));
    let families: Vec<String> = names.chain(["python".to_owned()]).collect();
    assert!(families.len() > 14, "{families:?}");
    for family in families {
        let path = common::root().join(format!("docs/diagrams/{family}.svg"));
        assert!(path.is_file(), "the family {family} has no drawing");
    }
}

#[test]
fn every_drawing_says_what_it_shows_and_takes_its_colours_from_the_theme() {
    let all = drawings();
    assert!(all.len() > 150, "{} drawings", all.len());
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let place = path.display();
        let title =
            text.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        assert!(title.len() > 20 && text.contains(&format!("aria-label=\"{title}\"")), "{place}: {title}");
        assert!(text.contains("role=\"img\"") && text.contains("viewBox="), "{place}");
        for other in ["fill=", "stroke=", "style=", "<script", "href"] {
            assert!(!text.contains(other), "{place} has {other}");
        }
        let svg = text.trim().strip_prefix("<svg").and_then(|text| text.strip_suffix("</svg>")).unwrap();
        assert_eq!(malformed(svg), None, "{place}");
        let is_slim = value(svg, "class") == Some("slim");
        assert_eq!(outside(svg, LETTERS[usize::from(is_slim)]), Vec::<String>::new(), "{place}");
        assert!(!is_slim || inside(svg, "desc").is_some_and(|desc| desc.len() > 60), "{place}");
        assert!(is_slim || text.len() < 3072, "{place} has {} bytes", text.len());
    }
}

/// A drawing of nothing would be seen by nobody.
#[test]
fn every_drawing_in_a_folder_is_of_a_technique_that_exists() {
    let root = common::root();
    for path in drawings() {
        let place = path.display();
        let folder = path.parent().unwrap();
        if folder.ends_with("diagrams") {
            continue;
        }
        let [family, technique] =
            [folder.file_name(), path.file_stem()].map(|name| name.unwrap().to_str().unwrap());
        assert!(folder.with_extension("svg").is_file(), "{place}: there is no drawing of its family");
        let sources = match family {
            "baseline" => root.join("crates/suite/src"),
            "python" => root.join("peers/python/peers/systems"),
            _ => root.join("crates").join(family).join("src"),
        };
        assert!(common::says(&sources, &format!("\"{technique}\"")), "{place}: there is no such technique");
    }
}

#[test]
fn a_diagram_stands_in_a_chapter_with_its_caption() {
    let folder = tempfile::tempdir().unwrap();
    let chapter = "{{diagram race Both read before either\nwrites: <b>one</b> is lost.}}";
    let page = read(&made(folder.path(), chapter, &gathered(usual())), "guide/index.html");
    let figure = page.split("<figure class=\"diagram\">").nth(1).unwrap().split("</figure>").next().unwrap();
    assert!(figure.contains("<title>Two threads read the same word"), "{figure}");
    let caption = "<figcaption>Both read before either writes: &lt;b&gt;one&lt;/b&gt; is lost.</figcaption>";
    assert!(figure.contains(caption), "{figure}");
}

#[test]
fn a_picture_that_nobody_has_drawn_fails_the_build() {
    for (chapter, told) in [
        ("{{diagram rice A caption.}}", vec!["'rice'", "halo", "race", "docs/guide/index.md"]),
        ("{{diagram race}}", vec!["'race'", "caption"]),
        ("{{picture blok}}", vec!["'blok'", "block, loggp, roofline"]),
        ("See {{picture block}}.", vec!["a line of its own"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let root = root_with_guide(folder.path(), chapter);
        let out = generate(&root, &gathered(usual()).to_string(), folder.path());
        assert!(!out.status.success(), "{chapter} was accepted");
        for words in told {
            assert!(said(&out).contains(words), "{chapter}: {}", said(&out));
        }
    }
}

/// All pictures of a run on one page.
const ALL: &str = "{{picture block}}\n\n{{picture loggp}}\n\n{{picture roofline}}";

/// The page of a chapter with all pictures of this run.
fn page_of(gathered: &Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    read(&made(folder.path(), ALL, gathered), "guide/index.html")
}

#[test]
fn pictures_of_a_run_say_what_they_show_and_keep_to_their_frame() {
    for text in ["here", "a host whose name is much longer than any picture is wide <b>&amp;</b> \"x\"='y'"] {
        let folder = tempfile::tempdir().unwrap();
        let site = made(folder.path(), ALL, &pictured(text));
        for (page, least) in [("guide/index.html", 3), ("about/run.html", 3), ("about/index.html", 1)] {
            let page = read(&site, page);
            let all = images(&page);
            assert!(all.len() >= least, "{}", all.len());
            for svg in all.iter().filter(|svg| value(svg, "class") == Some("slim")) {
                assert_eq!(malformed(svg), None);
                assert_eq!(outside(svg, 6.6), Vec::<String>::new(), "{svg}");
                assert!(
                    inside(svg, "title").is_some_and(|title| Some(title) == value(svg, "aria-label")),
                    "{svg}"
                );
                assert!(inside(svg, "desc").is_some_and(|desc| desc.len() > 60), "{svg}");
                assert!(
                    !["fill=", "stroke=", "style=", "<script"].iter().any(|other| svg.contains(other)),
                    "{svg}"
                );
            }
        }
    }
}

#[test]
fn a_block_is_drawn_as_the_run_had_it() {
    let page = page_of(&pictured("here"));
    let svg = images(&page)[0];
    let desc = inside(svg, "desc").unwrap();
    for told in ["sequential 100 ms,", "rayon 100 ms (1.93×)", "sequential (twin) 100 ms (1.01×)", "(0.50×)"]
    {
        assert!(desc.contains(told), "{told}: {desc}");
    }
    let bars: Vec<(f64, f64)> = svg
        .split("<rect ")
        .skip(1)
        .map(|bar| ["x", "width"].map(|name| value(&format!("rect {bar}"), name).unwrap().parse().unwrap()))
        .map(|[x, width]| (x, width))
        .collect();
    assert_eq!(bars.len(), 10, "a light and a dark part for each turn");
    assert!(bars.windows(2).all(|pair| (pair[0].0 + pair[0].1 - pair[1].0).abs() < 0.2), "no gaps: {bars:?}");
    assert!(bars.chunks(2).all(|turn| (turn[1].1 / (turn[0].1 + turn[1].1) - 0.6).abs() < 0.01), "{bars:?}");
    let caption = page.split("<figcaption>").nth(1).unwrap().split("</figcaption>").next().unwrap();
    for told in ["Block 371", "500 ms", "its 1.01× is chance", "took 9.87 ms before and 9.91 ms after"] {
        assert!(caption.contains(told), "{told}: {caption}");
    }
}

#[test]
fn a_roofline_has_the_roofs_and_the_fastest_of_each_workload() {
    let page = page_of(&pictured("avx2"));
    let svg = images(&page)[2];
    let desc = inside(svg, "desc").unwrap();
    for told in [
        "FMA peak avx2 87.0 Gflop/s, FMA peak sse2 36.5 Gflop/s, memory 25.0 GB/s, L2 216 GB/s, L1 372 GB/s.",
        // 30 million operations in 50 ms, and 200 million in 100 ms / 1.9
        "montecarlo by rayon, 0.094 flop/B, 0.60 Gflop/s; julia by rayon, 50.0 flop/B, 3.80 Gflop/s.",
    ] {
        assert!(desc.contains(told), "{told}: {desc}");
    }
    assert_eq!(svg.matches("<circle").count(), 2);
    assert_eq!(svg.matches("class=\"roof\"").count(), 4, "three slopes and the peak");
    let table = page.split("class=\"roofline\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(table.contains("workloads/julia.html") && table.contains("25.0% of FMA peak"), "{table}");
}

#[test]
fn another_algorithm_has_no_point_in_the_roofline() {
    let mut all = pictured("avx2");
    let rows = all["runs"][0]["summary"]["cells"].as_array_mut().unwrap();
    let fastest =
        rows.iter_mut().find(|row| row["workload"] == "julia" && row["technique"] == "rayon").unwrap();
    fastest["algorithm"] = json!("shortcut");
    assert!(page_of(&all).contains("julia by scoped, 50.0 flop/B, 3.00 Gflop/s"));
}

#[test]
fn a_run_without_the_figures_gives_a_reason_or_a_drawing_by_hand() {
    let bare = page_of(&gathered(usual()));
    assert!(
        bare.contains("No roofline: the run has not measured what the machine can do at most."),
        "{bare}"
    );
    assert!(bare.matches("not to scale").count() == 2 && images(&bare).len() == 2, "{bare}");
    let without = |of: &dyn Fn(&Value) -> bool| {
        let mut all = pictured("avx2");
        all["runs"][0]["limits"].as_array_mut().unwrap().retain(|limit| !of(limit));
        page_of(&all)
    };
    assert!(
        without(&|limit| limit["rate"] == "fma").contains("No roofline: the run has not measured a peak")
    );
    assert!(
        without(&|limit| limit["rate"] == "update")
            .contains("No roofline: the run has not measured how fast memory")
    );
    let mut uncounted = pictured("avx2");
    for row in uncounted["runs"][0]["summary"]["cells"].as_array_mut().unwrap() {
        row["flops"] = Value::Null;
    }
    assert!(page_of(&uncounted).contains("No roofline: no row of the run tells how many operations"));
    let mut none = gathered(usual());
    none["runs"] = json!([]);
    assert!(page_of(&none).contains("No roofline: "));
}

#[test]
fn prose_has_no_picture_of_a_run_that_only_lends_cells() {
    let mut all = pictured("avx2");
    let lent = row("julia", "python", "numba-njit", 7.0);
    all["runs"][0]["summary"]["cells"].as_array_mut().unwrap().push(lent);
    all["runs"].as_array_mut().unwrap().push(run_of("mine", "Own CPU", usual()));
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), ALL, &all);
    let chapter = read(&site, "guide/index.html");
    assert!(
        chapter.contains("No roofline: the run has not measured what the machine can do at most."),
        "{chapter}"
    );
    assert_eq!(chapter.matches("not to scale").count(), 2, "{chapter}");
    let run = read(&site, "about/run.html");
    assert!(
        run.contains("No roofline: this site has only the cells of the run that another lacks."),
        "{run}"
    );
}

#[test]
fn a_block_that_is_not_whole_is_not_drawn_and_a_hostile_one_is_refused() {
    for (field, wrong) in [("turn_ns", json!(-5)), ("run_ns", json!(1e300)), ("ratio", json!("NaN"))] {
        let mut all = pictured("here");
        all["runs"][0]["block"]["turns"][1][field] = wrong;
        assert!(page_of(&all).contains("A block in time, not to scale"), "{field}");
    }
    let mut all = gathered(usual());
    let mut hostile = block();
    hostile["turns"][1]["technique"] = json!("<img src=x>");
    all["runs"][0]["block"] = hostile;
    let folder = tempfile::tempdir().unwrap();
    let out = generate(&root_with_guide(folder.path(), ""), &all.to_string(), folder.path());
    assert!(
        !out.status.success() && said(&out).contains("has a block that cannot be shown"),
        "{}",
        said(&out)
    );
}

#[test]
fn a_message_between_hosts_is_drawn_to_scale() {
    let page = page_of(&pictured("<here>"));
    let caption = page.split("<figcaption>").nth(2).unwrap().split("</figcaption>").next().unwrap();
    assert!(caption.contains("from &lt;here&gt; to there"), "{caption}");
    for told in ["o (1.00 µs)", "G (1.00 ns)", "L (20.0 µs)", "g (3.00 µs)"] {
        assert!(caption.contains(told), "{told}: {caption}");
    }
    let svg = images(&page)[1];
    let widths: Vec<f64> = svg
        .split("<rect ")
        .skip(1)
        .map(|bar| value(&format!("rect {bar}"), "width").unwrap().parse().unwrap())
        .collect();
    assert_eq!(widths.len(), 8, "two messages of four parts");
    assert!((widths[2] / widths[0] - 20.0).abs() < 0.5, "L is twenty times o: {widths:?}");
    assert!(
        (widths[5] / (widths[4] + widths[6] + widths[7]) - 1.0).abs() < 0.02,
        "half of it is bytes: {widths:?}"
    );
}

#[test]
fn what_is_wrong_is_found() {
    let good =
        " viewBox=\"0 0 100 50\"><title>a &amp; b</title><rect x=\"1\"/><text x=\"5\" y=\"20\">abc</text>";
    assert_eq!((malformed(good), outside(good, 6.0)), (None, vec![]));
    for bad in [
        " viewBox=\"0 0 9 9\"><g>",
        " viewBox=\"0 0 9 9\"></g>",
        " viewBox=\"0 0 9 9\"><g></h></g>",
        " viewBox=0><g></g>",
        " viewBox=\"0 0 9 9\"><title>a & b</title>",
        " viewBox=\"0 0 9 9\"><g x='1'></g>",
        " viewBox=\"0 0 9 9\"><g",
    ] {
        assert!(malformed(bad).is_some(), "{bad}");
    }
    for (x, anchor) in [("90", "start"), ("10", "end"), ("95", "middle")] {
        let bad =
            format!(" viewBox=\"0 0 100 50\"><text x=\"{x}\" y=\"20\" text-anchor=\"{anchor}\">abc</text>");
        assert_eq!(outside(&bad, 6.0).len(), 1, "{bad}");
    }
    let low = " viewBox=\"0 0 100 50\"><text x=\"5\" y=\"60\">abc</text>";
    assert_eq!(outside(low, 6.0).len(), 1);
}
