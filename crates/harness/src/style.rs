//! Colours and safe text for terminals: coloured for a terminal, plain for a pipe, never with codes from
//! outside.
//!
//! Whether there is colour is decided once, as clap decides it for its help: standard output is a terminal,
//! `NO_COLOR` is unset or empty, `TERM` is not `dumb`. `CLICOLOR_FORCE=1` enables it in a pipe.
//!
//! A locale that is set and is not UTF-8, such as `LC_ALL=C`, gets plain ASCII: `|##` for a bar.

use anstyle::{AnsiColor, Style};
use std::{borrow::Cow, fmt::Display, sync::LazyLock};

/// The look of a text on a terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    #[default]
    Plain,
    /// For text to read first.
    Bold,
    /// For text to read last.
    Dim,
    /// Good news.
    Green,
    /// Bad news.
    Red,
    /// A warning.
    Yellow,
}

impl Paint {
    /// `text` in this look, or `text` alone if it is not `coloured`.
    ///
    /// ```
    /// use parallax_harness::style::Paint;
    /// assert_eq!(Paint::Green.over("faster", true), "\x1b[32mfaster\x1b[0m");
    /// assert_eq!(Paint::Green.over("faster", false), "faster");
    /// ```
    pub fn over(self, text: impl Display, coloured: bool) -> String {
        let style = match self {
            Paint::Plain => Style::new(),
            Paint::Bold => Style::new().bold(),
            Paint::Dim => Style::new().dimmed(),
            Paint::Green => AnsiColor::Green.on_default(),
            Paint::Red => AnsiColor::Red.on_default(),
            Paint::Yellow => AnsiColor::Yellow.on_default(),
        };
        if coloured { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

/// Whether standard output shows colour.
pub fn coloured() -> bool {
    static COLOURED: LazyLock<bool> = LazyLock::new(|| {
        let choice = anstream::AutoStream::choice(&std::io::stdout());
        choice != anstream::ColorChoice::Never
    });
    *COLOURED
}

/// `text` in bold, if standard output shows colour.
pub fn bold(text: impl Display) -> String {
    Paint::Bold.over(text, coloured())
}

/// `text` dimmed, if standard output shows colour.
pub fn dim(text: impl Display) -> String {
    Paint::Dim.over(text, coloured())
}

/// `text` in green, if standard output shows colour.
pub fn green(text: impl Display) -> String {
    Paint::Green.over(text, coloured())
}

/// `text` in red, if standard output shows colour.
pub fn red(text: impl Display) -> String {
    Paint::Red.over(text, coloured())
}

/// `text` in yellow, if standard output shows colour.
pub fn yellow(text: impl Display) -> String {
    Paint::Yellow.over(text, coloured())
}

/// `text` on one line, with characters that control a terminal spelled out.
///
/// Names, reasons and outputs come from workers and files. A control character in one could move the cursor,
/// a direction mark could show its letters in another order.
///
/// ```
/// assert_eq!(parallax_harness::style::visible("two\nlines \x1b[2J"), r"two\nlines \u{1b}[2J");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let spell = |c: char| if steers(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(spell).collect())
}

/// `text` as the locale can show it: unchanged, or in ASCII, character for character, so that columns stay aligned.
pub fn plain(text: &str) -> Cow<'_, str> {
    static ASCII: LazyLock<bool> = LazyLock::new(|| wants_ascii(|name| std::env::var(name).ok()));
    if *ASCII { ascii(text) } else { Cow::Borrowed(text) }
}

/// Whether a locale is set and is not UTF-8. Where none is set, as in most containers, terminals show UTF-8
/// all the same.
fn wants_ascii(variable: impl Fn(&str) -> Option<String>) -> bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|name| !name.is_empty());
    named.is_some_and(|name| {
        let name = name.to_lowercase();
        !name.contains("utf-8") && !name.contains("utf8")
    })
}

fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let stand_in = |c: char| match c {
        c if c.is_ascii() => c,
        'µ' => 'u',
        '×' => 'x',
        '±' => '~',
        '–' | '—' | '·' | '─' | '−' => '-',
        '…' => '.',
        '→' => '>',
        '│' => '|',
        '▌' | '▋' | '▊' | '▉' | '█' | '▐' => '#',
        '▏' | '▎' | '▍' => ' ', // less than half of one
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        _ => '?',
    };
    Cow::Owned(text.chars().map(stand_in).collect())
}

fn steers(c: char) -> bool {
    let direction =
        matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let invisible =
        matches!(c, '\u{200b}'..='\u{200d}' | '\u{2028}'..='\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    let tag = matches!(c, '\u{e0000}'..='\u{e007f}');
    c.is_control() || direction || invisible || tag
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Write, process::Command};

    #[test]
    fn what_steers_is_spelled_and_the_rest_is_kept() {
        assert_eq!(visible("µs █ 日本 é|,\"\\"), "µs █ 日本 é|,\"\\");
        assert_eq!(visible("a\tb\r\n\0\x7f\u{9b}31m"), r"a\tb\r\n\u{0}\u{7f}\u{9b}31m");
        assert_eq!(visible("abc\u{202e}fed\u{200b}"), r"abc\u{202e}fed\u{200b}");
        for c in ('\0'..=char::MAX).filter(|c| c.is_control()) {
            assert!(!visible(&c.to_string()).contains(c), "{c:?}");
        }
    }

    #[test]
    fn ascii_keeps_every_character_in_its_column() {
        assert_eq!(ascii("1.20 µs  2.0x ±1.5% ██▌ ▏│▐█ – …"), "1.20 us  2.0x ~1.5% ###  |## - .");
        assert_eq!(ascii("plain"), "plain");
        for share in [-1.0, 0.1, 0.33, 0.5, 0.9, 1.0_f64] {
            let bar = crate::bars::ratio_bar(2_f64.powf(share), 2.0, 9);
            assert_eq!((ascii(&bar).is_ascii(), ascii(&bar).len()), (true, 9), "{bar}");
        }
    }

    #[test]
    fn only_a_locale_that_is_named_and_is_not_utf_8_gets_ascii() {
        let wants = |set: &[(&str, &str)]| {
            wants_ascii(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).into()))
        };
        assert!(wants(&[("LANG", "C")]) && wants(&[("LC_ALL", "POSIX"), ("LANG", "en_GB.UTF-8")]));
        assert!(wants(&[("LC_CTYPE", "de_DE.ISO-8859-1")]));
        assert!(!wants(&[]) && !wants(&[("LANG", "C.UTF-8")]) && !wants(&[("LANG", "")]));
        assert!(!wants(&[("LC_ALL", "en_GB.utf8"), ("LANG", "C")]));
    }

    #[test]
    #[ignore = "started by the next test, in a process whose output is a pipe"]
    fn writes_in_green() {
        writeln!(std::io::stdout(), "<{}>", green("x")).unwrap();
    }

    #[test]
    fn a_pipe_gets_colour_only_if_forced_and_never_against_no_color() {
        let wrote = |env: &[(&str, &str)]| {
            let name = format!("{}::writes_in_green", module_path!().split_once("::").unwrap().1);
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", &name, "--ignored", "--nocapture"]);
            for unset in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
                child.env_remove(unset);
            }
            let out = child.envs(env.iter().copied()).output().unwrap();
            String::from_utf8(out.stdout).unwrap()
        };
        assert!(wrote(&[]).contains("<x>"));
        assert!(wrote(&[("CLICOLOR_FORCE", "1")]).contains("<\x1b[32mx\x1b[0m>"));
        assert!(wrote(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains("<x>"));
    }
}
