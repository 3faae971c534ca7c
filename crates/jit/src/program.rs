//! A tree becomes a program in single-assignment form, in which every value is computed once.
//!
//! Three steps on the way do not change a bit of the result: operations on constants are done now, equal
//! operations are done once (value numbering: an operation is looked up by its operator and operands), and
//! values that nothing reads are dropped. `x + 0` stays, since it turns `-0` into `0`; `a*b + c` stays two
//! operations, since a fused one rounds once.

use std::collections::HashMap;

use crate::meaning::{Binary, Comparison, Logic, Unary, raise};
use crate::tree::{Kind, Node, Tree};

/// The source of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Operand {
    Constant(Bits),
    Truth(bool),
    /// The place of the variable among the names.
    Variable(usize),
    /// The result of an earlier step.
    Step(usize),
}

/// A number that can be looked up: by its bits, so that `0` and `-0` differ and NaN equals itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Bits(u64);

impl Bits {
    pub(crate) fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// One operation, named by its place in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Unary(Unary, Operand),
    Binary(Binary, Operand, Operand),
    Compare(Comparison, Operand, Operand),
    Not(Operand),
    Logic(Logic, Operand, Operand),
    Where(Operand, Operand, Operand),
}

impl Step {
    pub(crate) fn operands(self) -> impl Iterator<Item = Operand> {
        let operands = match self {
            Self::Unary(_, x) | Self::Not(x) => [Some(x), None, None],
            Self::Binary(_, x, y) | Self::Compare(_, x, y) | Self::Logic(_, x, y) => [Some(x), Some(y), None],
            Self::Where(c, x, y) => [Some(c), Some(x), Some(y)],
        };
        operands.into_iter().flatten()
    }

    /// The earlier steps whose results this one reads.
    pub(crate) fn reads(self) -> impl Iterator<Item = usize> {
        self.operands().filter_map(|operand| match operand {
            Operand::Step(step) => Some(step),
            _ => None,
        })
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Compare(..) | Self::Not(..) | Self::Logic(..) => Kind::Boolean,
            Self::Unary(..) | Self::Binary(..) | Self::Where(..) => Kind::Number,
        }
    }

    fn map(self, mut f: impl FnMut(Operand) -> Operand) -> Self {
        match self {
            Self::Unary(op, x) => Self::Unary(op, f(x)),
            Self::Binary(op, x, y) => Self::Binary(op, f(x), f(y)),
            Self::Compare(op, x, y) => Self::Compare(op, f(x), f(y)),
            Self::Not(x) => Self::Not(f(x)),
            Self::Logic(op, x, y) => Self::Logic(op, f(x), f(y)),
            Self::Where(c, x, y) => Self::Where(f(c), f(x), f(y)),
        }
    }
}

/// The steps, operands first, and the place of the result.
///
/// If the result is a step, it is the last one, and no step reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Program {
    pub(crate) steps: Vec<Step>,
    pub(crate) result: Operand,
}

impl Program {
    /// Takes time linear in the tree.
    pub(crate) fn new(tree: &Tree) -> Self {
        let mut builder = Builder::default();
        let mut values: Vec<Operand> = Vec::with_capacity(tree.nodes.len());
        for node in &tree.nodes {
            let value = match *node {
                Node::Number(value) => constant(value),
                Node::Variable(place) => Operand::Variable(place),
                Node::Unary(op, x) => builder.unary(op, values[x]),
                Node::Binary(op, x, y) => builder.binary(op, values[x], values[y]),
                Node::Raise(x, n) => builder.raise(values[x], n),
                Node::Compare(op, x, y) => builder.compare(op, values[x], values[y]),
                Node::Not(x) => builder.not(values[x]),
                Node::Logic(op, x, y) => builder.logic(op, values[x], values[y]),
                Node::Where(c, x, y) => builder.select(values[c], values[x], values[y]),
            };
            values.push(value);
        }
        let result = *values.last().expect("a tree has a root");
        prune(&builder.steps, result)
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.result {
            Operand::Truth(_) => Kind::Boolean,
            Operand::Step(step) => self.steps[step].kind(),
            Operand::Constant(_) | Operand::Variable(_) => Kind::Number,
        }
    }

    /// One more than the place of the last variable that is read.
    pub(crate) fn variables(&self) -> usize {
        let operands = self.steps.iter().flat_map(|step| step.operands()).chain([self.result]);
        let places = operands.filter_map(|operand| match operand {
            Operand::Variable(place) => Some(place + 1),
            _ => None,
        });
        places.max().unwrap_or(0)
    }
}

/// Adds steps, unless they exist already or can be simplified away.
#[derive(Default)]
struct Builder {
    steps: Vec<Step>,
    known: HashMap<Step, usize>,
}

