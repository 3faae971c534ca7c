//! A codec for HTTP/1.1: it parses requests and writes responses, and refuses bytes that are not a request.

use crate::{Request, Response};
use httparse::{EMPTY_HEADER, Status};
use std::io::Write as _;

/// The longest head of a request: request line and headers.
pub const LONGEST_HEAD: usize = 16 << 10;

/// The longest body of a request.
pub const LONGEST_BODY: usize = 1 << 20;

/// The most headers of a request.
const MOST_HEADERS: usize = 64;

/// A complete request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// The request itself.
    pub request: Request<'a>,
    /// How many bytes it takes up.
    pub len: usize,
    /// Whether more requests may follow on the connection.
    pub keep_alive: bool,
}

/// Why bytes are not a request that can be answered. The connection ends, because it is not known
/// where the next request would begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not HTTP/1.
    #[error("not an HTTP/1 request")]
    Malformed,
    /// The head is longer than [`LONGEST_HEAD`] or has too many headers.
    #[error("the head is too long or has too many headers")]
    LongHead,
    /// The body is longer than [`LONGEST_BODY`].
    #[error("the body is too long")]
    LongBody,
    /// The body's length is not given in a header.
    #[error("chunked bodies are not supported; send a content-length")]
    Chunked,
}

impl Refusal {
    /// The status code to answer with.
    pub const fn status(self) -> u16 {
        match self {
            Refusal::Malformed => 400,
            Refusal::LongHead => 431,
            Refusal::LongBody => 413,
            Refusal::Chunked => 501,
        }
    }
}

/// The first request in `bytes`; `None` if it is not complete yet.
///
/// # Errors
///
/// If no further bytes can make it a request.
///
/// ```
/// use parallax_pattern::http::parse;
///
/// assert_eq!(parse(b"GET / HT")?, None);
/// let parsed = parse(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next")?.unwrap();
/// assert_eq!((parsed.request.method, parsed.request.target, parsed.len), ("GET", "/", 27));
/// # Ok::<(), parallax_pattern::http::Refusal>(())
/// ```
pub fn parse(bytes: &[u8]) -> Result<Option<Parsed<'_>>, Refusal> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    // the limit holds for a head whether or not its end is there
    let shown = &bytes[..bytes.len().min(LONGEST_HEAD)];
    let begin = match head.parse(shown) {
        Ok(Status::Complete(begin)) => begin,
        Ok(Status::Partial) if shown.len() == LONGEST_HEAD => return Err(Refusal::LongHead),
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::LongHead),
        Err(_) => return Err(Refusal::Malformed),
    };
    let (Some(method), Some(target), Some(version)) = (head.method, head.path, head.version) else {
        return Err(Refusal::Malformed);
    };
    let body_len = body_len(head.headers)?;
    let Some(body) = bytes.get(begin..begin + body_len) else { return Ok(None) };
    let keep_alive = keeps_alive(version, head.headers);
    Ok(Some(Parsed { request: Request { method, target, body }, len: begin + body_len, keep_alive }))
}

/// Appends `response` to `out` in its wire format.
pub fn write(response: &Response, keep_alive: bool, out: &mut Vec<u8>) {
    let &Response { status, kind, ref body } = response;
    let (reason, length) = (reason(status), body.len());
    let connection = if keep_alive { "" } else { "connection: close\r\n" };
    write!(
        out,
        "HTTP/1.1 {status} {reason}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{connection}\r\n"
    )
    .expect("a vector takes all that is written");
    out.extend_from_slice(body);
}

/// The length of the body. Two lengths, or a length and chunks, are refused, as RFC 9112 (section 6.3)
/// allows: proxies on the way may read them differently (request smuggling).
fn body_len(headers: &[httparse::Header]) -> Result<usize, Refusal> {
    let mut len = None;
    for header in headers {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Refusal::Chunked);
        }
        if header.name.eq_ignore_ascii_case("content-length") {
            // digits only: `parse` alone would accept a sign
            let digits = Some(header.value).filter(|value| value.iter().all(u8::is_ascii_digit));
            let value =
                digits.and_then(|digits| str::from_utf8(digits).ok()).filter(|digits| !digits.is_empty());
            if len.is_some() || value.is_none() {
                return Err(Refusal::Malformed);
            }
            len = value.map(|digits| digits.parse().unwrap_or(usize::MAX));
        }
    }
    let len = len.unwrap_or(0);
    if len > LONGEST_BODY { Err(Refusal::LongBody) } else { Ok(len) }
}

/// Whether the connection stays open: from version 1.1 on by default, unless a header says otherwise.
fn keeps_alive(version: u8, headers: &[httparse::Header]) -> bool {
    let says = |word: &str| {
        let connection = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("connection"));
        connection
            .flat_map(|header| header.value.split(|&byte| byte == b','))
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
    };
    if version == 0 { says("keep-alive") } else { !says("close") }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

    fn refusal(request: &str) -> Refusal {
        parse(request.as_bytes()).unwrap_err()
    }

    #[test]
    fn every_beginning_waits_for_the_rest() {
        for end in 0..POST.len() {
            assert_eq!(parse(&POST.as_bytes()[..end]), Ok(None), "{end}");
        }
        let two = format!("{POST}{POST}");
        let parsed = parse(two.as_bytes()).unwrap().unwrap();
        assert_eq!(parsed.request, Request { method: "POST", target: "/echo", body: b"hello" });
        assert_eq!((parsed.len, parsed.keep_alive), (POST.len(), true));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for nonsense in
            ["\0\0\0\0", "GET / HTTP/9.9\r\n\r\n", "G ET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n"]
        {
            assert_eq!(refusal(nonsense), Refusal::Malformed, "{nonsense:?}");
        }
        for length in ["-1", "+5", "5, 5", "", "0x5", "5\r\nContent-Length: 5"] {
            assert_eq!(
                refusal(&POST.replace(": 5", &format!(": {length}"))),
                Refusal::Malformed,
                "{length:?}"
            );
        }
        assert_eq!(refusal(&POST.replace("Host: x", "Transfer-Encoding: chunked")), Refusal::Chunked);
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_has_come() {
        let endless = format!("GET /{} ", "x".repeat(LONGEST_HEAD));
        assert_eq!(refusal(&endless), Refusal::LongHead);
        let whole = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(LONGEST_HEAD));
        assert_eq!(refusal(&whole), Refusal::LongHead);
        let crowd = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(refusal(&crowd), Refusal::LongHead);
        for length in [(LONGEST_BODY + 1).to_string(), "9".repeat(40)] {
            let head = POST.replace(": 5", &format!(": {length}"));
            assert_eq!(refusal(&head), Refusal::LongBody);
        }
    }

    #[test]
    fn who_wants_to_go_is_let_go() {
        let keeps =
            |head: &str| parse(format!("GET / {head}\r\n\r\n").as_bytes()).unwrap().unwrap().keep_alive;
        assert!(keeps("HTTP/1.1") && keeps("HTTP/1.0\r\nConnection: Keep-Alive"));
        assert!(!keeps("HTTP/1.0") && !keeps("HTTP/1.1\r\nconnection: upgrade, Close"));
    }

    #[test]
    fn a_response_is_written_with_its_length() {
        let mut out = b"before".to_vec();
        let mut response = Response::default();
        response.text(200, b"hi");
        write(&response, false, &mut out);
        let right = "beforeHTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";
        assert_eq!(str::from_utf8(&out).unwrap(), right);
    }
}
