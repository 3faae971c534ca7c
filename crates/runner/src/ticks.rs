//! A sampling profiler inside the worker: a CPU timer interrupts the running thread, which records its own stack.
//!
//! It is for machines where no profiler is allowed to look from outside. It does not see time inside the kernel, nor
//! other processes of the technique. A signal handler may do almost nothing, so it writes to memory that was allocated
//! before, and addresses become names elsewhere.

use crate::protocol::Looked;
use parallax_pattern::{Answer, No};

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod maps;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) use signal::Ticks;

/// The timer on systems without support for it.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) struct Ticks;

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
impl Ticks {
    /// Refuses.
    pub(crate) fn start(_: u32) -> Answer<Self> {
        Err(No::Unavailable("a worker can sample its own stacks only with the GNU C library".into()))
    }

    /// Nothing was seen.
    pub(crate) fn stop(self) -> Looked {
        Looked::default()
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "signal handlers and timers need the C library")]
mod signal {
    use super::{Answer, Looked, No, maps::Maps};
    use crate::protocol::{Frame, Look};
    use nix::libc;
    use std::cell::UnsafeCell;
    use std::collections::HashMap;
    use std::ffi::{c_int, c_void};
    use std::ptr;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

    /// How many looks have room: a minute at 500 a second.
    const ROOM: usize = 30_000;

    /// How many frames of a stack are recorded, the innermost ones.
    const DEPTH: usize = 64;

    /// The frames of the handler itself and of the kernel's return from it, on top of the interrupted ones.
    const OF_THE_SIGNAL: usize = 2;

    /// One look.
    struct Note {
        /// How many frames it has; 0 until the note is complete.
        depth: AtomicU32,
        inside: UnsafeCell<Inside>,
    }

    struct Inside {
        thread: u32,
        at_ns: u64,
        frames: [*mut c_void; DEPTH],
    }

    // SAFETY: a note is written by the one thread that drew its number, and read once `depth` says that it is complete.
    unsafe impl Sync for Note {}
    // SAFETY: its addresses are only numbers here; they are never dereferenced.
    unsafe impl Send for Note {}

    static NOTES: OnceLock<Box<[Note]>> = OnceLock::new();
    static DRAWN: AtomicUsize = AtomicUsize::new(0);
    static LOOKING: AtomicBool = AtomicBool::new(false);

    /// A timer that is running. There is at most one in a process.
    pub(crate) struct Ticks(());

    impl Ticks {
        /// Starts to look `hertz` times per second of CPU time.
        ///
        /// # Errors
        ///
        /// [`No::Unavailable`] if the system has no such timer, or one is running.
        pub(crate) fn start(hertz: u32) -> Answer<Self> {
            let notes = NOTES.get_or_init(|| (0..ROOM).map(|_| Note::empty()).collect());
            if LOOKING.swap(true, Ordering::AcqRel) {
                return Err(No::Unavailable("this worker already samples its own stacks".into()));
            }
            notes.iter().for_each(|note| note.depth.store(0, Ordering::Relaxed));
            DRAWN.store(0, Ordering::Relaxed);
            let mut once: [*mut c_void; 2] = [ptr::null_mut(); 2];
            // SAFETY: the array has room for two frames. The first call loads the unwinder, which no handler may do.
            unsafe { libc::backtrace(once.as_mut_ptr(), 2) };
            if !handle() || !every(1_000_000 / hertz.clamp(1, 10_000)) {
                LOOKING.store(false, Ordering::Release);
                return Err(No::Unavailable("the system has no timer of CPU time".into()));
            }
            Ok(Ticks(()))
        }

        /// Stops the timer and returns its looks.
        pub(crate) fn stop(self) -> Looked {
            drop(self);
            let drawn = DRAWN.load(Ordering::Acquire);
            let notes = NOTES.get().map_or(&[][..], |notes| &notes[..drawn.min(ROOM)]);
            gather(notes, &Maps::read(), drawn.saturating_sub(ROOM) as u64)
        }
    }

    impl Drop for Ticks {
        fn drop(&mut self) {
            every(0);
            LOOKING.store(false, Ordering::Release);
        }
    }

    impl Note {
        fn empty() -> Self {
            let inside = Inside { thread: 0, at_ns: 0, frames: [ptr::null_mut(); DEPTH] };
            Note { depth: AtomicU32::new(0), inside: UnsafeCell::new(inside) }
        }
    }

