//! The main loop of a rank: it waits for a call, asleep, and runs it with the others.

#![expect(unsafe_code, reason = "a call names a function by its address in the executable")]

use super::{RANKS, Ranks};
use crate::job::{END, read_head, write_head};
use mpi::Threading;
use mpi::environment::Universe;
use mpi::request;
use mpi::traits::*;
use parallax_pattern::pieces;
use parallax_processes::remote;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpid, kill_process};
use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::process::{abort, exit};
use std::time::Duration;
use std::{env, thread};

/// How often a rank looks for a call before it sleeps: some hundred microseconds.
const LOOKS: u32 = 2_000;
/// How long it then sleeps at a time, at first and at most.
const NAPS: [Duration; 2] = [Duration::from_micros(20), Duration::from_millis(1)];
/// MPI counts bytes in 32 bits.
const LONGEST: usize = 1 << 30;

/// Runs this process as a rank.
pub(crate) fn serve() -> ! {
    // a thread watches the client, and only this one calls MPI
    let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else { abort() };
    let world = universe.world();
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let client = if rank == 0 { connect().map(Some) } else { Ok(None) };
    let Ok(client) = client else { world.abort(1) };
    let searching = world.duplicate();
    let ranks = Ranks { world, searching, rank, size, client, parts: Cell::new(0), last: RefCell::new(None) };
    let fits = ranks.fits();
    if ranks.client.is_some() {
        ranks.greet(&fits);
    }
    if fits.is_ok() {
        RANKS.set(Some(ranks));
        while call() {}
        RANKS.take();
    }
    leave(universe)
}

fn leave(universe: Universe) -> ! {
    drop(universe);
    exit(0)
}

/// Connects to the client's socket, which the command line names.
fn connect() -> io::Result<UnixStream> {
    let name = env::args().nth(2).unwrap_or_default();
    let stream = UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?)?;
    let watched = stream.try_clone()?;
    thread::Builder::new().name("end of the client".to_owned()).spawn(move || end_with(&watched))?;
    Ok(stream)
}

/// A computing rank does not notice its client's end, so this thread ends the rank, and `mpirun` all others.
fn end_with(client: &UnixStream) {
    let mut hung_up = [PollFd::new(client, PollFlags::RDHUP)];
    while poll(&mut hung_up, None).is_err() {}
    // immediately: no process is left to which it could report
    let _ = kill_process(getpid(), Signal::KILL);
}

impl Ranks {
    /// Checks that all ranks are as the client requested.
    fn fits(&self) -> Result<(), String> {
        let number = |at| env::args().nth(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
        let (asked, build) = (number(3), number(4));
        if asked != self.size as u64 {
            return Err(format!(
                "mpirun has started {asked} processes and MPI knows {}: mpirun and the library that this program was \
                 built with must be of one Open MPI",
                self.size
            ));
        }
        let is_same = build == 0 || remote::build().is_ok_and(|here| here == build);
        let host = mpi::environment::processor_name().unwrap_or_default();
        let other = || format!("host {host} has another build of this program: copy it there");
        self.agree(is_same.then_some(()).ok_or_else(other))
    }

    fn greet(&self, fits: &Result<(), String>) {
        let refusal = fits.as_ref().err().map_or("", String::as_str);
        let Some(mut client) = self.client.as_ref() else { return };
        // it tells the client which session its ranks share
        let job = env::var("PMIX_NAMESPACE").ok().and_then(|job| job.parse().ok()).unwrap_or_default();
        let written = write_head(&mut client, [job, refusal.len() as u64]);
        self.or_end(written.and_then(|()| client.write_all(refusal.as_bytes())));
    }

    /// The next call; `None` if there are no more.
    fn next(&self) -> Option<Vec<u8>> {
        let mut length = END;
        let mut request = Vec::new();
        if let Some(mut client) = self.client.as_ref() {
            let [parts, bytes] = self.or_end(read_head(&mut client));
            if parts != END {
                length = bytes;
                self.parts.set(parts);
                request.resize(bytes as usize, 0);
                self.or_end(client.read_exact(&mut request));
            }
        }
        self.announce(&mut length);
        if length == END {
            return None;
        }
        request.resize(length as usize, 0);
        for piece in pieces(request.len(), LONGEST) {
            self.world.process_at_rank(0).broadcast_into(&mut request[piece]);
        }
        Some(request)
    }

    /// Broadcasts a word from rank 0 to all ranks, which sleep until it comes: waiting in MPI would poll without a
    /// pause.
    fn announce(&self, word: &mut u64) {
        request::scope(|scope| {
            let mut request = self.world.process_at_rank(0).immediate_broadcast_into(scope, word);
            let (mut looks, mut nap) = (0, NAPS[0]);
            while let Err(still) = request.test() {
                request = still;
                looks += 1;
                if looks > LOOKS && self.rank != 0 {
                    thread::sleep(nap);
                    nap = (nap * 2).min(NAPS[1]);
                }
            }
        });
    }
}

/// Runs a call, and returns whether more may come.
fn call() -> bool {
    let Some(request) = RANKS.with_borrow(|ranks| ranks.as_ref().and_then(Ranks::next)) else { return false };
    let mut reply = Vec::new();
    // SAFETY: the client made it, which is the program that started this process from the same file or from one that
    // was checked to be the same; only these two know the socket.
    let answered = unsafe { remote::answer(&request, &mut reply) };
    RANKS.with_borrow(|ranks| {
        let Some(ranks) = ranks else { return false };
        if answered.is_err() {
            ranks.world.abort(1);
        }
        ranks.reply(&reply);
        true
    })
}
