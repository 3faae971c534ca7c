//! Predictions for more cores than the machine has, by a fitted law of scaling, and labelled as predictions.

use crate::chart::interval_of;
use crate::model::Site;
use maud::{Markup, html};
use parallax_record::name::split_work;
use parallax_record::scale::{FittedLaw, Prediction};

/// The numbers of cores for which predictions are shown.
pub(crate) const CORES: [usize; 2] = [16, 64];

/// The least number of different worker counts that a law needs.
const LEAST_POINTS: u64 = 3;

/// How many techniques are listed.
const MOST: usize = 5;

/// The predictions for works such as `julia` or `memo:16`, or why there are none.
pub(crate) fn of(site: &Site, works: &[String]) -> Markup {
    let all: Vec<(&str, Vec<&FittedLaw>)> = works
        .iter()
        .map(|work| (work.as_str(), laws(site, work)))
        .filter(|(_, laws)| !laws.is_empty())
        .collect();
    html! {
        section.predicted data-workers=(CORES.map(|cores| cores.to_string()).join(" ")) {
            h4 { "With 16 or 64 cores" }
            @if all.is_empty() { p.note { "No prediction: " (reason(site, works)) "." } }
            @for (work, laws) in &all { (table(work, laws)) }
        }
    }
}

/// The laws with predictions for a work, the largest prediction first; one for each technique.
fn laws<'a>(site: &'a Site, work: &str) -> Vec<&'a FittedLaw> {
    let mut found: Vec<&FittedLaw> = Vec::new();
    for law in all_laws(site, work).filter(|law| at(law, CORES[0]).is_some()) {
        match found.iter_mut().find(|other| other.technique == law.technique) {
            // Gunther's law includes Amdahl's, and adds the cost of workers to each other
            Some(other) if law.law == "usl" => *other = law,
            Some(_) => {}
            None => found.push(law),
        }
    }
    let ratio = |law: &FittedLaw| at(law, CORES[0]).map_or(0.0, |found| found.ratio);
    found.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)));
    found.truncate(MOST);
    found
}

fn all_laws<'a>(site: &'a Site, work: &str) -> impl Iterator<Item = &'a FittedLaw> {
    let (workload, case) = split_work(work);
    let (workload, case) = (workload.to_owned(), case.to_owned());
    let first = site.entry(&workload).and_then(|entry| entry.cases.first()).copied().unwrap_or_default();
    let laws = site.gathered.sweeps.iter().flat_map(|sweep| &sweep.scaling.laws);
    laws.filter(move |law| {
        law.workload == workload && (law.case == case || case.is_empty() && law.case == first)
    })
}

fn at(law: &FittedLaw, workers: usize) -> Option<&Prediction> {
    law.predicted.iter().find(|found| found.workers == workers)
}

fn table(work: &str, laws: &[&FittedLaw]) -> Markup {
    html! {
        p { strong { "A prediction, not a measurement" } " of " code { (work) } ": the law was fitted to fewer workers, and does not include the next limit that more cores would reach." }
        div.table-scroll tabindex="0" role="region" aria-label=(format!("Predictions for {work}")) { table {
            thead { tr { th scope="col" { "technique" } @for cores in CORES { th.number scope="col" { (cores) " cores, predicted" } } th scope="col" { "law" } } }
            tbody { @for law in laws { tr {
                th scope="row" { (law.technique) }
                @for cores in CORES { td.number { @match at(law, cores) {
                    Some(found) => { (interval_of(found.ratio, Some(found.low), Some(found.high))) }
                    None => { "–" }
                } } }
                td { @if law.law == "usl" { "Gunther" } @else { "Amdahl" } }
            } } }
        } }
    }
}

/// Why nothing is predicted.
fn reason(site: &Site, works: &[String]) -> Markup {
    let told = works.iter().find_map(|work| all_laws(site, work).find_map(|law| law.reason.as_deref()));
    let cores = site.gathered.runs.first().and_then(|run| run.summary.environment.machine.topology.cores);
    let work = works.first().map_or("WORKLOAD", |work| split_work(work).0);
    html! {
        @match (told, cores) {
            (Some(told), _) => { (told) }
            (None, Some(cores)) if cores < LEAST_POINTS => {
                "a law of scaling is fitted to at least " (LEAST_POINTS) " numbers of workers, and this machine has " (cores) " cores"
            }
            _ => { "no sweep over the number of workers was measured; " code.command { "cargo xtask scale workers -w " (work) } " measures one" }
        }
    }
}
