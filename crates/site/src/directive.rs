//! Directives in the prose: figures are not typed but taken from the run, as in `{{speedup julia/rayon}}`.
//!
//! An unknown cell fails the build, so a renamed technique cannot leave a stale sentence behind. A cell that exists and
//! has no number says so in the place of the number, and so does every unknown name if families are missing, because it
//! may be theirs.
//!
//! | directive | result |
//! |---|---|
//! | `{{time CELL}}`, `{{speedup CELL}}`, `{{cores CELL}}`, `{{memory CELL}}`, `{{start CELL}}` | a figure |
//! | `{{metric NAME CELL}}` | one of the cell's own metrics |
//! | `{{interval CELL}}` | its speedup with the interval |
//! | `{{ratio CELL CELL}}` | how many times as fast the first is as the second, if the run decided it |
//! | `{{versus CELL CELL}}` | the same as a sentence, with the interval |
//! | `{{reason CELL}}` | why it has no number |
//! | `{{scaling AXIS CELL}}` | the results of a sweep for a cell: where it overtakes, its METG, its laws |
//! | `{{floor WORKLOAD}}`, `{{leader WORKLOAD}}`, `{{verdict WORKLOAD}}` | noise floor, best technique, verdict |
//! | `{{crossing AXIS WORKLOAD TECHNIQUE}}` | where along a sweep it overtakes plain code |
//! | `{{technique NAME}}`, `{{family NAME}}`, `{{source FILE}}` | a link |
//! | `{{ranking WORKLOAD}}`, `{{code CELL}}`, `{{example TECHNIQUE}}` | a block, on a line of its own |
//! | `{{diagram NAME CAPTION}}` | a block: a drawing of `docs/diagrams`, and what to see in it |
//! | `{{picture NAME}}` | a block: a picture made of the run's figures |
//!
//! A cell is `workload/technique` or `workload:case/technique`; `size=small` after it names a size.

mod block;

use crate::chart::interval;
use crate::contrast::{Compared, sentence};
use crate::data::Run;
use crate::decision::{self, decided, is_baseline, listed};
use crate::markup;
use crate::model::{Found, Site};
use crate::number::{bytes, digits, factor, time};
use crate::pages::{Page, without_marks};
use crate::ranking;
use crate::sweep;
use anyhow::{Context, Error, Result, bail};
use maud::{Markup, html};
use parallax_record::name::CellId;
use parallax_record::scale::Axis;
use parallax_record::summary::Row;
use parallax_suite::Size;

/// Writes `text` to the page with all directives replaced.
///
/// # Errors
///
/// If one names something that does not exist.
pub(crate) fn expand(site: &Site, page: &mut Page, text: &str) -> Result<()> {
    let mut fenced = false;
    let mut open = String::new(); // lines of a directive that goes on in the next one
    for (number, line) in (1..).zip(text.lines()) {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            page.text(line);
            continue;
        }
        open.push_str(if open.is_empty() { "" } else { " " });
        open.push_str(line);
        if open.rfind("{{") <= open.rfind("}}") {
            let whole = std::mem::take(&mut open);
            answer(site, page, &whole).with_context(|| format!("line {number}: {whole}"))?;
        }
    }
    if open.is_empty() { Ok(()) } else { bail!("a directive does not end: {open}") }
}

fn answer(site: &Site, page: &mut Page, line: &str) -> Result<()> {
    let mut rest = line;
    let mut made = String::new();
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((asked, after)) = after.split_once("}}") else { bail!("a directive does not end") };
        made.push_str(before);
        let words: Vec<&str> = asked.split_whitespace().collect();
        match block::of(site, page, &words)? {
            Some(block) if before.is_empty() && after.is_empty() => {
                return {
                    page.part(block);
                    Ok(())
                };
            }
            Some(_) => bail!("'{}' needs a line of its own", words[0]),
            None => made.push_str(&without_marks(&inline(site, page, &words)?.into_string())),
        }
        rest = after;
    }
    made.push_str(rest);
    page.text(&made);
    Ok(())
}

