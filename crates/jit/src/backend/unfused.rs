//! One operation at a time over whole arrays, each into a new array, as NumPy evaluates an expression.
//!
//! The kernels are those of the blocked interpreter, so the difference between the two is the gain of
//! fusion: here every temporary goes out to memory and comes back.
//!
//! Temporaries of earlier operations are reused. NumPy returns large ones to the system instead, and pays
//! for fresh pages each time: that would be four times slower here, and has nothing to do with fusion.

use std::mem;
use std::sync::{Mutex, PoisonError};

use super::{Engine, Out};
use crate::Isa;
use crate::meaning::raised;
use crate::tree::{Id, Kind, Node, Tree};
use crate::vectors::{self, Source};
use parallax_simd::lanes::Stores;

pub(crate) struct Unfused {
    pub(crate) tree: Tree,
    pub(crate) isa: Isa,
    /// Temporaries that are no longer read.
    pub(crate) spare: Mutex<Vec<Vec<f64>>>,
}

/// The value of a node, returned to the spare ones by the only node that reads it.
enum Value<'a> {
    Number(f64),
    Input(&'a [f64]),
    Numbers(Vec<f64>),
    Booleans(Vec<u8>),
}

impl Engine for Unfused {
    fn fill(&self, inputs: &[&[f64]], out: Out<'_>, _: Stores) {
        let length = out.len();
        let root = self.tree.nodes.len() - 1;
        let mut values: Vec<Value<'_>> = Vec::with_capacity(root);
        for node in &self.tree.nodes[..root] {
            let value = match *node {
                Node::Number(value) => Value::Number(value),
                Node::Variable(name) => Value::Input(inputs[name]),
                node => self.temporary(node, &values, length),
            };
            values.push(value);
            self.give_back(*node, &mut values);
        }
        match (self.tree.nodes[root], out) {
            (Node::Number(value), Out::Numbers(out)) => out.fill(value),
            (node, Out::Numbers(out)) if let Some(value) = number(node, &values) => out.fill(value),
            (Node::Variable(name), Out::Numbers(out)) => out.copy_from_slice(inputs[name]),
            (node, out) => self.operation(node, &values, out),
        }
        self.give_back(self.tree.nodes[root], &mut values);
    }
}

impl Unfused {
    fn temporary<'a>(&self, node: Node, values: &[Value<'_>], length: usize) -> Value<'a> {
        if let Some(value) = number(node, values) {
            return Value::Number(value);
        }
        match node.kind() {
            Kind::Boolean => {
                let mut out = vec![0; length];
                self.operation(node, values, Out::Booleans(&mut out));
                Value::Booleans(out)
            }
            Kind::Number => {
                let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut out = spare.unwrap_or_default();
                out.resize(length, 0.0);
                self.operation(node, values, Out::Numbers(&mut out));
                Value::Numbers(out)
            }
        }
    }

    /// Each node is read once, so its operands are no longer needed after it.
    fn give_back(&self, node: Node, values: &mut [Value<'_>]) {
        for id in operands(node).into_iter().flatten() {
            if let Value::Numbers(numbers) = mem::replace(&mut values[id], Value::Number(0.0)) {
                self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(numbers);
            }
        }
    }

    fn operation(&self, node: Node, values: &[Value<'_>], out: Out<'_>) {
        let isa = self.isa;
        let source = |id: Id| match &values[id] {
            Value::Number(value) => Source::One(*value),
            Value::Input(input) => Source::Many(input),
            Value::Numbers(numbers) => Source::Many(numbers),
            Value::Booleans(_) => unreachable!("the parser checked the kinds"),
        };
        match (node, out) {
            (Node::Compare(op, x, y), Out::Booleans(out)) => {
                vectors::compare(isa, op, source(x), source(y), out)
            }
            (Node::Not(x), Out::Booleans(out)) => vectors::not(isa, truths(&values[x]), out),
            (Node::Logic(op, x, y), Out::Booleans(out)) => {
                vectors::logic(isa, op, truths(&values[x]), truths(&values[y]), out)
            }
            (Node::Binary(op, x, y), Out::Numbers(out)) => {
                vectors::binary(isa, op, source(x), source(y), out)
            }
            (Node::Unary(op, x), Out::Numbers(out)) => vectors::unary(isa, op, many(&values[x]), out),
            (Node::Raise(x, n), Out::Numbers(out)) => vectors::raise(isa, many(&values[x]), n, out),
            (Node::Where(condition, x, y), Out::Numbers(out)) => {
                vectors::select(isa, truths(&values[condition]), source(x), source(y), out)
            }
            _ => unreachable!("the output is of the kind of the expression"),
        }
    }
}

/// The value of an operation on numbers only: NumPy makes no array for it either.
fn number(node: Node, values: &[Value<'_>]) -> Option<f64> {
    let number = |id: Id| match values[id] {
        Value::Number(value) => Some(value),
        _ => None,
    };
    match node {
        Node::Unary(op, x) => Some(op.apply(number(x)?)),
        Node::Binary(op, x, y) => Some(op.apply(number(x)?, number(y)?)),
        Node::Raise(x, n) => Some(raised(number(x)?, n)),
        _ => None,
    }
}

fn many<'a>(value: &'a Value<'_>) -> &'a [f64] {
    match value {
        Value::Input(input) => input,
        Value::Numbers(numbers) => numbers,
        Value::Number(_) | Value::Booleans(_) => unreachable!("an operation on numbers was folded"),
    }
}

fn truths<'a>(value: &'a Value<'_>) -> &'a [u8] {
    match value {
        Value::Booleans(truths) => truths,
        Value::Number(_) | Value::Input(_) | Value::Numbers(_) => {
            unreachable!("the parser checked the kinds")
        }
    }
}

fn operands(node: Node) -> [Option<Id>; 3] {
    match node {
        Node::Number(_) | Node::Variable(_) => [None; 3],
        Node::Unary(_, x) | Node::Raise(x, _) | Node::Not(x) => [Some(x), None, None],
        Node::Binary(_, x, y) | Node::Compare(_, x, y) | Node::Logic(_, x, y) => [Some(x), Some(y), None],
        Node::Where(condition, x, y) => [Some(condition), Some(x), Some(y)],
    }
}
