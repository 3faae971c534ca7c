//! The reference backend: for each element, a walk over the tree.
//!
//! The text is evaluated directly, without optimisation, so the other backends are compared with it. It
//! costs a branch for each operation and element.

use super::{Engine, Out};
use crate::meaning::raised;
use crate::tree::{Node, Tree};
use parallax_simd::lanes::Stores;

pub(crate) struct Walk {
    pub(crate) tree: Tree,
}

impl Engine for Walk {
    fn fill(&self, inputs: &[&[f64]], out: Out<'_>, _: Stores) {
        let mut values = vec![0.0; self.tree.nodes.len()];
        match out {
            Out::Numbers(out) => {
                out.iter_mut().enumerate().for_each(|(i, out)| *out = self.value(inputs, i, &mut values));
            }
            Out::Booleans(out) => {
                out.iter_mut()
                    .enumerate()
                    .for_each(|(i, out)| *out = u8::from(self.value(inputs, i, &mut values) != 0.0));
            }
        }
    }
}

impl Walk {
    /// The value of element `i`, where true is 1 and false is 0. Children come before their parents.
    fn value(&self, inputs: &[&[f64]], i: usize, values: &mut [f64]) -> f64 {
        for (place, node) in self.tree.nodes.iter().enumerate() {
            values[place] = match *node {
                Node::Number(value) => value,
                Node::Variable(name) => inputs[name][i],
                Node::Unary(op, x) => op.apply(values[x]),
                Node::Binary(op, x, y) => op.apply(values[x], values[y]),
                Node::Raise(x, n) => raised(values[x], n),
                Node::Compare(op, x, y) => f64::from(op.apply(values[x], values[y])),
                Node::Not(x) => f64::from(values[x] == 0.0),
                Node::Logic(op, x, y) => f64::from(op.apply(values[x] != 0.0, values[y] != 0.0)),
                Node::Where(condition, x, y) => values[if values[condition] != 0.0 { x } else { y }],
            };
        }
        values[values.len() - 1]
    }
}
