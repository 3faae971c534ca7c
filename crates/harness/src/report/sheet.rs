//! The sheet of a report: wrapped and dimmed for a terminal, with lists and folded sections for Markdown.

use crate::style::{self, Paint, visible};
use crate::table::{Format, Table, escape_markdown, terminal_width};
use std::fmt::Write;
use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

/// A report that grows line by line.
pub(super) struct Sheet {
    out: String,
    format: Format,
    width: usize,
    coloured: bool,
}

impl Sheet {
    /// An empty one for standard output.
    pub(super) fn new(format: Format) -> Self {
        Self::of_width(format, terminal_width(), format == Format::Text && style::coloured())
    }

    /// An empty one for lines of that width.
    pub(super) fn of_width(format: Format, width: usize, coloured: bool) -> Self {
        Sheet { out: String::new(), format, width, coloured }
    }

    /// Whether it is for Markdown.
    pub(super) fn is_markdown(&self) -> bool {
        self.format == Format::Md
    }

    /// How many characters a line has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A heading of the whole report.
    pub(super) fn heading(&mut self, text: &str) {
        match self.is_markdown() {
            true => self.write(&format!("### {}\n", escape_markdown(text))),
            false => {
                let wrapped = textwrap::wrap(&visible(text), self.width).join("\n");
                self.write(&Paint::Bold.over(wrapped, self.coloured));
            }
        }
    }

    /// A list of things with a text each: next to the name, where the names leave room for it.
    pub(super) fn points(&mut self, points: &[(String, String)]) {
        let widest = points.iter().map(|(name, _)| display_width(name)).max().unwrap_or(0);
        for (name, says) in points {
            match self.is_markdown() {
                true => self.write(&format!("- **{}**: {}", escape_markdown(name), escape_markdown(says))),
                false => self.point(&visible(name), widest, &visible(says)),
            }
        }
    }

    fn point(&mut self, name: &str, widest: usize, says: &str) {
        let beside = 3 * widest <= self.width;
        let pad = " ".repeat(if beside { widest + 2 } else { 2 });
        let first = match beside {
            true => format!("{name:<width$}", width = widest + 2),
            false => {
                let whole = textwrap::wrap(name, self.width).join("\n");
                self.write(&whole);
                pad.clone()
            }
        };
        let options = self.options().initial_indent(&first).subsequent_indent(&pad);
        let wrapped = textwrap::wrap(says, options).join("\n");
        let lead = wrapped.strip_prefix(name).filter(|_| beside);
        self.write(
            &lead.map_or_else(|| wrapped.clone(), |rest| Paint::Bold.over(name, self.coloured) + rest),
        );
    }

    /// A separate paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        let told = match self.is_markdown() {
            true => escape_markdown(text),
            false => textwrap::wrap(&visible(text), self.options().subsequent_indent("  ")).join("\n"),
        };
        self.write(&format!("\n{told}\n"));
    }

    /// A note of lower importance.
    pub(super) fn note(&mut self, text: &str) {
        let told = match self.is_markdown() {
            true => format!("- {}", escape_markdown(text)),
            false => {
                let wrapped =
                    textwrap::wrap(&visible(text), self.options().subsequent_indent("  ")).join("\n");
                Paint::Dim.over(wrapped, self.coloured)
            }
        };
        self.write(&told);
    }

    /// Several notes; in Markdown they are a list, separated from the text before.
    pub(super) fn notes(&mut self, notes: &[String]) {
        if self.is_markdown() && !notes.is_empty() {
            self.write("");
        }
        notes.iter().for_each(|note| self.note(note));
    }

    /// A part with a title, which Markdown folds: GitHub renders its contents only between blank lines.
    pub(super) fn section(&mut self, title: &str, fill: impl FnOnce(&mut Self)) {
        let title = visible(title);
        match self.is_markdown() {
            true => {
                let title = title.replace('&', "&amp;").replace('<', "&lt;");
                self.write(&format!("<details><summary>{title}</summary>\n"));
                fill(self);
                self.write("\n</details>\n");
            }
            false => {
                let bold = Paint::Bold.over(textwrap::wrap(&title, self.width).join("\n"), self.coloured);
                self.write(&(bold + "\n"));
                fill(self);
                self.write("");
            }
        }
    }

    /// A table.
    pub(super) fn table(&mut self, table: &Table) {
        self.out += &table.render(self.format, self.width, self.coloured);
    }

    /// Whether a table fits into the width; in Markdown it always does.
    pub(super) fn fits(&self, table: &Table) -> bool {
        let text = table.render(Format::Text, self.width, false);
        self.is_markdown() || text.lines().all(|line| display_width(line) <= self.width)
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Lines do not break at hyphens, which are part of names and options here.
    fn options(&self) -> Options<'static> {
        Options::new(self.width).word_splitter(WordSplitter::NoHyphenation)
    }

    fn write(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }
}
