//! The simplest interpreter: for each element, walk over the expression's tree.
//!
//! ```
//! enum Tree {
//!     Number(f64),
//!     Variable(usize),
//!     Add(Box<Tree>, Box<Tree>),
//!     Multiply(Box<Tree>, Box<Tree>),
//! }
//!
//! fn value(tree: &Tree, variables: &[f64]) -> f64 {
//!     match tree {
//!         Tree::Number(number) => *number,
//!         Tree::Variable(name) => variables[*name],
//!         Tree::Add(x, y) => value(x, variables) + value(y, variables),
//!         Tree::Multiply(x, y) => value(x, variables) * value(y, variables),
//!     }
//! }
//!
//! let double = Tree::Multiply(Box::new(Tree::Number(2.0)), Box::new(Tree::Variable(0)));
//! let tree = Tree::Add(Box::new(double), Box::new(Tree::Variable(1))); // 2*a + b
//! assert_eq!(value(&tree, &[3.0, 4.0]), 10.0);
//! ```
//!
//! Each operation on each element costs a branch that is hard to predict, and no two elements are computed together.
//! [`Interpreter`](super::Interpreter) turns the loops inside out: it chooses once for a block of elements.

use super::evaluated::{Evaluated, Way};
use crate::{Backend, Isa};
use parallax_pattern::{Card, Cores, isa};

/// The reference with which all backends are compared.
pub type TreeWalk = Evaluated<Tree>;

/// The backend of [`TreeWalk`].
#[derive(Debug, Clone, Copy)]
pub struct Tree;

impl Way for Tree {
    const CARD: Card = Card {
        name: "tree-walk",
        idea: "for each element, walk over the expression's tree",
        gives: "the shortest way from a text to a result, with no step in between that can be wrong",
        costs: "a branch for each operation and element; no vectors",
        cores: Cores::One,
        libraries: &[],
        source: "",
    };
    const BACKEND: Backend = Backend::Walk;
    fn width(_: Isa) -> String {
        isa::compiled().to_owned()
    }
}
