//! Bytes between ranks, and between rank 0 and the client.

use super::Ranks;
use crate::job::{END, read_head, write_head};
use mpi::request;
use mpi::traits::*;
use parallax_pattern::pieces;
use std::io::{self, Read, Write};

/// The longest message. MPI counts in 32 bits, and what rank 0 passes on stays in its cache; a shorter one is the last.
const CHUNK: usize = 4 << 20;
/// Messages to be received in the order in which they were sent.
const PLAIN: i32 = 0;

impl Ranks {
    /// Sends bytes of a length that the receiver does not know.
    pub(super) fn send(&self, to: usize, bytes: &[u8]) {
        let to = self.world.process_at_rank(to as i32);
        pieces(bytes.len(), CHUNK).for_each(|piece| to.send_with_tag(&bytes[piece], PLAIN));
        if bytes.len().is_multiple_of(CHUNK) {
            to.send_with_tag(&[0_u8; 0][..], PLAIN);
        }
    }

    /// Receives what [`Ranks::send`] sends.
    pub(super) fn receive(&self, from: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.receive_chunks(from, |chunk| bytes.extend_from_slice(chunk));
        bytes
    }

    fn receive_chunks(&self, from: usize, mut take: impl FnMut(&[u8])) {
        let from = self.world.process_at_rank(from as i32);
        loop {
            let (chunk, _) = from.matched_probe_with_tag(PLAIN).matched_receive_vec::<u8>();
            take(&chunk);
            if chunk.len() < CHUNK {
                return;
            }
        }
    }

    /// A message to each other rank, and one from each: `to(rank)` for those, in the order of the ranks; none from itself.
    pub(super) fn exchange(&self, to: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let others = || (0..self.size).filter(|rank| *rank != self.rank);
        request::multiple_scope(self.size, |scope, sends| {
            for rank in others() {
                let process = self.world.process_at_rank(rank as i32);
                sends.add(process.immediate_send_with_tag(scope, &to[rank][..], PLAIN));
            }
            let mut from = vec![Vec::new(); self.size];
            for rank in others() {
                let process = self.world.process_at_rank(rank as i32);
                (from[rank], _) = process.matched_probe_with_tag(PLAIN).matched_receive_vec::<u8>();
            }
            sends.wait_all(&mut Vec::new());
            from
        })
    }

    /// Each rank's part of what the client has sent; `room` is called once in each rank, with the length of its part.
    pub(super) fn scatter_bytes<'a>(&self, room: impl FnOnce(usize) -> &'a mut [u8]) {
        let Some(client) = &self.client else {
            let mut bytes = Vec::new();
            self.receive_chunks(0, |chunk| bytes.extend_from_slice(chunk));
            room(bytes.len()).copy_from_slice(&bytes);
            return;
        };
        let mut client = client;
        let mut room = Some(room);
        for rank in 0..self.size {
            let [_, length] = self.or_end(read_head(&mut client));
            self.parts.update(|parts| parts - 1);
            if let (0, Some(room)) = (rank, room.take()) {
                self.or_end(client.read_exact(room(length as usize)));
                continue;
            }
            let mut bytes = vec![0; length as usize];
            self.or_end(client.read_exact(&mut bytes));
            self.send(rank, &bytes);
        }
    }

    /// Passes each rank's part on to the client.
    pub(super) fn gather_bytes(&self, mine: &[u8]) {
        let Some(mut client) = self.client.as_ref() else { return self.send(0, mine) };
        let mut pass = |rank: usize, bytes: &[u8]| {
            let written = write_head(&mut client, [rank as u64, bytes.len() as u64]);
            self.or_end(written.and_then(|()| client.write_all(bytes)));
        };
        pass(0, mine);
        for rank in 1..self.size {
            pass(rank, &self.receive(rank));
        }
    }

    /// The reply of a call, before which what nobody has read of it is thrown away.
    pub(super) fn reply(&self, reply: &[u8]) {
        let Some(mut client) = self.client.as_ref() else { return };
        for _ in 0..self.parts.take() {
            let [_, length] = self.or_end(read_head(&mut client));
            self.or_end(io::copy(&mut client.take(length), &mut io::sink()));
        }
        let written = write_head(&mut client, [END, reply.len() as u64]);
        self.or_end(written.and_then(|()| client.write_all(reply)));
    }

    /// Without its client a job has nothing to do.
    pub(super) fn or_end<T>(&self, done: io::Result<T>) -> T {
        done.unwrap_or_else(|_| self.world.abort(1))
    }
}
