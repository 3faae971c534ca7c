//! The thread that carries the packets of one host to the others, each after its delay.
//!
//! A timer of absolute time wakes it, so a thread that is interrupted while it sets the timer is not late for that. It
//! runs before ordinary threads if the system lets it, since the programs on the hosts share the cores with it.

use crate::flight::Flight;
use crate::links::{Counters, Links, Losses};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::setpriority_process;
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

/// What the relays of a net share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Read while a packet is passed, so that none passes after a change that forbids it.
    pub(crate) links: RwLock<Links>,
    pub(crate) counters: Counters,
    /// The hosts' devices.
    pub(crate) tuns: Vec<OwnedFd>,
    /// The first three numbers of all addresses.
    pub(crate) network: [u8; 3],
    /// Readable when all is over.
    pub(crate) stop: OwnedFd,
}

impl Shared {
    pub(crate) fn address(&self, host: usize) -> Ipv4Addr {
        let [a, b, c] = self.network;
        Ipv4Addr::new(a, b, c, host as u8 + 1)
    }

    /// The host that an IPv4 packet is for.
    fn destination(&self, packet: &[u8]) -> Option<usize> {
        let version = packet.first()? >> 4;
        let (network, host) = packet.get(16..20)?.split_at(3);
        let host = usize::from(host[0]).checked_sub(1)?;
        (version == 4 && network == self.network && host < self.tuns.len()).then_some(host)
    }
}

/// How many packets are read before it is looked whether one has to be written.
const BATCH: usize = 16;

pub(crate) struct Relay {
    shared: Arc<Shared>,
    from: usize,
    losses: Vec<Losses>,
    flight: Flight,
    timer: OwnedFd,
    /// When the timer goes off; 0 if it does not.
    armed: u64,
}

impl Relay {
    pub(crate) fn new(shared: &Arc<Shared>, from: usize, seed: u64) -> io::Result<Self> {
        let hosts = shared.tuns.len();
        Ok(Relay {
            shared: Arc::clone(shared),
            from,
            losses: (0..hosts).map(|to| Losses::new(seed, from, to)).collect(),
            flight: Flight::new(hosts),
            timer: timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?,
            armed: 0,
        })
    }

    /// Carries packets until the net is over.
    pub(crate) fn run(mut self) {
        // Not every root may; without it the delays vary more under load.
        let _ = setpriority_process(None, -20);
        let mut buffer = vec![0; usize::from(u16::MAX)];
        while self.wait() {
            for _ in 0..BATCH {
                // An error says that there is nothing to read, or that the device is going.
                let Ok(length) = rustix::io::read(&self.shared.tuns[self.from], &mut buffer) else { break };
                self.send(&buffer[..length]);
            }
            self.deliver();
        }
    }

    /// Waits for something to do; false if it is to end.
    fn wait(&mut self) -> bool {
        self.arm();
        let shared = &self.shared;
        let readable = |file| PollFd::new(file, PollFlags::IN);
        let mut files = [readable(&shared.tuns[self.from]), readable(&self.timer), readable(&shared.stop)];
        // An interruption is as good as a packet: both are looked for again.
        let _ = poll(&mut files, None);
        files[2].revents().is_empty()
    }

    /// Sets the timer to the next packet's time.
    fn arm(&mut self) {
        let due = self.flight.next_due().unwrap_or(0);
        if due == self.armed {
            return;
        }
        self.armed = due;
        let time = Itimerspec { it_interval: timespec(0), it_value: timespec(due) };
        // It fails for no time of a clock that runs.
        let _ = timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &time);
    }

    /// Takes a packet that the host has sent.
    fn send(&mut self, packet: &[u8]) {
        let shared = Arc::clone(&self.shared);
        let (from, counters) = (self.from, &shared.counters);
        // What is for no host, such as a search for routers, is none of ours.
        let Some(to) = shared.destination(packet) else { return };
        let links = shared.links.read().unwrap_or_else(PoisonError::into_inner);
        if links.cut(from, to) {
            return add_one(&counters.cut);
        }
        if self.losses[to].next(links.loss) {
            return add_one(&counters.lost);
        }
        let (delay, now) = (links.delay(from, to), now());
        if delay == 0 && self.flight.may_pass(to, now) {
            return self.write(to, packet);
        }
        if !self.flight.add(to, now + delay, packet) {
            add_one(&counters.overflowed);
        }
    }

    /// Writes the packets whose time has come.
    fn deliver(&mut self) {
        let shared = Arc::clone(&self.shared);
        while let Some(packet) = self.flight.next_due().and_then(|_| self.flight.take(now())) {
            let links = shared.links.read().unwrap_or_else(PoisonError::into_inner);
            if links.cut(self.from, packet.to) {
                add_one(&shared.counters.cut);
            } else {
                self.write(packet.to, &packet.bytes);
            }
        }
    }

    /// Gives a packet to the host that it is for.
    fn write(&self, to: usize, packet: &[u8]) {
        let counters = &self.shared.counters;
        match rustix::io::write(&self.shared.tuns[to], packet) {
            Ok(_) => add_one(&counters.passed),
            Err(_) => add_one(&counters.overflowed),
        }
    }
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

/// Nanoseconds of the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "a link's delay is no technique's time")]
fn now() -> u64 {
    let now = rustix::time::clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

fn timespec(time: u64) -> Timespec {
    Timespec { tv_sec: (time / 1_000_000_000) as i64, tv_nsec: (time % 1_000_000_000) as i64 }
}