/// Directives inside a sentence.
fn inline(site: &Site, page: &Page, words: &[&str]) -> Result<Markup> {
    let root = page.root();
    match words {
        [what @ ("time" | "speedup" | "interval" | "cores" | "memory" | "start"), cell @ ..] => {
            Ok(of_cell(site, find(site, cell)?, |row| figure(what, row)))
        }
        ["metric", name, cell @ ..] => {
            Ok(of_cell(site, find(site, cell)?, |row| row.metrics.get(*name).copied().map(digits)))
        }
        ["ratio", first, second] => ratio(site, first, second),
        ["scaling", axis, cell] => {
            if let Found::Absent = find(site, &[cell])? {
                return Ok(absent());
            }
            let axis = Axis::ALL.into_iter().find(|known| known.name() == *axis);
            let axis = axis.with_context(|| format!("'{}' names an unknown axis", words.join(" ")))?;
            Ok(sweep::clause(&site.gathered.sweeps, axis, &site.place(cell)?))
        }
        ["versus", first, second] => {
            find(site, &[first])?;
            find(site, &[second])?;
            Ok(sentence(site, first, second))
        }
        ["crossing", axis, workload, technique] => {
            let axis: Axis = serde_json::from_value((*axis).into()).with_context(|| format!("'{axis}' is not an axis"))?;
            Ok(sweep::over_plain(&site.gathered.sweeps, axis, known(site, workload)?, technique))
        }
        ["reason", cell @ ..] => Ok(match find(site, cell)? {
            Found::Refused(row) => html! { q { (row.reason.as_deref().unwrap_or("no reason was given")) } },
            Found::Measured(_, row) => html! { "(it has a figure now: " (figure("speedup", row).unwrap_or_default()) ")" },
            Found::Absent => absent(),
            Found::NotMeasured | Found::Unknown => unmeasured(),
        }),
        ["floor", workload] => Ok(site.headline(known(site, workload)?).map_or_else(unmeasured, |group| html! { (span(&ranking::floor(&group), "the machine's noise floor")) (lent(Some(group.run))) })),
        ["leader", workload] => Ok(site.headline(known(site, workload)?).map_or_else(unmeasured, |group| {
            match decided(&group).filter(|best| !best.iter().any(|row| is_baseline(row))) {
                Some(best) => html! { (listed(&best, |row| markup::technique_link(&root, row))) " (" (figure("speedup", best[0]).unwrap_or_default()) (lent(Some(group.run))) ")" },
                None => html! { "nothing that is sure to be faster" },
            }
        })),
        ["verdict", workload] => Ok(site.headline(known(site, workload)?).map_or_else(unmeasured, |group| {
            html! { (decision::sentence(&group)) span.at { " (" (group.title()) ")" } }
        })),
        ["technique", name] => technique(site, &root, name),
        ["family", name] => match site.families().iter().any(|(family, _)| family == name) {
            true => Ok(html! { a href=(format!("{root}{}", markup::family_page(name))) { (name) } }),
            // only the rows of a family that does not build on this machine are missing
            false => Ok(html! { span.unmeasured title=(ABSENT) { (name) } }),
        },
        ["source", file] if site.has_source(file) => Ok(markup::place(site, &root, file, 0)),
        ["source", file] => bail!("there is no file {file}"),
        ["machine"] => Ok(html! { span.machine { (machines(site)) } }),
        _ => bail!("there is no directive '{}'", words.join(" ")),
    }
}

fn technique(site: &Site, root: &str, name: &str) -> Result<Markup> {
    match site.family_of(name) {
        Some(family) => {
            Ok(html! { a href=(format!("{root}{}", markup::technique_page(&family, name))) { (name) } })
        }
        None if site.prose.is_expected(name) => Ok(html! { span.name { (name) } }),
        None => {
            unknown(site, "technique", name)?;
            Ok(html! { span.unmeasured title=(ABSENT) { (name) } })
        }
    }
}

/// An unknown name: an error, unless families are missing that may have it.
fn unknown(site: &Site, what: &str, name: &str) -> Result<()> {
    if site.gathered.partial { Ok(()) } else { bail!("there is no {what} '{name}'") }
}

/// A workload that exists, or may.
fn known<'a>(site: &Site, workload: &'a str) -> Result<&'a str> {
    if !site.workloads().contains(&workload) {
        unknown(site, "workload", workload)?;
    }
    Ok(workload)
}

