//! A server's cell: the technique runs on a thread of its own from load to drop, and the load on it in
//! a process of its own.

use super::judge::Judge;
use super::{Run, Started};
use crate::digest::Output;
use crate::question::{Answer, Cores, No, Serve};
use crate::stop::{Running, Stop};
use crate::workload::{Answered, Facts, Mismatch, Params, Routes, Size, Workload};
use parallax_load::{Closed, Driver, Latency, Open, Report, Trouble};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a server may take to end when it is told to.
const LAST_MOMENTS: Duration = Duration::from_secs(10);

/// The loads that an open loop offers, as shares of what the closed loop reached.
const LOADS: [(f64, [&str; 5]); 4] = [
    (0.25, ["open25_p50_us", "open25_p99_us", "open25_p999_us", "open25_per_second", "open25_late_p99_us"]),
    (0.50, ["open50_p50_us", "open50_p99_us", "open50_p999_us", "open50_per_second", "open50_late_p99_us"]),
    (0.75, ["open75_p50_us", "open75_p99_us", "open75_p999_us", "open75_per_second", "open75_late_p99_us"]),
    (0.90, ["open90_p50_us", "open90_p99_us", "open90_p999_us", "open90_per_second", "open90_late_p99_us"]),
];

/// From this share of its time, or of what it reaches by itself, on, the driver is what is measured.
const SATURATED: f64 = 0.9;

pub(super) fn start<T: Serve>(workers: usize) -> Answer<Box<dyn Started>> {
    Ok(Box::new(Ready { technique: T::start(workers)?, workers }))
}

struct Ready<T> {
    technique: T,
    workers: usize,
}

impl<T: Serve> Started for Ready<T> {
    fn load(self: Box<Self>, params: Params) -> Answer<Box<dyn Run>> {
        let work = Arc::new(Routes::make(params));
        let at_once = self.technique.at_once();
        let server = Server::start(self.technique, self.workers, &work)?;
        let driver = Driver::start(&work.exchanges()).map_err(|error| No::Failed(error.into()))?;
        let (judge, out) = (Judge::new(work.expected()), work.output());
        Ok(Box::new(Served { driver, server, at_once, work, out, judge }))
    }
    fn isa(&self) -> String {
        self.technique.isa()
    }
}

/// A server under load. The driver goes first, so that the server is left by its clients.
struct Served {
    driver: Driver,
    server: Server,
    at_once: usize,
    work: Arc<Routes>,
    out: Answered,
    judge: Judge,
}

impl Run for Served {
    fn spoil(&mut self) {
        self.out.spoil();
    }
    fn run(&mut self, times: u64) -> Answer<()> {
        for _ in 0..times {
            let report = self.closed(self.work.connections(), self.work.requests())?;
            self.out.receive(&self.work, report);
        }
        Ok(())
    }
    fn check(&self) -> Result<u64, Mismatch> {
        self.judge.judge(&*self.work, &self.out)
    }
    fn facts(&self) -> Facts {
        self.work.facts()
    }
    fn is_exact(&self) -> bool {
        true
    }
    fn cpu_metric(&self) -> Option<&'static str> {
        Some("cpu_us_per_request")
    }
    /// Of the last run; then, from medium on, of one client by itself, of the driver by itself, and of
    /// open loops, which take a second or two.
    fn metrics(&mut self) -> Answer<Vec<(&'static str, f64)>> {
        let closed = self.out.report().clone();
        let mut metrics = vec![("requests_per_second", closed.per_second()), ("driver_busy", closed.busy())];
        let saturated = closed.busy() >= SATURATED;
        metrics.push(("driver_saturated", f64::from(u8::from(saturated))));
        percentiles(&mut metrics, ["p50_us", "p99_us", "p999_us"], &closed.latency);
        let Some(seconds) = open_seconds(self.work.params().size) else { return Ok(metrics) };

        let alone = self.closed(1, self.work.requests() / 10)?;
        metrics.push(("one_requests_per_second", alone.per_second()));
        percentiles(&mut metrics, ["one_p50_us", "one_p99_us", "one_p999_us"], &alone.latency);
        let limit = self.driver.limit(self.work.connections(), 10_000);
        let limit = limit.map_err(|error| No::Failed(error.into()))?;
        let saturated = closed.busy().max(closed.per_second() / limit.per_second()) >= SATURATED;
        metrics.push(("driver_requests_per_second", limit.per_second()));
        metrics.push(("driver_saturated", f64::from(u8::from(saturated))));
        for (share, [p50, p99, p999, reached, late]) in LOADS {
            let report = self.open(share * closed.per_second(), seconds)?;
            percentiles(&mut metrics, [p50, p99, p999], &report.latency);
            metrics.push((reached, report.per_second()));
            metrics.extend(report.lateness.p99_ns.map(|ns| (late, ns as f64 / 1e3)));
        }
        Ok(metrics)
    }
}

