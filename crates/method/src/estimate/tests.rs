//! Estimates compared with known quantiles, and values that are not numbers.

use super::*;

fn plain(values: &[f64]) -> Estimate {
    Estimate::of(values, &Prior::NONE).unwrap()
}

#[test]
fn an_estimate_is_mean_and_t_interval() {
    let estimate = plain(&[0.1, 0.2, 0.3, 0.4]);
    assert!((estimate.log_mean - 0.25).abs() < 1e-12);
    assert!((estimate.error - 0.129_099 / 2.0).abs() < 1e-6 && estimate.freedom == 3.0);
    // t of 3 degrees of freedom at 98.75 % is 4.1765.
    assert!((estimate.half_width.unwrap() - 4.1765 * 0.129_099 / 2.0).abs() < 1e-5);
    assert!(estimate.low().unwrap() < estimate.ratio() && estimate.ratio() < estimate.high().unwrap());
}

#[test]
fn a_difference_has_welchs_interval() {
    let one = plain(&[0.9, 1.1, 1.0, 1.4]);
    let two = plain(&[0.1, 0.3, 0.1, 0.2, 0.1, 0.2]);
    let difference = one.over(&two);
    // by scipy.stats.ttest_ind(…, equal_var=False).confidence_interval(0.975)
    assert!((difference.log_mean - 0.933_333).abs() < 1e-6);
    assert!((difference.half_width.unwrap() - 0.420_038).abs() < 1e-4);
    assert_eq!(two.over(&one).half_width, difference.half_width);
    let single = plain(&[0.5]);
    assert_eq!((one.over(&single).half_width, single.over(&two).half_width), (None, None));
    let exact = plain(&[0.5, 0.5]);
    assert_eq!(exact.over(&exact).half_width, Some(0.0));
}

#[test]
fn one_block_has_the_interval_of_the_others_or_none() {
    let estimate = plain(&[0.5]);
    assert_eq!((estimate.half_width, estimate.low(), estimate.high()), (None, None, None));
    assert_eq!((estimate.log_mean, estimate.error, estimate.chance_above(0.1)), (0.5, 0.0, None));
    let prior = Prior { spread: Spread { variance: 0.04, freedom: 3.0 }, unseen: 0.0 };
    let borrowed = Estimate::of(&[0.5], &prior).unwrap();
    assert!((borrowed.half_width.unwrap() - 4.1765 * 0.2).abs() < 1e-4);
    // t of 3 degrees of freedom exceeds 3.1824 by chance 2.5 % of the time
    assert!((borrowed.chance_above(3.1824 * 0.2).unwrap() - 0.025).abs() < 1e-5);
}

#[test]
fn what_is_no_number_is_named_and_never_panics() {
    assert_eq!(Estimate::of(&[], &Prior::NONE), Err(Unusable::NoBlocks));
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308] {
        assert!(matches!(
            Estimate::of(&[0.0, odd], &Prior::NONE),
            Err(Unusable::NotALogRatio { block: 1, .. })
        ));
    }
    for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        assert!(matches!(log_ratio(&[1.0], &[1.0, odd], &[1.0]), Err(Unusable::NotATime { .. })));
    }
    assert_eq!(log_ratio(&[1.0], &[], &[1.0]), Err(Unusable::NoSamples));
    let extreme = log_ratio(&[f64::MAX], &[f64::MAX], &[f64::from_bits(1)]).unwrap();
    assert!(Estimate::of(&[extreme, -extreme], &Prior::NONE).is_ok());
}

#[test]
fn the_bracket_cancels_a_steady_drift() {
    let value = log_ratio(&[100.0], &[121.0], &[110.0]).unwrap();
    assert!(value.abs() < 1e-12);
}

#[test]
fn medians() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!((median(&[]), median(&[1.0, f64::NAN, 2.0])), (None, None));
}
