//! Parallelism that is found only at run time: a tree whose shape is unknown before it is walked.
//!
//! ```text
//! stack = [root]
//! while stack:
//!     h = stack.pop()
//!     for each of its 8 children (the root has more), mix(h ^ k * GAMMA):
//!         push it if child >> 32 < odds, else it is a leaf
//! ```
//!
//! An unbalanced binomial tree in the manner of UTS (Olivier et al., LCPC 2006): a node's hash
//! decides whether it has eight children or none, at odds just below one child per node. Subtrees
//! range from a single node to most of the tree, so distributing the root's children leaves all
//! workers except one idle, and the depth overflows the stack of a naive recursion.
//!
//! Seven of eight nodes are leaves, which are counted where they are drawn: only parents are ever found and visited.

use super::{Evenness, Facts, Params, Size, Workload, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::digest::{Output, digest};
use parallax_pattern::Search;
use parallax_pattern::random::{GAMMA, mix, seed};
use serde::{Deserialize, Serialize};

/// A tree, given by its root and the odds of having children.
pub struct TreeSearch {
    params: Params,
    root: u64,
    children: u64,
    odds: u64,
}

/// A node that has children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeNode {
    /// Its hash, from which its children are drawn.
    pub hash: u64,
    /// The distance from the root.
    pub depth: u32,
}

/// The counts of a walk through the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Census {
    /// All nodes, with the root.
    pub nodes: u64,
    /// The nodes without children.
    pub leaves: u64,
    /// The greatest distance from the root.
    pub depth: u64,
}

impl Census {
    /// Counts the root and its children.
    fn add_root(&mut self, children: u64) {
        self.nodes += 1 + children;
        self.leaves += children;
        self.depth = self.depth.max(1);
    }

    /// Counts the children of `parents` parents at `depth`, other than the root. They count as leaves until they are
    /// found to be parents, and each of these parents was counted as a leaf when it was drawn.
    pub fn add_families(&mut self, parents: u64, depth: u32) {
        self.nodes += FAMILY * parents;
        self.leaves += (FAMILY - 1) * parents;
        self.depth = self.depth.max(u64::from(depth) + 1);
    }
}

impl Output for Census {
    fn len(&self) -> usize {
        3
    }
    fn word(&self, i: usize) -> u64 {
        [self.nodes, self.leaves, self.depth][i]
    }
    fn set_word(&mut self, i: usize, word: u64) {
        *[&mut self.nodes, &mut self.leaves, &mut self.depth][i] = word;
    }
}

/// The number of children of a node that has any; the root has its own number.
pub const FAMILY: u64 = 8;

/// The root's children, how many hashes of 2^32 have children, and the number of the tree.
const fn shape(size: Size) -> (u64, u64, u64) {
    size.of([
        (100, 515396075, 2),
        (2000, 536334041, 1674),
        (2000, 536334041, 25),
        (2000, 536334041, 1939),
        (2000, 536763537, 1531),
    ])
}

/// The counts of the reference, by size.
const ANSWERS: [Census; 5] = [
    Census { nodes: 1005, leaves: 891, depth: 14 },
    Census { nodes: 100025, leaves: 87771, depth: 186 },
    Census { nodes: 2785697, leaves: 2437734, depth: 1347 },
    Census { nodes: 38867233, leaves: 34009078, depth: 7824 },
    Census { nodes: 438352361, leaves: 383558565, depth: 23461 },
];

impl TreeSearch {
    /// A node has children if the upper half of its hash is below this: an eighth of 2^32, nearly.
    pub fn odds(&self) -> u64 {
        self.odds
    }
}

impl Search for TreeSearch {
    type Node = TreeNode;
    type Acc = Census;
    fn roots(&self) -> Vec<TreeNode> {
        vec![TreeNode { hash: self.root, depth: 0 }]
    }
    fn empty(&self) -> Census {
        Census::default()
    }
    fn visit(&self, node: TreeNode, census: &mut Census, mut found: impl FnMut(TreeNode)) {
        let children = if node.depth == 0 {
            census.add_root(self.children);
            self.children
        } else {
            census.add_families(1, node.depth);
            FAMILY
        };
        for k in 1..=children {
            let hash = mix(node.hash ^ k.wrapping_mul(GAMMA));
            if hash >> 32 < self.odds {
                found(TreeNode { hash, depth: node.depth + 1 });
            }
        }
    }
    /// The nodes of a family.
    fn weight(&self) -> usize {
        FAMILY as usize
    }
    fn merge(&self, census: &mut Census, other: Census) {
        census.nodes += other.nodes;
        census.leaves += other.leaves;
        census.depth = census.depth.max(other.depth);
    }
}

