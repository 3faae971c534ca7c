//! Bytes between ranks, and between rank 0 and the client.

use super::Ranks;
use crate::job::{END, read_head, write_head};
use mpi::request;
use mpi::traits::*;
use parallax_pattern::pieces;
use std::io::{self, Read, Write};

/// The longest message: MPI counts in 32 bits, and a chunk that rank 0 passes on stays in its cache.
const CHUNK: usize = 4 << 20;
/// The tag of messages that are received in the order in which they were sent.
const PLAIN: i32 = 0;

impl Ranks {
    /// Sends bytes whose length the receiver does not know.
    pub(super) fn send(&self, to: usize, bytes: &[u8]) {
        let to = self.world.process_at_rank(to as i32);
        to.send_with_tag(&(bytes.len() as u64), PLAIN);
        pieces(bytes.len(), CHUNK).for_each(|piece| to.send_with_tag(&bytes[piece], PLAIN));
    }

    /// Receives bytes from [`Ranks::send`].
    pub(super) fn receive(&self, from: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.length(from)];
        self.receive_into(from, &mut bytes);
        bytes
    }

    fn length(&self, from: usize) -> usize {
        let (length, _) = self.world.process_at_rank(from as i32).receive_with_tag::<u64>(PLAIN);
        length as usize
    }

    fn receive_into(&self, from: usize, bytes: &mut [u8]) {
        let from = self.world.process_at_rank(from as i32);
        for chunk in bytes.chunks_mut(CHUNK) {
            from.receive_into_with_tag(chunk, PLAIN);
        }
    }

    /// Sends `to[rank]` to each other rank, and returns a message from each, in the order of the ranks; empty from
    /// itself.
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

    /// Receives each rank's part of the client's bytes; `room` is called once in each rank, with the length of its
    /// part.
    pub(super) fn scatter_bytes<'a>(&self, room: impl FnOnce(usize) -> &'a mut [u8]) {
        let Some(mut client) = self.client.as_ref() else {
            return self.receive_into(0, room(self.length(0)));
        };
        let mut room = Some(room);
        let mut chunk = Vec::new();
        for rank in 0..self.size {
            let [_, length] = self.or_end(read_head(&mut client));
            self.parts.update(|parts| parts - 1);
            if let Some(room) = room.take() {
                self.or_end(client.read_exact(room(length as usize)));
                continue;
            }
            let to = self.world.process_at_rank(rank as i32);
            to.send_with_tag(&length, PLAIN);
            for piece in pieces(length as usize, CHUNK) {
                chunk.resize(piece.len(), 0);
                self.or_end(client.read_exact(&mut chunk));
                to.send_with_tag(&chunk[..], PLAIN);
            }
        }
    }

    /// Passes each rank's part on to the client as it arrives.
    pub(super) fn gather_bytes(&self, mine: &[u8]) {
        let Some(mut client) = self.client.as_ref() else { return self.send(0, mine) };
        self.or_end(write_head(&mut client, [0, mine.len() as u64]).and_then(|()| client.write_all(mine)));
        let mut chunk = Vec::new();
        for rank in 1..self.size {
            let length = self.length(rank);
            self.or_end(write_head(&mut client, [rank as u64, length as u64]));
            for piece in pieces(length, CHUNK) {
                chunk.resize(piece.len(), 0);
                self.receive_into(rank, &mut chunk);
                self.or_end(client.write_all(&chunk));
            }
        }
    }

    /// Sends the reply of a call; first, unread parts of the call are discarded.
    pub(super) fn reply(&self, reply: &[u8]) {
        let Some(mut client) = self.client.as_ref() else { return };
        for _ in 0..self.parts.take() {
            let [_, length] = self.or_end(read_head(&mut client));
            self.or_end(io::copy(&mut client.take(length), &mut io::sink()));
        }
        let written = write_head(&mut client, [END, reply.len() as u64]);
        self.or_end(written.and_then(|()| client.write_all(reply)));
    }

    /// Ends the job if the client is gone.
    pub(super) fn or_end<T>(&self, done: io::Result<T>) -> T {
        done.unwrap_or_else(|_| self.world.abort(1))
    }
}
