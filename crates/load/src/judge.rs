//! Judging the bytes received so far: the right answer, the beginning of it, or wrong.

use crate::Exchange;
use httparse::{EMPTY_HEADER, Response, Status};

/// The longest head of an answer.
pub(crate) const LONGEST_HEAD: usize = 16 << 10;

/// The verdict on the bytes so far.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// More must come.
    Incomplete,
    /// The first `end` bytes are the answer.
    Right { end: usize },
    /// No more bytes can make it right; the text says why.
    Wrong(String),
}

/// Judges `bytes` as the answer to `exchange`.
///
/// Status, content type, length and body must be right; other headers are free.
/// An answer in chunks is refused: a server that has the whole body can say how long it is.
pub(crate) fn judge(bytes: &[u8], exchange: &Exchange) -> Verdict {
    match head(bytes, exchange) {
        Ok(None) if bytes.len() > LONGEST_HEAD => Verdict::Wrong("a head without end".into()),
        Ok(None) => Verdict::Incomplete,
        Ok(Some(begin)) => body(bytes, begin, exchange.body()),
        Err(why) => Verdict::Wrong(why),
    }
}

/// Where the body begins, once the head is complete and right.
fn head(bytes: &[u8], exchange: &Exchange) -> Result<Option<usize>, String> {
    let mut headers = [EMPTY_HEADER; 64];
    let mut response = Response::new(&mut headers);
    let begin = match response.parse(bytes) {
        Ok(Status::Complete(begin)) => begin,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("not HTTP ({error}): {:?}", shown(bytes))),
    };
    let code = response.code.unwrap_or(0);
    if code != 200 {
        return Err(format!("status {code}"));
    }
    let all = |name: &'static str| {
        response.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name))
    };
    let mut lengths = all("content-length").map(|header| header.value);
    let (length, another) = (lengths.next(), lengths.next());
    let length = length.and_then(|value| str::from_utf8(value).ok()?.parse::<usize>().ok());
    if length.is_none() || another.is_some() || all("transfer-encoding").next().is_some() {
        return Err("not exactly one content-length".into());
    }
    let right = exchange.body().len();
    if length != Some(right) {
        return Err(format!("{} bytes instead of {right}", length.unwrap_or(0)));
    }
    let kind = all("content-type").next().map(|header| header.value).unwrap_or_default();
    if kind != exchange.kind().as_bytes() {
        return Err(format!("content type {:?}, not {:?}", shown(kind), exchange.kind()));
    }
    Ok(Some(begin))
}

fn body(bytes: &[u8], begin: usize, right: &[u8]) -> Verdict {
    let end = begin + right.len();
    let Some(got) = bytes.get(begin..end) else { return Verdict::Incomplete };
    if got == right {
        return Verdict::Right { end };
    }
    let first = got.iter().zip(right).position(|(got, right)| got != right).unwrap_or(0);
    Verdict::Wrong(format!("byte {first} of the body is {:#04x}, not {:#04x}", got[first], right[first]))
}

/// The start of the received bytes, for messages: they may be anything, of any length.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str =
        "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

    fn verdict(answer: &str) -> Verdict {
        judge(answer.as_bytes(), &Exchange::get("/", "text/plain", "hello"))
    }

    #[test]
    fn every_beginning_is_incomplete_and_the_whole_is_right() {
        for end in 0..RIGHT.len() {
            assert_eq!(verdict(&RIGHT[..end]), Verdict::Incomplete, "{end}");
        }
        assert_eq!(verdict(RIGHT), Verdict::Right { end: RIGHT.len() });
        assert_eq!(verdict(&format!("{RIGHT}HTTP")), Verdict::Right { end: RIGHT.len() });
    }

    #[test]
    fn what_differs_is_wrong() {
        for (from, to, why) in [
            ("200", "500", "status 500"),
            ("hello", "hellO", "byte 4 of the body is 0x4f, not 0x6f"),
            ("text/plain", "text/html", "content type \"text/html\", not \"text/plain\""),
            ("Content-Type", "X-Content-Type", "content type \"\", not \"text/plain\""),
            ("Length: 5", "Length: 4", "4 bytes instead of 5"),
            ("Length: 5", "Length: -5", "not exactly one content-length"),
            ("Content-Length: 5\r\n", "", "not exactly one content-length"),
            ("Length: 5", "Length: 5\r\nContent-Length: 5", "not exactly one content-length"),
            ("Date: today", "Transfer-Encoding: chunked", "not exactly one content-length"),
        ] {
            assert_eq!(verdict(&RIGHT.replace(from, to)), Verdict::Wrong(why.into()));
        }
        assert!(matches!(verdict("what?"), Verdict::Wrong(why) if why.contains("not HTTP")));
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(LONGEST_HEAD));
        assert_eq!(verdict(&endless), Verdict::Wrong("a head without end".into()));
    }
}
