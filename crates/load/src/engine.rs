//! All connections of a run on one thread: an epoll reports which of them have events.

use crate::clock::{now_ns, thread_cpu_ns};
use crate::connection::{Connection, Seen};
use crate::{Exchange, Latency, Patience, Report};
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// The connections of a run, and its results so far.
pub(crate) struct Engine<'a> {
    table: &'a [Exchange],
    patience: Patience,
    epoll: OwnedFd,
    timer: OwnedFd,
    /// The time for which the timer is set; 0 if it has gone off.
    alarm_ns: u64,
    connections: Vec<Connection>,
    open: usize,
    /// Requests that have no answer yet.
    under_way: usize,
    began_ns: u64,
    began_cpu_ns: u64,
    /// When the run last made progress.
    alive_ns: u64,
    last_answer_ns: u64,
    right: Vec<u64>,
    latencies: Vec<u64>,
    /// Set by an open loop.
    pub(crate) lateness: Vec<u64>,
}

/// The event data of the line to the host, and of the timer.
const LINE: u64 = u64::MAX;
const TIMER: u64 = u64::MAX - 1;

impl<'a> Engine<'a> {
    /// Connects. Any event on `line` ends the run immediately: the host no longer waits for it.
    pub(crate) fn connect(
        table: &'a [Exchange],
        patience: Patience,
        line: &UnixStream,
        to: SocketAddr,
        connections: usize,
        requests: usize,
    ) -> Result<Self, String> {
        if table.is_empty() || connections == 0 {
            return Err("a run needs at least one exchange and one connection".into());
        }
        let (began_ns, began_cpu_ns) = (now_ns(), thread_cpu_ns());
        let (epoll, timer) = watch(line).map_err(|error| error.to_string())?;
        let mut engine = Engine {
            table,
            patience,
            epoll,
            timer,
            alarm_ns: 0,
            connections: Vec::with_capacity(connections),
            open: connections,
            under_way: 0,
            began_ns,
            began_cpu_ns,
            alive_ns: began_ns,
            last_answer_ns: began_ns,
            right: vec![0; table.len()],
            latencies: Vec::with_capacity(requests),
            lateness: Vec::new(),
        };
        for k in 0..connections {
            let connection =
                Connection::open(to, patience).map_err(|error| format!("cannot connect: {error}"))?;
            // edge-triggered in both directions: registered once, and each change is reported once
            let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
            epoll::add(&engine.epoll, &connection, EventData::new_u64(k as u64), flags)
                .map_err(|error| error.to_string())?;
            engine.connections.push(connection);
        }
        Ok(engine)
    }

    pub(crate) fn has_open(&self) -> bool {
        self.open > 0
    }

    /// Sends request `number`, meant for `since_ns`, on a connection.
    pub(crate) fn ask(&mut self, connection: usize, number: usize, since_ns: u64) -> Result<(), String> {
        let exchange = number % self.table.len();
        if self.under_way == 0 {
            self.alive_ns = now_ns(); // until now there was no request to answer
        }
        self.under_way += 1;
        let outcome = self.connections[connection].ask(exchange, since_ns, self.table);
        outcome.map_err(|why| self.fault(connection, exchange, &why))
    }

    /// Sends no more requests on a connection.
    pub(crate) fn close(&mut self, connection: usize) -> Result<(), String> {
        match self.connections[connection].close() {
            Ok(Seen::Closed) => self.open -= 1,
            Ok(_) => {}
            Err(why) => return Err(format!("connection {connection}: {why}")),
        }
        Ok(())
    }

    /// Waits until something happens, or until `until_ns` if there is one; adds the connections that got an answer to
    /// `answered`.
    pub(crate) fn wait(&mut self, until_ns: Option<u64>, answered: &mut Vec<usize>) -> Result<(), String> {
        if let Some(until_ns) = until_ns {
            self.set_alarm(until_ns)?;
        }
        let mut events = [Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; 256];
        let limit = timespec(self.patience.silence_ns.min(self.patience.run_ns));
        let count = match epoll::wait(&self.epoll, &mut events, Some(&limit)) {
            Err(rustix::io::Errno::INTR) => 0,
            outcome => outcome.map_err(|error| error.to_string())?,
        };
        let now_ns = now_ns();
        for event in &events[..count] {
            let (data, flags) = (event.data.u64(), event.flags);
            match data {
                LINE => return Err("called off".into()),
                TIMER => self.alarm_ns = 0,
                _ => self.look(data as usize, flags, now_ns, answered)?,
            }
        }
        self.keep_patience(now_ns, until_ns.is_some())
    }

