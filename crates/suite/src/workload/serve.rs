//! A small web service on loopback: the cost of a request, and the latency under load.
//!
//! ```text
//! for each request, on one of many connections:
//!     /plaintext: a fixed text    /json/{k}: k and mix(k)
//!     /cpu/{k}?it={n}: spin(k, n)    POST /echo: the body
//! ```
//!
//! The load comes from a separate process (the crate `parallax-load`), which compares every answer byte for
//! byte. A closed loop of many connections is timed: the server's throughput. Then an open loop
//! offers between a quarter and nine tenths of that, another share for each input variant, and measures
//! the latency of answers, from when the request was meant to be sent.

use super::{Evenness, Facts, Mismatch, Params, Workload, cases, explain, sent_as_params};
use crate::bound::Bound;
use crate::digest::Output;
use parallax_pattern::random::{self, mix, spin};
use parallax_pattern::{Reply, Request, Response};
use std::io::Write as _;

/// A greeting, a word as JSON, an echo and a piece of opaque work.
#[derive(Debug)]
pub struct Routes {
    params: Params,
    turns: u64,
}

cases! {
    /// The kind of request.
    enum Route {
        Plaintext = "plaintext",
        Json = "json",
        Echo = "echo",
        Cpu = "cpu",
    }
}

/// The most distinct requests; they take turns.
const DISTINCT: usize = 1000;

/// The sizes of echoed bodies, in bytes.
const ECHOES: [usize; 6] = [64, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 100 << 10];

/// The most turns that a request may ask for: about a tenth of a second.
const MOST_TURNS: u64 = 30_000_000;

/// A request in its wire format, and the response that must come back with status 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The request, head and body.
    pub request: Vec<u8>,
    /// The content type that the answer must have.
    pub kind: &'static str,
    /// The body that the answer must have.
    pub body: Vec<u8>,
}

impl Exchange {
    fn get(target: &str, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        Exchange { request: request.into(), kind, body: body.into() }
    }

    fn post(target: &str, kind: &'static str, body: Vec<u8>) -> Self {
        let length = body.len();
        let head = format!(
            "POST {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        );
        Exchange { request: [head.as_bytes(), &body].concat(), kind, body }
    }
}

impl Routes {
    /// The default number of turns of opaque work for a request: some ten microseconds.
    pub const TURNS: u64 = 3000;

    /// How many requests there are.
    pub fn requests(&self) -> usize {
        self.params.size.of([50, 1000, 1000, 10_000, 200_000])
    }

    /// How many clients send requests at the same time.
    pub fn connections(&self) -> usize {
        self.params.size.of([4, 64, 64, 64, 64])
    }

    /// The requests and their right responses; request `i` is exchange `i` modulo their number.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let distinct = match Route::ALL[self.params.case] {
            Route::Plaintext => 1,
            Route::Echo => 10 * ECHOES.len(), // ten bodies of each size, two megabytes in total
            Route::Json | Route::Cpu => DISTINCT,
        };
        (0..distinct.min(self.requests())).map(|i| self.exchange(i)).collect()
    }

    fn exchange(&self, i: usize) -> Exchange {
        let seed = random::seed(Self::NUMBER, self.params.variant);
        let k = random::at(seed, i as u64) >> 44;
        match Route::ALL[self.params.case] {
            Route::Plaintext => Exchange::get("/plaintext", "text/plain", "Hello, World!"),
            Route::Json => {
                let body = format!(r#"{{"k":{k},"h":"{}"}}"#, hex(mix(k)));
                Exchange::get(&format!("/json/{k}"), "application/json", body)
            }
            Route::Echo => {
                let bytes = (0..).flat_map(|word| random::at(k, word).to_le_bytes());
                let body: Vec<u8> = bytes.take(ECHOES[i % ECHOES.len()]).collect();
                Exchange::post("/echo", "application/octet-stream", body)
            }
            Route::Cpu => {
                let target = format!("/cpu/{k}?it={}", self.turns);
                Exchange::get(&target, "text/plain", hex(spin(k, self.turns)))
            }
        }
    }
}

