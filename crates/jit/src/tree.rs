//! An expression tree stored as a list: children come before their parents, so no walk over it needs recursion.

use std::fmt;

use crate::meaning::{Binary, Comparison, Logic, MAX_RAISE, Unary};

/// The names of the functions, for messages.
pub(crate) const FUNCTIONS: &str = "sin, cos, log, exp, sqrt, abs, min, max, where";

/// The kind of an expression's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An `f64`.
    Number,
    /// A `bool`: the result of a comparison, or of comparisons joined by `&`, `|` and `~`.
    Boolean,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "number",
            Self::Boolean => "boolean",
        })
    }
}

impl Kind {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Number => Self::Boolean,
            Self::Boolean => Self::Number,
        }
    }

    pub(crate) fn element(self) -> &'static str {
        match self {
            Self::Number => "f64",
            Self::Boolean => "bool",
        }
    }

    /// How to convert to this kind for `user`, which got the other one.
    pub(crate) fn way_out(self, user: &str) -> &'static str {
        match (self, user) {
            (Self::Number, _) => "where(condition, 1, 0) turns a condition into numbers",
            (Self::Boolean, "&" | "|" | "~") => {
                "& and | bind tighter than comparisons: write (a == 1) & (b > 2)"
            }
            (Self::Boolean, _) => "x != 0 turns a number into a condition",
        }
    }
}

/// The place of a node in its tree.
pub(crate) type Id = usize;

/// One operation of a tree. Its operands are nodes with smaller ids.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Node {
    Number(f64),
    /// The place of the name among the names of the tree.
    Variable(usize),
    Unary(Unary, Id),
    Binary(Binary, Id, Id),
    /// `x**n` for a written integer, `1 <= |n| <= 16`.
    Raise(Id, i32),
    Compare(Comparison, Id, Id),
    Not(Id),
    Logic(Logic, Id, Id),
    Where(Id, Id, Id),
}

/// An expression as written: every node except the last is the operand of exactly one other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// The variables in the order in which they appear.
    pub(crate) names: Vec<String>,
}

impl Tree {
    pub(crate) fn kind(&self, id: Id) -> Kind {
        self.nodes[id].kind()
    }

    /// The kind of the whole: the last node is the root.
    pub(crate) fn result(&self) -> Kind {
        self.kind(self.nodes.len() - 1)
    }
}

impl Node {
    /// The kind of its results.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Node::Compare(..) | Node::Not(..) | Node::Logic(..) => Kind::Boolean,
            Node::Number(_)
            | Node::Variable(_)
            | Node::Unary(..)
            | Node::Binary(..)
            | Node::Raise(..)
            | Node::Where(..) => Kind::Number,
        }
    }
}

/// The node for `base ** exponent`: multiplications if the exponent is written as a small integer.
pub(crate) fn power(nodes: &mut Vec<Node>, base: Id, exponent: Id) -> Node {
    let small = |value: f64| value.fract() == 0.0 && value != 0.0 && value.abs() <= f64::from(MAX_RAISE);
    match nodes[exponent] {
        Node::Number(value) if small(value) => {
            // The exponent is the last node and now part of its parent.
            nodes.pop();
            Node::Raise(base, value as i32)
        }
        _ => Node::Binary(Binary::Power, base, exponent),
    }
}

/// The node for `-operand`; a constant is negated directly, which is exact.
pub(crate) fn negate(nodes: &mut Vec<Node>, operand: Id) -> Node {
    match nodes[operand] {
        Node::Number(value) => {
            nodes.pop();
            Node::Number(-value)
        }
        _ => Node::Unary(Unary::Negate, operand),
    }
}
