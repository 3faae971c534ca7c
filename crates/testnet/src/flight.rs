//! Packets in transit: each leaves at its time, and none overtakes another between the same two hosts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How many packets from one host may be in transit: more than come in the longest delays, and 12 MiB of them.
pub(crate) const ROOM: usize = 8192;

/// A packet that has been read, and has still to be written.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Packet {
    /// When it arrives, in nanoseconds of the monotonic clock. The order of fields is the order of packets.
    due: u64,
    /// How many came before it: packets of the same time arrive in this order.
    number: u64,
    pub(crate) to: usize,
    pub(crate) bytes: Box<[u8]>,
}

/// The packets in transit from one host.
pub(crate) struct Flight {
    packets: BinaryHeap<Reverse<Packet>>,
    number: u64,
    /// When the last packet to each host arrives.
    last: Vec<u64>,
}

impl Flight {
    pub(crate) fn new(hosts: usize) -> Self {
        Flight { packets: BinaryHeap::new(), number: 0, last: vec![0; hosts] }
    }

    /// Whether a packet that is due at `now` would overtake none if it were written immediately.
    pub(crate) fn may_pass(&self, to: usize, now: u64) -> bool {
        self.packets.is_empty() || (self.last[to] < now && self.next_due() > Some(now))
    }

    /// Adds a packet that arrives at `due`, or right after the last one to the same host. False if there is no room.
    pub(crate) fn add(&mut self, to: usize, due: u64, bytes: &[u8]) -> bool {
        if self.packets.len() >= ROOM {
            return false;
        }
        let due = due.max(self.last[to]);
        self.last[to] = due;
        self.number += 1;
        self.packets.push(Reverse(Packet { due, number: self.number, to, bytes: bytes.into() }));
        true
    }

    /// Takes the next packet whose time has come.
    pub(crate) fn take(&mut self, now: u64) -> Option<Packet> {
        if self.next_due()? > now {
            return None;
        }
        self.packets.pop().map(|Reverse(packet)| packet)
    }

    /// When the next packet arrives.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.packets.peek().map(|Reverse(packet)| packet.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(flight: &mut Flight, now: u64) -> Vec<u8> {
        std::iter::from_fn(|| flight.take(now)).map(|packet| packet.bytes[0]).collect()
    }

    #[test]
    fn packets_leave_at_their_time() {
        let mut flight = Flight::new(2);
        assert!(flight.add(0, 20, &[1]) && flight.add(1, 10, &[2]));
        assert_eq!(flight.next_due(), Some(10));
        assert_eq!(taken(&mut flight, 9), []);
        assert_eq!(taken(&mut flight, 19), [2]);
        assert_eq!(taken(&mut flight, 20), [1]);
        assert_eq!(flight.next_due(), None);
    }

    #[test]
    fn a_link_that_becomes_faster_lets_no_packet_overtake() {
        let mut flight = Flight::new(2);
        for (k, (to, due)) in [(0, 50), (0, 10), (1, 10), (0, 50)].into_iter().enumerate() {
            assert!(flight.add(to, due, &[k as u8]));
        }
        assert!(!flight.may_pass(0, 10), "there is one before it");
        assert_eq!(taken(&mut flight, 49), [2]);
        assert!(flight.may_pass(1, 49), "only the other host has packets to come");
        assert_eq!(taken(&mut flight, 50), [0, 1, 3]);
        assert!(flight.may_pass(0, 50));
    }

    #[test]
    fn there_is_room_for_so_many_packets_and_no_more() {
        let mut flight = Flight::new(1);
        for k in 0..ROOM {
            assert!(flight.add(0, k as u64, &[0]), "packet {k}");
        }
        assert!(!flight.add(0, 0, &[0]));
        assert!(flight.take(0).is_some());
        assert!(flight.add(0, 0, &[0]));
    }
}