impl Reply for Routes {
    fn respond(&self, request: &Request, response: &mut Response) {
        let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
        let mut parts = path.split('/').skip(1);
        match (request.method, parts.next(), parts.next(), parts.next()) {
            ("GET", Some("plaintext"), None, None) => response.text(200, b"Hello, World!"),
            ("GET", Some("json"), Some(k), None) => json(k, response),
            ("GET", Some("cpu"), Some(k), None) => cpu(k, query, response),
            ("POST", Some("echo"), None, None) => {
                (response.status, response.kind) = (200, "application/octet-stream");
                response.body.extend_from_slice(request.body);
            }
            (_, Some("plaintext" | "echo"), None, None) | (_, Some("json" | "cpu"), Some(_), None) => {
                response.text(405, b"use another method");
            }
            _ => response.text(404, b"there is /plaintext, /json/{k}, /cpu/{k}?it={n} and /echo"),
        }
    }
}

fn json(k: &str, response: &mut Response) {
    let Ok(k) = k.parse::<u64>() else { return response.text(400, b"k is a whole number") };
    (response.status, response.kind) = (200, "application/json");
    write!(response.body, r#"{{"k":{k},"h":"{:016x}"}}"#, mix(k))
        .expect("a vector takes all that is written");
}

fn cpu(k: &str, query: &str, response: &mut Response) {
    let turns = query.strip_prefix("it=").and_then(|it| it.parse().ok()).filter(|&it| it <= MOST_TURNS);
    let (Ok(k), Some(turns)) = (k.parse(), turns) else {
        return response.text(400, b"k and it are whole numbers, and it is not large");
    };
    response.status = 200;
    write!(response.body, "{:016x}", spin(k, turns)).expect("a vector takes all that is written");
}

/// The responses that the clients received in the last run.
#[derive(Debug, Default)]
pub struct Answered {
    words: Vec<u64>,
}

impl Answered {
    /// Records how often each exchange of `work` was answered correctly.
    pub fn receive(&mut self, work: &Routes, right: &[u64]) {
        let answers = self.words.iter_mut().zip(right).enumerate();
        answers.for_each(|(i, (word, &right))| *word = answers_word(&work.exchange(i), right));
    }
}

/// Each word is the answer of one exchange, times how often it was given.
impl Output for Answered {
    fn len(&self) -> usize {
        self.words.len()
    }
    fn word(&self, i: usize) -> u64 {
        self.words[i]
    }
    fn set_word(&mut self, i: usize, word: u64) {
        self.words[i] = word;
    }
}

impl Workload for Routes {
    const NAME: &'static str = "serve";
    const NUMBER: u16 = 15;
    const SHOWS: &'static str = "requests on a socket, tail latency under offered load";
    const PATTERN: &'static str = "reply";
    const CASES: &'static [&'static str] = Route::NAMES;
    const HEADLINE: &'static [&'static str] =
        &["axum+tokio", "hyper+tokio", "thread-per-connection", "prefork"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Answered;

    fn make(params: Params) -> Self {
        Routes { params, turns: params.turns.unwrap_or(Self::TURNS).min(MOST_TURNS) }
    }
    fn params(&self) -> Params {
        self.params
    }
    /// A buffer for each connection at either end, and the table of exchanges.
    fn footprint(params: Params) -> u64 {
        let work = Routes::make(params);
        let largest = if Route::ALL[params.case] == Route::Echo { 4 << 20 } else { 1 << 20 };
        2 * work.connections() as u64 * (256 << 10) + 3 * largest
    }
    fn facts(&self) -> Facts {
        let (requests, exchanges) = (self.requests() as f64, self.exchanges());
        let size = |exchange: &Exchange| exchange.request.len() + exchange.body.len();
        let bytes = exchanges.iter().map(size).sum::<usize>() as f64 / exchanges.len() as f64;
        Facts {
            items: requests,
            unit: "requests".into(),
            bytes: bytes * requests,
            flops: 0.0,
            evenness: if Route::ALL[self.params.case] == Route::Echo {
                Evenness::Uneven
            } else {
                Evenness::Even
            },
            limits: vec![Bound::ratio(
                "requests_per_second",
                "driver_requests_per_second",
                "the driver by itself",
            )],
            spread: None,
        }
    }
    fn output(&self) -> Answered {
        Answered { words: vec![0; self.exchanges().len()] }
    }
    /// Without server or socket: the answer of each exchange, as often as it takes its turn.
    fn reference(&self, out: &mut Answered) {
        let distinct = out.words.len();
        for (i, word) in out.words.iter_mut().enumerate() {
            let times = (self.requests() - i).div_ceil(distinct);
            *word = answers_word(&self.exchange(i), times as u64);
        }
    }
    fn check(&self, got: &Answered, expected: u64) -> Result<(), Mismatch> {
        if self.digest(got) == expected { Ok(()) } else { Err(explain(self, got, expected)) }
    }
}

