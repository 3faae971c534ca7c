//! The borrow counts of a shared array, like those of a `RefCell`, but in shared memory for all processes.
//!
//! Each part has one word: free, the number of readers, or the one writer. A process that is killed leaves its
//! claims behind, so each member also keeps a list of its own claims, and a member that is refused checks whether
//! the holders have died, and takes their claims back. What a dead writer wrote stays: any bits are a valid
//! `Pod`, and its pool reports the loss of the task.

use std::ops::Range;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};

use bytemuck::Zeroable;

use super::memory::{Memory, Words};
use super::owner::Owner;
use crate::error::Error;

/// The number of handles of one memory that can exist at a time, in all processes together.
pub(crate) const MEMBERS: usize = 256;
/// The most parts of one memory: the claims of smaller parts would cost more memory than they are worth.
pub(crate) const PARTS: usize = 1 << 16;
/// Set in the word of a part while it is written; the other bits are then the member, and otherwise the number
/// of readers.
const WRITTEN: u32 = 1 << 31;

#[derive(Zeroable)]
#[repr(transparent)]
pub(crate) struct Count(AtomicU32);

#[derive(Zeroable)]
#[repr(transparent)]
struct Place(AtomicU64);

impl Words for Count {}
impl Words for Place {}

/// The claims of one memory, as one of its members sees them.
///
/// Layout: the members, the words of the parts, and for each member how often it reads each part. Most of
/// that is never touched, and untouched pages take no memory.
#[derive(Clone, Copy)]
pub(crate) struct Claims<'m> {
    members: &'m [Place],
    parts: &'m [Count],
    readings: &'m [Count],
}

impl<'m> Claims<'m> {
    pub(crate) fn bytes(parts: usize) -> usize {
        MEMBERS * size_of::<Place>() + (1 + MEMBERS) * parts * size_of::<Count>()
    }

    pub(crate) fn at(memory: &'m Memory, offset: usize, parts: usize) -> Self {
        let words = offset + MEMBERS * size_of::<Place>();
        let readings = words + parts * size_of::<Count>();
        Self {
            members: memory.row(offset, MEMBERS),
            parts: memory.row(words, parts),
            readings: memory.row(readings, MEMBERS * parts),
        }
    }

    /// A place among the members.
    pub(crate) fn join(self) -> Result<usize, Error> {
        let me = Owner::me().map_err(Error::Memory)?;
        self.find_place(me).or_else(|_| {
            (0..MEMBERS).for_each(|member| _ = self.reclaim_if_dead(member));
            self.find_place(me)
        })
    }

    /// Gives the place back. `clean` means that no claims are left, so none has to be searched for.
    pub(crate) fn leave(self, member: usize, clean: bool) {
        if !clean {
            self.take_back(member);
        }
        self.members[member].0.store(0, Release); // pairs with the exchange in `find_place`
    }

    /// Claims all of `parts` or none. `Ok` means: until [`release`](Self::release) no other member writes to
    /// them, and if `write` none reads them.
    pub(crate) fn claim(self, member: usize, parts: Range<usize>, write: bool) -> Result<(), Error> {
        loop {
            let Err((part, word)) = self.try_claim(member, parts.clone(), write) else { return Ok(()) };
            // Another may have reclaimed a dead writer's part: then the word has changed, and the part may be free.
            let changed = || word & WRITTEN != 0 && self.parts[part].0.load(Relaxed) != word;
            if !self.reclaim_from_dead(part, word) && !changed() {
                return Err(Error::Busy { part, process: self.writer(word) });
            }
        }
    }

    pub(crate) fn release(self, member: usize, parts: Range<usize>, write: bool) {
        for part in parts {
            if write {
                self.parts[part].0.store(0, Release); // pairs with the exchange of the next claim
            } else {
                self.reading(member, part).0.fetch_sub(1, Relaxed); // read only once this member is dead
                self.parts[part].0.fetch_sub(1, Release); // pairs with the exchange of the next writer
            }
        }
    }

