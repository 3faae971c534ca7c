//! Cuts the source of a cell out of its file: the function itself, with its comments.
//!
//! Blocks are found by their braces, with comments and literals masked (see [`mask`]), so a brace in a string
//! ends nothing. Code that macros write cannot be found and is reported as missing.

mod file;
mod mask;
mod python;

pub use mask::mask;
pub use python::python;

use file::{Block, File, Function};
use regex::Regex;
use std::{error, fmt, sync::LazyLock};

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// Its lines as they stand, ending in a line feed.
    pub text: String,
    /// The number of its first line, counted from 1.
    pub first: usize,
    /// The number of its last line.
    pub last: usize,
}

impl Snippet {
    /// The text moved to the left by the indentation of its first line.
    pub fn dedented(&self) -> String {
        let indent = &self.text[..self.text.len() - self.text.trim_start_matches([' ', '\t']).len()];
        let line = |line: &str| format!("{}\n", line.strip_prefix(indent).unwrap_or(line));
        self.text.lines().map(line).collect()
    }
}

/// Why there is nothing to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceError {
    /// No such `impl` in the file.
    NoImpl {
        /// The wanted one.
        wanted: String,
        /// Those in the file.
        has: Vec<String>,
    },
    /// The `impl` has none of the functions.
    NoFn {
        /// The type.
        by: String,
        /// The wanted ones.
        wanted: Vec<String>,
        /// Those in the file.
        has: Vec<String>,
    },
    /// The file does not open with an example.
    NoExample,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            SourceError::NoImpl { wanted, has } => {
                write!(
                    f,
                    "there is no '{wanted}' in the file, which has: {}; a macro may write it",
                    listed(has)
                )
            }
            SourceError::NoFn { by, wanted, has } => {
                write!(
                    f,
                    "'{by}' has no fn {}; its functions in the file: {}",
                    wanted.join(" or "),
                    listed(has)
                )
            }
            SourceError::NoExample => {
                f.write_str("the file's leading //! comment holds no example in ``` fences")
            }
        }
    }
}

impl error::Error for SourceError {}

/// The first of the functions `names` that an `impl` for the type `by` has, in the order of `names`; `of`
/// names the trait, if it must be a certain one.
///
/// ```
/// let file = "impl Execute for Rayon {\n    /// By halves.\n    fn map(&self) {}\n}\n";
/// let found = xtask::source::method(file, None, "Rayon", &["julia", "map"])?;
/// assert_eq!(found.text, "    /// By halves.\n    fn map(&self) {}\n");
/// assert_eq!((found.first, found.last), (2, 3));
/// # Ok::<(), xtask::source::SourceError>(())
/// ```
///
/// # Errors
///
/// [`SourceError::NoImpl`] or [`SourceError::NoFn`], with what the file has instead.
pub fn method(file: &str, of: Option<&str>, by: &str, names: &[&str]) -> Result<Snippet, SourceError> {
    let file = File::new(file);
    let blocks = file.blocks(of, by)?;
    let functions: Vec<Function> =
        blocks.iter().flat_map(|block| file.functions(block.body.clone())).collect();
    let found = names.iter().find_map(|name| functions.iter().find(|function| function.name == *name));
    found.map(|function| file.snippet(function.whole.clone())).ok_or_else(|| SourceError::NoFn {
        by: by.to_owned(),
        wanted: names.iter().map(|name| (*name).to_owned()).collect(),
        has: functions.into_iter().map(|function| function.name).collect(),
    })
}

/// The whole of `impl of for by`, such as `impl Map for Julia`: a workload's kernel.
///
/// # Errors
///
/// [`SourceError::NoImpl`].
pub fn implementation(file: &str, of: &str, by: &str) -> Result<Snippet, SourceError> {
    let file = File::new(file);
    let blocks = file.blocks(Some(of), by)?;
    Ok(file.snippet(blocks[0].whole.clone())) // there is one, or it would be an error
}

