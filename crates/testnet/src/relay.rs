//! The thread that carries the packets of one host to the others, each after its delay.
//!
//! A timer of absolute time wakes it. A core takes tens of microseconds to wake, depending on the machine and its
//! load, so the relay learns: each packet that is late makes the timer a little earlier, each packet for which it
//! waits awake a little later. So half of them are slightly late, and in a dense stream of packets, which keeps the
//! relay awake anyway, it hardly waits.

use crate::flight::Flight;
use crate::links::{Counters, Links, Losses};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// The state that the relays of a net share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Read-locked while a packet is passed, so that none passes after a change that forbids it.
    pub(crate) links: RwLock<Links>,
    pub(crate) counters: Counters,
    /// The hosts' devices.
    pub(crate) tuns: Vec<OwnedFd>,
    /// The first three numbers of all addresses.
    pub(crate) network: [u8; 3],
    /// Readable when the net is over.
    pub(crate) stop: OwnedFd,
}

impl Shared {
    pub(crate) fn address(&self, host: usize) -> Ipv4Addr {
        let [a, b, c] = self.network;
        Ipv4Addr::new(a, b, c, host as u8 + 1)
    }

    /// The host to which an IPv4 packet is addressed.
    fn destination(&self, packet: &[u8]) -> Option<usize> {
        let version = packet.first()? >> 4;
        let (network, host) = packet.get(16..20)?.split_at(3);
        let host = usize::from(host[0]).checked_sub(1)?;
        (version == 4 && network == self.network && host < self.tuns.len()).then_some(host)
    }

    /// The current links, which cannot change until this is dropped.
    fn links(&self) -> RwLockReadGuard<'_, Links> {
        self.links.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a packet to the host to which it is addressed.
    fn write(&self, to: usize, packet: &[u8]) {
        match rustix::io::write(&self.tuns[to], packet) {
            Ok(_) => add_one(&self.counters.passed),
            Err(_) => add_one(&self.counters.overflowed),
        }
    }
}

/// The most packets that are read in a row, and written in a row.
const BATCH: usize = 16;

pub(crate) struct Relay {
    shared: Arc<Shared>,
    from: usize,
    losses: Vec<Losses>,
    flight: Flight,
    timer: OwnedFd,
    /// The due time of the packet for which the timer is set; 0 if it is not set.
    armed: u64,
    /// How long before that the timer goes off.
    early: u64,
    /// The due time of the last packet for which the relay waited awake.
    awake_for: u64,
}

/// The earliest that a timer goes off, in nanoseconds; the relay spends the rest of the time awake.
const EARLIEST: u64 = 50_000;
/// How much one packet changes `early`.
const STEP: u64 = 500;

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
            early: 0,
            awake_for: 0,
        })
    }

    /// Carries packets until the net is over.
    pub(crate) fn run(mut self) {
        let mut buffer = vec![0; usize::from(u16::MAX)];
        while self.wait() {
            for _ in 0..BATCH {
                match rustix::io::read(&self.shared.tuns[self.from], &mut buffer) {
                    Ok(length) => self.send(&buffer[..length]),
                    Err(Errno::AGAIN | Errno::INTR) => break,
                    // A program on the host has removed the device, so no more packets come.
                    Err(_) => return,
                }
            }
            self.deliver();
        }
    }

    /// Waits for something to do; false if the relay must end.
    fn wait(&mut self) -> bool {
        if self.stays_awake() {
            return true;
        }
        self.arm();
        let shared = &self.shared;
        let readable = |file| PollFd::new(file, PollFlags::IN);
        let mut files = [readable(&shared.tuns[self.from]), readable(&self.timer), readable(&shared.stop)];
        // An interruption is treated like a packet: the loop looks for packets again.
        let _ = poll(&mut files, None);
        if !files[1].revents().is_empty() && self.armed <= now() {
            self.early = (self.early + STEP).min(EARLIEST);
        }
        files[2].revents().is_empty()
    }

    /// Whether the next packet is due so soon that sleeping would miss it.
    fn stays_awake(&mut self) -> bool {
        let (Some(due), now) = (self.flight.next_due(), now()) else { return false };
        if due > now + self.early {
            return false;
        }
        if due > now && due != self.awake_for {
            self.awake_for = due;
            self.early = self.early.saturating_sub(STEP);
        }
        true
    }

    /// Sets the timer to a little before the next packet's time.
    fn arm(&mut self) {
        let due = self.flight.next_due().unwrap_or(0);
        if due == self.armed {
            return;
        }
        self.armed = due;
        let time =
            Itimerspec { it_interval: timespec(0), it_value: timespec(due.saturating_sub(self.early)) };
        // It cannot fail for a time of a running clock.
        let _ = timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &time);
    }

    /// Takes a packet that the host has sent.
    fn send(&mut self, packet: &[u8]) {
        let Relay { shared, from, losses, flight, .. } = self;
        // A packet for no host, such as a router solicitation, is ignored.
        let Some(to) = shared.destination(packet) else { return };
        let (links, counters) = (shared.links(), &shared.counters);
        if links.cut(*from, to) {
            return add_one(&counters.cut);
        }
        if losses[to].next(links.loss) {
            return add_one(&counters.lost);
        }
        let (delay, now) = (links.delay(*from, to), now());
        if delay == 0 && flight.may_pass(to, now) {
            return shared.write(to, packet);
        }
        if !flight.add(to, now.saturating_add(delay), packet) {
            add_one(&counters.overflowed);
        }
    }

    /// Writes the packets whose time has come.
    fn deliver(&mut self) {
        for _ in 0..BATCH {
            let Some(packet) = self.flight.take(now()) else { return };
            let links = self.shared.links();
            if links.cut(self.from, packet.to) {
                add_one(&self.shared.counters.cut);
            } else {
                self.shared.write(packet.to, &packet.bytes);
            }
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
