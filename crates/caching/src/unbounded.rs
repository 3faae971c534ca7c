//! A hash map that forgets nothing: each value is computed once, and memory is the price.
//!
//! ```
//! use std::collections::HashMap;
//!
//! fn costly(key: u64) -> u64 {
//!     (0..key).sum()
//! }
//!
//! let mut known = HashMap::new();
//! let mut ask = |key| *known.entry(key).or_insert_with(|| costly(key));
//! assert_eq!([ask(100), ask(200), ask(100)], [4950, 19900, 4950]); // two calls
//! ```
//!
//! `entry` hashes once for the look-up and the insertion. The standard library's hash withstands keys that an
//! attacker chose; these keys are trusted, and use a cheaper one (foldhash), as in every cache here.

use crate::hashing::Hashing;
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique};
use std::collections::HashMap;
use std::sync::Arc;

/// The standard library's hash map.
#[derive(Debug, Clone, Copy)]
pub struct Unbounded;

impl Technique for Unbounded {
    const CARD: Card = Card {
        name: "unbounded",
        idea: "remember every value in a hash map",
        gives: "each value computed once, in one line of code",
        costs: "memory grows with the number of keys, and look-ups slow down as caches overflow",
        cores: Cores::One,
        libraries: &["foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::KEEPS_ALL;
    fn start(_: usize) -> Answer<Self> {
        Ok(Unbounded)
    }
}

impl<R: Recall> Remember<R> for Unbounded {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let mut known = HashMap::with_hasher(Hashing::default());
        let keys = (0..work.len()).map(|i| work.key(i));
        let values = keys.map(|key| *known.entry(key).or_insert_with(|| work.compute(key)));
        let sum = values.fold(0, u64::wrapping_add);
        Ok(Recalled { sum, hits: (work.len() - known.len()) as u64, policy: Policy::Unbounded })
    }
}
