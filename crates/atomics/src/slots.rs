//! What each task of a graph gave, to be waited for by name: a panic breaks no promise.

use crate::blocks::once_slot::OnceSlot;

/// A slot for each task; tasks are numbered row by row.
pub(crate) struct Slots<V>(Vec<OnceSlot<V>>);

impl<V: Clone + Default> Slots<V> {
    pub(crate) fn new(tasks: usize) -> Self {
        Slots((0..tasks).map(|_| OnceSlot::new()).collect())
    }

    /// What `task` gave, waited for.
    #[inline]
    pub(crate) fn wait(&self, task: usize) -> V {
        self.0[task].wait().clone()
    }

    /// Says what `task` gave: once.
    #[inline]
    pub(crate) fn set(&self, task: usize, value: V) {
        assert!(self.0[task].set(value).is_ok(), "a task is run once");
    }

    /// Its tasks will be given a value: the default one if the promise is dropped before it is kept, by a
    /// panic or with a job that no thread takes, so that nobody waits for ever for what is thrown away anyway.
    pub(crate) fn promise<T: Iterator<Item = usize>>(&self, tasks: T) -> Promise<'_, V, T> {
        Promise { slots: self, tasks }
    }

    /// Writes what the last row gave, if there is one.
    pub(crate) fn read_out(&self, last_row: &mut [V]) {
        if let Some(first) = self.0.len().checked_sub(last_row.len()) {
            last_row.iter_mut().zip(first..).for_each(|(value, task)| *value = self.wait(task));
        }
    }
}

/// Tasks that somebody has taken on.
pub(crate) struct Promise<'a, V: Clone + Default, T: Iterator<Item = usize>> {
    slots: &'a Slots<V>,
    tasks: T,
}

impl<V: Clone + Default, T: Iterator<Item = usize>> Promise<'_, V, T> {
    /// All of its tasks have been given a value.
    #[inline]
    pub(crate) fn keep(self) {
        std::mem::forget(self); // it owns nothing but the numbers of its tasks
    }
}

impl<V: Clone + Default, T: Iterator<Item = usize>> Drop for Promise<'_, V, T> {
    fn drop(&mut self) {
        for task in self.tasks.by_ref() {
            let _ = self.slots.0[task].set(V::default()); // those done before keep theirs
        }
    }
}
