//! Draws the flame graph as one SVG without links: complete without scripts; with them it can be searched and walked.

use super::seen::{Frame, Seen};
use super::strip::Strip;
use super::tree::{Node, fold};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The width of the picture, its margin, and the width of the graph.
const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 12.0;
const INNER: f64 = WIDTH - 2.0 * MARGIN;

/// The height of a function, and the width of a letter in it.
const ROW: usize = 18;
const LETTER: f64 = 6.7;

/// The height of the strip of threads.
const STRIP: f64 = 70.0;

/// The largest number of functions in the picture, so that browsers show it quickly; the narrowest are left out.
const MOST_NODES: usize = 4000;

/// How many libraries have a colour of their own.
const COLOURS: usize = 7;

const STYLE: &str = include_str!("flame.css");
const SCRIPT: &str = include_str!("flame.js");

/// The contents of the picture.
pub(crate) struct Picture<'a> {
    /// What was profiled: the cell.
    pub(crate) title: String,
    /// Settings and results, a line each.
    pub(crate) lines: Vec<String>,
    /// What limits how far the profile can be trusted.
    pub(crate) warnings: Vec<String>,
    /// The looks.
    pub(crate) seen: &'a Seen,
    /// The unit of the weights, such as `looks`.
    pub(crate) unit: &'a str,
    /// The working threads over time, if known.
    pub(crate) strip: Option<&'a Strip>,
}

/// Draws it.
pub(crate) fn draw(picture: &Picture<'_>) -> String {
    let nodes = kept(fold(picture.seen), picture.seen.total());
    let deepest = nodes.iter().map(|node| node.depth + 1).max().unwrap_or(0);
    let head = 60 + 18 * (picture.lines.len() + picture.warnings.len());
    let flame_height = (deepest * ROW).max(ROW);
    let strip_top = head + flame_height + 40;
    let height = strip_top + if picture.strip.is_some() { STRIP as usize + 50 } else { 0 };
    let mut svg = String::new();
    open(&mut svg, picture, height);
    heading(&mut svg, picture);
    flame(&mut svg, picture, &nodes, head);
    if let Some(strip) = picture.strip {
        threads(&mut svg, strip, strip_top as f64 + 20.0);
    }
    let _ = write!(svg, "<script><![CDATA[\n{SCRIPT}]]></script>\n</svg>\n");
    svg
}

/// The nodes that are wide enough to see, at most [`MOST_NODES`].
fn kept(nodes: Vec<Node>, total: u64) -> Vec<Node> {
    let mut least = total / 10_000;
    if nodes.len() > MOST_NODES {
        let mut totals: Vec<u64> = nodes.iter().map(|node| node.total).collect();
        totals.sort_unstable_by_key(|total| std::cmp::Reverse(*total));
        least = least.max(totals[MOST_NODES] + 1);
    }
    nodes.into_iter().filter(|node| node.total >= least).collect()
}

fn open(svg: &mut String, picture: &Picture<'_>, height: usize) {
    let title = escape(&picture.title);
    let told: Vec<String> = picture.lines.iter().chain(&picture.warnings).map(|line| escape(line)).collect();
    let _ = writeln!(
        svg,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" lang=\"en\" \
         viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" aria-labelledby=\"title about\">\n\
         <title id=\"title\">{title}</title>\n<desc id=\"about\">{}</desc>\n<style><![CDATA[\n{STYLE}]]></style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>",
        told.join(". ")
    );
}

fn heading(svg: &mut String, picture: &Picture<'_>) {
    let _ = writeln!(svg, "<text class=\"head\" x=\"{MARGIN}\" y=\"26\">{}</text>", escape(&picture.title));
    let lines = picture.lines.iter().map(|line| ("line", line));
    let warnings = picture.warnings.iter().map(|line| ("warning", line));
    for (row, (class, line)) in lines.chain(warnings).enumerate() {
        let mark = if class == "warning" { "Warning: " } else { "" };
        let y = 46 + 18 * row;
        let _ =
            writeln!(svg, "<text class=\"{class}\" x=\"{MARGIN}\" y=\"{y}\">{mark}{}</text>", escape(line));
    }
    // shown by the script: without it, these have no effect
    let x = WIDTH - MARGIN - 420.0;
    let _ = writeln!(
        svg,
        "<foreignObject id=\"tools\" class=\"hidden\" x=\"{x}\" y=\"6\" width=\"420\" height=\"30\">\
         <div xmlns=\"http://www.w3.org/1999/xhtml\"><output id=\"found\" aria-live=\"polite\"></output>\
         <label>Search <input id=\"search\" type=\"search\" size=\"14\" autocomplete=\"off\" spellcheck=\"false\"/></label>\
         <button id=\"whole\" type=\"button\">Whole</button></div></foreignObject>"
    );
}

