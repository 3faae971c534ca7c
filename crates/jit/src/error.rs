//! An error names the place and the way out.

use parallax_suite::question::No;

use crate::Kind;
use crate::parse::{MAX_DEPTH, MAX_LENGTH, MAX_NODES};

/// Why a text is no expression, or why it cannot be evaluated over the given arrays.
///
/// Columns count characters from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A character that no token starts with.
    #[error(
        "column {column}: {found:?} means nothing here; use numbers, names, + - * / ** ( ) , and comparisons"
    )]
    Character {
        /// Where it stands.
        column: usize,
        /// The character.
        found: char,
    },
    /// Something that looks like a number and is none.
    #[error("column {column}: '{text}' is no number; write 1, .25 or 1e-3, and 2*x for a product")]
    Number {
        /// Where it starts.
        column: usize,
        /// As it was written.
        text: String,
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
    /// A call of something that is no function.
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
    #[error("column {column}: {user} needs a {needs}, and this is a {}; {}", needs.other(), needs.way_out())]
    Kind {
        /// Where the operand starts.
        column: usize,
        /// What needs it.
        user: &'static str,
        /// What it needs.
        needs: Kind,
    },
    /// `a < b < c`.
    #[error("column {column}: comparisons do not chain; use where(a < b, where(b < c, 1, 0), 0)")]
    Chained {
        /// Where the second comparison stands.
        column: usize,
    },
    /// A text longer than the limit.
    #[error(
        "the text has {length} bytes, more than {MAX_LENGTH}; split the expression and evaluate its parts"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Operands nested deeper than the limit.
    #[error("column {column}: nested deeper than {MAX_DEPTH}; split the expression and evaluate its parts")]
    TooDeep {
        /// Where the limit is passed.
        column: usize,
    },
    /// More operations than the limit.
    #[error("column {column}: more than {MAX_NODES} operations; split the expression and evaluate its parts")]
    TooLarge {
        /// Where the limit is passed.
        column: usize,
    },
    /// A variable of the expression was given no array.
    #[error("no array is given for '{name}'; the expression reads {}", names.join(", "))]
    Missing {
        /// The variable.
        name: String,
        /// All variables of the expression.
        names: Vec<String>,
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
