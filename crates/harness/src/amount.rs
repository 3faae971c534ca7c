//! A place on the axis of a sweep, for people: a time, or a number with three significant digits.

use crate::units;

/// Whether places in this unit are times.
pub fn is_time(unit: &str) -> bool {
    unit.starts_with("ns ")
}

/// A place without its unit.
pub fn amount(place: f64, unit: &str) -> String {
    match place {
        place if is_time(unit) => units::time(place),
        place if place >= 999.5 => units::count(three_digits(place) as u64),
        place => format!("{}", three_digits(place)),
    }
}

/// A place with its unit: `4,000 samples`, `1 worker`, `12.0 µs`.
pub fn with_unit(place: f64, unit: &str) -> String {
    let amount = amount(place, unit);
    if is_time(unit) {
        return amount;
    }
    let (first, rest) = unit.split_at(unit.find(' ').unwrap_or(unit.len()));
    let first = if amount == "1" { first.strip_suffix('s').unwrap_or(first) } else { first };
    format!("{amount} {first}{rest}")
}

/// A number rounded to three significant digits.
pub fn three_digits(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_unit_and_no_digit_too_much() {
        assert_eq!(with_unit(41_234.0, "samples"), "41,200 samples");
        assert_eq!(with_unit(10.0, "samples"), "10 samples");
        assert_eq!(with_unit(1.0, "workers"), "1 worker");
        assert_eq!(with_unit(1.0, "writes of 1024"), "1 write of 1024");
        assert_eq!(with_unit(2.5781, "writes of 1024"), "2.58 writes of 1024");
        assert_eq!(with_unit(16.0, "flop"), "16 flop");
        assert!(!with_unit(2e4, "ns of work in a task").contains("ns of"));
    }
}
