//! Shows an error at its place in the text.

use super::Error;
use std::fmt;

/// The characters of a long line that are shown on either side of the place.
const AROUND: usize = 40;

/// An error below its line of the text.
#[derive(Debug, Clone, Copy)]
pub struct InText<'a> {
    error: &'a Error,
    text: &'a str,
}

impl Error {
    /// The column of the error, in characters from 1; none for errors of arrays and outputs.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        match *self {
            Self::Character { column, .. }
            | Self::Number { column, .. }
            | Self::Inexact { column, .. }
            | Self::Word { column, .. }
            | Self::Unexpected { column, .. }
            | Self::Unclosed { column }
            | Self::Function { column, .. }
            | Self::Arity { column, .. }
            | Self::Kind { column, .. }
            | Self::Chained { column }
            | Self::TooDeep { column }
            | Self::TooLarge { column } => Some(column),
            Self::TooLong { .. }
            | Self::Missing { .. }
            | Self::Count { .. }
            | Self::Single { .. }
            | Self::Length { .. }
            | Self::Range { .. }
            | Self::Output { .. }
            | Self::Isa { .. }
            | Self::Codegen { .. } => None,
        }
    }

    /// Shows the error below its line of `text`.
    ///
    /// ```
    /// use parallax_jit::Expression;
    ///
    /// let text = "2*a + sine(b)";
    /// let error = Expression::parse(text).unwrap_err();
    /// let shown = error.in_text(text).to_string();
    /// assert!(shown.starts_with("2*a + sine(b)\n      ^\ncolumn 7: unknown function 'sine'"));
    /// ```
    #[must_use]
    pub fn in_text<'a>(&'a self, text: &'a str) -> InText<'a> {
        InText { error: self, text }
    }
}

impl fmt::Display for InText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = self.error.column() {
            let before: Vec<char> = self.text.chars().take(column - 1).collect();
            let line = before.iter().rposition(|char| *char == '\n').map_or(0, |end| end + 1);
            let from = line.max(before.len().saturating_sub(AROUND));
            let shown = self.text.chars().skip(from).take_while(|char| *char != '\n');
            // one column for each character, so that the mark is below its character
            let shown = shown.map(|char| if char.is_control() { ' ' } else { char });
            let shown: String = shown.take(before.len() - from + AROUND).collect();
            writeln!(f, "{shown}\n{}^", " ".repeat(before.len() - from))?;
        }
        write!(f, "{}", self.error)
    }
}

#[cfg(test)]
mod tests {
    use crate::Expression;

    /// The character above the mark, and the message.
    fn marked(text: &str) -> (char, String) {
        let shown = Expression::parse(text).unwrap_err().in_text(text).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        let [line, mark, message] = lines[..] else { panic!("{shown}") };
        assert!(mark.trim() == "^" && line.chars().count() <= 2 * super::AROUND, "{shown}");
        (line.chars().nth(mark.len() - 1).unwrap_or('\0'), message.to_owned())
    }

    #[test]
    fn the_mark_stands_below_the_place() {
        for (text, want) in [
            ("a + * b", '*'),
            ("1 + (a < b)", '('),
            ("a < b < c", '<'),
            ("ä + ü * 2", 'ä'),
            ("a +\n\tb c", 'c'),
            ("a +", '\0'),
            ("", '\0'),
        ] {
            assert_eq!(marked(text).0, want, "{text}");
        }
        let long = format!("{}*{}", "a + ".repeat(1000), " + b".repeat(1000));
        assert_eq!(marked(&long).0, '*');
    }

    #[test]
    fn what_has_no_place_is_the_message_alone() {
        let formula = Expression::parse("a + b").unwrap().compile().unwrap();
        let error = formula.eval(&[&[1.0]], &mut [0.0]).unwrap_err();
        assert_eq!((error.column(), error.in_text("a + b").to_string()), (None, error.to_string()));
        assert_eq!(error.to_string(), "1 array(s) given for 2 variable(s); give them in this order: a, b");
    }
}
