//! Reproducible random numbers: the same seed and block draw the same order, also after a resume.

/// A stream of random numbers, SplitMix64 read as a counter.
///
/// Number `i` of a stream is a hash of `seed + i * γ`, without any state to save (Steele, Lea and Flood,
/// *Fast splittable pseudorandom number generators*, 2014). Good enough for shuffling; not for secrets.
///
/// ```
/// use parallax_method::schedule::Draw;
///
/// let mut order = [0, 1, 2, 3, 4, 5];
/// Draw::new(7, 0).shuffle(&mut order);
/// let mut again = [0, 1, 2, 3, 4, 5];
/// Draw::new(7, 0).shuffle(&mut again);
/// assert_eq!(order, again);
/// ```
#[derive(Clone, Debug)]
pub struct Draw {
    seed: u64,
    drawn: u64,
}

impl Draw {
    /// The stream number `stream` of `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { seed: at(seed, stream), drawn: 0 }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let bits = at(self.seed, self.drawn);
        self.drawn = self.drawn.wrapping_add(1);
        bits
    }

    /// A number below `end`, or 0 if `end` is 0. Uniform up to one part in 2⁶⁴ / `end` (Lemire's
    /// multiplication).
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// Brings `items` into random order (Fisher and Yates). O(items).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// Number `i` of the stream of `seed`.
fn at(seed: u64, i: u64) -> u64 {
    mix(seed.wrapping_add(i.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

fn mix(mut z: u64) -> u64 {
    z ^= z >> 30;
    z = z.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^= z >> 27;
    z = z.wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_splitmix64() {
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|i| at(1_234_567, i)), published);
    }

    #[test]
    fn every_order_is_equally_likely() {
        let mut counts = [0; 6];
        for block in 0..6000 {
            let mut order = [0, 1, 2];
            Draw::new(1, block).shuffle(&mut order);
            counts[order[0] * 2 + usize::from(order[1] > order[2])] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn below_stays_below() {
        let mut draw = Draw::new(3, 4);
        assert!((1..1000).all(|end| draw.below(end) < end));
        assert_eq!(draw.below(0), 0);
    }
}
