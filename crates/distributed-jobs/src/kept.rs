//! A value that many jobs need: it is in the store once, and each worker caches the last one that it has read.

use crate::store::Store;
use crate::{Error, worker};
use parallax_pattern::Wire;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::Any;
use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// A value for many jobs; see [`Jobs::keep`](crate::Jobs::keep). In a job it is read like the value itself.
pub struct Kept<T> {
    place: Place,
    value: Arc<T>,
}

/// Where a value's bytes are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Place {
    /// Small values are part of every job.
    Inside(#[serde(with = "serde_bytes")] Vec<u8>),
    /// Others have a name in the store, derived from their content.
    Store(String),
}

/// The size in bytes from which a value goes to the store instead of into each job.
const LARGE: usize = 256;

impl<T: Wire> Kept<T> {
    pub(crate) fn new(value: &Arc<T>, store: &dyn Store) -> Result<Self, Error> {
        let argument =
            |why: postcard::Error| parallax_processes::Error::Argument { task: 0, reason: why.to_string() };
        let bytes = postcard::to_stdvec(&**value).map_err(|why| Error::Call(argument(why)))?;
        let place = if bytes.len() < LARGE {
            Place::Inside(bytes)
        } else {
            let name = name_of(&bytes);
            store.put(&name, &bytes)?;
            Place::Store(name)
        };
        Ok(Kept { place, value: Arc::clone(value) })
    }
}

/// A name derived from the bytes; two values share one by chance once in 2 to the power of 128.
fn name_of(bytes: &[u8]) -> String {
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(bytes);
        hasher.finish()
    };
    format!("{:016x}{:016x}-{}", hash(0), hash(1), bytes.len())
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Kept { place: self.place.clone(), value: Arc::clone(&self.value) }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T> Serialize for Kept<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.place.serialize(to)
    }
}

impl<'de, T: Wire> Deserialize<'de> for Kept<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let place = Place::deserialize(from)?;
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, value)) = last.as_ref().filter(|(known, _)| *known == place)
            && let Ok(value) = Arc::clone(value).downcast()
        {
            return Ok(Kept { place: known.clone(), value });
        }
        *last = None; // its memory may be needed for the next one
        let value = match &place {
            Place::Inside(bytes) => postcard::from_bytes(bytes),
            Place::Store(name) => postcard::from_bytes(&fetch(name).map_err(D::Error::custom)?),
        };
        let value: Arc<T> = Arc::new(value.map_err(D::Error::custom)?);
        *last = Some((place.clone(), Arc::clone(&value) as _));
        Ok(Kept { place, value })
    }
}

fn fetch(name: &str) -> Result<Vec<u8>, String> {
    let store = worker::store().ok_or("only the workers of its store can read a kept value")?;
    let bytes = store.get(name).map_err(|why| why.to_string())?;
    bytes.ok_or_else(|| format!("the store no longer has the kept value {name}"))
}

/// The last value that this process has read.
static LAST: Mutex<Option<(Place, Arc<dyn Any + Send + Sync>)>> = Mutex::new(None);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_its_content() {
        assert_eq!(name_of(b"one"), name_of(b"one"));
        assert_ne!(name_of(b"one"), name_of(b"two"));
        assert_ne!(name_of(b""), name_of(b"\0"));
    }
}
