//! A cache of compiled kernels, by the text from which they were compiled.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Values by key, made on the first look-up.
///
/// It forgets nothing, because a program has few texts of its own. A server that compiles its users' texts
/// needs a limit here.
#[derive(Debug)]
pub(crate) struct Kept<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K: Eq + Hash, V> Kept<K, V> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// The value of a key. Threads that look it up while it is made wait for it.
    pub(crate) fn get<E>(&self, key: K, make: impl FnOnce(&K) -> Result<V, E>) -> Result<Arc<V>, E> {
        // A panic in `make` leaves the map as it was.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known.get(&key) {
            return Ok(value.clone());
        }
        let value = Arc::new(make(&key)?);
        known.insert(key, value.clone());
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_a_failure_is_not_kept() {
        let kept = Kept::new();
        let mut made = 0;
        for _ in 0..3 {
            let value = kept.get("a", |key| {
                made += 1;
                Ok::<_, ()>(key.len())
            });
            assert_eq!(*value.unwrap(), 1);
        }
        assert_eq!(made, 1);
        assert!(kept.get("b", |_| Err(())).is_err());
        assert_eq!(*kept.get("b", |_| Ok::<_, ()>(2)).unwrap(), 2);
    }
}
