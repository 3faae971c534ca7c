//! Every figure in the prose is asked for, never typed: `{{speedup julia/rayon}}` takes it from the run.
//!
//! A cell that nobody has ever heard of fails the build, so a renamed technique cannot leave a stale
//! sentence behind. A cell that exists and has no number says so where the number would stand.
//!
//! | directive | gives |
//! |---|---|
//! | `{{time CELL}}`, `{{speedup CELL}}`, `{{cores CELL}}`, `{{memory CELL}}`, `{{start CELL}}` | a figure |
//! | `{{metric NAME CELL}}` | one of the cell's own metrics |
//! | `{{ratio CELL CELL}}` | how many times as fast the first is as the second |
//! | `{{reason CELL}}` | why it has no number |
//! | `{{floor WORKLOAD}}`, `{{leader WORKLOAD}}` | of the workload's headline |
//! | `{{technique NAME}}`, `{{family NAME}}`, `{{source FILE}}` | a link |
//! | `{{ranking WORKLOAD}}`, `{{code CELL}}`, `{{example TECHNIQUE}}` | a block, on a line of its own |
//!
//! A cell is `workload/technique` or `workload:case/technique`; `size=small` after it names a size.

use crate::data::Row;
use crate::markup;
use crate::model::{Found, Site};
use crate::number::{bytes, digits, factor, time};
use crate::pages::Page;
use crate::ranking::{self, Detail};
use anyhow::{Context, Result, bail};
use maud::{Markup, html};

/// Writes `text` to the page with all directives answered.
///
/// # Errors
///
/// If one asks for what does not exist.
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
        match block(site, page, &words)? {
            Some(block) if before.is_empty() && after.is_empty() => {
                return {
                    page.part(block);
                    Ok(())
                };
            }
            Some(_) => bail!("'{}' stands on a line of its own", words[0]),
            None => made.push_str(&inline(site, page, &words)?.into_string()),
        }
        rest = after;
    }
    made.push_str(rest);
    page.text(&made);
    Ok(())
}

/// Directives that make a block.
fn block(site: &Site, page: &Page, words: &[&str]) -> Result<Option<Markup>> {
    let root = page.root();
    Ok(Some(match words {
        ["ranking", work] => ranking_of(site, &root, work)?,
        ["code", cell] => {
            let (workload, case, technique) = split(cell)?;
            match site.cell(workload, case, technique) {
                Some(cell) => {
                    html! { @for part in cell.parts.iter().take(1) { (markup::code(site, &root, part)) } }
                }
                None => {
                    find(site, &[cell])?;
                    unmeasured()
                }
            }
        }
        ["example", name] => {
            let family = site.family_of(name).with_context(|| format!("there is no technique '{name}'"))?;
            let example = site.technique(&family, name).and_then(|found| found.example.as_ref());
            let example = example.with_context(|| format!("'{name}' has no example"))?;
            html! { figure.code { pre tabindex="0" { code class="language-rust" { (example.text) } } } }
        }
        _ => return Ok(None),
    }))
}

fn ranking_of(site: &Site, root: &str, work: &str) -> Result<Markup> {
    let (workload, case) = work.split_once(':').unwrap_or((work, ""));
    if !site.workloads().contains(&workload) {
        bail!("there is no workload '{workload}'");
    }
    let group = if case.is_empty() {
        site.headline(workload)
    } else {
        site.groups_of(workload).into_iter().rfind(|group| group.case == case)
    };
    Ok(match group.filter(|group| group.measured().next().is_some()) {
        Some(group) => ranking::table(root, &group, Detail::Short, 8),
        None => html! { p { (work) ": " (unmeasured()) } },
    })
}

/// Directives that stand in a sentence.
fn inline(site: &Site, page: &Page, words: &[&str]) -> Result<Markup> {
    let root = page.root();
    match words {
        [what @ ("time" | "speedup" | "cores" | "memory" | "start"), cell @ ..] => {
            Ok(of_cell(find(site, cell)?, |row| figure(what, row)))
        }
        ["metric", name, cell @ ..] => {
            Ok(of_cell(find(site, cell)?, |row| row.metrics.get(*name).copied().flatten().map(digits)))
        }
        ["ratio", first, second] => ratio(site, first, second),
        ["reason", cell @ ..] => Ok(match find(site, cell)? {
            Found::Refused(row) => html! { q { (row.reason.as_deref().unwrap_or("no reason was given")) } },
            Found::Measured(row) => html! { "(it has an answer after all: " (figure("speedup", row).unwrap_or_default()) ")" },
            Found::NotMeasured | Found::Unknown => unmeasured(),
        }),
        ["floor", workload] => Ok(site.headline(known(site, workload)?).map_or_else(unmeasured, |group| span(&ranking::floor(&group), "the machine's noise floor"))),
        ["leader", workload] => Ok(site.headline(known(site, workload)?).map_or_else(unmeasured, |group| {
            group.measured().next().map_or_else(unmeasured, |row| html! { (markup::technique_link(&root, row)) " (" (figure("speedup", row).unwrap_or_default()) ")" })
        })),
        ["technique", name] => technique(site, &root, name),
        ["family", name] => match site.families().iter().any(|(family, _)| family == name) {
            true => Ok(html! { a href=(format!("{root}{}", markup::family_page(name))) { (name) } }),
            // a family that does not build on this machine costs its own rows only
            false => Ok(html! { span.unmeasured title="this family is not in this build" { (name) } }),
        },
        ["source", file] if site.has_source(file) => Ok(markup::place(site, &root, file, 0)),
        ["source", file] => bail!("there is no file {file}"),
        ["machine"] => Ok(html! { (machine(site)) }),
        _ => bail!("there is no directive '{}'", words.join(" ")),
    }
}

