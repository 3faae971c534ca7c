//! The rotation of input variants: each technique sees all of them, in whichever blocks it runs.

use std::collections::BTreeMap;

/// How often each technique of a group has run on each variant of the input.
#[derive(Debug, Default)]
pub struct Rotation {
    blocks: u64,
    seen: BTreeMap<(usize, u32), u64>,
}

impl Rotation {
    /// Notes that a block of the group has run these techniques on that variant.
    pub fn note(&mut self, variant: u32, techniques: impl IntoIterator<Item = usize>) {
        self.blocks += 1;
        for technique in techniques {
            *self.seen.entry((technique, variant)).or_default() += 1;
        }
    }

    /// The variant of the group's next block: the one that its techniques have seen least often; among equals, the next
    /// in turn.
    ///
    /// Not the block's number modulo `variants`: a technique in every second block would see half of them.
    pub fn next(&self, variants: u32, techniques: &[usize]) -> u32 {
        let seen = |variant: u32| -> u64 {
            techniques.iter().filter_map(|technique| self.seen.get(&(*technique, variant))).sum()
        };
        let first = (self.blocks % u64::from(variants.max(1))) as u32;
        let in_turn = (0..variants.max(1)).map(|step| (first + step) % variants.max(1));
        in_turn.min_by_key(|variant| seen(*variant)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_that_share_every_second_block_see_all_variants() {
        let mut rotation = Rotation::default();
        let sets = [[0, 1, 2], [3, 4, 5]];
        let mut seen = [Vec::new(), Vec::new()];
        for block in 0..8 {
            let variant = rotation.next(4, &sets[block % 2]);
            rotation.note(variant, sets[block % 2]);
            seen[block % 2].push(variant);
        }
        for mut of_set in seen {
            of_set.sort_unstable();
            assert_eq!(of_set, [0, 1, 2, 3]);
        }
    }

    #[test]
    fn a_group_that_comes_up_every_fourth_time_still_rotates() {
        let mut rotation = Rotation::default();
        let variants: Vec<u32> = (0..4)
            .map(|_| {
                let variant = rotation.next(4, &[0]);
                rotation.note(variant, [0]);
                variant
            })
            .collect();
        assert_eq!(variants, [0, 1, 2, 3]);
        assert_eq!(Rotation::default().next(1, &[0]), 0);
    }
}
