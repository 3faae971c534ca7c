//! The operations whose code differs most between instruction sets, against plain words.

use parallax_pattern::isa::Isa;
use parallax_pattern::random::at;
use parallax_simd::lanes::portable::Portable;
use parallax_simd::lanes::{Floats, Job, Lanes, MOST_LANES, Machine, Words};

/// Does a job with all vectors of this processor.
fn everywhere<J: Job + Clone>(job: &J) {
    for isa in Isa::available() {
        Portable::of(isa).run(job.clone());
        #[cfg(target_arch = "x86_64")]
        {
            use parallax_simd::lanes::{avx2::Avx2, avx512::Avx512};
            Avx2::for_isa(isa).map(|avx2| avx2.run(job.clone()));
            Avx512::for_isa(isa).map(|avx512| avx512.run(job.clone()));
        }
    }
}

#[derive(Clone)]
struct StoresSets;

impl Job for StoresSets {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let numbers: [f64; MOST_LANES] = std::array::from_fn(|lane| lane as f64 + 1.0);
        for bits in 0..1u64 << L::LEN {
            for beyond in [0, u64::MAX << L::LEN] {
                let mut out = [-1.0; 2 * MOST_LANES];
                Floats::load(lanes, &numbers).store_set(&mut out[1..], bits | beyond);
                let set: Vec<f64> =
                    (0..L::LEN).filter(|k| (bits >> k) & 1 == 1).map(|k| numbers[k]).collect();
                assert_eq!(out[1..=set.len()], set, "{} lanes, {bits:b}", L::LEN);
                let around = out[..1].iter().chain(&out[1 + L::LEN..]);
                assert!(around.into_iter().all(|&x| x == -1.0), "{} lanes, {bits:b}: {out:?}", L::LEN);
            }
        }
    }
}

#[test]
fn lanes_of_any_set_are_stored_side_by_side_and_no_further() {
    everywhere(&StoresSets);
}

#[derive(Clone)]
struct CountsAndMultiplies;

impl Job for CountsAndMultiplies {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        for round in 0..1000 {
            let (start, step, factor) = (at(1, round), at(2, round), at(3, round));
            let words = Words::count_up(lanes, start, step);
            let odd = (words & 1).eq(Words::splat(lanes, 1));
            let factors = Words::splat(lanes, factor);
            let mut all = [[0; MOST_LANES]; 4];
            for (out, words) in all.iter_mut().zip([
                words,
                words.count(odd, Words::one(lanes)),
                words * factors,
                words.mul_upper(factors),
            ]) {
                words.store(out);
            }
            let [words, counted, products, upper] = all;
            for lane in 0..L::LEN {
                let word = start.wrapping_add(step.wrapping_mul(lane as u64));
                let product = word.wrapping_mul(factor);
                assert_eq!(words[lane], word);
                assert_eq!(counted[lane], word.wrapping_add(word & 1));
                assert_eq!(products[lane], product);
                assert_eq!(upper[lane] >> 32, product >> 32);
            }
        }
    }
}

#[derive(Clone)]
struct ComparesBytes;

impl Job for ComparesBytes {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        for round in 0..1000 {
            let bytes = std::array::from_fn(|k| at(round, k as u64) as u8);
            for limit in [0, b' ', 127, 128, 255, bytes[0]] {
                let above = |k: usize| u64::from(bytes[k] > limit) << k;
                assert_eq!(
                    lanes.bytes_above(&bytes, limit),
                    (0..64).map(above).sum::<u64>(),
                    "above {limit}"
                );
            }
        }
    }
}

#[test]
fn bytes_are_compared_without_a_sign() {
    everywhere(&ComparesBytes);
}

#[test]
fn words_are_counted_and_multiplied_as_single_ones_are() {
    everywhere(&CountsAndMultiplies);
}

#[derive(Clone)]
struct MovesLanes;

impl Job for MovesLanes {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let (first, second) = (Words::count_up(lanes, 1, 1), Words::count_up(lanes, 11, 1));
        let all = |words: Words<L>| {
            let mut all = [0; MOST_LANES];
            words.store(&mut all);
            all[..L::LEN].to_vec()
        };
        let each = all(first);
        let [forth, back] = [second.slide(first), second.slide_back(first)].map(all);
        let tens: Vec<u64> = each.iter().map(|word| word + 10).collect();
        assert_eq!(forth, [&tens[1..], &each[..1]].concat());
        assert_eq!(back, [&each[L::LEN - 1..], &tens[..L::LEN - 1]].concat());
        assert_eq!(all(first.reverse()), each.iter().rev().copied().collect::<Vec<_>>());
        let (low, high) = first.interleave(second);
        let pairs: Vec<u64> = each.iter().flat_map(|word| [*word, word + 10]).collect();
        assert_eq!([all(low), all(high)].concat(), pairs);
        for bits in 0..1u64 << L::LEN {
            let is_set = |word: &u64| (bits >> (word - 1)) & 1 == 1;
            let chosen = Words::count_up(lanes, 1, 1).power_of_two();
            let mask = (chosen & (bits << 1)).eq(chosen);
            let parted = all(first.part(mask));
            let (set, others) = parted.split_at(bits.count_ones() as usize);
            assert!(
                set.iter().all(is_set) && set.is_sorted() && !others.iter().any(is_set),
                "{bits:b}: {parted:?}"
            );
            let mut same = parted.clone();
            same.sort_unstable();
            assert_eq!(same, each, "{bits:b}: the same lanes");
        }
        for (x, y) in [(3, 5), (5, 3), (u64::MAX, 0), (1 << 63, 1), (7, 7)] {
            let (smaller, larger) = Words::splat(lanes, x).sorted_signed(Words::splat(lanes, y));
            let [x, y] = [x, y].map(u64::cast_signed);
            assert_eq!(all(smaller), vec![x.min(y).cast_unsigned(); L::LEN]);
            assert_eq!(all(larger), vec![x.max(y).cast_unsigned(); L::LEN]);
        }
    }
}

#[test]
fn lanes_are_parted_turned_around_and_dealt_as_single_words_are() {
    everywhere(&MovesLanes);
}
