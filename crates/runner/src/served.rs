//! A server's cell: the technique runs on its own thread from load to drop, and the load generator in
//! its own process.

use parallax_load::{Closed, Driver, Latency, Open, Report, Trouble};
use parallax_pattern::stop::{Running, Stop};
use parallax_pattern::{Answer, Cores, No, Question, Serve};
use parallax_suite::cell::{self, Cell, Judge, Run, Started};
use parallax_suite::digest::Output;
use parallax_suite::workload::{self, Answered, Facts, Mismatch, Params, Routes, Workload};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a server may take to stop.
const LAST_MOMENTS: Duration = Duration::from_secs(10);

/// The loads that an open loop offers, as shares of the closed loop's rate: one per turn, by the variant,
/// so that a cell has all of them after as many blocks and no turn spends longer on them than on its samples.
/// The first is the most informative one.
const LOADS: [(f64, [&str; 5]); 4] = [
    (0.50, ["open50_p50_us", "open50_p99_us", "open50_p999_us", "open50_per_second", "open50_late_p99_us"]),
    (0.90, ["open90_p50_us", "open90_p99_us", "open90_p999_us", "open90_per_second", "open90_late_p99_us"]),
    (0.25, ["open25_p50_us", "open25_p99_us", "open25_p999_us", "open25_per_second", "open25_late_p99_us"]),
    (0.75, ["open75_p50_us", "open75_p99_us", "open75_p999_us", "open75_per_second", "open75_late_p99_us"]),
];

/// How many requests a 99.9th percentile needs: a run with fewer is for correctness only.
const TAIL: usize = 1000;

/// How many requests a single client makes: enough for a 99th percentile.
const ONE_CLIENT: usize = 300;

/// From this share of its time, or of its own maximum rate, on, the driver is the bottleneck.
const SATURATED: f64 = 0.9;

/// The cells of a technique that answers clients on a socket: [`Serve`].
pub fn serve<T: Serve<Routes>>() -> Vec<Cell> {
    cell::describe::<T, Routes>(Routes::PATTERN, Question::Serve, start::<T>)
}

fn start<T: Serve<Routes>>(workers: usize) -> Answer<Box<dyn Started>> {
    Ok(Box::new(Ready { technique: T::start(workers)?, workers }))
}

struct Ready<T> {
    technique: T,
    workers: usize,
}

impl<T: Serve<Routes>> Started for Ready<T> {
    fn load(self: Box<Self>, params: Params) -> Answer<Box<dyn Run>> {
        let work = Arc::new(Routes::make(params));
        let at_once = self.technique.at_once();
        Served::load(Server::start(self.technique, self.workers, &work)?, at_once, work)
    }
    fn isa(&self) -> String {
        self.technique.isa()
    }
}

/// The driver's requests, and the right responses.
fn exchanges(work: &Routes) -> Vec<parallax_load::Exchange> {
    let of = |exchange: workload::Exchange| {
        parallax_load::Exchange::of(exchange.request, exchange.kind, exchange.body)
    };
    work.exchanges().into_iter().map(of).collect()
}

/// A server under load. The driver is dropped first, so that the server's clients are gone when it stops.
struct Served {
    driver: Driver,
    server: Server,
    at_once: usize,
    work: Arc<Routes>,
    out: Answered,
    /// The driver's report of the last run.
    last: Report,
    judge: Judge,
}

impl Run for Served {
    fn spoil(&mut self) {
        self.out.spoil();
    }
    fn run(&mut self, times: u64) -> Answer<()> {
        for _ in 0..times {
            let report = self.closed(self.work.connections(), self.work.requests())?;
            self.out.receive(&self.work, &report.right);
            self.last = report;
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
    /// Metrics of the last run; then, if a run has enough requests, of a single client, of the driver by itself, and
    /// of an open loop, which lasts as long as a run unless that is too short for a tail.
    fn metrics(&mut self) -> Answer<Vec<(&'static str, f64)>> {
        let closed = self.last.clone();
        let mut metrics = vec![("requests_per_second", closed.per_second()), ("driver_busy", closed.busy())];
        let saturated = closed.busy() >= SATURATED;
        metrics.push(("driver_saturated", f64::from(u8::from(saturated))));
        percentiles(&mut metrics, ["p50_us", "p99_us", "p999_us"], &closed.latency);
        let requests = self.work.requests();
        if requests < TAIL {
            return Ok(metrics);
        }
        let alone = self.closed(1, ONE_CLIENT)?;
        metrics.push(("one_requests_per_second", alone.per_second()));
        percentiles(&mut metrics, ["one_p50_us", "one_p99_us", "one_p999_us"], &alone.latency);
        let limit = self.driver.limit(self.work.connections(), requests.clamp(TAIL, 3 * TAIL));
        let limit = limit.map_err(|error| No::Failed(error.into()))?;
        let saturated = closed.busy().max(closed.per_second() / limit.per_second()) >= SATURATED;
        metrics.push(("driver_requests_per_second", limit.per_second()));
        metrics.push(("driver_saturated", f64::from(u8::from(saturated))));
        let (share, [p50, p99, p999, reached, late]) =
            LOADS[self.work.params().variant as usize % LOADS.len()];
        let report = self.open(share * closed.per_second(), open_requests(share, requests))?;
        percentiles(&mut metrics, [p50, p99, p999], &report.latency);
        metrics.push((reached, report.per_second()));
        metrics.extend(report.lateness.p99_ns.map(|ns| (late, ns as f64 / 1e3)));
        Ok(metrics)
    }
}

impl Served {
    fn load(server: Server, at_once: usize, work: Arc<Routes>) -> Answer<Box<dyn Run>> {
        let driver = Driver::start(&exchanges(&work)).map_err(|error| No::Failed(error.into()))?;
        let (judge, out) = (Judge::new(work.expected()), work.output());
        Ok(Box::new(Served { driver, server, at_once, work, out, last: Report::default(), judge }))
    }

    fn closed(&mut self, connections: usize, requests: usize) -> Answer<Report> {
        let outcome = self.driver.closed(&Closed { to: self.server.at, connections, requests });
        outcome.map_err(|trouble| self.server.blame(trouble))
    }

    fn open(&mut self, per_second: f64, requests: usize) -> Answer<Report> {
        let plan = Open {
            to: self.server.at,
            connections: self.work.connections().min(self.at_once),
            requests,
            per_second,
            seed: parallax_pattern::random::seed(Routes::NUMBER, self.work.params().variant),
        };
        let outcome = self.driver.open(&plan);
        outcome.map_err(|trouble| self.server.blame(trouble))
    }
}

/// How many requests an open loop at this share of the full rate has, if a run at the full rate has `run`.
fn open_requests(share: f64, run: usize) -> usize {
    ((share * run as f64) as usize).max(TAIL)
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
    fn start<T: Serve<Routes>>(technique: T, workers: usize, work: &Arc<Routes>) -> Answer<Self> {
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
            let _ = end.send(technique.reply(&work, listener, stop)); // the receiver may be gone
        });
        Ok(Server { at, running: Some(running), thread: Some(thread.map_err(failed)?), ended })
    }

    /// Why a run failed: the server has ended, or the driver's reason.
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
        // a server that does not stop is left behind, and ends with this process
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
    let _ = sched_setaffinity(None, &few); // if it fails, the number of cores used shows it
}

#[cfg(test)]
mod tests;
