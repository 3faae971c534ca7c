//! Random numbers that every worker can generate independently: counter-based SplitMix64.
//!
//! Element `i` of a stream is a function of `(seed, i)`, so every technique, in every order and
//! language, sees the same input. The generator is Steele, Lea and Flood's SplitMix64
//! ("Fast splittable pseudorandom number generators", OOPSLA 2014), with random access.

/// The golden-ratio increment of SplitMix64.
pub const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scrambles one word; a bijection on 64 bits.
#[inline(always)]
pub const fn mix(mut z: u64) -> u64 {
    z ^= z >> 30;
    z = z.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^= z >> 27;
    z = z.wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Word `i` of the stream that `seed` names.
///
/// ```
/// use parallax_pattern::random::at;
/// assert_eq!(at(0, 0), 0xE220_A839_7B1D_CDAF); // the first output of SplitMix64 seeded with 0
/// ```
#[inline(always)]
pub const fn at(seed: u64, i: u64) -> u64 {
    mix(seed.wrapping_add(i.wrapping_add(1).wrapping_mul(GAMMA)))
}

/// The seed of workload number `workload` in input variant `variant`.
pub const fn seed(workload: u16, variant: u32) -> u64 {
    0x5EED_0000_0000_0000 | (variant as u64) << 32 | workload as u64
}

/// Opaque work: `turns` dependent scrambles, about 3 ns each on a current core.
#[inline]
pub const fn spin(mut h: u64, turns: u64) -> u64 {
    let mut turn = 0;
    while turn < turns {
        h = mix(h.wrapping_add(GAMMA));
        turn += 1;
    }
    h
}
