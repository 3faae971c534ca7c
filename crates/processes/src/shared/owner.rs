//! A process is its number and the moment of its birth: numbers are used again, moments are not.
//!
//! Locks in shared memory outlive their holders, so each notes who holds it, and whoever is kept waiting
//! looks whether that process still lives. Both fit into one word, and so into one atomic.

use std::fs;
use std::sync::OnceLock;

/// One process, for all time. Never 0, so that word can stand for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner(u64);

static ME: OnceLock<Owner> = OnceLock::new();

impl Owner {
    pub(crate) fn me() -> Self {
        *ME.get_or_init(|| {
            let pid = std::process::id();
            // Without /proc nobody could have mapped this memory.
            Self::new(pid, stat(pid).map_or(0, |(_, birth)| birth))
        })
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

    /// Reads a file, so it is for those who have waited long.
    pub(crate) fn is_alive(self) -> bool {
        stat(self.pid())
            .is_some_and(|(state, birth)| !matches!(state, 'Z' | 'X') && Self::new(self.pid(), birth) == self)
    }

    fn new(pid: u32, birth: u64) -> Self {
        Self(u64::from(pid) << 32 | birth & u64::from(u32::MAX))
    }
}

/// State and time of birth, in clock ticks since the machine was started.
fn stat(pid: u32) -> Option<(char, u64)> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// `4711 (a name (even so)) S 1 …`: what follows the last bracket is state, and 18 fields on the time of
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
        assert!(Owner::me().is_alive());
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let owner = Owner::new(child.id(), stat(child.id()).unwrap().1);
        assert!(owner.is_alive());
        child.kill().unwrap();
        while stat(child.id()).is_some_and(|(state, _)| state != 'Z') {
            std::thread::yield_now();
        }
        assert!(!owner.is_alive(), "a zombie");
        child.wait().unwrap();
        assert!(!owner.is_alive(), "reaped");
    }

    #[test]
    fn a_number_used_again_is_somebody_else() {
        let me = Owner::me();
        assert!(!Owner::new(me.pid(), (me.0 & 0xffff_ffff) + 1).is_alive());
        assert_eq!(Owner::from_word(me.word()), Some(me));
        assert_eq!(Owner::from_word(0), None);
    }

    #[test]
    fn names_with_brackets_do_not_confuse_it() {
        let line = "7 (a) S 9 (x)) R 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 98765 11 12";
        assert_eq!(parse(line), Some(('R', 98765)));
        assert_eq!(parse("7 (cut"), None);
    }
}
