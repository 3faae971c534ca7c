//! Bisection: where a falling function reaches a value.

/// How many halvings: each determines a bit, and `f64` has 53.
const HALVINGS: usize = 100;

/// The least argument from 0 to `high` at which a falling `function` is `value` or less; 0 if it begins there, and
/// `high` if it does not fall that far.
pub(crate) fn falls_to(function: impl Fn(f64) -> f64, value: f64, high: f64) -> f64 {
    if function(0.0) <= value {
        return 0.0;
    }
    let (mut above, mut below) = (0.0, high);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(above, below);
        if function(middle) > value { above = middle } else { below = middle }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_place_or_the_end_that_is_nearest() {
        let falls = |x: f64| 8.0 / (1.0 + x);
        assert!((falls_to(falls, 2.0, 100.0) - 3.0).abs() < 1e-9);
        assert_eq!((falls_to(falls, 9.0, 100.0), falls_to(falls, 0.01, 100.0)), (0.0, 100.0));
    }
}
