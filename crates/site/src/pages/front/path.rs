//! Three questions lead to a kind of problem, its technique and the code: what waits, what is shared, what repeats?
//!
//! Each answer is a fold in the page, so it works without a script.

use super::answer::{code_of, speaker, verdict};
use crate::decision::first;
use crate::directive::unmeasured;
use crate::markup::technique_link;
use crate::model::Site;
use crate::prose::{Problem, Prose};
use anyhow::{Result, bail};
use maud::{Markup, html};

/// The questions, each below the answer that leads to it.
///
/// # Errors
///
/// If the path of a problem has an answer that its question does not have, or no problem has an answer.
pub(super) fn path(site: &Site) -> Result<Markup> {
    check(&site.prose)?;
    let all: Vec<&Problem> = site.prose.problems.iter().collect();
    Ok(html! {
        section.path #path {
            h2 { "Three questions to a technique" }
            (ask(site, 0, &all))
        }
    })
}

fn check(prose: &Prose) -> Result<()> {
    for problem in &prose.problems {
        for (depth, key) in problem.path.iter().enumerate() {
            let asked = prose.path.get(depth);
            if !asked.is_some_and(|asked| asked.answers.iter().any(|[known, _]| known == key)) {
                bail!("docs/site.toml: the path of '{}' has '{key}', which is not an answer", problem.id);
            }
        }
    }
    for (depth, asked) in prose.path.iter().enumerate() {
        for [key, _] in &asked.answers {
            if !prose.problems.iter().any(|problem| problem.path.get(depth) == Some(key)) {
                bail!("docs/site.toml: no problem has the answer '{key}' in its path");
            }
        }
    }
    Ok(())
}

/// The question at a depth, with those of its answers that lead to one of the problems.
fn ask(site: &Site, depth: usize, problems: &[&Problem]) -> Markup {
    let Some(asked) = site.prose.path.get(depth) else { return html! {} };
    let behind = |key: &String| -> Vec<&Problem> {
        problems.iter().copied().filter(|problem| problem.path.get(depth) == Some(key)).collect()
    };
    html! {
        p.asks { (asked.asks) }
        ul.ways { @for [key, words] in &asked.answers {
            @let chosen = behind(key);
            @if !chosen.is_empty() { li { details { summary { (words) } (next(site, depth + 1, &chosen)) } } }
        } }
    }
}

/// The result of an answer: the problems whose path ends here, and the next question for all others.
fn next(site: &Site, depth: usize, problems: &[&Problem]) -> Markup {
    let (ended, open): (Vec<&Problem>, Vec<&Problem>) =
        problems.iter().copied().partition(|problem| problem.path.len() <= depth);
    html! {
        @for problem in &ended { (end(site, problem)) }
        @if !open.is_empty() { (ask(site, depth, &open)) }
    }
}

/// The verdict for a problem, its technique and the code.
fn end(site: &Site, problem: &Problem) -> Markup {
    let group = speaker(site, problem);
    html! {
        div.end {
            p { strong { (problem.title) } ". " @match &group { Some(group) => { (verdict(group)) } None => { (unmeasured()) "." } } }
            p {
                @if let Some(row) = group.as_ref().and_then(first) {
                    "The technique: " (technique_link("", row)) ". "
                    a href=(format!("#{}", code_of(problem))) { "Its code" } ". "
                }
                a href=(format!("#{}", problem.id)) { "All that was measured for it" } "."
            }
        }
    }
}
