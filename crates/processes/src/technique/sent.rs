//! A workload sent to a process as its parameters, and built there once, not once a call.

use super::failed;
use crate::shared::Blob;
use parallax_pattern::{Answer, No, Wire};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// A workload as an argument of a task: bytes on the way, the workload itself at either end.
///
/// A process keeps the last workload that it received and recognises it by its type and bytes, so only
/// the first task of a run may have to build it. Small bytes are part of every task; large ones lie in
/// shared memory, and a task says where, so each process reads them once and no pipe carries them. Two
/// workloads of equal bytes are one: counts that a workload keeps in addition to its parameters go on
/// in the next run.
pub struct Sent<W> {
    bytes: Bytes,
    work: Arc<W>,
}

#[derive(Clone)]
enum Bytes {
    Inside(Arc<[u8]>),
    Beside(Blob),
}

/// Bytes of this length or more are not part of a task: a pipe holds no more at a time.
const LARGE: usize = 64 << 10;

impl<W: Wire> Sent<W> {
    /// Encodes the workload, once, so that it can be sent with any number of tasks.
    ///
    /// # Errors
    ///
    /// [`No::Failed`] if the workload cannot be encoded, [`No::Unavailable`] without memory or descriptors
    /// for it.
    pub fn new(work: &Arc<W>) -> Answer<Self> {
        let bytes = postcard::to_stdvec(&**work).map_err(|error| No::Failed(error.into()))?;
        let bytes = match bytes.len() {
            0..LARGE => Bytes::Inside(bytes.into()),
            _ => Bytes::Beside(Blob::new(&bytes).map_err(failed)?),
        };
        Ok(Sent { bytes, work: Arc::clone(work) })
    }
}

impl<W> Clone for Sent<W> {
    fn clone(&self) -> Self {
        Sent { bytes: self.bytes.clone(), work: Arc::clone(&self.work) }
    }
}

impl<W> fmt::Debug for Sent<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.bytes {
            Bytes::Inside(bytes) => format!("{} bytes in each task", bytes.len()),
            Bytes::Beside(blob) => format!("{} bytes outside the tasks", blob.bytes().len()),
        };
        f.debug_tuple("Sent").field(&place).finish()
    }
}

impl<W> Deref for Sent<W> {
    type Target = W;
    fn deref(&self) -> &W {
        &self.work
    }
}

/// The workload in a message.
#[derive(Serialize, Deserialize)]
enum Message<'a> {
    #[serde(borrow)]
    Inside(Raw<'a>),
    Beside(Blob),
}

impl<W> Serialize for Sent<W> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let message = match &self.bytes {
            Bytes::Inside(bytes) => Message::Inside(Raw(bytes)),
            Bytes::Beside(blob) => Message::Beside(blob.clone()),
        };
        message.serialize(to)
    }
}

impl<'de, W: Wire> Deserialize<'de> for Sent<W> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let message = Message::deserialize(from)?;
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_mut().filter(|known| message.holds(&known.bytes))
            && let Ok(work) = Arc::clone(&known.work).downcast()
        {
            // Where it lies now, the next task finds it without comparing.
            known.bytes = message.into_bytes();
            return Ok(Sent { bytes: known.bytes.clone(), work });
        }
        *last = None; // its memory may be needed for the next one
        let work: Arc<W> = Arc::new(postcard::from_bytes(message.bytes()).map_err(D::Error::custom)?);
        let bytes = message.into_bytes();
        *last = Some(Known { bytes: bytes.clone(), work: Arc::clone(&work) as _ });
        Ok(Sent { bytes, work })
    }
}

impl Message<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Inside(Raw(bytes)) => bytes,
            Self::Beside(blob) => blob.bytes(),
        }
    }

    fn holds(&self, known: &Bytes) -> bool {
        match (self, known) {
            (Self::Beside(blob), Bytes::Beside(known)) => known.is(blob) || known.bytes() == blob.bytes(),
            (Self::Inside(Raw(bytes)), Bytes::Inside(known)) => **known == **bytes,
            _ => false,
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Inside(Raw(bytes)) => Bytes::Inside(bytes.into()),
            Self::Beside(blob) => Bytes::Beside(blob),
        }
    }
}

/// Bytes in one piece, where serde would visit each of them.
struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(from).map(Raw)
    }
}

/// The last workload that this process received.
static LAST: Mutex<Option<Known>> = Mutex::new(None);

struct Known {
    bytes: Bytes,
    work: Arc<dyn Any + Send + Sync>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct One(u64);
    #[derive(Serialize, Deserialize)]
    struct Other(u64);

    /// The last workload is the last of the whole process.
    static SENDING: Mutex<()> = Mutex::new(());

    fn received<W: Wire>(work: W) -> Sent<W> {
        let bytes = postcard::to_stdvec(&Sent::new(&Arc::new(work)).unwrap()).unwrap();
        postcard::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn the_last_workload_is_known_by_type_and_value() {
        let _one_at_a_time = SENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let first = received(One(7));
        assert!(Arc::ptr_eq(&first.work, &received(One(7)).work), "built twice");
        assert_eq!(received(One(8)).0, 8);
        assert_eq!(received(Other(8)).0, 8, "of equal bytes, but of another type");
        assert!(!Arc::ptr_eq(&first.work, &received(One(7)).work), "only the last is kept");
    }

    #[derive(Serialize, Deserialize)]
    struct Large(Vec<u8>);

    #[test]
    fn a_task_is_small_however_large_its_workload() {
        let _one_at_a_time = SENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let large = |last| Arc::new(Large([vec![7; 1 << 20], vec![last]].concat()));
        let (once, again, other) = [1, 1, 2].map(|last| Sent::new(&large(last)).unwrap()).into();
        let task = |sent: &Sent<Large>| postcard::to_stdvec(sent).unwrap();
        let arrived = |sent: &Sent<Large>| postcard::from_bytes::<Sent<Large>>(&task(sent)).unwrap();
        assert!(task(&once).len() < 100, "{} bytes in each task", task(&once).len());
        let first = arrived(&once);
        assert!(first.0 == once.0 && Arc::ptr_eq(&first.work, &arrived(&once).work), "built twice in a run");
        assert!(Arc::ptr_eq(&first.work, &arrived(&again).work), "built again in the next run");
        assert!(arrived(&other).0 == other.0);
    }
}
