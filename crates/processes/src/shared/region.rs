//! A region is memory that can be sent: the message carries its address, and each process maps it once.

use std::cell::RefCell;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytemuck::Zeroable;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::memory::{Memory, Ticket, Words};
use crate::error::Error;
use crate::worker::is_worker;

/// What a region is used for; never 0, which zeroed memory has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Use {
    Array = 1,
    Barrier = 2,
    Ring = 3,
    Counters = 4,
    Blob = 5,
    Pairs = 6,
}

/// The first words of every region; a cache line of their own.
#[derive(Zeroable)]
#[repr(C, align(64))]
pub(crate) struct Header {
    /// Whether its maker has dropped it.
    closed: AtomicU32,
    used_as: AtomicU32,
}

impl Words for Header {}

/// Memory made here or in another process. Clones are the same memory.
#[derive(Clone, Debug)]
pub(crate) struct Region(Arc<Mapped>);

#[derive(Debug)]
struct Mapped {
    memory: Memory,
    used_as: Use,
    made_here: bool,
}

/// A region that this process has mapped.
struct Known {
    region: Weak<Mapped>,
    /// In a worker: keeps the mapping from one task to the next.
    kept: Option<Arc<Mapped>>,
}

static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());

thread_local! {
    /// The regions to which the message being written points, if one is.
    static WRITTEN: RefCell<Option<Vec<Region>>> = const { RefCell::new(None) };
    /// Why a region could not be mapped; postcard drops the text of an error.
    static REFUSAL: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The regions that `write` serialises. The caller keeps them until the message is answered, so that the other
/// side finds them.
pub(crate) fn regions_in(write: impl FnOnce()) -> Vec<Region> {
    WRITTEN.set(Some(Vec::new()));
    write();
    WRITTEN.take().unwrap_or_default()
}

/// Why the last region deserialised on this thread could not be mapped.
pub(crate) fn take_refusal() -> Option<String> {
    REFUSAL.take()
}

impl Region {
    /// Fresh zeros, except for the header.
    pub(crate) fn create(used_as: Use, bytes: usize) -> Result<Self, Error> {
        let memory = Memory::create("parallax-shared", bytes.max(size_of::<Header>()))?;
        memory.words::<Header>().used_as.store(used_as as u32, Relaxed); // no other process has it yet
        let mapped = Arc::new(Mapped { memory, used_as, made_here: true });
        let mut known = known();
        sweep(&mut known); // a process that only makes regions would keep an entry for each forever
        known.push(Known { region: Arc::downgrade(&mapped), kept: None });
        drop(known);
        Ok(Self(mapped))
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.0.memory
    }

    /// Whether both are one mapping: a process maps each memory once.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn attach(ticket: &Ticket, used_as: Use) -> Result<Self, Error> {
        let mut known = known();
        sweep(&mut known);
        let found = known.iter().filter_map(|known| known.region.upgrade());
        let mapped = match found.into_iter().find(|mapped| mapped.memory.ticket().inode == ticket.inode) {
            Some(mapped) => mapped,
            None => {
                let memory = Memory::attach(ticket)?;
                let mapped = Arc::new(Mapped { memory, used_as, made_here: false });
                let kept = is_worker().then(|| Arc::clone(&mapped));
                known.push(Known { region: Arc::downgrade(&mapped), kept });
                mapped
            }
        };
        if mapped.memory.words::<Header>().used_as.load(Relaxed) != used_as as u32 {
            return Err(Error::Shape("this memory was made for something else"));
        }
        Ok(Self(mapped))
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        if self.made_here {
            self.memory.words::<Header>().closed.store(1, Release); // pairs with the load in `sweep`
        }
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WRITTEN.with_borrow_mut(|regions| regions.iter_mut().for_each(|seats| seats.push(self.clone())));
        (self.0.used_as, self.memory().ticket()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (used_as, ticket) = Deserialize::deserialize(deserializer)?;
        Self::attach(&ticket, used_as).map_err(|error| {
            REFUSAL.set(Some(error.to_string()));
            de::Error::custom(error)
        })
    }
}

/// In a worker: unmaps regions that were kept for the next task, if their maker has dropped them.
pub(crate) fn forget_closed() {
    sweep(&mut known());
}

fn sweep(known: &mut Vec<Known>) {
    for known in known.iter_mut() {
        // pairs with the store of the maker's last drop
        known.kept.take_if(|kept| kept.memory.words::<Header>().closed.load(Acquire) != 0);
    }
    known.retain(|known| known.region.strong_count() > 0);
}

fn known() -> MutexGuard<'static, Vec<Known>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_comes_back_is_the_same_mapping() {
        let region = Region::create(Use::Ring, 100).unwrap();
        let mut bytes = Vec::new();
        let regions = regions_in(|| bytes = postcard::to_stdvec(&region).unwrap());
        let again: Region = postcard::from_bytes(&bytes).unwrap();
        assert!(Arc::ptr_eq(&region.0, &again.0));
        assert_eq!(postcard::to_stdvec(&region).unwrap(), bytes);
        drop((region, again));
        assert!(postcard::from_bytes::<Region>(&bytes).is_ok(), "kept while in flight");
        assert_eq!(regions.len(), 1);
        drop(regions);
        assert!(postcard::from_bytes::<Region>(&bytes).is_err(), "gone with its maker");
        assert!(take_refusal().unwrap().contains("is gone"));
    }

    #[test]
    fn memory_for_one_thing_is_not_taken_for_another() {
        let region = Region::create(Use::Ring, 100).unwrap();
        let lie = postcard::to_stdvec(&(Use::Array, region.memory().ticket())).unwrap();
        assert!(postcard::from_bytes::<Region>(&lie).is_err());
    }
}
