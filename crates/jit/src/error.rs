//! An error names the place and the way out.

mod place;

pub use place::InText;

use parallax_pattern::No;

use crate::Kind;
use crate::parse::{MAX_DEPTH, MAX_LENGTH, MAX_NODES};

/// Why a text is not an expression, or why it cannot be evaluated over the given arrays.
///
/// Columns count characters from 1. [`Error::in_text`] shows the place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A character that no token starts with.
    #[error(
        "column {column}: {found:?} means nothing here; use numbers, names, + - * / ** ( ) , comparisons and & | ~"
    )]
    Character {
        /// Where it stands.
        column: usize,
        /// The character.
        found: char,
    },
    /// Something that looks like a number and is not one.
    #[error("column {column}: '{text}' is not a number; write 1, .25 or 1e-3, and 2*x for a product")]
    Number {
        /// Where it starts.
        column: usize,
        /// As it was written.
        text: String,
    },
    /// A whole number that `f64` does not have: it would silently be another one.
    #[error(
        "column {column}: '{text}' is not exact in f64, and the nearest number is {near}; \
         write that, or '{text}.0' to round"
    )]
    Inexact {
        /// Where it starts.
        column: usize,
        /// As it was written.
        text: String,
        /// What it would be read as.
        near: String,
    },
    /// A word or sign of another language for an operator that is there.
    #[error("column {column}: use {sign} instead of '{word}', as in (a == 1) & ~(b > 2)")]
    Word {
        /// Where it stands.
        column: usize,
        /// What was written.
        word: &'static str,
        /// What means it.
        sign: &'static str,
    },
    /// Another token than the grammar allows here.
    #[error("column {column}: expected {expected}, found {found}")]
    Unexpected {
        /// Where it stands.
        column: usize,
        /// What may stand here.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// An opening parenthesis without its partner.
    #[error("column {column}: this parenthesis is never closed; add ')'")]
    Unclosed {
        /// Where the parenthesis opens.
        column: usize,
    },
    /// A call of something that is not a function.
    #[error(
        "column {column}: unknown function '{name}'; there are {}, and ** is the power",
        crate::tree::FUNCTIONS
    )]
    Function {
        /// Where the name starts.
        column: usize,
        /// The name.
        name: String,
    },
    /// A call with too few or too many arguments.
    #[error("column {column}: {name} takes {takes} argument(s), not {given}")]
    Arity {
        /// Where the name starts.
        column: usize,
        /// The function.
        name: &'static str,
        /// How many it takes.
        takes: usize,
        /// How many it was given.
        given: usize,
    },
    /// A comparison where a number is needed, or the reverse.
    #[error("column {column}: {user} needs a {needs}, and this is a {}; {}", needs.other(), needs.way_out(user))]
    Kind {
        /// Where the operand starts.
        column: usize,
        /// What needs it.
        user: &'static str,
        /// What it needs.
        needs: Kind,
    },
    /// `a < b < c`.
    #[error("column {column}: comparisons do not chain; use (a < b) & (b < c)")]
    Chained {
        /// Where the second comparison stands.
        column: usize,
    },
    /// A text longer than the limit.
    #[error("the text has {length} bytes, more than {MAX_LENGTH}; {PART}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Operands nested deeper than the limit.
    #[error(
        "column {column}: nested deeper than {MAX_DEPTH} (parentheses, calls, signs and right-hand sides); {PART}"
    )]
    TooDeep {
        /// Where the limit is passed.
        column: usize,
    },
    /// More numbers, names and operations than the limit.
    #[error("column {column}: more than {MAX_NODES} numbers, names and operations; {PART}")]
    TooLarge {
        /// Where the limit is passed.
        column: usize,
    },
    /// A variable of the expression was given no array.
    #[error("no array is given for '{name}'; the expression reads {}", some(names))]
    Missing {
        /// The variable.
        name: String,
        /// All variables of the expression.
        names: Vec<String>,
    },
    /// More or fewer arrays than variables.
    #[error("{got} array(s) given for {} variable(s); give them in this order: {}", names.len(), some(names))]
    Count {
        /// How many arrays were given.
        got: usize,
        /// All variables of the expression.
        names: Vec<String>,
    },
    /// An array of one element among longer ones: it is not stretched.
    #[error("'{name}' has one element and others have {want}; write the number into the text in its place")]
    Single {
        /// The variable whose array has one element.
        name: String,
        /// The length of the others.
        want: usize,
    },
    /// Arrays of different lengths.
    #[error("'{name}' has {got} elements and others have {want}; give arrays of one length")]
    Length {
        /// The variable whose array differs.
        name: String,
        /// Its length.
        got: usize,
        /// The length of the first array.
        want: usize,
    },
    /// Elements past the end of the arrays were asked for.
    #[error(
        "elements {start}..{end} do not exist, the arrays have {length}; shorten the output or start earlier"
    )]
    Range {
        /// The first element asked for.
        start: usize,
        /// One past the last.
        end: usize,
        /// The length of the arrays.
        length: usize,
    },
    /// The output is of another kind than the result.
    #[error("the result is a {kind}; give an output of {}", kind.element())]
    Output {
        /// The kind of the result.
        kind: Kind,
    },
    /// `PARALLAX_ISA` names no instruction set.
    #[error("{reason}")]
    Isa {
        /// What it says, and what it may say.
        reason: String,
    },
    /// Cranelift could not make code.
    #[error("no machine code: {reason}; the blocked backend needs none")]
    Codegen {
        /// What Cranelift says.
        reason: String,
    },
}

/// The way out of all limits.
const PART: &str = "evaluate a part into an array of its own, and name that here";

/// How much of what was written stands in an error.
const SHOWN: usize = 40;

/// The beginning of what may be long, for an error.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

/// The first of some names, for an error.
fn some(names: &[String]) -> String {
    const FIRST: usize = 10;
    let first: Vec<String> = names.iter().take(FIRST).map(|name| shortened(name)).collect();
    match names.len().saturating_sub(FIRST) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<No> for Error {
    /// What [`Isa::detect`](crate::Isa::detect) refuses with.
    fn from(no: No) -> Self {
        Self::Isa { reason: no.to_string() }
    }
}
