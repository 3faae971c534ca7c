//! The interpreter that everyone writes first: for each element, walk over the expression's tree.
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
//! Each operation on each element costs a branch that is hard to guess, and no two elements go together.
//! Choosing once for a block of elements ([`Interpreter`](super::Interpreter)) is the same idea inside
//! out.

use crate::Backend;
use crate::formula::{Compiler, Formula};
use parallax_suite::question::{Answer, Card, Compute, Cores, No, Technique};
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// The reference that all backends are held against.
pub struct TreeWalk {
    compiler: Compiler,
}

impl Technique for TreeWalk {
    const CARD: Card = Card {
        name: "tree-walk",
        idea: "for each element, walk over the expression's tree",
        gives: "the shortest way from a text to a result, and nothing in between that can be wrong",
        costs: "a branch for each operation and element; no vectors",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(TreeWalk { compiler: Compiler::new(Backend::Walk)? })
    }
    fn isa(&self) -> String {
        parallax_suite::isa::compiled().to_owned()
    }
}

impl Compute for TreeWalk {
    type Comparison = Formula<Comparison>;
    type Expression = Formula<Expression>;
    type GridSearch = GridSearch;
    type Heat = Heat;
    type Histogram = Histogram;
    type Julia = Julia;
    type Matmul = Matmul;
    type MonteCarlo = MonteCarlo;
    type Pairwise = Pairwise;
    type Stream = Stream;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<Formula<Comparison>> {
        self.compiler.formula(work)
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<Formula<Expression>> {
        self.compiler.formula(work)
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<GridSearch> {
        Err(No::Unfit("its time goes into sums of products and a factorisation, and no text says them"))
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Heat> {
        Err(No::Unfit("an expression sees an element, and not its neighbours"))
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Histogram> {
        Err(No::Unfit(
            "an expression gives an element for each element; here all of them hit the same few words",
        ))
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Julia> {
        Err(No::Unfit(
            "an expression takes each element through the same operations, and here each decides how many",
        ))
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Matmul> {
        Err(No::Unfit("an expression pairs arrays element by element, and has no sum over a row"))
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<MonteCarlo> {
        Err(No::Unfit(
            "it makes integers from integers and counts; the expressions here are of floats, and give arrays",
        ))
    }
    fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Pairwise> {
        Err(No::Unfit("an expression pairs arrays element by element, and not each with each"))
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Stream> {
        Err(No::Unfit("it updates an array in place, and an expression writes another one than it reads"))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit("no text says it: an expression has no loop that carries a value on"))
    }
}
