//! Random expressions, and numbers that are hard for them.

use super::{at, unit};

/// Makes texts from a seed; the same seed makes the same texts.
pub(crate) struct Random {
    seed: u64,
    next: u64,
    /// Whether to use functions that are rounded differently in different backends.
    pub(crate) functions: bool,
}

impl Random {
    pub(crate) fn new(seed: u64, functions: bool) -> Self {
        Self { seed, next: 0, functions }
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next += 1;
        at(self.seed, self.next) % n
    }

    /// A number-valued expression of the variables a, b and c with about `size` operations.
    pub(crate) fn number(&mut self, size: u64) -> String {
        if size == 0 {
            return match self.below(8) {
                0 => "0".to_owned(),
                1 => "1".to_owned(),
                2 => format!("{}", (self.below(64) as f64 - 32.0).abs() / 8.0),
                3 => "1e308".to_owned(),
                4 | 5 => "a".to_owned(),
                6 => "b".to_owned(),
                _ => "c".to_owned(),
            };
        }
        let rest = size - 1;
        let left = self.below(rest + 1);
        match self.below(if self.functions { 18 } else { 13 }) {
            0..=1 => format!("({} + {})", self.number(left), self.number(rest - left)),
            2 => format!("({} - {})", self.number(left), self.number(rest - left)),
            3..=4 => format!("{} * ({})", self.number(left), self.number(rest - left)),
            5 => format!("({}) / ({})", self.number(left), self.number(rest - left)),
            6 => format!("(-({}))", self.number(rest)),
            7 => format!("sqrt({})", self.number(rest)),
            8 => format!("abs({})", self.number(rest)),
            9 => format!("min({}, {})", self.number(left), self.number(rest - left)),
            10 => format!("max({}, {})", self.number(left), self.number(rest - left)),
            11 => format!("({}) ** {}", self.number(rest), self.below(7) as i64 - 2),
            12 => {
                let middle = self.below(left + 1);
                let condition = self.boolean(middle);
                format!("where({condition}, {}, {})", self.number(left - middle), self.number(rest - left))
            }
            13 => format!("sin({})", self.number(rest)),
            14 => format!("cos({})", self.number(rest)),
            15 => format!("log({})", self.number(rest)),
            16 => format!("exp({})", self.number(rest)),
            _ => format!("(({}) ** ({}))", self.number(left), self.number(rest - left)),
        }
    }

    /// A comparison, or several joined by `&`, `|` and `~`.
    pub(crate) fn boolean(&mut self, size: u64) -> String {
        let left = self.below(size + 1);
        match self.below(8) {
            0 if size > 0 => return format!("~{}", self.boolean(size - 1)),
            1 if size > 0 => return format!("({} & {})", self.boolean(left), self.boolean(size - left)),
            2 if size > 0 => return format!("({} | {})", self.boolean(left), self.boolean(size - left)),
            _ => {}
        }
        let sign = ["<", "<=", ">", ">=", "==", "!="][self.below(6) as usize];
        format!("({} {sign} {})", self.number(left), self.number(size - left))
    }
}

/// Three arrays in which every kind of number meets every other.
pub(crate) fn arrays(seed: u64, n: usize) -> [Vec<f64>; 3] {
    const HARD: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        5e-324,
        -2e-310,
        f64::MAX,
        f64::MIN_POSITIVE,
        2_000_000.5,
    ];
    [1, 2, 3].map(|array: u64| {
        let one = |i: u64| match at(seed + array, i) % 8 {
            0 => HARD[(at(seed + array, i + 1_000_000) % 12) as usize],
            1 => f64::from_bits(at(seed + array, i + 2_000_000)),
            2..=4 => (at(seed + array, i + 3_000_000) % 33) as f64 / 8.0 - 2.0,
            _ => 20.0 * unit(seed + array, i + 4_000_000) - 10.0,
        };
        (0..n as u64).map(one).collect()
    })
}
