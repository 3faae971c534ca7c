//! A driver as its host sees it: jobs in, reports out, and gone when its host is.

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

/// Set in the environment of a process that is to be a driver; its line is its standard input.
const VARIABLE: &str = "PARALLAX_LOAD";

/// Whether `main` began with [`init`], so that this program can be started again as a driver.
static CAN_START_AGAIN: AtomicBool = AtomicBool::new(false);

/// The drivers that are processes, for who counts what this process and its children spend.
static PROCESSES: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// What went wrong with a run.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The server: an answer is wrong, missing, late or too long.
    #[error("{0}")]
    Server(String),
    /// The driver itself, or the line to it.
    #[error("the load driver is lost: {0}")]
    Driver(#[from] io::Error),
}

/// Asks a server what it is told to, and says what came of it.
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

/// Turns this process into a driver if a [`Driver`] started it, and returns otherwise. It belongs at
/// the beginning of `main`; without it, drivers are threads.
pub fn init() {
    if std::env::var_os(VARIABLE).is_none() {
        CAN_START_AGAIN.store(true, Relaxed); // Relaxed: drivers are started after, by this thread's leave
        return;
    }
    // arrivals are due to the microsecond; the kernel would bundle them by fifty
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
    /// Starts a driver that knows `table`: request `i` of a run is exchange `i` modulo its length.
    ///
    /// # Errors
    ///
    /// If no process or thread can be started.
    pub fn start(table: &[Exchange]) -> Result<Self, Trouble> {
        Driver::start_with(table, Patience::default())
    }

    /// The same, with another patience than ten seconds.
    ///
    /// # Errors
    ///
    /// As [`Driver::start`].
    pub fn start_with(table: &[Exchange], patience: Patience) -> Result<Self, Trouble> {
        let (line, theirs) = UnixStream::pair()?;
        // it gives up first, and says why; if it does not, it is gone
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
            // it ends with the line, and its host has been told what went wrong
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
    /// [`Trouble::Server`] at the first answer that is not right.
    pub fn closed(&mut self, plan: &Closed) -> Result<Report, Trouble> {
        self.ask(&Job::Closed(*plan))
    }

    /// Runs an open loop.
    ///
    /// # Errors
    ///
    /// [`Trouble::Server`] at the first answer that is not right.
    pub fn open(&mut self, plan: &Open) -> Result<Report, Trouble> {
        self.ask(&Job::Open(*plan))
    }

    /// What the driver itself reaches in a closed loop: its limit, against which a server is held.
    ///
    /// # Errors
    ///
    /// If the loopback is in order, none.
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
        let _ = self.line.shutdown(std::net::Shutdown::Both); // ends its loop, even within a run
        match &mut self.keeper {
            Keeper::Process(child) => {
                let _ = child.kill(); // it holds nothing that it would have to put in order
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

/// Does jobs until the line ends.
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
    // where both failed, the responder's reason is the other's cause
    responder.end().map_err(|error| format!("the responder: {error}"))?;
    outcome
}
