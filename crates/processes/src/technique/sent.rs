//! A workload goes to a process as what it was made from, and is built there once, not once a call.

use parallax_suite::pattern::Wire;
use parallax_suite::question::{Answer, No};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// A workload as an argument of a task: bytes on the way, the workload itself at either end.
///
/// A process keeps the last workload that it was sent and knows it again by its type and bytes, so
/// only the first task of a run may have to build it. Two workloads of equal bytes are one: whatever
/// a workload counts beside its parameters goes on counting in the next run.
pub(crate) struct Sent<W> {
    bytes: Arc<[u8]>,
    work: Arc<W>,
}

impl<W: Wire> Sent<W> {
    /// Makes it ready to be sent with any number of tasks; it is written once.
    ///
    /// # Errors
    ///
    /// [`No::Failed`] if the workload cannot be written.
    pub(crate) fn new(work: &Arc<W>) -> Answer<Self> {
        let bytes = postcard::to_stdvec(&**work).map_err(|error| No::Failed(error.into()))?;
        Ok(Sent { bytes: bytes.into(), work: Arc::clone(work) })
    }
}

impl<W> Clone for Sent<W> {
    fn clone(&self) -> Self {
        Sent { bytes: Arc::clone(&self.bytes), work: Arc::clone(&self.work) }
    }
}

impl<W> Deref for Sent<W> {
    type Target = W;
    fn deref(&self) -> &W {
        &self.work
    }
}

impl<W> Serialize for Sent<W> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.bytes)
    }
}

impl<'de, W: Wire> Deserialize<'de> for Sent<W> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_bytes(Unpack(PhantomData))
    }
}

struct Unpack<W>(PhantomData<W>);

impl<W: Wire> Visitor<'_> for Unpack<W> {
    type Value = Sent<W>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a workload's bytes")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Sent<W>, E> {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref().filter(|known| *known.bytes == *bytes);
        if let Some(work) = known.and_then(|known| Arc::clone(&known.work).downcast().ok()) {
            return Ok(Sent { bytes: bytes.into(), work });
        }
        *last = None; // its memory may be needed for the next one
        let work: Arc<W> = Arc::new(postcard::from_bytes(bytes).map_err(E::custom)?);
        let bytes: Arc<[u8]> = bytes.into();
        *last = Some(Known { bytes: Arc::clone(&bytes), work: Arc::clone(&work) as _ });
        Ok(Sent { bytes, work })
    }
}

/// What this process was sent last.
static LAST: Mutex<Option<Known>> = Mutex::new(None);

struct Known {
    bytes: Arc<[u8]>,
    work: Arc<dyn Any + Send + Sync>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct One(u64);
    #[derive(Serialize, Deserialize)]
    struct Other(u64);

    fn received<W: Wire>(work: W) -> Sent<W> {
        let bytes = postcard::to_stdvec(&Sent::new(&Arc::new(work)).unwrap()).unwrap();
        postcard::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn the_last_workload_is_known_by_type_and_value() {
        let first = received(One(7));
        assert!(Arc::ptr_eq(&first.work, &received(One(7)).work), "built twice");
        assert_eq!(received(One(8)).0, 8);
        assert_eq!(received(Other(8)).0, 8, "of equal bytes, but of another type");
        assert!(!Arc::ptr_eq(&first.work, &received(One(7)).work), "only the last is kept");
    }
}
