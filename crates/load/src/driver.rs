//! A driver from its host's side: jobs in, reports out; it ends when its host ends.

use crate::responder::Responder;
use crate::wire::{Job, Outcome, receive, send};
use crate::{Closed, Exchange, Open, Patience, Report, closed, open};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Set in the environment of a process that is to be a driver; the line to its host is its standard input.
const VARIABLE: &str = "PARALLAX_LOAD";

/// Whether `main` began with [`init`], so that this program can be started again as a driver.
static CAN_START_AGAIN: AtomicBool = AtomicBool::new(false);

/// The drivers that are processes, for code that counts the CPU time of this process and its children.
static PROCESSES: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The server: an answer is wrong, missing, late or too long.
    #[error("{0}")]
    Server(String),
    /// The driver itself failed, or the line to it.
    #[error("the load driver is lost: {0}")]
    Driver(#[from] io::Error),
}

/// Sends requests to a server as its jobs say, and reports the result.
#[derive(Debug)]
pub struct Driver {
    line: UnixStream,
    keeper: Keeper,
}

#[derive(Debug)]
enum Keeper {
    Process(Child),
    Thread(Option<JoinHandle<()>>),
}

/// Turns this process into a driver if a [`Driver`] started it, and returns otherwise. Call it at
/// the beginning of `main`; without it, drivers are threads.
pub fn init() {
    if std::env::var_os(VARIABLE).is_none() {
        CAN_START_AGAIN.store(true, Relaxed); // Relaxed: drivers are started later, ordered after this thread
        return;
    }
    // arrivals are due to the microsecond; the kernel would group timers within fifty
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    let line = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from);
    let ended = line.and_then(attend);
    std::process::exit(i32::from(ended.is_err()));
}

/// The process ids of the drivers that this process has now.
pub fn processes() -> Vec<u32> {
    PROCESSES.lock().unwrap_or_else(|broken| broken.into_inner()).clone()
}

impl Driver {
    /// Starts a driver with `table`: request `i` of a run is exchange `i` modulo its length.
    ///
    /// # Errors
    ///
    /// If no process or thread can be started.
    pub fn start(table: &[Exchange]) -> Result<Self, Trouble> {
        Driver::start_with(table, Patience::default())
    }

    /// The same, with limits other than the default [`Patience`].
    ///
    /// # Errors
    ///
    /// As [`Driver::start`].
    pub fn start_with(table: &[Exchange], patience: Patience) -> Result<Self, Trouble> {
        let (line, theirs) = UnixStream::pair()?;
        // the driver gives up first, and reports why; if it does not, it is dead
        line.set_read_timeout(Some(Duration::from_nanos(patience.run_ns.saturating_add(20_000_000_000))))?;
        let keeper = if CAN_START_AGAIN.load(Relaxed) {
            let mut command = Command::new("/proc/self/exe");
            command
                .env_clear()
                .env(VARIABLE, "1")
                .stdin(Stdio::from(OwnedFd::from(theirs)))
                .stdout(Stdio::null());
            let child = command.spawn()?;
            PROCESSES.lock().unwrap_or_else(|broken| broken.into_inner()).push(child.id());
            Keeper::Process(child)
        } else {
            let thread = thread::Builder::new().name("load driver".into());
            // it ends with the line, and its host has then seen the error
            Keeper::Thread(Some(thread.spawn(move || drop(attend(theirs)))?))
        };
        let mut driver = Driver { line, keeper };
        driver.ask(&Job::Learn(table.to_vec(), patience))?;
        Ok(driver)
    }

    /// Runs a closed loop.
    ///
    /// # Errors
    ///
    /// [`Trouble::Server`] at the first answer that is wrong.
    pub fn closed(&mut self, plan: &Closed) -> Result<Report, Trouble> {
        self.ask(&Job::Closed(*plan))
    }

    /// Runs an open loop.
    ///
    /// # Errors
    ///
    /// [`Trouble::Server`] at the first answer that is wrong.
    pub fn open(&mut self, plan: &Open) -> Result<Report, Trouble> {
        self.ask(&Job::Open(*plan))
    }

    /// The driver's own limit in a closed loop, with which a server's result is compared.
    ///
    /// # Errors
    ///
    /// None, as long as the loopback works.
    pub fn limit(&mut self, connections: usize, requests: usize) -> Result<Report, Trouble> {
        self.ask(&Job::Limit { connections, requests })
    }

    fn ask(&mut self, job: &Job) -> Result<Report, Trouble> {
        send(&mut self.line, job)?;
        let outcome: Outcome = receive(&mut self.line)?.ok_or_else(|| io::Error::other("it has ended"))?;
        outcome.map_err(Trouble::Server)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.line.shutdown(std::net::Shutdown::Both); // ends its loop, even during a run
        match &mut self.keeper {
            Keeper::Process(child) => {
                let _ = child.kill(); // it has nothing to clean up
                let _ = child.wait();
                PROCESSES
                    .lock()
                    .unwrap_or_else(|broken| broken.into_inner())
                    .retain(|&pid| pid != child.id());
            }
            Keeper::Thread(thread) => drop(thread.take().map(JoinHandle::join)),
        }
    }
}

/// Runs jobs until the line ends.
fn attend(mut line: UnixStream) -> io::Result<()> {
    let (mut table, mut patience) = (Vec::new(), Patience::default());
    while let Some(job) = receive::<Job>(&mut line)? {
        let outcome: Outcome = match job {
            Job::Learn(exchanges, patience_for_them) => {
                (table, patience) = (exchanges, patience_for_them);
                Ok(Report::default())
            }
            Job::Closed(plan) => closed::run(&table, patience, &line, &plan),
            Job::Open(plan) => open::run(&table, patience, &line, &plan),
            Job::Limit { connections, requests } => limit(patience, &line, connections, requests),
        };
        send(&mut line, &outcome)?;
    }
    Ok(())
}

fn limit(patience: Patience, line: &UnixStream, connections: usize, requests: usize) -> Outcome {
    let responder = Responder::start(connections).map_err(|error| error.to_string())?;
    let plan = Closed { to: responder.at, connections, requests };
    let outcome = closed::run(&[Responder::exchange()], patience, line, &plan);
    // if both failed, the responder's error is the cause of the other
    responder.end().map_err(|error| format!("the responder: {error}"))?;
    outcome
}
