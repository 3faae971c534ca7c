//! Errors of a text or of its arrays; each names the place and the way out.

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
    /// A character that begins no token.
    #[error(
        "column {column}: unexpected character {found:?}; use numbers, names, + - * / ** ( ) , comparisons and & | ~"
    )]
    Character {
        /// Its column.
        column: usize,
        /// The character.
        found: char,
    },
    /// Something that looks like a number but is not one.
    #[error("column {column}: '{text}' is not a number; write 1, .25 or 1e-3, and 2*x for a product")]
    Number {
        /// The column of its first character.
        column: usize,
        /// The number as written.
        text: String,
    },
    /// A whole number that `f64` cannot represent: it would silently become another one.
    #[error(
        "column {column}: '{text}' is not exact in f64, and the nearest number is {near}; \
         write that, or '{text}.0' to round"
    )]
    Inexact {
        /// The column of its first character.
        column: usize,
        /// The number as written.
        text: String,
        /// The value that would be read.
        near: String,
    },
    /// A word or sign of another language for an operator that exists here.
    #[error("column {column}: use {sign} instead of '{word}', as in (a == 1) & ~(b > 2)")]
    Word {
        /// Its column.
        column: usize,
        /// The word as written.
        word: &'static str,
        /// The operator to use.
        sign: &'static str,
    },
    /// A token that the grammar does not allow here.
    #[error("column {column}: expected {expected}, found {found}")]
    Unexpected {
        /// Its column.
        column: usize,
        /// The tokens that are allowed.
        expected: &'static str,
        /// The token that was found.
        found: String,
    },
    /// An opening parenthesis without its partner.
    #[error("column {column}: this parenthesis is never closed; add ')'")]
    Unclosed {
        /// The column of the parenthesis.
        column: usize,
    },
    /// A call of something that is not a function.
    #[error(
        "column {column}: unknown function '{name}'; there are {}, and ** is the power",
        crate::tree::FUNCTIONS
    )]
    Function {
        /// The column of the name.
        column: usize,
        /// The name.
        name: String,
    },
    /// A call with too few or too many arguments.
    #[error("column {column}: {name} takes {takes} argument(s), not {given}")]
    Arity {
        /// The column of the name.
        column: usize,
        /// The function.
        name: &'static str,
        /// The number of arguments that it takes.
        takes: usize,
        /// The number of arguments that were given.
        given: usize,
    },
    /// A comparison where a number is needed, or the reverse.
    #[error("column {column}: {user} needs a {needs}, and this is a {}; {}", needs.other(), needs.way_out(user))]
    Kind {
        /// The column of the operand.
        column: usize,
        /// The operator or function that needs it.
        user: &'static str,
        /// The kind that it needs.
        needs: Kind,
    },
    /// `a < b < c`.
    #[error("column {column}: comparisons do not chain; use (a < b) & (b < c)")]
    Chained {
        /// The column of the second comparison.
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
        /// The column at which the limit is exceeded.
        column: usize,
    },
    /// More numbers, names and operations than the limit.
    #[error("column {column}: more than {MAX_NODES} numbers, names and operations; {PART}")]
    TooLarge {
        /// The column at which the limit is exceeded.
        column: usize,
    },
    /// No array was given for a variable of the expression.
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
        /// The number of arrays that were given.
        got: usize,
        /// All variables of the expression.
        names: Vec<String>,
    },
    /// An array of one element among longer ones, which is not broadcast.
    #[error("'{name}' has one element and others have {want}; write that number in the text instead")]
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
    /// Elements beyond the end of the arrays.
    #[error(
        "elements {start}..{end} do not exist, the arrays have {length}; shorten the output or start earlier"
    )]
    Range {
        /// The first element.
        start: usize,
        /// One past the last element.
        end: usize,
        /// The length of the arrays.
        length: usize,
    },
    /// The output has another kind than the result.
    #[error("the result is a {kind}; give an output of {}", kind.element())]
    Output {
        /// The kind of the result.
        kind: Kind,
    },
    /// `PARALLAX_ISA` does not name an instruction set.
    #[error("{reason}")]
    Isa {
        /// The value of the variable, and the allowed values.
        reason: String,
    },
    /// Cranelift could not make code.
    #[error("no machine code: {reason}; use the blocked backend, which needs none")]
    Codegen {
        /// Cranelift's message.
        reason: String,
    },
}

/// The way out of all limits.
const PART: &str = "evaluate a part of it into an array, and use that array here";

/// The most characters of a text that an error shows.
const SHOWN: usize = 40;

/// The beginning of a text that may be long, for an error.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

/// The first of several names, for an error.
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
    /// The refusal of [`Isa::detect`](crate::Isa::detect).
    fn from(no: No) -> Self {
        Self::Isa { reason: no.to_string() }
    }
}