    /// Records the stack of the running thread. All its calls are safe in a handler: counters, two system calls, and
    /// the unwinder, which was loaded before and takes no lock with a C library since 2.35.
    extern "C" fn look(_: c_int) {
        if !LOOKING.load(Ordering::Acquire) {
            return;
        }
        // SAFETY: it points to this thread's own error number, which is restored.
        let errno = unsafe { *libc::__errno_location() };
        let place = DRAWN.fetch_add(1, Ordering::AcqRel);
        if let Some(note) = NOTES.get().and_then(|notes| notes.get(place)) {
            // SAFETY: no other thread drew this number.
            let inside = unsafe { &mut *note.inside.get() };
            inside.at_ns = crate::clock::now_ns();
            // SAFETY: the call takes nothing, and the array has room for `DEPTH` frames.
            let depth = unsafe {
                inside.thread = libc::syscall(libc::SYS_gettid) as u32;
                libc::backtrace(inside.frames.as_mut_ptr(), DEPTH as c_int)
            };
            note.depth.store(depth.unsigned_abs(), Ordering::Release); // pairs with the load in `gather`
        }
        // SAFETY: as above.
        unsafe { *libc::__errno_location() = errno };
    }

    /// Installs `look` as the handler of each tick; interrupted system calls are restarted.
    fn handle() -> bool {
        // SAFETY: all zero is a valid action, whose mask is then emptied and whose handler is set.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = look as extern "C" fn(c_int) as usize;
            action.sa_flags = libc::SA_RESTART;
            libc::sigemptyset(&mut action.sa_mask);
            libc::sigaction(libc::SIGPROF, &action, ptr::null_mut()) == 0
        }
    }

    /// Ticks every `microseconds` of CPU time; never, if 0.
    fn every(microseconds: u32) -> bool {
        let time = libc::timeval { tv_sec: 0, tv_usec: libc::suseconds_t::from(microseconds.min(999_999)) };
        let timer = libc::itimerval { it_interval: time, it_value: time };
        // SAFETY: the timer is a valid pointer, and the old one is not requested.
        unsafe { libc::setitimer(libc::ITIMER_PROF, &timer, ptr::null_mut()) == 0 }
    }

    /// The complete notes, with each stack and each place listed once.
    fn gather(notes: &[Note], maps: &Maps, lost: u64) -> Looked {
        let mut looked = Looked { lost, ..Looked::default() };
        let (mut places, mut stacks) = (HashMap::new(), HashMap::new());
        for note in notes {
            let depth = (note.depth.load(Ordering::Acquire) as usize).min(DEPTH);
            if depth <= OF_THE_SIGNAL {
                continue;
            }
            // SAFETY: it is complete, so no thread writes to it any more.
            let inside = unsafe { &*note.inside.get() };
            let frames = inside.frames[OF_THE_SIGNAL..depth].iter().enumerate().rev();
            let stack: Vec<u32> = frames
                .map(|(above, address)| {
                    // a caller's address is its return address, at least one byte after the call
                    let address = (*address as u64).saturating_sub(u64::from(above > 0));
                    *places.entry(address).or_insert_with(|| {
                        looked.frames.push(maps.frame(address));
                        looked.frames.len() as u32 - 1
                    })
                })
                .collect();
            let next = stacks.len() as u32;
            let place = *stacks.entry(stack.clone()).or_insert(next);
            if place == next {
                looked.stacks.push(stack);
            }
            looked.looks.push(Look { thread: inside.thread, at_ns: inside.at_ns, stack: place });
        }
        looked
    }

    impl Maps {
        fn frame(&self, address: u64) -> Frame {
            let (object, offset) = self.find(address);
            Frame { object, function: String::new(), offset }
        }
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;
    use crate::clock::process_cpu_ns;
    use parallax_pattern::random::spin;
    use std::hint::black_box;

    #[test]
    fn what_runs_is_seen_with_its_callers_and_nothing_once_it_has_ended() {
        let ticks = Ticks::start(250).unwrap();
        assert!(Ticks::start(250).is_err(), "there is one in a process");
        let until = process_cpu_ns() + 400_000_000;
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while process_cpu_ns() < until {
                        black_box(spin(black_box(1), 10_000));
                    }
                });
            }
        });
        let looked = ticks.stop();
        // a coarse clock of the kernel may tick only a quarter as often as requested
        assert!(looked.looks.len() >= 10, "{}", looked.looks.len());
        assert_eq!(looked.lost, 0);
        let own = std::env::current_exe().unwrap();
        let in_own = |stack: &Vec<u32>| {
            stack.iter().any(|frame| looked.frames[*frame as usize].object == own.to_string_lossy())
        };
        assert!(looked.stacks.iter().filter(|stack| in_own(stack)).count() * 2 > looked.stacks.len());
        assert!(looked.stacks.iter().any(|stack| stack.len() > 2), "callers are seen");
        assert!(looked.looks.iter().all(|look| (look.stack as usize) < looked.stacks.len()));
        drop(Ticks::start(250).unwrap());
    }
}
