//! Families of a tree as vectors: eight children are drawn together, and only the parents among them are kept.
//!
//! A plain visit draws a child, checks whether it is a parent, and puts it on a stack if it is. This differs in that
//!
//! 1. a [`Grove`] is visited together, parents of one depth: their families are independent, and the depth is counted
//!    once for all of them;
//! 2. the parents of a family are moved together within the vector and stored after those found before, without a
//!    branch, which would be mispredicted;
//! 3. a child is scrambled halfway, which is enough to see whether it is a parent; the rest is done for parents only.
//!
//! A visit goes down level by level. It ends after some thousand families, and passes on the rest in two halves.

use crate::Packed;
use crate::lanes::{Job, Lanes, MOST_LANES, Machine, Words};
use parallax_pattern::random::GAMMA;
use parallax_pattern::{Expand, Search};
use parallax_suite::workload::{Census, FAMILY, TreeSearch};
use std::mem;

/// Parents of one depth.
#[derive(Debug)]
pub struct Grove {
    depth: u32,
    /// Their hashes before the last shift; none at depth 0, which is the root's.
    words: Vec<u64>,
}

/// Families of a visit: some microseconds.
pub(crate) const FAMILIES: usize = 2048;
/// Remaining parents are halved where there are twice this number or more, because a level should be long.
const HALF: usize = 64;
/// Families between two checks for room for all their children.
pub(crate) const BLOCK: usize = 64;

/// The factors of [`mix`](parallax_pattern::random::mix).
pub(crate) const FACTORS: [u64; 2] = [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB];

/// The last shift of the scrambler, and the first one of the next: `parent ^ number` is scrambled, and its shift is
/// that of each operand, since no bit is carried. So it is computed once for a parent, and once for a number.
pub(crate) const fn seed(word: u64) -> u64 {
    first_shift(word ^ (word >> 31))
}

/// See [`seed`].
pub(crate) const fn first_shift(word: u64) -> u64 {
    word ^ (word >> 30)
}

/// Goes down from a grove, level by level. `draw` writes the parents among the children of the words to the beginning
/// of the buffer, and returns their number; it may use the words as scratch space.
pub(crate) fn walk(
    grove: Grove,
    census: &mut Census,
    mut found: impl FnMut(Grove),
    draw: impl Fn(&mut [u64], &mut Vec<u64>) -> usize,
) {
    let Grove { mut depth, mut words } = grove;
    let (mut parents, mut families, mut next) = (words.len(), 0, Vec::new());
    while parents > 0 && families < FAMILIES {
        census.add_families(parents as u64, depth);
        families += parents;
        parents = draw(&mut words[..parents], &mut next);
        mem::swap(&mut words, &mut next);
        depth += 1;
    }
    words.truncate(parents);
    if parents >= 2 * HALF {
        found(Grove { depth, words: words.split_off(parents / 2) });
    }
    if parents > 0 {
        found(Grove { depth, words });
    }
}

/// The root, whose children [`plant`] draws.
pub(crate) fn root() -> Vec<Grove> {
    vec![Grove { depth: 0, words: Vec::new() }]
}

/// Whether nothing has been drawn yet.
pub(crate) fn is_root(grove: &Grove) -> bool {
    grove.depth == 0
}

/// The parents among the root's children, which are drawn one by one; their last shift is undone.
pub(crate) fn plant(work: &TreeSearch, census: &mut Census) -> Grove {
    let mut words = Vec::new();
    for root in Search::roots(work) {
        let before = |hash: u64| hash ^ (hash >> 31) ^ (hash >> 62);
        Search::visit(work, root, census, |child| words.push(before(child.hash)));
    }
    Grove { depth: 1, words }
}

/// Draws a level.
struct Level<'a> {
    odds: u64,
    words: &'a mut [u64],
    next: &'a mut Vec<u64>,
}

impl Job for Level<'_> {
    type Out = usize;
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> usize {
        let Level { odds, words, next } = self;
        let numbers = numbers(lanes);
        let below = Words::splat(lanes, odds << 32);
        let mut parents = 0;
        for block in words.chunks_mut(BLOCK) {
            seeds(lanes, block);
            let room = room(next, parents);
            let mut more = 0;
            for &seed in &*block {
                for &number in &numbers[..FAMILY as usize / L::LEN] {
                    let child = (number ^ number.all(seed)) * FACTORS[0];
                    let child = (child ^ (child >> 27)) * FACTORS[1];
                    // The last shift changes the upper half only if the top bit is set: such a child is never below.
                    let is_parent = child.lt(below);
                    child.compress(is_parent).store(&mut room[more..]);
                    more += is_parent.bits().count_ones() as usize;
                }
            }
            parents += more;
        }
        parents
    }
}

/// Makes seeds of words, just before they are needed: words stored by single parents are then in the cache, and a
/// whole vector of them can be loaded.
#[inline(always)]
fn seeds<L: Lanes>(lanes: L, words: &mut [u64]) {
    let (vectors, rest) = words.split_at_mut(words.len() / L::LEN * L::LEN);
    for vector in vectors.chunks_exact_mut(L::LEN) {
        let word = Words::load(lanes, vector);
        let hash = word ^ (word >> 31);
        (hash ^ (hash >> 30)).store(vector);
    }
    rest.iter_mut().for_each(|word| *word = seed(*word));
}

/// The numbers that distinguish the children of a family, in as many vectors as necessary.
#[inline(always)]
fn numbers<L: Lanes>(lanes: L) -> [Words<L>; FAMILY as usize] {
    let mut numbers = [Words::splat(lanes, 0); FAMILY as usize];
    for (first, number) in (1..=FAMILY).step_by(L::LEN).zip(&mut numbers) {
        let each = Words::count_up(lanes, first.wrapping_mul(GAMMA), GAMMA);
        *number = each ^ (each >> 30);
    }
    numbers
}

/// Room after the parents for all children of a block, and for a whole vector at the end.
#[inline(always)]
pub(crate) fn room(next: &mut Vec<u64>, parents: usize) -> &mut [u64] {
    let end = parents + BLOCK * FAMILY as usize + MOST_LANES;
    if next.len() < end {
        next.resize(end, 0);
    }
    &mut next[parents..end]
}

impl<M: Machine> Expand<TreeSearch> for Packed<M> {
    const SOURCE: &'static str = file!();
    type Node = Grove;
    fn roots(&self, _: &TreeSearch) -> Vec<Grove> {
        root()
    }
    fn visit(&self, work: &TreeSearch, grove: Grove, census: &mut Census, mut found: impl FnMut(Grove)) {
        if is_root(&grove) {
            return found(plant(work, census));
        }
        let odds = work.odds();
        walk(grove, census, found, |words, next| self.machine.run(Level { odds, words, next }));
    }
    fn weight(&self, _: &TreeSearch) -> usize {
        FAMILIES
    }
}