/// The cell that words name; a workload with cases means its first one.
fn find<'a>(site: &'a Site, words: &[&str]) -> Result<Found<'a>> {
    let [cell, options @ ..] = words else { bail!("no cell is named") };
    let size = match options {
        [] => None,
        [option] => {
            let size = option.strip_prefix("size=").context("only size=… may follow the cell")?;
            Some(size.parse::<Size>().map_err(Error::msg)?)
        }
        _ => bail!("too many words; only size=… may follow the cell"),
    };
    let CellId { workload, case, technique } = site.place(cell)?;
    match site.find(&workload, &case, &technique, size) {
        Found::Unknown => bail!("there is no cell '{cell}'; `cargo xtask list` shows all"),
        found => Ok(found),
    }
}

impl Site {
    /// The cell of a name; a workload with cases means its first one.
    pub(crate) fn place(&self, cell: &str) -> Result<CellId> {
        let mut id: CellId = cell.parse()?;
        if id.case.is_empty() {
            let first = self.entry(&id.workload).and_then(|entry| entry.cases.first());
            id.case = first.copied().unwrap_or_default().to_owned();
        }
        Ok(id)
    }
}

fn figure(what: &str, row: &Row) -> Option<String> {
    match what {
        "time" => row.time_ns_median.map(time),
        "speedup" => row.ratio.map(factor),
        "interval" => row.ratio.map(|_| interval(row)),
        "cores" => row.cores_used.map(digits),
        "memory" => row.peak_bytes.map(bytes),
        _ => row.start_ns.map(time),
    }
}

fn of_cell(site: &Site, found: Found, figure: impl Fn(&Row) -> Option<String>) -> Markup {
    match found {
        Found::Measured(run, row) => match figure(row) {
            Some(text) => html! { (span(&text, &of_row(site, run, row))) (lent(Some(run))) },
            None => unmeasured(),
        },
        Found::Refused(row) => {
            html! { span.unmeasured title=(row.reason.as_deref().unwrap_or_default()) { "no figure: " (markup::status(row)) } }
        }
        Found::Absent => absent(),
        Found::NotMeasured | Found::Unknown => unmeasured(),
    }
}

/// What a figure is of: `julia/rayon, medium, 2 workers: 1.90× (1.84 to 1.96)`.
fn of_row(site: &Site, run: &Run, row: &Row) -> String {
    let machine = site.label(run).map_or_else(String::new, |label| format!(", {label}"));
    format!("{}, {}, {} workers{machine}: {}", row.name(), row.size, row.workers, interval(row))
}

fn ratio(site: &Site, first: &str, second: &str) -> Result<Markup> {
    for cell in [first, second] {
        if let Found::Absent = find(site, &[cell])? {
            return Ok(absent());
        }
    }
    let (compared, run) = Compared::of(site, &site.place(first)?, &site.place(second)?);
    Ok(html! { (compared.figure()) (lent(run)) })
}

fn span(text: &str, title: &str) -> Markup {
    html! { span.figure title=(title) { (text) } }
}

/// The mark of a figure that another machine lends; [`whose`] explains it.
pub(crate) fn lent(run: Option<&Run>) -> Markup {
    html! { @if run.is_some_and(|run| run.stands_in) {
        sup.lent { span aria-hidden="true" { "†" } span.visually-hidden { " (another machine)" } }
    } }
}

/// The text in the place of a number that was not measured.
pub(crate) fn unmeasured() -> Markup {
    html! { span.unmeasured { "not measured in this run" } }
}

const ABSENT: &str = "not in this run or build";

/// The text in the place of something of a missing family.
fn absent() -> Markup {
    html! { span.unmeasured { (ABSENT) } }
}

/// The machines of all runs in a few words each.
pub(crate) fn machines(site: &Site) -> String {
    let mut machines: Vec<String> = site.own_runs().map(Run::machine).collect();
    machines.dedup();
    if machines.is_empty() { "no machine yet".into() } else { machines.join(" and ") }
}

/// Whose figures a text has, where more than one machine is shown.
pub(crate) fn whose(site: &Site) -> Markup {
    let first = site.gathered.runs.first().and_then(|run| site.label(run));
    let lenders: Vec<String> =
        site.gathered.runs.iter().filter(|run| run.stands_in).filter_map(|run| site.label(run)).collect();
    html! {
        @if let Some(label) = first {
            p.note { "The figures in the text are of " (label) ". If that run has no figure, it comes from another run, which it names when you point at it." }
        }
        @if !lenders.is_empty() {
            p.note { "† Not measured in this run; the figure is of " (lenders.join(" or ")) ", from the reference run." }
        }
    }
}
