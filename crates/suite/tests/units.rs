//! Inputs of custom sizes: they have the requested units and right answers, and the named sizes stay the same.

use parallax_suite::digest::Output;
use parallax_suite::workload::*;
use parallax_suite::{catalogue, units};

/// Checks for each case and variant that inputs have the requested units, that the reference passes the check and an
/// incomplete output does not, and that the units of a named size make the same input as the size.
fn holds<W: Workload>() {
    for case in 0..W::CASES.len() {
        for variant in 0..4 {
            let tiny = Params { case, variant, ..Params::of(Size::Tiny) };
            sized::<W>(tiny);
            let of = |asked| Params { units: Some(asked), ..tiny };
            let made = |asked| W::units(of(asked)).expect("it has any number of units");
            assert!(0 < made(1) && made(1) < made(1000) && made(1000) < made(10_000), "{} {case}", W::NAME);
            for asked in [1, 2, 3, 7, 16, 40, 100, 1000, 3001] {
                checked(&W::make(of(asked)), made(asked));
            }
        }
    }
}

/// The right answer passes, and one with a wrong word does not.
fn checked<W: Workload>(work: &W, units: u64) {
    let name = || format!("{} {:?}", W::NAME, work.params());
    assert_eq!(work.facts().items, units as f64, "{}", name());
    assert_eq!(work.answer(), None, "no table has it: {}", name());
    let (mut out, expected) = (work.output(), work.expected());
    work.reference(&mut out);
    assert_eq!(work.check(&out, expected), Ok(()), "{}", name());
    let last = out.len() - 1;
    let right = out.word(last);
    let bits: &[u32] = if work.blind_bits() == 0 { &[0, 62] } else { &[62] };
    let mut changed = 0;
    for &bit in bits {
        out.set_word(last, right ^ (1u64 << bit));
        if out.word(last) != right {
            changed += 1; // a type may have fewer bits than a word
            assert!(work.check(&out, expected).is_err(), "bit {bit} of {}", name());
        }
    }
    assert!(changed > 0, "{}", name());
}

/// A named size and as many units make the same input.
fn sized<W: Workload>(size: Params) {
    let own = Params { units: W::units(size), ..size };
    assert_eq!(W::units(own), W::units(size), "{} {size:?}", W::NAME);
    let (named, own) = (W::make(size), W::make(own));
    assert_eq!(W::footprint(own.params()), W::footprint(size));
    assert_eq!(named.expected(), own.expected(), "{} {size:?}", W::NAME);
    let mut out = own.output();
    own.reference(&mut out);
    assert_eq!(named.check(&out, named.expected()), Ok(()), "{} {size:?}", W::NAME);
}

#[test]
fn inputs_of_any_size_have_right_answers() {
    holds::<Comparison>();
    holds::<Expression>();
    holds::<Heat>();
    holds::<Histogram>();
    holds::<Julia>();
    holds::<Lookup>();
    holds::<Matmul>();
    holds::<Matmul32>();
    holds::<MonteCarlo>();
    holds::<Pairwise>();
    holds::<Records>();
    holds::<Sort>();
    holds::<Stream>();
    holds::<TaskGraph>();
    holds::<Wordcount>();
}

#[test]
fn ten_samples_have_the_hits_that_ten_samples_have() {
    let work = MonteCarlo::make(Params { units: Some(10), ..Params::of(Size::Headline) });
    let hits = |samples: u64| {
        (0..samples).filter(|i| {
            let draw = |k: u64| u128::from(parallax_pattern::random::at(work.seed(), 2 * i + k) >> 33);
            draw(0).pow(2) + draw(1).pow(2) < 1 << 62
        })
    };
    let mut out = work.output();
    work.reference(&mut out);
    assert_eq!(out, hits(10).count() as u64);
    assert!(work.check(&(out + 1), work.expected()).is_err());
}

#[test]
fn the_catalogue_tells_the_units_by_name() {
    let units = |workload, case, asked| catalogue::units(workload, case, Size::Headline, asked);
    assert_eq!(units("montecarlo", "", None), Some(10_000_000));
    assert_eq!(units("montecarlo", "", Some(16)), Some(16));
    assert_eq!(units("pairwise", "", Some(1000)), Some(32 * 32), "whole rows");
    assert_eq!(units("matmul", "f32", Some(1)), Some(2), "one product and one sum");
    assert_eq!(units("expression", "E2", Some(1)), Some(9), "the origin and the points around it");
    assert_eq!(units("expression", "E1", Some(1)), Some(2));
    assert_eq!(units("sort", "stable", Some(5)), Some(5));
    let tiny = |workload| catalogue::units(workload, "", Size::Tiny, Some(1)).unwrap();
    assert_eq!(
        [tiny("stream"), tiny("heat"), tiny("julia")],
        [3, 8 * 8 * 10, 130],
        "what the peers round to"
    );
    assert_eq!(units("treesearch", "", None), None);
    assert_eq!(units("montecarlo", "", Some(0)), None);
    assert_eq!(units("own-work", "", Some(16)), None);
}

#[test]
fn what_no_input_can_have_is_refused_in_words() {
    let asked = |units| Params { units: Some(units), ..Params::of(Size::Tiny) };
    for wrong in [0, units::MOST + 1, u64::MAX] {
        let why = units::ensure(MonteCarlo::units, asked(wrong)).unwrap_err();
        assert!(why.contains(&wrong.to_string()) && why.contains("ask for 1 to"), "{why}");
    }
    let why = units::ensure(Fanout::units, asked(7)).unwrap_err();
    assert!(why.contains("tiny, small, headline"), "{why}");
    assert_eq!(units::ensure(Fanout::units, Params::of(Size::Tiny)), Ok(()));
}