impl Workload for TreeSearch {
    const NAME: &'static str = "treesearch";
    const NUMBER: u16 = 10;
    const SHOWS: &'static str = "parallelism found only at run time; stealing";
    const PATTERN: &'static str = "search";
    const HEADLINE: &'static [&'static str] = &["rayon", "crossbeam", "tokio", "pipes", "portable+rayon"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Census;

    /// All variants are equal: another seed would be a tree of another size.
    fn make(params: Params) -> Self {
        let (children, odds, tree) = shape(params.size);
        TreeSearch { params, root: mix(seed(Self::NUMBER, 0) + (tree << 8)), children, odds }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(_: Params) -> u64 {
        size_of::<Census>() as u64
    }
    fn facts(&self) -> Facts {
        let nodes = self.params.size.of(ANSWERS).nodes as f64;
        Facts {
            items: nodes,
            unit: "nodes".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Uneven,
            // the hash of each node except the root; those of a family depend only on their parent's, so there is no
            // chain
            limits: vec![Bound::of(Rate::Draw, nodes - 1.0)],
            spread: None,
        }
    }
    fn output(&self) -> Census {
        Census::default()
    }
    /// Level by level, where techniques follow branches.
    fn reference(&self, out: &mut Census) {
        let family = |hash: u64, size: u64| (1..=size).map(move |k| mix(hash ^ k.wrapping_mul(GAMMA)));
        let mut level: Vec<u64> = family(self.root, self.children).collect();
        *out = Census { nodes: 1, leaves: 0, depth: 0 };
        while !level.is_empty() {
            let parents: Vec<u64> = level.iter().copied().filter(|hash| hash >> 32 < self.odds).collect();
            out.nodes += level.len() as u64;
            out.leaves += (level.len() - parents.len()) as u64;
            out.depth += 1;
            level = parents.iter().flat_map(|&hash| family(hash, FAMILY)).collect();
        }
    }
    fn answer(&self) -> Option<u64> {
        Some(digest(&self.params.size.of(ANSWERS)))
    }
}

sent_as_params!(TreeSearch);

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(work: &TreeSearch, roots: Vec<TreeNode>) -> Census {
        let (mut census, mut open) = (work.empty(), roots);
        while let Some(node) = open.pop() {
            work.visit(node, &mut census, |found| open.push(found));
        }
        census
    }

    #[test]
    fn the_counts_are_the_published_ones() {
        for (size, nodes, leaves, depth) in [
            (Size::Tiny, 1005, 891, 14),
            (Size::Small, 100025, 87771, 186),
            (Size::Headline, 2785697, 2437734, 1347),
            (Size::Medium, 38867233, 34009078, 7824),
        ] {
            let work = TreeSearch::make(Params::of(size));
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!(out, Census { nodes, leaves, depth }, "{size}");
            assert_eq!(work.answer(), Some(digest(&out)), "{size}");
        }
    }

    #[test]
    fn one_child_of_the_root_holds_a_third_of_the_tree_and_most_children_nothing() {
        let work = TreeSearch::make(Params::of(Size::Small));
        let (mut parents, mut census) = (Vec::new(), work.empty());
        work.visit(work.roots()[0], &mut census, |child| parents.push(child));
        assert_eq!(census, Census { nodes: 2001, leaves: 2000, depth: 1 });
        assert!(parents.len() < 2000 / 6);
        let below: Vec<u64> = parents.iter().map(|&child| walked(&work, vec![child]).nodes).collect();
        assert_eq!(below.iter().sum::<u64>() + census.nodes, 100025);
        assert!(below.iter().max().is_some_and(|&most| most > 100025 / 3));
    }

    #[test]
    fn a_lost_branch_a_second_visit_and_a_wrong_depth_are_rejected() {
        let work = TreeSearch::make(Params::of(Size::Tiny));
        let expected = work.expected();
        let census = walked(&work, work.roots());
        assert!(work.check(&census, expected).is_ok());
        assert!(work.check(&walked(&work, [work.roots(), work.roots()].concat()), expected).is_err());
        assert!(work.check(&Census { nodes: census.nodes - 1, ..census }, expected).is_err());
        assert!(work.check(&Census { leaves: census.leaves + 1, ..census }, expected).is_err());
        assert!(work.check(&Census { depth: census.depth + 1, ..census }, expected).is_err());
    }
}
