//! A block in time: the baseline at both ends, and between them techniques in random order, each in its own process.

use super::plate::{WIDTH, Words, line, plate, rect, short, text};
use crate::data::{Block, Turn};
use crate::number::{factor, time};
use maud::{Markup, html};

/// Where the bars begin and end; names stand to the left, ratios to the right.
const BARS: (f64, f64) = (112.0, 330.0);
const TOP: f64 = 26.0;
const ROW: f64 = 19.0;

/// A block of a run, to scale; `machine` names it where the site shows more than one.
pub(super) fn of(block: &Block, machine: Option<&str>) -> Markup {
    let of_machine = machine.map_or_else(String::new, |machine| format!(" on {machine}"));
    let inside = block.turns.len() - 2;
    let words = Words {
        title: format!(
            "A block of {}: the baseline, {inside} turns in random order, the baseline",
            block.title()
        ),
        desc: format!("In order of time: {}.", block.turns.iter().map(told).collect::<Vec<_>>().join(", ")),
        caption: html! {
            "Block " (block.block) " of the run" (of_machine) ", to scale: " (block.title()) ", " (time(whole(block)))
            " in all. Each bar is a process, one after the other. The light part starts, loads and warms up; the dark "
            "part is its samples. At its right stands the technique's speedup in this block: the geometric mean of the "
            "two baselines (orange) over its own time. "
            @for ratio in block.turns.iter().filter(|turn| turn.twin).filter_map(|turn| turn.ratio) {
                "The twin is the baseline once more, so its " (factor(ratio)) " is chance. "
            }
            @if let (Some(before), Some(after)) = (&block.probe_before, &block.probe_after) {
                "The probe, a fixed piece of arithmetic, took " (time(before.compute_ns as f64)) " before and "
                (time(after.compute_ns as f64)) " after: it tells whether the machine's speed changed."
            }
        },
    };
    plate("diagram", TOP + ROW * block.turns.len() as f64 + 26.0, &words, &drawing(block))
}

/// How long all turns took together.
fn whole(block: &Block) -> f64 {
    block.turns.iter().map(|turn| turn.turn_ns as f64).sum()
}

fn drawing(block: &Block) -> Markup {
    let scale = (BARS.1 - BARS.0) / whole(block);
    let bottom = TOP + ROW * block.turns.len() as f64;
    let probe = |ns: u64| format!("probe {}", time(ns as f64));
    let begins = block.turns.iter().scan(0.0, |at, turn| {
        let begin = *at;
        *at += turn.turn_ns as f64;
        Some(begin)
    });
    let rows = block.turns.iter().zip(begins).enumerate();
    html! {
        (line("guide", (BARS.0, TOP - 6.0), (BARS.0, bottom)))
        (line("guide", (BARS.1, TOP), (BARS.1, bottom + 6.0)))
        (text("soft", "end", (WIDTH - 4.0, 14.0), "speedup"))
        @if let Some(before) = &block.probe_before {
            (text("soft", "start", (BARS.0, 14.0), &probe(before.compute_ns)))
        }
        @for (k, (turn, begin)) in rows { (row(turn, TOP + ROW * k as f64, BARS.0 + scale * begin, scale)) }
        @if let Some(after) = &block.probe_after {
            (text("soft", "end", (BARS.1, bottom + 18.0), &probe(after.compute_ns)))
        }
        (text("soft", "start", (4.0, bottom + 18.0), &format!("{} in all", time(whole(block)))))
    }
}

/// A turn, which begins at `x`: first what is not measured, at its end the samples.
fn row(turn: &Turn, y: f64, x: f64, scale: f64) -> Markup {
    let (all, sampled) = (scale * turn.turn_ns as f64, scale * turn.sampled_ns as f64);
    let dark = if turn.ratio.is_none() { "share" } else { "work" };
    html! {
        (text("", "end", (BARS.0 - 6.0, y + 11.0), &short(&name(turn), BARS.0 - 10.0)))
        (rect("wait", x, y, all - sampled, 13.0))
        (rect(dark, x + all - sampled, y, sampled.max(1.0), 13.0))
        @if let Some(ratio) = turn.ratio { (text("", "end", (WIDTH - 4.0, y + 11.0), &factor(ratio))) }
    }
}

fn name(turn: &Turn) -> String {
    if turn.twin { format!("{} (twin)", turn.technique) } else { turn.technique.clone() }
}

/// A turn in words.
fn told(turn: &Turn) -> String {
    let ratio = turn.ratio.map_or_else(String::new, |ratio| format!(" ({})", factor(ratio)));
    format!("{} {}{ratio}", name(turn), time(turn.turn_ns as f64))
}
