//! Tests of servers that fail, and of the open loop on one that does not.

use super::*;
use parallax_pattern::Sequential;
use parallax_pattern::http::one_at_a_time;
use parallax_pattern::{Card, Technique};
use parallax_pattern::{Reply, Request, Response};
use parallax_suite::Size;

/// A server that fails in the way given by `HOW`.
struct Faulty<const HOW: u8>;

const REFUSES: u8 = 0;
const PANICS: u8 = 1;
const LEAVES: u8 = 2;
const LIES: u8 = 3;
const IS_RIGHT: u8 = 4;

impl<const HOW: u8> Technique for Faulty<HOW> {
    const CARD: Card = Sequential::CARD;
    fn start(_: usize) -> Answer<Self> {
        Ok(Faulty)
    }
}

impl<R: Reply, const HOW: u8> Serve<R> for Faulty<HOW> {
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        match HOW {
            REFUSES => return Err(No::Unfit("it would rather not")),
            PANICS => panic!("it cannot bear it"),
            LEAVES => return Ok(()),
            LIES => one_at_a_time(&Liar(work.clone()), &listener, &stop),
            _ => one_at_a_time(&**work, &listener, &stop),
        }
        .map_err(|error| No::Failed(error.into()))
    }
    fn at_once(&self) -> usize {
        1
    }
}

/// Changes one letter of one answer.
struct Liar<R>(Arc<R>);

impl<R: Reply> Reply for Liar<R> {
    fn respond(&self, request: &Request, response: &mut Response) {
        self.0.respond(request, response);
        if request.target.ends_with('7') {
            response.body[3] ^= 1;
        }
    }
}

fn outcome<const HOW: u8>() -> Answer<()> {
    let mut run = start::<Faulty<HOW>>(1)?.load(Params { case: 1, ..Params::of(Size::Tiny) })?;
    run.spoil();
    run.run(1)?;
    run.check().map(drop).map_err(|mismatch| No::Failed(mismatch.into()))
}

#[test]
fn what_goes_wrong_with_a_server_is_said() {
    outcome::<IS_RIGHT>().unwrap();
    assert!(matches!(outcome::<REFUSES>(), Err(No::Unfit("it would rather not"))));
    for (outcome, words) in [
        (outcome::<PANICS>(), "the server panicked"),
        (outcome::<LEAVES>(), "the server ended by itself"),
        (outcome::<LIES>(), "byte 3 of the body"),
    ] {
        let why = outcome.unwrap_err().to_string();
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn each_variant_adds_one_load_and_all_of_them_every_load() {
    let loads = |variant| {
        let params = Params { variant, ..Params::of(Size::Small) };
        let mut run = start::<Faulty<IS_RIGHT>>(1).unwrap().load(params).unwrap();
        run.spoil();
        run.run(1).unwrap();
        let metrics = run.metrics().unwrap();
        let names: Vec<&str> = metrics.iter().map(|(name, _)| *name).collect();
        assert!(names.contains(&"driver_requests_per_second") && names.contains(&"one_p99_us"), "{names:?}");
        let tails = names.into_iter().filter(|name| name.starts_with("open") && name.ends_with("p999_us"));
        tails.collect::<Vec<_>>()
    };
    let all: Vec<_> = (0..4).map(loads).collect();
    assert_eq!(all, [["open50_p999_us"], ["open90_p999_us"], ["open25_p999_us"], ["open75_p999_us"]]);
    let mut tiny = start::<Faulty<IS_RIGHT>>(1).unwrap().load(Params::of(Size::Tiny)).unwrap();
    tiny.run(1).unwrap();
    assert!(tiny.metrics().unwrap().iter().all(|(name, _)| !name.starts_with("open")));
}

#[test]
fn an_open_loop_lasts_as_long_as_a_run_and_shows_a_tail() {
    assert_eq!([0.25, 0.9].map(|share| open_requests(share, 10_000)), [2500, 9000]);
    assert_eq!([0.25, 0.9].map(|share| open_requests(share, 1000)), [1000, 1000]);
}

#[test]
fn percentiles_that_do_not_exist_are_not_told() {
    let mut metrics = Vec::new();
    let latency = Latency { count: 200, p50_ns: 1500, p99_ns: Some(2000), ..Latency::default() };
    percentiles(&mut metrics, ["p50_us", "p99_us", "p999_us"], &latency);
    assert_eq!(metrics, [("p50_us", 1.5), ("p99_us", 2.0)]);
}