impl Builder {
    fn unary(&mut self, op: Unary, x: Operand) -> Operand {
        match (op, x, self.step(x)) {
            (_, Operand::Constant(x), _) => constant(op.apply(x.value())),
            (Unary::Negate, _, Some(Step::Unary(Unary::Negate, inner))) => inner,
            (Unary::Absolute, _, Some(Step::Unary(Unary::Absolute, _))) => x,
            (Unary::Absolute, _, Some(Step::Unary(Unary::Negate, inner))) => self.unary(op, inner),
            _ => self.add(Step::Unary(op, x)),
        }
    }

    fn binary(&mut self, op: Binary, x: Operand, y: Operand) -> Operand {
        match (op, x, y) {
            (_, Operand::Constant(x), Operand::Constant(y)) => constant(op.apply(x.value(), y.value())),
            (Binary::Multiply | Binary::Divide, _, Operand::Constant(y)) if y.value() == 1.0 => x,
            (Binary::Multiply, Operand::Constant(x), _) if x.value() == 1.0 => y,
            // Both round the same real number once, and a product is several times faster than a quotient.
            (Binary::Divide, _, Operand::Constant(y)) if has_exact_inverse(y.value()) => {
                self.binary(Binary::Multiply, x, constant(1.0 / y.value()))
            }
            _ if op.commutes() => self.add(Step::Binary(op, x.min(y), x.max(y))),
            _ => self.add(Step::Binary(op, x, y)),
        }
    }

    fn raise(&mut self, x: Operand, n: i32) -> Operand {
        let power = raise(x, n.unsigned_abs(), |x, y| self.binary(Binary::Multiply, x, y));
        if n < 0 { self.binary(Binary::Divide, constant(1.0), power) } else { power }
    }

    fn compare(&mut self, op: Comparison, x: Operand, y: Operand) -> Operand {
        match (x, y) {
            (Operand::Constant(x), Operand::Constant(y)) => Operand::Truth(op.apply(x.value(), y.value())),
            _ => self.add(Step::Compare(op, x, y)),
        }
    }

    fn not(&mut self, x: Operand) -> Operand {
        match (x, self.step(x)) {
            (Operand::Truth(truth), _) => Operand::Truth(!truth),
            (_, Some(Step::Not(inner))) => inner,
            _ => self.add(Step::Not(x)),
        }
    }

    fn logic(&mut self, op: Logic, x: Operand, y: Operand) -> Operand {
        match (op, x, y) {
            (_, Operand::Truth(truth), other) | (_, other, Operand::Truth(truth)) => match (op, truth) {
                (Logic::And, true) | (Logic::Or, false) => other,
                (Logic::And, false) | (Logic::Or, true) => Operand::Truth(truth),
            },
            _ if x == y => x,
            _ => self.add(Step::Logic(op, x.min(y), x.max(y))),
        }
    }

    fn select(&mut self, condition: Operand, x: Operand, y: Operand) -> Operand {
        match condition {
            Operand::Truth(truth) => [y, x][usize::from(truth)],
            _ if x == y => x,
            _ => self.add(Step::Where(condition, x, y)),
        }
    }

    fn add(&mut self, step: Step) -> Operand {
        let steps = &mut self.steps;
        Operand::Step(*self.known.entry(step).or_insert_with(|| {
            steps.push(step);
            steps.len() - 1
        }))
    }

    fn step(&self, operand: Operand) -> Option<Step> {
        match operand {
            Operand::Step(step) => Some(self.steps[step]),
            _ => None,
        }
    }
}

fn constant(value: f64) -> Operand {
    Operand::Constant(Bits(value.to_bits()))
}

/// A power of two whose inverse is a normal number too.
fn has_exact_inverse(value: f64) -> bool {
    let mantissa = value.to_bits() & ((1 << 52) - 1);
    mantissa == 0 && value.is_normal() && (1.0 / value).is_normal()
}

/// Keeps the steps that the result needs, in their order.
fn prune(steps: &[Step], result: Operand) -> Program {
    let mut needed = vec![false; steps.len()];
    if let Operand::Step(step) = result {
        needed[step] = true;
    }
    for (place, step) in steps.iter().enumerate().rev() {
        if needed[place] {
            step.reads().for_each(|read| needed[read] = true);
        }
    }
    let mut places = vec![0; steps.len()];
    let mut kept = Vec::new();
    for (place, step) in steps.iter().enumerate().filter(|(place, _)| needed[*place]) {
        places[place] = kept.len();
        kept.push(step.map(|operand| moved(operand, &places)));
    }
    Program { steps: kept, result: moved(result, &places) }
}

fn moved(operand: Operand, places: &[usize]) -> Operand {
    match operand {
        Operand::Step(step) => Operand::Step(places[step]),
        operand => operand,
    }
}

#[cfg(test)]
mod tests;
