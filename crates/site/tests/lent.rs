//! Cells that the user's run lacks show the reference run's figure, marked as another machine's.

mod common;

use common::rich::two_machines;
use common::{best, gathered, made, read, run_of, usual};
use serde_json::json;

/// The rows of the explorer, each as its text and attributes.
fn rows(page: &str) -> Vec<&str> {
    page.split("<tr class=")
        .skip(1)
        .map(|row| row.split("</tr>").next().unwrap())
        .filter(|row| row.contains("data-technique"))
        .collect()
}

#[test]
fn a_cell_that_the_run_lacks_has_the_figure_of_another_machine() {
    let folder = tempfile::tempdir().unwrap();
    let site = made(folder.path(), "", &two_machines());
    let explorer = read(&site, "explorer.html");
    let of = |words: &str| rows(&explorer).into_iter().filter(|row| row.contains(words)).collect::<Vec<_>>();
    let numba = of("data-technique=\"numba-njit\"");
    assert!(numba.len() == 1 && numba[0].contains("another machine, Test CPU, 2 cores"), "{numba:#?}");
    let julia = of("data-workload=\"julia\"");
    let rayon: Vec<&&str> = julia.iter().filter(|row| row.contains("data-technique=\"rayon\"")).collect();
    assert!(rayon.len() == 1 && rayon[0].contains("data-ratio=\"1.9\""), "only its own: {rayon:#?}");
    assert!(!rayon[0].contains("Own CPU"), "a single machine of the user needs no name: {rayon:#?}");
    assert!(of("data-workload=\"heat\"").iter().all(|row| row.contains("another machine")));
    let page = read(&site, "workloads/julia.html");
    let lent = page.split("julia · medium · 2 workers · another machine, Test CPU, 2 cores").last().unwrap();
    let lent = lent.split("</table>").next().unwrap();
    assert!(lent.contains("numba-njit.html") && !lent.contains("rayon.html"), "{lent}");
    assert!(
        page.contains("Only the cells that this machine's run lacks, so there is no verdict on the whole."),
        "{page}"
    );
    let technique = read(&site, "techniques/python/numba-njit.html");
    assert!(technique.contains("another machine, Test CPU, 2 cores"), "{technique}");
    let run = read(&site, "about/run.html");
    assert!(run.contains("only the cells of it that the run of this machine lacks"), "{run}");
}

#[test]
fn the_front_page_is_about_the_machine_of_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = two_machines();
    all["runs"][0]["summary"]["best"] = json!([best("julia", &["hyper+tokio-per-core"], &["rayon"])]);
    let front = read(&made(folder.path(), "", &all), "index.html");
    let told = front.split("class=\"provenance\"").nth(1).unwrap().split("</p>").next().unwrap();
    assert!(
        told.contains("Measured on Own CPU") && told.contains("What that run lacks comes from the"),
        "{told}"
    );
    assert!(!told.contains("The reference run."), "{told}");
    let uneven = front.split("id=\"uneven\"").nth(1).unwrap();
    let verdict = uneven.split("verdict-line\">").nth(1).unwrap().split("</p>").next().unwrap();
    assert!(verdict.starts_with("<strong>hyper+tokio-per-core</strong> is best"), "{verdict}");
}

#[test]
fn several_reference_runs_are_named_once() {
    let mut all = two_machines();
    for run in all["runs"].as_array_mut().unwrap() {
        run["reference"] = json!(true);
    }
    let folder = tempfile::tempdir().unwrap();
    let front = read(&made(folder.path(), "", &all), "index.html");
    let told = front.split("class=\"provenance\"").nth(1).unwrap().split("</p>").next().unwrap();
    assert_eq!(told.matches("The reference runs.").count(), 1, "{told}");
    assert!(told.contains("Measured on Own CPU") && told.contains("; and on Test CPU"), "{told}");
}

#[test]
fn prose_marks_what_is_lent_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let chapter = "own {{speedup julia/rayon}}, lent {{speedup julia/numba-njit}}, pair {{ratio julia/rayon julia/numba-njit}}, \
        decided {{ratio julia/rayon julia/scoped}}, on {{machine}}.\n\n{{versus julia/rayon julia/numba-njit}}.";
    let page = read(&made(folder.path(), chapter, &two_machines()), "guide/index.html");
    let after = |words: &str| {
        page.split(words).nth(1).unwrap().split([',', '.']).next().unwrap_or_default().to_owned()
    };
    let figure = |words: &str| {
        let said = page.split(&format!("{words} <span")).nth(1).unwrap();
        said.split(", ").find(|part| part.contains("</span>")).unwrap_or_default().to_owned()
    };
    assert!(!figure("own").contains("†") && !figure("decided").contains("†"), "{page}");
    assert!(figure("lent").contains("†") && figure("lent").contains("7.00×"), "{page}");
    assert!(figure("pair").contains("1.40×") && figure("pair").contains("†"), "{page}");
    assert!(figure("decided").contains("1.30×"), "the user's own run decides it: {page}");
    assert!(!after("on <span class=\"machine\">").contains("Test CPU"), "{page}");
    assert!(
        page.contains("† Not measured in this run; the figure is of another machine, Test CPU, 2 cores"),
        "{page}"
    );
    assert!(page.contains("(1.30 to 1.50) as fast as julia/numba-njit<sup class=\"lent\">"), "{page}");
}

#[test]
fn a_reference_run_alone_is_no_other_machine_s() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = two_machines();
    all["runs"] = json!([all["runs"][1]]);
    let site = made(folder.path(), "{{speedup julia/numba-njit}}", &all);
    for page in ["index.html", "explorer.html", "guide/index.html", "workloads/julia.html", "about/run.html"]
    {
        let text = read(&site, page);
        assert!(!text.contains("another machine") && !text.contains("†"), "{page}");
    }
    assert!(read(&site, "index.html").contains("The reference run."));
}

#[test]
fn a_reference_run_of_the_same_machine_is_called_that() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = gathered(usual());
    let mut reference =
        run_of("kept", "Own CPU", two_machines()["runs"][1]["summary"]["cells"].as_array().unwrap().clone());
    reference["reference"] = json!(true);
    all["runs"] = json!([reference, run_of("mine", "Own CPU", usual())]);
    let page = read(&made(folder.path(), "", &all), "explorer.html");
    assert!(
        page.contains("the reference run, Own CPU, 2 cores") && !page.contains("another machine,"),
        "{page}"
    );
}