fn flame(svg: &mut String, picture: &Picture<'_>, nodes: &[Node], top: usize) {
    let all = picture.seen.total();
    let colours = colours(picture.seen);
    let _ = writeln!(
        svg,
        "<g id=\"flame\" role=\"tree\" aria-label=\"Functions, each below the one that called it\" data-all=\"{all}\" \
         data-left=\"{MARGIN}\" data-width=\"{INNER}\" data-letter=\"{LETTER}\">"
    );
    for (place, node) in nodes.iter().enumerate() {
        let frame = &picture.seen.frames[node.frame as usize];
        let colour = colours.get(frame.library.as_str()).copied().unwrap_or(COLOURS);
        one(svg, (node, frame), (all, picture.unit), (top + node.depth * ROW, colour, place == 0));
    }
    svg.push_str("</g>\n");
    if nodes.is_empty() {
        let y = top + ROW;
        let _ = writeln!(svg, "<text class=\"line\" x=\"{MARGIN}\" y=\"{y}\">Nothing was seen.</text>");
    }
}

/// One function in one place.
fn one(
    svg: &mut String,
    (node, frame): (&Node, &Frame),
    (all, unit): (u64, &str),
    (y, colour, first): (usize, usize, bool),
) {
    let scale = INNER / all.max(1) as f64;
    let (x, width) = (MARGIN + node.from as f64 * scale, node.total as f64 * scale);
    let share = |part: u64| 100.0 * part as f64 / all.max(1) as f64;
    let (function, library) = (escape(&frame.function), escape(&frame.library));
    let about = format!(
        "{function} ({library}): {:.2} % inclusive, {:.2} % self, {} {unit}",
        share(node.total),
        share(node.own),
        node.total
    );
    let (level, focus) = (node.depth + 1, if first { 0 } else { -1 });
    let _ = write!(
        svg,
        "<g class=\"f c{colour}\" role=\"treeitem\" aria-level=\"{level}\" tabindex=\"{focus}\" aria-label=\"{about}\" \
         data-from=\"{}\" data-total=\"{}\"><title>{about}</title>\
         <rect x=\"{x:.2}\" y=\"{y}\" width=\"{:.2}\" height=\"{}\"/>",
        node.from,
        node.total,
        width.max(0.3),
        ROW - 1
    );
    let label = fitting(&frame.function, width);
    let _ = writeln!(
        svg,
        "<text x=\"{:.2}\" y=\"{}\" aria-hidden=\"true\" data-name=\"{function}\">{}</text></g>",
        x + 3.0,
        y + 13,
        escape(&label)
    );
}

/// The part of a name that fits; nothing if that is only a letter or two.
fn fitting(name: &str, width: f64) -> String {
    let room = ((width - 6.0) / LETTER).max(0.0) as usize;
    let letters = name.chars().count();
    match room {
        0..=2 => String::new(),
        room if room >= letters => name.to_owned(),
        room => name.chars().take(room - 1).chain(['…']).collect(),
    }
}

/// The colours of the libraries that took most; the others share one.
fn colours(seen: &Seen) -> BTreeMap<&str, usize> {
    seen.by_library().into_iter().take(COLOURS).enumerate().map(|(place, (name, _))| (name, place)).collect()
}

/// The strip: a bar for each slice, and a line at the number of cores.
fn threads(svg: &mut String, strip: &Strip, top: f64) {
    let sentence = escape(&strip.sentence());
    let most = strip.usual_and_most().1.max(strip.cores).max(1);
    let unit = STRIP / f64::from(most);
    let width = INNER / strip.threads.len().max(1) as f64;
    let _ = writeln!(
        svg,
        "<g role=\"img\" aria-label=\"{sentence}\"><title>{sentence}</title>\
         <text class=\"line\" x=\"{MARGIN}\" y=\"{:.1}\">{sentence}</text>",
        top - 8.0
    );
    let slice = parallax_harness::units::time(strip.slice_ns as f64);
    for (place, threads) in strip.threads.iter().enumerate().filter(|(_, threads)| **threads > 0) {
        let (height, over) = (f64::from(*threads) * unit, *threads > strip.cores);
        let class = if over { "over" } else { "bar" };
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\"><title>{} at work in \
             {slice}</title></rect>",
            MARGIN + place as f64 * width,
            top + STRIP - height,
            (width - 0.5).max(0.5),
            parallax_harness::units::things(*threads as usize, "thread"),
        );
    }
    let line = top + STRIP - f64::from(strip.cores) * unit;
    let cores = parallax_harness::units::things(strip.cores as usize, "core");
    let _ = writeln!(
        svg,
        "<line class=\"cores\" x1=\"{MARGIN}\" x2=\"{}\" y1=\"{line:.2}\" y2=\"{line:.2}\"/>\
         <text class=\"small\" x=\"{MARGIN}\" y=\"{:.2}\">{cores}; from left to right the time, in slices of {slice}</text></g>",
        WIDTH - MARGIN,
        top + STRIP + 16.0
    );
}

/// Escapes text for XML. Characters that XML forbids, or that change the direction of letters, are spelled out.
pub(crate) fn escape(text: &str) -> String {
    let visible = parallax_harness::style::visible(text);
    let mut escaped = String::with_capacity(visible.len());
    for letter in visible.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
