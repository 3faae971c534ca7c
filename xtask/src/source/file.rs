//! Finds items of a Rust file without parsing it: a keyword begins a line, and braces show where the item ends.

use super::{Snippet, SourceError, mask};
use regex::Regex;
use std::{ops::Range, sync::LazyLock};

static IMPL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^[ \t]*(?:unsafe )?impl\b").expect("a valid pattern"));

static FN: LazyLock<Regex> = LazyLock::new(|| {
    let visibility = r"(?:pub(?:\([^)]*\))? )?";
    let qualifiers = r#"(?:(?:default|const|async|unsafe|extern(?: " *)?) )*"#; // the ABI is masked
    Regex::new(&format!(r"(?m)^[ \t]*{visibility}{qualifiers}fn (?:r#)?(\w+)")).expect("a valid pattern")
});

/// The differences between two spellings of one type: spaces, and the paths before its names.
static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s+|(?:\w+::)+").expect("a valid pattern"));

/// A file with its comments and literals masked.
pub(super) struct File<'a> {
    pub(super) source: &'a str,
    pub(super) masked: String,
}

/// An `impl`: of which trait, for which type, and where.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) of: Option<String>,
    pub(super) by: String,
    pub(super) whole: Range<usize>,
    pub(super) body: Range<usize>,
}

/// A function and its place.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) whole: Range<usize>,
}

impl Function {
    /// Whether masked code calls it as `name(`, `self.name(` or `Self::name(`.
    pub(super) fn is_called_in(&self, code: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        code.match_indices(&self.name).any(|(at, name)| {
            let (before, after) = (&code[..at], &code[at + name.len()..]);
            let is_of = |lead: &&str| before.strip_suffix(*lead).is_some_and(|rest| !rest.ends_with(is_word));
            let is_own = ["self.", "Self::", "self::"].iter().any(is_of);
            let is_free =
                !before.ends_with(['.', ':']) && !before.ends_with("fn ") && !before.ends_with(is_word);
            (is_own || is_free) && opens_a_call(after)
        })
    }
}