impl Served {
    fn closed(&mut self, connections: usize, requests: usize) -> Answer<Report> {
        let outcome = self.driver.closed(&Closed { to: self.server.at, connections, requests });
        outcome.map_err(|trouble| self.server.blame(trouble))
    }

    fn open(&mut self, per_second: f64, seconds: f64) -> Answer<Report> {
        let plan = Open {
            to: self.server.at,
            connections: self.work.connections().min(self.at_once),
            requests: ((per_second * seconds) as usize).clamp(100, 200_000),
            per_second,
            seed: crate::random::seed(Routes::NUMBER, self.work.params().variant),
        };
        let outcome = self.driver.open(&plan);
        outcome.map_err(|trouble| self.server.blame(trouble))
    }
}

/// How long an open loop lasts; none where runs are for correctness only.
const fn open_seconds(size: Size) -> Option<f64> {
    size.of([None, None, None, Some(0.4), Some(2.0)])
}

fn percentiles(metrics: &mut Vec<(&'static str, f64)>, names: [&'static str; 3], latency: &Latency) {
    let of = [Some(latency.p50_ns), latency.p99_ns, latency.p999_ns];
    metrics.extend(names.into_iter().zip(of).filter_map(|(name, ns)| Some((name, ns? as f64 / 1e3))));
}

/// A technique that answers, until this is dropped.
struct Server {
    at: SocketAddr,
    running: Option<Running>,
    thread: Option<JoinHandle<()>>,
    ended: mpsc::Receiver<Answer<()>>,
}

impl Server {
    fn start<T: Serve>(technique: T, workers: usize, work: &Arc<Routes>) -> Answer<Self> {
        let failed = |error: std::io::Error| No::Unavailable(format!("no server on loopback: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let at = listener.local_addr().map_err(failed)?;
        let (running, stop) = Stop::pair().map_err(failed)?;
        let (end, ended) = mpsc::channel();
        let work = work.clone();
        let thread = thread::Builder::new().name("server".into()).spawn(move || {
            if matches!(T::CARD.cores, Cores::Workers) {
                keep_to(workers);
            }
            let _ = end.send(technique.reply(&work, listener, stop)); // whoever asked may have gone
        });
        Ok(Server { at, running: Some(running), thread: Some(thread.map_err(failed)?), ended })
    }

    /// Why a run failed: the server has ended, or the driver says it.
    fn blame(&self, trouble: Trouble) -> No {
        match self.ended.recv_timeout(Duration::from_millis(100)) {
            Ok(Err(no)) => no,
            Ok(Ok(())) => No::failed(format!("the server ended by itself: {trouble}")),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                No::failed(format!("the server panicked: {trouble}"))
            }
            Err(mpsc::RecvTimeoutError::Timeout) => No::Failed(trouble.into()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running = None;
        // a server that does not end is left behind: its process ends it
        let stays = matches!(self.ended.recv_timeout(LAST_MOMENTS), Err(mpsc::RecvTimeoutError::Timeout));
        if let Some(thread) = self.thread.take().filter(|_| !stays) {
            let _ = thread.join();
        }
    }
}

/// Keeps this thread, and the threads and processes that it starts, to as many cores as there are
/// workers: a server that starts them by the client would take all.
fn keep_to(workers: usize) {
    let Ok(allowed) = sched_getaffinity(None) else { return };
    let mut few = CpuSet::new();
    let cpus = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu));
    cpus.take(workers.max(1)).for_each(|cpu| few.set(cpu));
    let _ = sched_setaffinity(None, &few); // without it, the count of used cores tells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sequential;
    use crate::http::one_at_a_time;
    use crate::pattern::{Reply, Request, Response};
    use crate::question::{Card, Technique};
    use serde::{Deserialize, Serialize};

    /// A server that goes wrong in the way that its number says.
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

    impl<const HOW: u8> Serve for Faulty<HOW> {
        fn reply<R: Reply>(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
            match HOW {
                REFUSES => return Err(No::Unfit("it would rather not")),
                PANICS => panic!("it cannot bear it"),
                LEAVES => return Ok(()),
                LIES => one_at_a_time(&Liar(work.clone()), &listener, &stop),
                _ => one_at_a_time(&**work, &listener, &stop),
            }
            .map_err(|error| No::Failed(error.into()))
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

    impl<R> Serialize for Liar<R> {
        fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_unit()
        }
    }

    impl<'de, R> Deserialize<'de> for Liar<R> {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Err(serde::de::Error::custom("it stays where it is"))
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
    fn percentiles_that_do_not_exist_are_not_told() {
        let mut metrics = Vec::new();
        let latency = Latency { count: 200, p50_ns: 1500, p99_ns: Some(2000), ..Latency::default() };
        percentiles(&mut metrics, ["p50_us", "p99_us", "p999_us"], &latency);
        assert_eq!(metrics, [("p50_us", 1.5), ("p99_us", 2.0)]);
    }
}