    /// The error is the part that is in use, with its word.
    fn try_claim(self, member: usize, parts: Range<usize>, write: bool) -> Result<(), (usize, u32)> {
        for part in parts.clone() {
            let next = |word: u32| match (word, write) {
                (0, true) => Some(WRITTEN | member as u32),
                (count, false) if count & WRITTEN == 0 => Some(count + 1),
                _ => None,
            };
            // pairs with the release of the claims before
            if let Err(word) = self.parts[part].0.fetch_update(Acquire, Relaxed, next) {
                self.release(member, parts.start..part, write);
                return Err((part, word));
            }
            if !write {
                // Noted after it was counted: a death in between leaves this part claimed; in the other order it could
                // be freed twice.
                self.reading(member, part).0.fetch_add(1, Relaxed); // read only once this member is dead
            }
        }
        Ok(())
    }

    fn find_place(self, me: Owner) -> Result<usize, Error> {
        let take = |place: &Place| place.0.compare_exchange(0, me.word(), Acquire, Relaxed).is_ok();
        self.members.iter().position(take).ok_or(Error::TooManyMembers(MEMBERS))
    }

    fn writer(self, word: u32) -> Option<u32> {
        let member = (word & WRITTEN != 0).then_some((word & !WRITTEN) as usize)?;
        Some(Owner::from_word(self.members.get(member)?.0.load(Relaxed))?.pid())
    }

    /// Takes back the claims of dead holders of `part`; returns whether there were any. Looks up only the holders:
    /// each lookup reads a file, and refusals are common.
    fn reclaim_from_dead(self, part: usize, word: u32) -> bool {
        if word & WRITTEN != 0 {
            return self.reclaim_if_dead((word & !WRITTEN) as usize);
        }
        let reads = |member: &usize| self.reading(*member, part).0.load(Relaxed) > 0;
        // All of them, not only the first: the part is free once none reads it.
        (0..MEMBERS).filter(reads).filter(|member| self.reclaim_if_dead(*member)).count() > 0
    }

    /// Takes back the claims of a member if its process has died; returns whether it had.
    fn reclaim_if_dead(self, member: usize) -> bool {
        let Some(place) = self.members.get(member) else { return false };
        let word = place.0.load(Relaxed);
        let dead = Owner::from_word(word).is_some_and(Owner::has_died);
        let Ok(me) = Owner::me() else { return false };
        // Taking the place first makes sure that only one member reclaims, and that none joins there meanwhile.
        let buries = dead && place.0.compare_exchange(word, me.word(), AcqRel, Relaxed).is_ok();
        if buries {
            self.leave(member, false);
        }
        buries
    }

    fn take_back(self, member: usize) {
        for (part, word) in self.parts.iter().enumerate() {
            let readings = self.reading(member, part).0.swap(0, Relaxed); // only this member touches them now
            if readings > 0 {
                word.0.fetch_sub(readings, Release); // pairs with the exchange of the next writer
            }
            let _ = word.0.compare_exchange(WRITTEN | member as u32, 0, Release, Relaxed);
        }
    }

    fn reading(self, member: usize, part: usize) -> &'m Count {
        &self.readings[member * self.parts.len() + part]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn memory(parts: usize) -> Memory {
        Memory::create("test", Claims::bytes(parts)).unwrap()
    }

    #[test]
    fn many_read_or_one_writes() {
        let memory = memory(4);
        let claims = Claims::at(&memory, 0, 4);
        let (one, two) = (claims.join().unwrap(), claims.join().unwrap());
        claims.claim(one, 0..2, false).unwrap();
        claims.claim(two, 1..3, false).unwrap();
        let busy = claims.claim(two, 0..4, true);
        assert!(matches!(busy, Err(Error::Busy { part: 0, process: None })));
        claims.claim(two, 3..4, true).unwrap();
        let busy = claims.claim(one, 2..4, false);
        assert!(
            matches!(busy, Err(Error::Busy { part: 3, process: Some(pid) }) if pid == std::process::id())
        );
        claims.release(one, 0..2, false);
        claims.release(two, 1..3, false);
        claims.claim(one, 0..3, true).unwrap();
    }