impl<'a> File<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        File { source, masked: mask(source) }
    }

    /// The blocks for the type `by`: those with the very type, or else those whose type has that name.
    pub(super) fn blocks(&self, of: Option<&str>, by: &str) -> Result<Vec<Block>, SourceError> {
        let all = self.all_blocks();
        let of_trait = |block: &&Block| of.is_none_or(|of| block.of.as_deref().map(base) == Some(base(of)));
        let bare = |text: &str| PATH.replace_all(text, "").into_owned();
        let exact = |block: &&Block| bare(&block.by) == bare(by);
        let named = |block: &&Block| base(&block.by) == base(by);
        let pick = |fits: &dyn Fn(&&Block) -> bool| {
            all.iter().filter(of_trait).filter(fits).cloned().collect::<Vec<Block>>()
        };
        let found = Some(pick(&exact)).filter(|exact| !exact.is_empty()).unwrap_or_else(|| pick(&named));
        if !found.is_empty() {
            return Ok(found);
        }
        let header =
            |of: Option<&str>, by: &str| of.map_or(format!("impl {by}"), |of| format!("impl {of} for {by}"));
        let has = all.iter().map(|block| header(block.of.as_deref(), &block.by)).collect();
        Err(SourceError::NoImpl { wanted: header(of, by), has })
    }

    pub(super) fn all_blocks(&self) -> Vec<Block> {
        let block = |found: regex::Match| {
            let open = found.end() + self.masked[found.end()..].find('{')?;
            let close = self.close(open)?;
            let (of, by) = header(&self.masked[found.end()..open])?;
            Some(Block { of, by, whole: found.start()..close, body: open + 1..close - 1 })
        };
        IMPL.find_iter(&self.masked).filter_map(block).collect()
    }

    /// The functions directly in `body`, and not in a block within it.
    pub(super) fn functions(&self, body: Range<usize>) -> Vec<Function> {
        let mut found = Vec::new();
        let (mut at, mut depth) = (body.start, 0_i64);
        for captures in FN.captures_iter(&self.masked[body.clone()]) {
            let (Some(whole), Some(name)) = (captures.get(0), captures.get(1)) else { continue };
            let start = body.start + whole.start();
            for byte in self.masked[at..start].bytes() {
                depth += i64::from(byte == b'{') - i64::from(byte == b'}');
            }
            at = start;
            if let (0, Some(end)) = (depth, self.function_end(start)) {
                found.push(Function { name: name.as_str().to_owned(), whole: start..end });
            }
        }
        found
    }

    /// Where a function ends: after its body, or after its semicolon if it has no body.
    fn function_end(&self, start: usize) -> Option<usize> {
        let mut depth = 0_i64; // of parentheses and brackets: `[u8; 4]` ends nothing
        for (at, byte) in (start..).zip(self.masked[start..].bytes()) {
            match byte {
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth -= 1,
                b'{' if depth == 0 => return self.close(at),
                b';' if depth == 0 => return Some(at + 1),
                _ => {}
            }
        }
        None
    }

    /// The place after the brace that closes the one at `open`.
    fn close(&self, open: usize) -> Option<usize> {
        let mut depth = 0_i64;
        for (at, byte) in (open..).zip(self.masked[open..].bytes()) {
            depth += i64::from(byte == b'{') - i64::from(byte == b'}');
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }

    /// The lines of an item, with the comments and attributes on top of it.
    pub(super) fn snippet(&self, item: Range<usize>) -> Snippet {
        let start_of_line = |at: usize| self.source[..at].rfind('\n').map_or(0, |line| line + 1);
        let mut start = start_of_line(item.start);
        while start > 0 {
            let above = start_of_line(start - 1);
            let (line, code) = (self.source[above..start].trim(), self.masked[above..start].trim());
            let of_another =
                line.is_empty() || code.ends_with(['{', '}', ';', ',']) && !code.starts_with("#[");
            let inner = line.starts_with("//!") || code.starts_with("#!");
            if of_another && !self.in_attribute(above) || inner {
                break;
            }
            start = above;
        }
        let end = self.source[item.end..].find('\n').map_or(self.source.len(), |line| item.end + line + 1);
        let line = |at: usize| self.source[..at].matches('\n').count() + 1;
        let mut text = self.source[start..end].to_owned();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Snippet { first: line(start), last: line(start) + text.matches('\n').count() - 1, text }
    }

    /// Whether a line is one of the later lines of an attribute.
    fn in_attribute(&self, line: usize) -> bool {
        let Some(open) = self.masked[..line].rfind("#[") else { return false };
        let depth = self.masked[open..line]
            .bytes()
            .fold(0_i64, |depth, byte| depth + i64::from(byte == b'[') - i64::from(byte == b']'));
        depth > 0
    }

    /// The place of a snippet in the file.
    pub(super) fn range(&self, snippet: &Snippet) -> Range<usize> {
        let line = |number: usize| {
            self.source
                .match_indices('\n')
                .nth(number.wrapping_sub(1))
                .map_or(self.source.len(), |(at, _)| at + 1)
        };
        let start = if snippet.first <= 1 { 0 } else { line(snippet.first - 1) };
        start..line(snippet.last).max(start)
    }
}

/// Whether the text after a name calls it, with or without generic arguments.
fn opens_a_call(after: &str) -> bool {
    match after.strip_prefix("::<") {
        Some(generic) => generic.split([';', '{', '}']).next().is_some_and(|generic| generic.contains(">(")),
        None => after.starts_with('('),
    }
}

/// Splits the text between `impl` and its brace into trait and type.
pub(super) fn header(text: &str) -> Option<(Option<String>, String)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = match text.strip_prefix('<') {
        Some(generic) => generic[outside(generic, ">")? + 1..].trim(),
        None => text.as_str(),
    };
    let text = outside(text, " where ").map_or(text, |at| &text[..at]).trim_end_matches(" where").trim();
    match outside(text, " for ") {
        Some(at) => Some((Some(text[..at].trim().to_owned()), text[at + 5..].trim().to_owned())),
        None => Some((None, text.to_owned())).filter(|(_, by)| !by.is_empty()),
    }
}

/// The place of `wanted` outside all brackets.
fn outside(text: &str, wanted: &str) -> Option<usize> {
    let mut depth = 0_i64;
    for (at, byte) in text.bytes().enumerate() {
        let arrow = byte == b'>' && at > 0 && text.as_bytes()[at - 1] == b'-';
        if arrow {
            continue;
        }
        if depth == 0 && text.as_bytes()[at..].starts_with(wanted.as_bytes()) {
            return Some(at);
        }
        match byte {
            b'<' | b'(' | b'[' => depth += 1,
            b'>' | b')' | b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A type's or trait's own name: `Wrapper` of `&mut crate::Wrapper<T>`.
pub(super) fn base(name: &str) -> &str {
    let name = name.split('<').next().unwrap_or(name);
    let name = name.rsplit("::").next().unwrap_or(name);
    name.rsplit([' ', '&']).next().unwrap_or(name)
}