fn technique(site: &Site, root: &str, name: &str) -> Result<Markup> {
    match site.family_of(name) {
        Some(family) => {
            Ok(html! { a href=(format!("{root}{}", markup::technique_page(&family, name))) { (name) } })
        }
        None if site.prose.is_expected(name) => Ok(html! { (name) }),
        None => bail!("there is no technique '{name}'"),
    }
}

fn known<'a>(site: &Site, workload: &'a str) -> Result<&'a str> {
    if site.workloads().contains(&workload) {
        Ok(workload)
    } else {
        bail!("there is no workload '{workload}'")
    }
}

fn split(cell: &str) -> Result<(&str, &str, &str)> {
    let (work, technique) =
        cell.split_once('/').with_context(|| format!("'{cell}' is no cell: workload/technique"))?;
    let (workload, case) = work.split_once(':').unwrap_or((work, ""));
    Ok((workload, case, technique))
}

/// The cell that words name; a workload with cases means its first one.
fn find<'a>(site: &'a Site, words: &[&str]) -> Result<Found<'a>> {
    let [cell, options @ ..] = words else { bail!("no cell is named") };
    let size = match options {
        [] => None,
        [option] => Some(option.strip_prefix("size=").context("after the cell may stand size=… only")?),
        _ => bail!("too many words"),
    };
    let (workload, case, technique) = split(cell)?;
    let first = site.entry(workload).and_then(|entry| entry.cases.first()).copied().unwrap_or("");
    let case = if case.is_empty() { first } else { case };
    match site.find(workload, case, technique, size) {
        Found::Unknown => bail!("there is no cell '{cell}'; `cargo xtask list` shows all"),
        found => Ok(found),
    }
}

fn figure(what: &str, row: &Row) -> Option<String> {
    match what {
        "time" => row.time_ns_median.map(time),
        "speedup" => row.ratio.map(factor),
        "cores" => row.cores_used.map(digits),
        "memory" => row.peak_bytes.map(bytes),
        _ => row.start_ns.map(time),
    }
}

fn of_cell(found: Found, figure: impl Fn(&Row) -> Option<String>) -> Markup {
    match found {
        Found::Measured(row) => match figure(row) {
            Some(text) => span(
                &text,
                &format!(
                    "{}, {}, {} workers: {}",
                    row.name(),
                    row.size,
                    row.workers,
                    crate::chart::interval(row)
                ),
            ),
            None => unmeasured(),
        },
        Found::Refused(row) => {
            html! { span.unmeasured title=(row.reason.as_deref().unwrap_or_default()) { "no figure: " (markup::status(row)) } }
        }
        Found::NotMeasured | Found::Unknown => unmeasured(),
    }
}

fn ratio(site: &Site, first: &str, second: &str) -> Result<Markup> {
    let (Found::Measured(a), Found::Measured(b)) = (find(site, &[first])?, find(site, &[second])?) else {
        return Ok(unmeasured());
    };
    let comparable = a.size == b.size && a.workers == b.workers;
    let ratio =
        b.time_ns_median.zip(a.time_ns_median).filter(|(_, a)| comparable && *a > 0.0).map(|(b, a)| b / a);
    Ok(ratio.map_or_else(unmeasured, |ratio| {
        span(&factor(ratio), &format!("{} against {}, {}", a.name(), b.name(), a.size))
    }))
}

fn span(text: &str, title: &str) -> Markup {
    html! { span.figure title=(title) { (text) } }
}

/// What stands where a number would.
pub(crate) fn unmeasured() -> Markup {
    html! { span.unmeasured { "not measured in this run" } }
}

/// The machine of the first run in a few words.
pub(crate) fn machine(site: &Site) -> String {
    let Some(run) = site.gathered.runs.first() else { return "no machine yet".into() };
    let machine = &run.summary.environment.machine;
    let text = |name: &str| machine.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let cores = machine.get("topology").and_then(|t| t.get("cores")).and_then(serde_json::Value::as_u64);
    let model = text("cpu_model").unwrap_or_else(|| "an unnamed processor".into());
    cores.map_or(model.clone(), |cores| format!("{model}, {cores} cores"))
}
