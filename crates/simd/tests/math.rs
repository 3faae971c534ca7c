//! The vector functions against results with 256 bits, and against the standard library for special arguments.

use astro_float_num::{BigFloat, Consts, RoundingMode};
use parallax_pattern::isa::Isa;
use parallax_pattern::random::at;
use parallax_simd::math;

type Vector = fn(Isa, &[f64], &mut [f64]);
type Wide = fn(&BigFloat, usize, RoundingMode, &mut Consts) -> BigFloat;

struct Case {
    name: &'static str,
    vector: Vector,
    number: fn(f64) -> f64,
    wide: Wide,
    /// The `i`-th argument.
    argument: fn(u64) -> f64,
    /// The bound that the documentation states.
    ulps: f64,
}

const CASES: [Case; 4] = [
    Case {
        name: "sin",
        vector: math::sin,
        number: f64::sin,
        wide: BigFloat::sin,
        argument: angle,
        ulps: 0.8,
    },
    Case {
        name: "cos",
        vector: math::cos,
        number: f64::cos,
        wide: BigFloat::cos,
        argument: angle,
        ulps: 0.8,
    },
    Case {
        name: "log",
        vector: math::log,
        number: f64::ln,
        wide: BigFloat::ln,
        argument: positive,
        ulps: 0.85,
    },
    Case {
        name: "exp",
        vector: math::exp,
        number: f64::exp,
        wide: BigFloat::exp,
        argument: power,
        ulps: 0.9,
    },
];

/// Small, large, and next to multiples of a quarter turn.
fn angle(i: u64) -> f64 {
    let sign = if at(1, i) & 1 == 0 { 1.0 } else { -1.0 };
    sign * match i % 4 {
        0 => 8.0 * unit(2, i),
        1 => 2f64.powf(60.0 * unit(3, i) - 40.0),
        2 => 1_048_576.0 * unit(4, i),
        _ => {
            let turn = (at(5, i) % 667_544) as f64 * std::f64::consts::FRAC_PI_2;
            f64::from_bits(turn.to_bits() + at(6, i) % 5)
        }
    }
}

/// All positive numbers, and many around one.
fn positive(i: u64) -> f64 {
    match i % 3 {
        0 => f64::from_bits(at(7, i) % f64::INFINITY.to_bits()),
        1 => 0.5 + 1.5 * unit(8, i),
        _ => 1.0 + (unit(9, i) - 0.5) * 2f64.powi(-((i % 50) as i32)),
    }
}

/// All powers that do not overflow, and small ones.
fn power(i: u64) -> f64 {
    match i % 2 {
        0 => 1416.0 * unit(10, i) - 708.0,
        _ => (unit(11, i) - 0.5) * 2f64.powi(2 - (i % 40) as i32),
    }
}

/// The bits of exact results, of which some ten may be wrong.
const BITS: usize = 256;
const NEAREST: RoundingMode = RoundingMode::ToEven;

/// The distance of `got` from `exact`, in units in the last place of `got`.
fn ulps(got: f64, exact: &BigFloat) -> f64 {
    let off = exact.sub(&BigFloat::from_f64(got, BITS), BITS, NEAREST);
    let Some((words, _, _, exponent, _)) = off.as_raw_parts() else { return f64::INFINITY };
    let off = words.last().map_or(0.0, |word| *word as f64 * 2f64.powi(exponent - 64));
    off / (got.abs().next_up() - got.abs())
}

/// A number from 0 to 1.
fn unit(seed: u64, i: u64) -> f64 {
    (at(seed, i) >> 11) as f64 / (1u64 << 53) as f64
}

/// Equal bits, or both NaN.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

#[test]
fn errors_stay_within_the_stated_bounds() {
    // The standard library is within 0.6 ulp, so our results can be worse only where they differ from it.
    let count = if cfg!(debug_assertions) { 50_000 } else { 1_000_000 };
    let mut constants = Consts::new().unwrap();
    for case in CASES {
        let x: Vec<f64> = (0..count).map(case.argument).collect();
        let mut y = vec![0.0; x.len()];
        for isa in Isa::available() {
            (case.vector)(isa, &x, &mut y);
            let differ = x.iter().zip(&y).filter(|(x, y)| !same((case.number)(**x), **y));
            let mut worst = (0.0, 0.0);
            for (x, y) in differ.take(2000) {
                let exact = (case.wide)(&BigFloat::from_f64(*x, BITS), BITS, NEAREST, &mut constants);
                let ulps = ulps(*y, &exact);
                if ulps > worst.0 {
                    worst = (ulps, *x);
                }
            }
            assert!(worst.0 <= case.ulps, "{} {isa:?}: {} ulp at {:e}", case.name, worst.0, worst.1);
        }
    }
}

#[test]
fn special_arguments_give_what_the_standard_library_gives() {
    let mut special =
        vec![0.0, f64::MIN_POSITIVE, 5e-324, 1e-310, 1e-9, 1.0, f64::MAX, f64::INFINITY, f64::NAN];
    special.extend([1_048_576.5, 1e15, 1e22, 2f64.powi(1023), 708.5, 709.78, 709.79, 745.2, 746.0]);
    // The number nearest to a multiple of a quarter turn among those below 2^20, and among all numbers.
    special.extend([16_367_173.0 * 2f64.powi(-6), 6_381_956_970_095_103.0 * 2f64.powi(797)]);
    let x: Vec<f64> = special.iter().flat_map(|x| [*x, -x]).collect();
    let mut y = vec![0.0; x.len()];
    for case in CASES {
        for isa in Isa::available() {
            (case.vector)(isa, &x, &mut y);
            for (x, y) in x.iter().zip(&y) {
                let want = (case.number)(*x);
                let near = (y - want).abs() <= 2.0 * (want.abs().next_up() - want.abs());
                assert!(near || same(want, *y), "{}({x:e}) by {isa:?}: {y:e}, not {want:e}", case.name);
                assert!(want != 0.0 || same(want, *y), "the sign of zero: {}({x:e})", case.name);
            }
        }
    }
}

#[test]
fn a_lane_does_not_know_its_place() {
    let x: Vec<f64> = (0..100).map(angle).chain((0..100).map(|i| positive(i) - 1.0)).collect();
    for case in CASES {
        for isa in Isa::available() {
            let mut whole = vec![0.0; x.len()];
            (case.vector)(isa, &x, &mut whole);
            for (start, length) in [(0, 1), (3, 7), (5, 11), (17, 64), (199, 1), (40, 0)] {
                let mut part = vec![0.0; length];
                (case.vector)(isa, &x[start..start + length], &mut part);
                assert!(part.iter().zip(&whole[start..]).all(|(a, b)| same(*a, *b)), "{} {isa:?}", case.name);
            }
        }
    }
}