    fn look(
        &mut self,
        k: usize,
        flags: EventFlags,
        now_ns: u64,
        answered: &mut Vec<usize>,
    ) -> Result<(), String> {
        let ends = flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR);
        let exchange = self.connections[k].asked().map(|asked| asked.exchange);
        match self.connections[k].look(ends, self.table) {
            Ok(Seen::Nothing) => {}
            Ok(Seen::Answer(asked)) => {
                self.right[asked.exchange] += 1;
                self.under_way -= 1;
                self.latencies.push(now_ns.saturating_sub(asked.since_ns));
                (self.alive_ns, self.last_answer_ns) = (now_ns, now_ns);
                answered.push(k);
            }
            Ok(Seen::Closed) => (self.open, self.alive_ns) = (self.open - 1, now_ns),
            Err(why) => {
                return Err(exchange.map_or_else(
                    || format!("connection {k}: {why}"),
                    |exchange| self.fault(k, exchange, &why),
                ));
            }
        }
        Ok(())
    }

    /// Fails after too long a silence or run. Silence is right while no request is under way and more are to come.
    fn keep_patience(&self, now_ns: u64, more_to_come: bool) -> Result<(), String> {
        let idle = self.under_way == 0 && more_to_come;
        let silent = !idle && now_ns.saturating_sub(self.alive_ns) >= self.patience.silence_ns;
        if !silent && now_ns - self.began_ns < self.patience.run_ns {
            return Ok(());
        }
        let answered = self.latencies.len();
        let after = (now_ns - self.began_ns) as f64 / 1e9;
        let waits =
            self.connections.iter().enumerate().find_map(|(k, connection)| Some((k, connection.asked()?)));
        Err(match waits {
            Some((k, asked)) => {
                let name = self.table[asked.exchange].name();
                format!(
                    "gave up after {after:.1} s and {answered} answers: connection {k} waits for the answer to {name}"
                )
            }
            None => format!("gave up after {after:.1} s and {answered} answers: connections are still open"),
        })
    }

    fn fault(&self, connection: usize, exchange: usize, why: &str) -> String {
        let (name, answered) = (self.table[exchange].name(), self.latencies.len());
        format!("answer to {name} on connection {connection}, after {answered} right answers: {why}")
    }

    fn set_alarm(&mut self, until_ns: u64) -> Result<(), String> {
        if self.alarm_ns != until_ns {
            let value = Itimerspec { it_interval: timespec(0), it_value: timespec(until_ns.max(1)) };
            timerfd_settime(self.timer.as_fd(), TimerfdTimerFlags::ABSTIME, &value)
                .map_err(|error| error.to_string())?;
            self.alarm_ns = until_ns;
        }
        Ok(())
    }

    pub(crate) fn report(mut self) -> Report {
        Report {
            wall_ns: self.last_answer_ns - self.began_ns,
            cpu_ns: thread_cpu_ns() - self.began_cpu_ns,
            right: self.right,
            latency: Latency::of(&mut self.latencies),
            lateness: Latency::of(&mut self.lateness),
        }
    }
}

/// The files on which a run waits: an epoll with the line to the host, and a timer.
fn watch(line: &UnixStream) -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    epoll::add(&epoll, line, EventData::new_u64(LINE), EventFlags::IN | EventFlags::RDHUP)?;
    epoll::add(&epoll, &timer, EventData::new_u64(TIMER), EventFlags::IN | EventFlags::ET)?;
    Ok((epoll, timer))
}

fn timespec(ns: u64) -> Timespec {
    Timespec { tv_sec: (ns / 1_000_000_000) as i64, tv_nsec: (ns % 1_000_000_000) as i64 }
}
