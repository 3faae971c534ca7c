//! The identity of a process: its number and the moment of its birth, since numbers are reused.
//!
//! Locks in shared memory outlive their holders, so each notes its holder, and a process that waits long
//! checks whether the holder is still alive. Both fit into one word, and so into one atomic.

use std::fs;
use std::io;
use std::sync::OnceLock;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

/// One process, for all time. Never 0, so that 0 can mean no process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner(u64);

/// Kept only after a successful lookup: an incomplete owner would be taken for another process, and so for dead.
static ME: OnceLock<Owner> = OnceLock::new();

impl Owner {
    /// # Errors
    ///
    /// If this process cannot find out when it was born: without spare descriptors, or without `/proc`.
    pub(crate) fn me() -> io::Result<Self> {
        if let Some(me) = ME.get() {
            return Ok(*me);
        }
        let pid = std::process::id();
        let (_, birth) = stat(pid)?;
        Ok(*ME.get_or_init(|| Self::new(pid, birth)))
    }

    pub(crate) fn from_word(word: u64) -> Option<Self> {
        (word != 0).then_some(Self(word))
    }

    pub(crate) fn word(self) -> u64 {
        self.0
    }

    pub(crate) fn pid(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Whether it has certainly ended; a process that cannot be looked up counts as alive. The claims of the dead
    /// are given to others, so noticing a death late costs time, and assuming a death wrongly costs soundness.
    ///
    /// Reads a file, so call it only after a long wait.
    pub(crate) fn has_died(self) -> bool {
        if let Some(me) = ME.get().filter(|me| me.pid() == self.pid()) {
            return *me != self; // this process has its number now
        }
        match stat(self.pid()) {
            Ok((state, birth)) => matches!(state, 'Z' | 'X') || Self::new(self.pid(), birth) != self,
            // Not found, hidden, unmounted, or no descriptor for it: the kernel answers without a file.
            Err(_) => {
                Pid::from_raw(self.pid() as i32).is_none_or(|pid| test_kill_process(pid) == Err(Errno::SRCH))
            }
        }
    }

    fn new(pid: u32, birth: u64) -> Self {
        Self(u64::from(pid) << 32 | birth & u64::from(u32::MAX))
    }
}

/// State and time of birth, in clock ticks since the machine was started.
fn stat(pid: u32) -> io::Result<(char, u64)> {
    let stat = fs::read(format!("/proc/{pid}/stat"))?;
    // A process may have any name, in any encoding.
    parse(&String::from_utf8_lossy(&stat)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// `4711 (a name (even so)) S 1 …`: the last bracket is followed by the state, and 18 fields later by the time of
/// birth.
fn parse(stat: &str) -> Option<(char, u64)> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_lives_until_it_has_died_even_as_a_zombie() {
        assert!(!Owner::me().unwrap().has_died());
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let owner = Owner::new(child.id(), stat(child.id()).unwrap().1);
        assert!(!owner.has_died());
        child.kill().unwrap();
        while stat(child.id()).is_ok_and(|(state, _)| state != 'Z') {
            std::thread::yield_now();
        }
        assert!(owner.has_died(), "a zombie");
        child.wait().unwrap();
        assert!(owner.has_died(), "reaped");
    }

    #[test]
    fn a_number_used_again_is_another() {
        let me = Owner::me().unwrap();
        assert!(Owner::new(me.pid(), (me.0 & 0xffff_ffff) + 1).has_died());
        assert!(Owner::new(1, 1 << 31).has_died(), "process 1 was born before anybody");
        assert_eq!(Owner::from_word(me.word()), Some(me));
        assert_eq!(Owner::from_word(0), None);
    }

    /// The kernel cuts a name after 15 bytes, which may be in the middle of a character.
    #[test]
    fn a_name_that_is_no_text_is_no_death() {
        let name = fs::read("/proc/self/comm").unwrap();
        fs::write("/proc/self/comm", b"\xff\xc3").unwrap();
        let looked = stat(std::process::id());
        fs::write("/proc/self/comm", name).unwrap();
        assert_eq!(looked.unwrap().1, stat(std::process::id()).unwrap().1);
    }

    #[test]
    fn names_with_brackets_do_not_confuse_it() {
        let line = "7 (a) S 9 (x)) R 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 98765 11 12";
        assert_eq!(parse(line), Some(('R', 98765)));
        assert_eq!(parse("7 (cut"), None);
    }
}