sent_as_params!(Routes);

/// An exchange's answer as a word, times how often it was given.
fn answers_word(exchange: &Exchange, times: u64) -> u64 {
    let body = exchange.body.chunks(8).map(|bytes| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    });
    // odd, so that only zero answers give 0
    (body.fold(exchange.body.len() as u64, |sum, word| mix(sum ^ word)) | 1).wrapping_mul(times)
}

/// Sixteen hexadecimal digits, by hand: the reference does not use the code that it checks.
fn hex(word: u64) -> String {
    let digit = |place: u32| char::from_digit((word >> (60 - 4 * place) & 15) as u32, 16).unwrap_or('?');
    (0..16).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;

    fn answer(method: &str, target: &str, body: &[u8]) -> (u16, &'static str, String) {
        let mut response = Response::default();
        Routes::make(Params::of(Size::Tiny)).respond(&Request { method, target, body }, &mut response);
        (response.status, response.kind, String::from_utf8_lossy(&response.body).into_owned())
    }

    #[test]
    fn answers_are_those_of_another_program() {
        assert_eq!(answer("GET", "/plaintext", b""), (200, "text/plain", "Hello, World!".into()));
        let json = r#"{"k":7,"h":"12ae30237b17df14"}"#;
        assert_eq!(answer("GET", "/json/7", b""), (200, "application/json", json.into()));
        assert_eq!(answer("GET", "/cpu/7?it=3", b""), (200, "text/plain", "9c01479161bc5d78".into()));
        assert_eq!(answer("POST", "/echo", b"\0x"), (200, "application/octet-stream", "\0x".into()));
    }

    #[test]
    fn every_exchange_is_what_the_kernel_answers() {
        for case in 0..Routes::CASES.len() {
            let work = Routes::make(Params { case, variant: 2, ..Params::of(Size::Small) });
            for exchange in work.exchanges() {
                let parsed = parallax_pattern::http::parse(&exchange.request).unwrap().unwrap();
                let mut response = Response::default();
                work.respond(&parsed.request, &mut response);
                assert_eq!((response.status, response.kind), (200, exchange.kind));
                assert!(response.body == exchange.body, "{}", parsed.request.target);
            }
        }
    }

    #[test]
    fn what_is_not_there_is_said_so() {
        for (method, target, status) in [
            ("GET", "/", 404),
            ("GET", "", 404),
            ("GET", "/plaintext/x", 404),
            ("POST", "/plaintext", 405),
            ("GET", "/echo", 405),
            ("DELETE", "/json/1", 405),
            ("GET", "/json/", 400),
            ("GET", "/json/-1", 400),
            ("GET", "/json/99999999999999999999", 400),
            ("GET", "/cpu/1", 400),
            ("GET", "/cpu/1?it=", 400),
            ("GET", "/cpu/1?it=99999999999", 400),
        ] {
            assert_eq!(answer(method, target, b"").0, status, "{method} {target}");
        }
    }

    #[test]
    fn one_answer_too_few_is_rejected() {
        let work = Routes::make(Params { case: 1, ..Params::of(Size::Small) });
        let verdict = |right: Vec<u64>| {
            let mut out = work.output();
            out.receive(&work, &right);
            work.check(&out, work.expected())
        };
        let all = vec![1; 1000];
        verdict(all.clone()).unwrap();
        for (lost, again) in [(0, 0), (999, 998), (500, 0)] {
            let mut right = all.clone();
            right[lost] -= 1;
            right[again] += u64::from(again != lost);
            assert!(verdict(right).is_err(), "{lost} lost, {again} twice");
        }
    }
}
