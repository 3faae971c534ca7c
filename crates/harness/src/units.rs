//! Formatting figures with their units, in three significant digits.

use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// A time in nanoseconds, in the unit that leaves one to three digits before the point.
///
/// ```
/// use parallax_harness::units::time;
/// assert_eq!([1.234, 45_600.0, 789.4e6, 1.2e9].map(time), ["1.23 ns", "45.6 µs", "789 ms", "1.20 s"]);
/// ```
pub fn time(ns: f64) -> String {
    if !ns.is_finite() {
        return "?".into();
    }
    if ns.abs() < 1e-3 {
        return "0 ns".into(); // less than any clock can measure
    }
    let rounded = rounded(ns);
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (scale, unit) = *units.iter().find(|(scale, _)| rounded.abs() >= *scale).unwrap_or(&units[3]);
    format!("{} {unit}", significant(rounded / scale))
}

/// A number of bytes in powers of 1024.
///
/// ```
/// use parallax_harness::units::bytes;
/// assert_eq!([512, 1536, 32 << 20, 5 << 30].map(bytes), ["512 B", "1.50 KiB", "32.0 MiB", "5.00 GiB"]);
/// ```
pub fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        if value < 1023.5 {
            break;
        }
        (value, unit) = (value / 1024.0, next);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{} {unit}", significant(value)) }
}

/// An energy in joules.
///
/// ```
/// use parallax_harness::units::energy;
/// assert_eq!([1.234, 0.0456, 0.000_789, 0.0, 1500.0].map(energy), ["1.23 J", "45.6 mJ", "789 µJ", "0 µJ", "1500 J"]);
/// ```
pub fn energy(joules: f64) -> String {
    if !joules.is_finite() {
        return "?".into();
    }
    let rounded = rounded(joules);
    match rounded {
        0.0 => "0 µJ".into(),
        _ if rounded >= 1.0 => format!("{} J", significant(rounded)),
        _ if rounded >= 1e-3 => format!("{} mJ", significant(1e3 * rounded)),
        _ => format!("{} µJ", significant(1e6 * rounded)),
    }
}

/// A ratio, as in `1.93x`.
///
/// ```
/// use parallax_harness::units::ratio;
/// assert_eq!([1.926, 0.0518, 12.34, 1234.5].map(ratio), ["1.93x", "0.0518x", "12.3x", "1234x"]);
/// ```
pub fn ratio(ratio: f64) -> String {
    if ratio.is_finite() { format!("{}x", significant(ratio)) } else { "?".into() }
}

/// A number in two significant digits.
///
/// ```
/// use parallax_harness::units::two_digits;
/// assert_eq!([12.34, 1.926, 0.0518].map(two_digits), ["12", "1.9", "0.05"]);
/// ```
pub fn two_digits(x: f64) -> String {
    match x {
        x if x >= 9.95 => format!("{x:.0}"),
        x if x >= 0.995 => format!("{x:.1}"),
        x => format!("{x:.2}"),
    }
}

/// A number with its thousands separated.
///
/// ```
/// assert_eq!(parallax_harness::units::count(1_234_567), "1,234,567");
/// ```
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let comma = |(i, digit): (usize, char)| {
        let apart = i > 0 && (digits.len() - i).is_multiple_of(3);
        [apart.then_some(','), Some(digit)]
    };
    digits.chars().enumerate().flat_map(comma).flatten().collect()
}

/// A rate per second, in powers of 1000.
///
/// ```
/// use parallax_harness::units::per_second;
/// assert_eq!(per_second(12.34e9, "B"), "12.3 GB/s");
/// assert_eq!(per_second(4.5e12, "flop"), "4.50 Tflop/s");
/// assert_eq!([per_second(4.5e9, "Hz"), per_second(999.6e6, "")], ["4.50 GHz", "1.00 G/s"]);
/// ```
pub fn per_second(rate: f64, unit: &str) -> String {
    if !rate.is_finite() {
        return "?".into();
    }
    let prefixes = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")];
    let rounded = rounded(rate);
    let (scale, prefix) = *prefixes.iter().find(|(scale, _)| rounded >= *scale).unwrap_or(&prefixes[4]);
    let each = if unit == "Hz" { "" } else { "/s" };
    format!("{} {prefix}{unit}{each}", significant(rounded / scale))
}

