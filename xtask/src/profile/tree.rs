//! Folds stacks into a tree: looks with the same outer functions share their nodes.

use super::seen::Seen;
use std::collections::HashMap;

/// A function as it was called along one path from the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// The function, by its place in [`Seen::frames`].
    pub(crate) frame: u32,
    /// Its distance from the outermost function.
    pub(crate) depth: usize,
    /// Its left edge, in the profile's unit.
    pub(crate) from: u64,
    /// The weight while it was open along this path.
    pub(crate) total: u64,
    /// The weight while it was the innermost.
    pub(crate) own: u64,
}

/// All nodes, callers before the functions that they call; the longest comes first.
pub(crate) fn fold(seen: &Seen) -> Vec<Node> {
    let mut tree = Tree::default();
    for look in &seen.looks {
        tree.add(&look.stack, look.weight);
    }
    let mut nodes = Vec::with_capacity(tree.branches.len());
    let mut open: Vec<(usize, usize, u64)> = tree.laid_out(&tree.outermost, 0, 0);
    while let Some((at, depth, from)) = open.pop() {
        let branch = &tree.branches[at];
        nodes.push(Node { frame: branch.frame, depth, from, total: branch.total, own: branch.own });
        open.extend(tree.laid_out(&branch.calls, depth + 1, from));
    }
    nodes
}

#[derive(Default)]
struct Tree {
    branches: Vec<Branch>,
    outermost: HashMap<u32, usize>,
}

struct Branch {
    frame: u32,
    total: u64,
    own: u64,
    calls: HashMap<u32, usize>,
}

impl Tree {
    fn add(&mut self, stack: &[u32], weight: u64) {
        let mut parent: Option<usize> = None;
        for frame in stack {
            let next = self.branches.len();
            let calls = match parent {
                Some(parent) => &mut self.branches[parent].calls,
                None => &mut self.outermost,
            };
            let at = *calls.entry(*frame).or_insert(next);
            if at == next {
                self.branches.push(Branch { frame: *frame, total: 0, own: 0, calls: HashMap::new() });
            }
            self.branches[at].total += weight;
            parent = Some(at);
        }
        if let Some(innermost) = parent {
            self.branches[innermost].own += weight;
        }
    }

    /// Places siblings from left to right, the largest first; returns them in reverse, to be pushed on a stack.
    fn laid_out(&self, calls: &HashMap<u32, usize>, depth: usize, from: u64) -> Vec<(usize, usize, u64)> {
        let mut calls: Vec<usize> = calls.values().copied().collect();
        calls.sort_by_key(|at| (std::cmp::Reverse(self.branches[*at].total), self.branches[*at].frame));
        let mut left = from;
        let mut placed: Vec<_> = calls
            .into_iter()
            .map(|at| {
                let place = (at, depth, left);
                left += self.branches[at].total;
                place
            })
            .collect();
        placed.reverse();
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::seen::by_hand;

    #[test]
    fn what_looks_have_in_common_is_one_node() {
        let seen = by_hand(&[(1, 1, "m a"), (1, 2, "m b c"), (1, 3, "m b"), (2, 4, "t"), (2, 5, "m b c")]);
        let nodes = fold(&seen);
        let told: Vec<(&str, usize, u64, u64, u64)> = nodes
            .iter()
            .map(|node| {
                (
                    seen.frames[node.frame as usize].function.as_str(),
                    node.depth,
                    node.from,
                    node.total,
                    node.own,
                )
            })
            .collect();
        let expected =
            [("m", 0, 0, 4, 0), ("b", 1, 0, 3, 1), ("c", 2, 0, 2, 2), ("a", 1, 3, 1, 1), ("t", 0, 4, 1, 1)];
        assert_eq!(told, expected);
    }

    #[test]
    fn no_call_reaches_beyond_its_caller() {
        let seen = by_hand(&[(1, 1, "m a x"), (1, 2, "m a y"), (1, 3, "m b"), (1, 4, "n a x"), (1, 5, "m")]);
        let nodes = fold(&seen);
        assert_eq!(nodes.iter().map(|node| node.own).sum::<u64>(), seen.total());
        for node in nodes.iter().filter(|node| node.depth > 0) {
            let inside = |other: &&Node| {
                other.depth + 1 == node.depth
                    && other.from <= node.from
                    && node.from + node.total <= other.from + other.total
            };
            assert_eq!(nodes.iter().filter(inside).count(), 1, "{node:?}");
        }
    }

    #[test]
    fn recursion_of_any_depth_is_folded() {
        let stack = vec!["f"; 20_000].join(" ");
        let nodes = fold(&by_hand(&[(1, 1, &stack)]));
        assert_eq!(nodes.len(), 20_000);
    }
}
