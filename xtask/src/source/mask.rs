//! Blanks comments and literals out, so that the braces that are left can be counted.

/// `source` with the insides of comments, strings and characters replaced by spaces; all other bytes and every
/// line feed keep their places. Comments are blanked whole, literals keep their first byte.
///
/// ```
/// assert_eq!(xtask::source::mask("f('}', \"{\"); // }"), "f('  , \"  );     ");
/// ```
pub fn mask(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (start, end) = match opaque(bytes, at) {
            Some(Opaque::Comment(end)) => (at, end),
            Some(Opaque::Literal(end)) => (at + 1, end),
            None => {
                at += 1;
                continue;
            }
        };
        out[start..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at = end;
    }
    String::from_utf8_lossy(&out).into_owned() // whole characters were replaced, so nothing is lost
}

/// A piece that is not code, and its end.
enum Opaque {
    Comment(usize),
    Literal(usize),
}

fn opaque(bytes: &[u8], at: usize) -> Option<Opaque> {
    let rest = &bytes[at..];
    match rest {
        [b'/', b'/', ..] => {
            Some(Opaque::Comment(at + rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())))
        }
        [b'/', b'*', ..] => Some(Opaque::Comment(at + block_comment(rest))),
        [b'"', ..] => Some(Opaque::Literal(at + quoted(rest, b'"'))),
        [b'r', b'"' | b'#', ..] if !continues_a_word(bytes, at) => {
            raw(rest).map(|end| Opaque::Literal(at + end))
        }
        [b'\'', ..] => character(rest).map(|end| Opaque::Literal(at + end)),
        _ => None,
    }
}

/// The length of a comment that may hold others.
fn block_comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a literal that ends at the first `quote` without a backslash before it.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a raw string, if it is one and not a raw name such as `r#type`.
fn raw(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|&&b| b == b'#').count();
    let open = 1 + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let end = [&b"\""[..], &b"#".repeat(hashes)].concat();
    let inside = &rest[open + 1..];
    let close = inside.windows(end.len()).position(|window| window == end);
    Some(close.map_or(rest.len(), |close| open + 1 + close + end.len()))
}

/// The length of a character literal, if it is one and not a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        return Some(quoted(rest, b'\''));
    }
    let width = match rest.get(1)? {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
}

/// Whether the byte at `at` continues a name; in `br"…"` and `cr"…"` it does not.
fn continues_a_word(bytes: &[u8], at: usize) -> bool {
    let before = &bytes[..at];
    let before = before.strip_suffix(b"b").or(before.strip_suffix(b"c")).unwrap_or(before);
    before.last().is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_code_is_blanked() {
        for (source, left) in [
            ("a // {\nb", "a b"),
            ("a /* { /* } */ { */ b", "a b"),
            (r#"f("\"}{", '"', '\'', '{', b'}')"#, r#"f(" , ' , ' , ' , b' )"#),
            (r###"r#"}"{"# br##"}"#"## r"\" x"###, "r br r x"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("r#type { '日' 'é' 'x'", "r#type { ' ' '"),
            ("var\"{\" {", "var\" {"),
        ] {
            assert_eq!(mask(source).split_whitespace().collect::<Vec<_>>().join(" "), left, "{source}");
        }
    }

    #[test]
    fn what_does_not_end_is_blanked_to_the_end() {
        for source in ["\"{", "/* {", "r#\"{\"", "'\\", "'\\{", "\"\\"] {
            assert!(!mask(source).contains('{'), "{source}");
            assert_eq!(mask(source).len(), source.len());
        }
    }

    proptest! {
        #[test]
        fn every_byte_stays_in_its_place(source in "[a-z'\"\\\\/*#{}r\n日é ]{0,60}") {
            let masked = mask(&source);
            prop_assert_eq!(masked.len(), source.len());
            for (was, is) in source.bytes().zip(masked.bytes()) {
                prop_assert!(was == is || is == b' ');
                prop_assert!((was == b'\n') == (is == b'\n'));
            }
            prop_assert!(!masked.contains("//"));
        }
    }
}