    #[test]
    fn claims_of_the_dead_and_of_the_forgetful_are_taken_back() {
        let memory = memory(3);
        let claims = Claims::at(&memory, 0, 3);
        let me = claims.join().unwrap();
        let dead = claims.join().unwrap();
        claims.claim(dead, 0..1, true).unwrap();
        claims.claim(dead, 1..3, false).unwrap();
        claims.claim(me, 1..2, false).unwrap();
        assert!(claims.claim(me, 0..1, false).is_err(), "alive");
        claims.members[dead].0.store(1 << 32 | 77, Relaxed); // process 1 was born at another time
        claims.claim(me, 0..1, true).unwrap();
        claims.claim(me, 2..3, true).unwrap();
        assert!(claims.claim(me, 1..2, true).is_err(), "this member still reads it");
        assert_eq!(claims.join().unwrap(), dead, "the place is free again");
        claims.leave(me, false);
        claims.claim(dead, 0..3, true).unwrap();
    }

    #[test]
    fn only_those_in_the_way_are_looked_up() {
        let memory = memory(3);
        let claims = Claims::at(&memory, 0, 3);
        let (me, living, dead) = (claims.join().unwrap(), claims.join().unwrap(), claims.join().unwrap());
        claims.claim(living, 0..1, true).unwrap();
        claims.claim(living, 1..2, false).unwrap();
        claims.claim(dead, 2..3, true).unwrap();
        let stranger = 1 << 32 | 77; // process 1 was born at another time
        claims.members[dead].0.store(stranger, Relaxed);
        assert!(claims.claim(me, 0..1, false).is_err(), "a living writer");
        assert!(claims.claim(me, 1..2, true).is_err(), "a living reader");
        assert_eq!(claims.members[dead].0.load(Relaxed), stranger, "nobody has looked there");
        claims.claim(me, 2..3, false).unwrap();
    }

    #[test]
    fn several_dead_are_in_the_way_at_once() {
        let memory = memory(3);
        let claims = Claims::at(&memory, 0, 3);
        let me = claims.join().unwrap();
        let dead: Vec<usize> = (0..4).map(|_| claims.join().unwrap()).collect();
        claims.claim(dead[0], 0..1, true).unwrap();
        claims.claim(dead[1], 1..2, false).unwrap();
        claims.claim(dead[2], 1..3, false).unwrap();
        claims.claim(dead[3], 1..2, false).unwrap();
        dead.iter().for_each(|dead| claims.members[*dead].0.store(1 << 32 | 77, Relaxed));
        claims.claim(me, 0..3, true).unwrap();
    }

    #[test]
    fn a_full_house_is_an_error() {
        let memory = memory(1);
        let claims = Claims::at(&memory, 0, 1);
        (0..MEMBERS).for_each(|_| _ = claims.join().unwrap());
        assert!(matches!(claims.join(), Err(Error::TooManyMembers(MEMBERS))));
    }

    proptest! {
        /// The same rules as a list of claims that is searched.
        #[test]
        fn it_agrees_with_a_plain_list(steps in prop::collection::vec((0usize..3, 0usize..6, 1usize..4, any::<bool>()), 1..60)) {
            let memory = memory(8);
            let claims = Claims::at(&memory, 0, 8);
            let members: Vec<usize> = (0..3).map(|_| claims.join().unwrap()).collect();
            let mut held: Vec<(usize, Range<usize>, bool)> = Vec::new();
            for (who, start, length, write) in steps {
                let parts = start..start + length;
                let meets = |other: &Range<usize>| parts.start < other.end && other.start < parts.end;
                let allowed = held.iter().all(|(_, other, writes)| !meets(other) || !write && !*writes);
                prop_assert_eq!(claims.claim(members[who], parts.clone(), write).is_ok(), allowed);
                if allowed {
                    held.push((members[who], parts, write));
                } else {
                    let (who, parts, write) = held.swap_remove(start % held.len());
                    claims.release(who, parts, write);
                }
            }
        }
    }
}
