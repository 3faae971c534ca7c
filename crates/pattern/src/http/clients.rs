//! The set of connected clients, so that a server that stops can hang up on all of them.
//!
//! A thread that waits in `read` notices nothing else; shutting its socket down from outside ends
//! the wait, as if the client had gone.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard};

/// The clients that are being answered.
#[derive(Debug, Default)]
pub struct Clients(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    ended: bool,
    next: u64,
    streams: HashMap<u64, TcpStream>,
}

/// One of them, for as long as it is answered.
#[derive(Debug)]
pub struct Client<'a> {
    all: &'a Clients,
    number: u64,
}

impl Clients {
    /// Adds a client; if all have been hung up on, this one is too.
    ///
    /// # Errors
    ///
    /// If there are no descriptors left.
    pub fn enter(&self, stream: &TcpStream) -> io::Result<Client<'_>> {
        let another = stream.try_clone()?;
        let mut open = self.open();
        if open.ended {
            hang_up(&another);
        }
        let number = open.next;
        open.next += 1;
        open.streams.insert(number, another);
        Ok(Client { all: self, number })
    }

    /// Disconnects all clients, and those to come.
    pub fn hang_up(&self) {
        let mut open = self.open();
        open.ended = true;
        open.streams.values().for_each(hang_up);
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner()) // no step leaves it half done
    }
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        self.all.open().streams.remove(&self.number);
    }
}

fn hang_up(stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Both); // it may have gone by itself
}
