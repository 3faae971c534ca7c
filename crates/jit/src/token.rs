//! Cuts a text into tokens with their positions.

use crate::Error;
use crate::error::shortened;
use crate::meaning::Comparison;

/// A token and the byte at which it starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Token<'t> {
    pub(crate) at: usize,
    pub(crate) what: What<'t>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What<'t> {
    Number(f64),
    Name(&'t str),
    Plus,
    Minus,
    Star,
    Slash,
    StarStar,
    Open,
    Close,
    Comma,
    And,
    Or,
    Not,
    Compare(Comparison),
    End,
}

/// All tokens of `text`, the last one being [`What::End`]. Takes time and space linear in the text.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Error> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let (what, length) = token(text, at)?;
        tokens.push(Token { at, what });
        if what == What::End {
            return Ok(tokens);
        }
        at += length;
    }
}

/// The column of the byte `at`, counted in characters from 1.
pub(crate) fn column(text: &str, at: usize) -> usize {
    text[..at].chars().count() + 1
}

/// The token at a byte that is not white space, and its length.
fn token(text: &str, at: usize) -> Result<(What<'_>, usize), Error> {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else { return Ok((What::End, 0)) };
    if first.is_ascii_digit() || first == '.' {
        return number(text, at);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = run(rest, |c| c.is_ascii_alphanumeric() || c == b'_');
        let word = match &rest[..length] {
            "and" => ("and", "&"),
            "or" => ("or", "|"),
            "not" => ("not", "~"),
            name => return Ok((What::Name(name), length)),
        };
        return Err(instead(text, at, word));
    }
    let pair = match rest.as_bytes().get(..2) {
        Some(b"**") => Some(What::StarStar),
        Some(b"<=") => Some(What::Compare(Comparison::LessEqual)),
        Some(b">=") => Some(What::Compare(Comparison::GreaterEqual)),
        Some(b"==") => Some(What::Compare(Comparison::Equal)),
        Some(b"!=") => Some(What::Compare(Comparison::NotEqual)),
        Some(b"&&") => return Err(instead(text, at, ("&&", "&"))),
        Some(b"||") => return Err(instead(text, at, ("||", "|"))),
        _ => None,
    };
    if let Some(what) = pair {
        return Ok((what, 2));
    }
    let what = match first {
        '+' => What::Plus,
        '-' => What::Minus,
        '*' => What::Star,
        '/' => What::Slash,
        '(' => What::Open,
        ')' => What::Close,
        ',' => What::Comma,
        '&' => What::And,
        '|' => What::Or,
        '~' => What::Not,
        '<' => What::Compare(Comparison::Less),
        '>' => What::Compare(Comparison::Greater),
        found => return Err(Error::Character { column: column(text, at), found }),
    };
    Ok((what, 1))
}

fn instead(text: &str, at: usize, (word, sign): (&'static str, &'static str)) -> Error {
    Error::Word { column: column(text, at), word, sign }
}

/// Digits, a point, digits, and an exponent; at least one digit, and no character of a name right after it.
fn number(text: &str, at: usize) -> Result<(What<'_>, usize), Error> {
    let rest = &text[at..];
    let digits = |from: usize| from + run(&rest[from..], |c| c.is_ascii_digit());
    let is = |at: usize, set: &[u8]| rest.as_bytes().get(at).is_some_and(|c| set.contains(c));
    let mut end = digits(0);
    if is(end, b".") {
        end = digits(end + 1);
    }
    if is(end, b"eE") {
        let sign = usize::from(is(end + 1, b"+-"));
        end = digits(end + 1 + sign);
    }
    let whole = end + run(&rest[end..], |c| c.is_ascii_alphanumeric() || c == b'_' || c == b'.');
    match rest[..whole].parse::<f64>() {
        // A number that Rust parses and the grammar does not, such as `1_000`, ends at `end`.
        Ok(value) if whole == end && value.is_finite() => match rounded(&rest[..end], value) {
            None => Ok((What::Number(value), end)),
            Some(near) => Err(Error::Inexact {
                column: column(text, at),
                text: shortened(&rest[..end]),
                near: shortened(&near),
            }),
        },
        _ => Err(Error::Number { column: column(text, at), text: shortened(&rest[..whole]) }),
    }
}

/// The whole number `value`, if it differs from that in `digits`. A point or an exponent allows rounding.
fn rounded(digits: &str, value: f64) -> Option<String> {
    // Numbers of up to this many digits are exact in f64, and the comparison below takes time.
    if digits.len() <= f64::DIGITS as usize || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let exactly = format!("{value:.0}");
    (exactly != digits.trim_start_matches('0') && value != 0.0).then_some(exactly)
}

/// The number of bytes at the start of `text` that satisfy `like`; all of them are ASCII.
fn run(text: &str, like: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|c| c.is_ascii() && like(*c)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(text: &str) -> Vec<What<'_>> {
        tokens(text).unwrap().into_iter().map(|token| token.what).collect()
    }

    #[test]
    fn numbers_are_read_as_python_writes_them() {
        for (text, value) in [("1", 1.0), (".25", 0.25), ("1.", 1.0), ("1e-3", 1e-3), ("2.5E+2", 250.0)] {
            assert_eq!(whats(text), [What::Number(value), What::End], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_refused_whole() {
        for text in ["2x", "1e", "1e+", ".", "1.2.3", "1_000", "1e999", "0x10", "1..2"] {
            let error = tokens(&format!("a + {text}")).unwrap_err();
            assert_eq!(error, Error::Number { column: 5, text: text.to_owned() });
        }
    }

    #[test]
    fn long_operators_win_over_short_ones() {
        use Comparison::{Less, LessEqual, NotEqual};
        let want = [What::StarStar, What::Star, What::Compare(LessEqual), What::Compare(Less)];
        assert_eq!(whats("***<=<")[..4], want);
        assert_eq!(whats("!=")[0], What::Compare(NotEqual));
    }

    #[test]
    fn a_column_counts_characters_not_bytes() {
        let error = tokens("\u{a0}\u{3000}a é").unwrap_err();
        assert_eq!(error, Error::Character { column: 5, found: 'é' });
        assert!(matches!(tokens("a = b"), Err(Error::Character { column: 3, found: '=' })));
        assert!(matches!(tokens("!b"), Err(Error::Character { column: 1, found: '!' })));
    }
}