/// A number of things: `1 cell`, `3 cells`.
pub fn things(n: usize, thing: &str) -> String {
    format!("{} {thing}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

/// A number of calls, and the ends of its interval where it has one.
///
/// ```
/// use parallax_harness::units::calls;
/// assert_eq!(calls(14.0, Some((11.0, 2000.0))), "14 calls (11 to 2,000)");
/// assert_eq!(calls(1.0, None), "1 call");
/// ```
pub fn calls(number: f64, interval: Option<(f64, f64)>) -> String {
    let told = things(number as usize, "call");
    match interval {
        Some((low, high)) => format!("{told} ({} to {})", count(low as u64), count(high as u64)),
        None => told,
    }
}

/// A duration for people who wait: two units at most, rounded up to the second.
///
/// ```
/// use std::time::Duration;
/// use parallax_harness::units::wait;
/// assert_eq!([45, 80, 7500].map(|s| wait(Duration::from_secs(s))), ["45 s", "1 min 20 s", "2 h 5 min"]);
/// ```
pub fn wait(left: Duration) -> String {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    let (large, small, units) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..3600 => (seconds / 60, seconds % 60, ("min", "s")),
        _ => (seconds / 3600, seconds % 3600 / 60, ("h", "min")),
    };
    if small == 0 {
        format!("{large} {}", units.0)
    } else {
        format!("{large} {} {small} {}", units.0, units.1)
    }
}

/// The longest budget that is accepted.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// Reads a budget: `90s`, `5m`, `1h30m`, or bare seconds. Made for clap's `value_parser`.
///
/// ```
/// use std::time::Duration;
/// use parallax_harness::units::budget;
/// assert_eq!(budget("1h30m")?, Duration::from_secs(5400));
/// assert_eq!(budget("90")?, Duration::from_secs(90));
/// assert!(budget("5 bananas").is_err());
/// # anyhow::Ok(())
/// ```
///
/// # Errors
///
/// If the text is not a duration, or one of zero or less, or longer than 30 days.
pub fn budget(text: &str) -> Result<Duration> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix('-').unwrap_or(trimmed);
    let bare = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let spelled = if bare { format!("{trimmed}s") } else { trimmed.to_owned() };
    let overlong = || format!("'{text}' is too long; the longest budget is 30 days, written 720h");
    if bare {
        let seconds: f64 = trimmed.parse().with_context(|| unreadable(text))?;
        ensure!(seconds <= LONGEST.as_secs_f64(), overlong());
    }
    let read: jiff::SignedDuration = spelled.parse().ok().with_context(|| unreadable(text))?;
    ensure!(read.is_positive(), "'{text}' leaves no time to measure; write 90s, 5m or 1h30m");
    let budget = read.unsigned_abs();
    ensure!(budget <= LONGEST, overlong());
    Ok(budget)
}

fn unreadable(text: &str) -> String {
    format!("'{text}' is not a duration; write 90s, 5m, 1h30m or a number of seconds")
}

/// The nearest number with three significant digits.
fn rounded(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

/// Three significant digits, without an exponent; all digits before the point are kept.
fn significant(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let scientific = format!("{x:.2e}"); // its exponent is the one after rounding: 9.996 has one digit more
    let exponent = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    format!("{x:.*}", (2_i32 - exponent).clamp(0, 9) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding_moves_to_the_next_unit() {
        assert_eq!([999.4, 999.6, 999.6e3, 999.6e6].map(time), ["999 ns", "1.00 µs", "1.00 ms", "1.00 s"]);
        assert_eq!([9.994, 9.996, 99.96, 0.1234].map(time), ["9.99 ns", "10.0 ns", "100 ns", "0.123 ns"]);
        assert_eq!([0.0, -1500.0, f64::NAN, 3.6e12].map(time), ["0 ns", "-1.50 µs", "?", "3600 s"]);
        assert_eq!([0, 1023, 1024, (1 << 20) - 1].map(bytes), ["0 B", "1023 B", "1.00 KiB", "1.00 MiB"]);
        assert_eq!([u64::MAX, 1000 << 10].map(bytes), ["16384 PiB", "1000 KiB"]);
        assert_eq!([0.9996, 0.0, f64::INFINITY].map(ratio), ["1.00x", "0x", "?"]);
    }

    #[test]
    fn counts_and_waits_read_well() {
        assert_eq!([0, 999, 1000, 100_000].map(count), ["0", "999", "1,000", "100,000"]);
        assert_eq!([things(1, "cell"), things(0, "cell")], ["1 cell", "0 cells"]);
        let waits = [0, 1, 59_001, 3_600_000, 176_700_000].map(|ms| wait(Duration::from_millis(ms)));
        assert_eq!(waits, ["0 s", "1 s", "1 min", "1 h", "49 h 5 min"]);
    }

    #[test]
    fn budgets_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90.0), ("5m", 300.0), ("1h30m", 5400.0), (" 2.5 ", 2.5)] {
            assert_eq!(budget(text).unwrap().as_secs_f64(), seconds, "{text}");
        }
        for (text, seconds) in
            [("5 minutes", 300.0), ("1h 30m", 5400.0), ("500ms", 0.5), ("720h", 2_592_000.0)]
        {
            assert_eq!(budget(text).unwrap().as_secs_f64(), seconds, "{text}");
        }
    }

    #[test]
    fn bad_budgets_say_what_to_write() {
        let why = |text: &str| format!("{:#}", budget(text).unwrap_err());
        for text in ["5 bananas", "", "m", "1.2.3", ".", "1e3", "NaN", "0x10", "5d", "１０s", "-"] {
            assert!(why(text).contains("is not a duration; write 90s"), "{}", why(text));
        }
        for text in ["-1s", "-1", "0", "0s", "0.0", "-1h"] {
            assert!(why(text).contains("leaves no time to measure; write"), "{text}: {}", why(text));
        }
        for text in ["721h", "99999999999", "2592001", &"9".repeat(400)] {
            assert!(why(text).contains("is too long; the longest budget is"), "{text}: {}", why(text));
        }
    }

    proptest! {
        #[test]
        fn a_time_reads_back_within_half_a_percent(ns in 1e-2..1e12_f64) {
            let said = time(ns);
            let (figure, unit) = said.split_once(' ').unwrap();
            let scales = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
            let scale = scales.into_iter().find(|(name, _)| *name == unit).unwrap().1;
            let back = figure.parse::<f64>().unwrap() * scale;
            prop_assert!((back / ns - 1.0).abs() < 0.00501, "{ns} says {said}");
            prop_assert!(unit == "s" || back < 1000.0 * scale);
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,40}") {
            if let Ok(budget) = budget(&text) {
                prop_assert!(!budget.is_zero() && budget <= LONGEST);
            }
        }
    }
}