/// The whole of `impl of<Work> for by`, such as `impl Fill<Julia> for Packed`: a kernel's inner loop. `work` is the work's
/// name in any case; if no `impl` names it, the first one is returned.
///
/// # Errors
///
/// [`SourceError::NoImpl`].
pub fn engine(file: &str, of: &str, work: &str, by: &str) -> Result<Snippet, SourceError> {
    let file = File::new(file);
    let blocks = file.blocks(Some(of), by)?;
    let is_of_work = |block: &&Block| {
        let generic =
            block.of.as_deref().and_then(|of| of.split_once('<')).map_or("", |(_, generic)| generic);
        generic.trim_end_matches('>').eq_ignore_ascii_case(work)
    };
    let block = blocks.iter().find(is_of_work).unwrap_or(&blocks[0]); // there is one, or it would be an error
    Ok(file.snippet(block.whole.clone()))
}

/// The functions of the file that `snippet` calls, and those that they call, in the order of the file: free
/// ones, and the type's own. Functions of traits are not among them.
pub fn called(file: &str, snippet: &Snippet) -> Vec<Snippet> {
    let file = File::new(file);
    let end = TESTS.find(&file.masked).map(|found| found.start());
    let code = 0..end.unwrap_or(file.masked.len());
    let own = file
        .all_blocks()
        .into_iter()
        .filter(|block| block.of.is_none())
        .flat_map(|block| file.functions(block.body));
    let known: Vec<Function> =
        file.functions(code.clone()).into_iter().chain(own).filter(|f| f.whole.end <= code.end).collect();
    let shown = file.range(snippet);
    let mut text = vec![file.masked[shown.clone()].to_owned()];
    let mut found: Vec<&Function> = Vec::new();
    while let Some(caller) = text.pop() {
        for function in &known {
            let inside = shown.start <= function.whole.start && function.whole.end <= shown.end;
            let new = !inside && !found.iter().any(|f| f.whole == function.whole);
            if new && function.is_called_in(&caller) {
                text.push(file.masked[function.whole.clone()].to_owned());
                found.push(function);
            }
        }
    }
    found.sort_by_key(|function| function.whole.start);
    found.into_iter().map(|function| file.snippet(function.whole.clone())).collect()
}

/// The first Rust example of the file's leading `//!` comment, as a reader copies it: without the comment
/// signs, the fences and hidden lines. The line numbers are those of the fences' insides.
///
/// # Errors
///
/// [`SourceError::NoExample`].
pub fn example(file: &str) -> Result<Snippet, SourceError> {
    let comment = file
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    let mut inside = None; // whether the fence that is open holds Rust
    let (mut text, mut first) = (String::new(), 0);
    for (number, line) in (1..).zip(comment) {
        match (line.trim_start().strip_prefix("```"), inside) {
            (Some(tags), None) => (inside, first) = (Some(is_rust(tags)), number + 1),
            (Some(_), Some(true)) => return Ok(Snippet { text, first, last: number - 1 }),
            (Some(_), Some(false)) => inside = None,
            (None, Some(true)) => text.extend(shown(line)),
            (None, _) => {}
        }
    }
    Err(SourceError::NoExample)
}

static TESTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^mod tests\b").expect("a valid pattern"));

/// Whether a fence's tags mean Rust, as rustdoc reads them.
fn is_rust(tags: &str) -> bool {
    let known = ["rust", "no_run", "should_panic", "ignore", "compile_fail"];
    tags.split([',', ' '])
        .filter(|tag| !tag.is_empty())
        .all(|tag| known.contains(&tag) || tag.starts_with("edition"))
}

/// A line as rustdoc shows it: `# ` hides it, `##` stands for `#`.
fn shown(line: &str) -> Option<String> {
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    match text.strip_prefix('#') {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => None,
        Some(rest) if rest.starts_with('#') => Some(format!("{indent}{rest}\n")),
        _ => Some(format!("{line}\n")),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

#[cfg(test)]
mod tests;
