//! Writes quantities as a person would: three digits and a unit that fits.

/// A duration, such as `58.7 ms`.
///
/// `ns` is in nanoseconds.
pub(crate) fn time(ns: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (unit, name) = units.into_iter().find(|(unit, _)| ns >= *unit).unwrap_or((1.0, "ns"));
    format!("{} {name}", digits(ns / unit))
}

/// An amount of memory, such as `9.9 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let units = [(1u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")];
    let (unit, name) = units.into_iter().find(|(unit, _)| bytes >= *unit).unwrap_or((1, "B"));
    format!("{} {name}", digits(bytes as f64 / unit as f64))
}

/// An energy in joules, such as `45.6 mJ`.
pub(crate) fn energy(joules: f64) -> String {
    let units = [(1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ")];
    let (unit, name) = units.into_iter().find(|(unit, _)| joules >= *unit).unwrap_or((1e-6, "µJ"));
    format!("{} {name}", digits(joules / unit))
}

/// A factor, such as `1.98×`.
pub(crate) fn factor(ratio: f64) -> String {
    format!("{}×", digits(ratio))
}

/// A count, such as `12.3 million`.
pub(crate) fn count(number: f64) -> String {
    let units = [(1e12, " trillion"), (1e9, " billion"), (1e6, " million"), (1e4, " thousand")];
    match units.into_iter().find(|(unit, _)| number >= *unit) {
        Some((1e4, name)) => format!("{}{name}", digits(number / 1e3)),
        Some((unit, name)) => format!("{}{name}", digits(number / unit)),
        None => digits(number),
    }
}

/// `1 worker`, `2 workers`.
pub(crate) fn workers(number: usize) -> String {
    format!("{number} worker{}", if number == 1 { "" } else { "s" })
}

/// Three significant digits, without an exponent if the number is readable.
pub(crate) fn digits(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        size if !(1e-3..1e6).contains(&size) => format!("{number:.1e}"),
        size if size >= 99.95 => format!("{number:.0}"),
        size if size >= 9.995 => format!("{number:.1}"),
        size if size >= 0.1 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

/// The half-width of an interval around its ratio, such as `±2.7%`: the larger side.
pub(crate) fn half_width(ratio: f64, low: f64, high: f64) -> String {
    let half = (high / ratio - 1.0).max(ratio / low - 1.0) * 100.0;
    match half {
        half if half.is_nan() || half > 999.0 => "±?".into(),
        half if half < 9.95 => format!("±{half:.1}%"),
        half => format!("±{half:.0}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_three_digits_and_a_unit() {
        assert_eq!(time(58_712_345.0), "58.7 ms");
        assert_eq!(
            (time(999.0), time(0.4), time(2.5e9)),
            ("999 ns".into(), "0.40 ns".into(), "2.50 s".into())
        );
        assert_eq!((bytes(10_380_902), bytes(12)), ("9.90 MiB".into(), "12.0 B".into()));
        assert_eq!(
            (energy(1.5), energy(0.0456), energy(2e-6)),
            ("1.50 J".into(), "45.6 mJ".into(), "2.00 µJ".into())
        );
        assert_eq!((factor(1.984), factor(0.0312)), ("1.98×".into(), "0.031×".into()));
        assert_eq!(
            (count(33219980.0), count(12345.0), count(128.0)),
            ("33.2 million".into(), "12.3 thousand".into(), "128".into())
        );
    }

    #[test]
    fn the_wider_side_of_an_interval_is_told() {
        assert_eq!(half_width(2.0, 1.9, 2.1), "±5.3%");
        assert_eq!(half_width(1.0, 0.0, 1.0), "±?");
    }
}
