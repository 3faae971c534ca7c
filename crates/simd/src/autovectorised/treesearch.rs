//! A family of a tree in an array: the compiler vectorises drawing it, and its parents are kept without a branch.

use super::Autovectorised;
use crate::best;
use crate::clones::{self, Plain};
use crate::treesearch::{
    BLOCK, FACTORS, FAMILIES, Grove, first_shift, is_root, plant, room, root, seed, walk,
};
use parallax_pattern::Expand;
use parallax_pattern::random::GAMMA;
use parallax_suite::workload::{Census, FAMILY, TreeSearch};

/// Draws a level.
struct Level<'a> {
    odds: u64,
    words: &'a mut [u64],
    next: &'a mut Vec<u64>,
}

/// The numbers that distinguish the children of a family.
const NUMBERS: [u64; FAMILY as usize] = {
    let mut numbers = [0; FAMILY as usize];
    let mut k = 0;
    while k < numbers.len() {
        numbers[k] = first_shift((k as u64 + 1).wrapping_mul(GAMMA));
        k += 1;
    }
    numbers
};

impl Plain for Level<'_> {
    type Out = usize;
    #[inline(always)]
    fn run(self) -> usize {
        let Level { odds, words, next } = self;
        let mut parents = 0;
        for block in words.chunks_mut(BLOCK) {
            block.iter_mut().for_each(|word| *word = seed(*word));
            let room = room(next, parents);
            let mut more = 0;
            for seed in block {
                let mut family = NUMBERS;
                for child in &mut family {
                    *child = (*child ^ *seed).wrapping_mul(FACTORS[0]);
                    *child = (*child ^ (*child >> 27)).wrapping_mul(FACTORS[1]);
                }
                for child in family {
                    room[more] = child; // stays if it is counted, else the next one overwrites it
                    more += usize::from(child >> 32 < odds);
                }
            }
            parents += more;
        }
        parents
    }
}

impl Expand<TreeSearch> for Autovectorised {
    const SOURCE: &'static str = file!();
    type Node = Grove;
    fn roots(&self, _: &TreeSearch) -> Vec<Grove> {
        root()
    }
    fn visit(&self, work: &TreeSearch, grove: Grove, census: &mut Census, mut found: impl FnMut(Grove)) {
        if is_root(&grove) {
            return found(plant(work, census));
        }
        let (isa, odds) = (best::isa(), work.odds());
        walk(grove, census, found, |words, next| clones::run(isa, Level { odds, words, next }));
    }
    fn weight(&self, _: &TreeSearch) -> usize {
        FAMILIES
    }
}
