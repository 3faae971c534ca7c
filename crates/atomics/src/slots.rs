//! The value of each task of a graph, for which others wait; a panic leaves no waiter behind.

use crate::blocks::once_slot::OnceSlot;

/// A slot for each task; tasks are numbered row by row.
pub(crate) struct Slots<V>(Vec<OnceSlot<V>>);

impl<V: Clone + Default> Slots<V> {
    pub(crate) fn new(tasks: usize) -> Self {
        Slots((0..tasks).map(|_| OnceSlot::new()).collect())
    }

    /// Waits for the value of `task`.
    #[inline]
    pub(crate) fn wait(&self, task: usize) -> V {
        self.0[task].wait().clone()
    }

    /// Sets the value of `task`, once.
    #[inline]
    pub(crate) fn set(&self, task: usize, value: V) {
        assert!(self.0[task].set(value).is_ok(), "a task is run once");
    }

    /// Promises a value for each of `tasks`. If the promise is dropped before it is kept, after a panic or with a job
    /// that no thread takes, they get the default value, so that no thread waits forever; the results are discarded
    /// anyway.
    pub(crate) fn promise<T: Iterator<Item = usize>>(&self, tasks: T) -> Promise<'_, V, T> {
        Promise { slots: self, tasks }
    }

    /// Writes the values of the last row, if there is one.
    pub(crate) fn read_out(&self, last_row: &mut [V]) {
        if let Some(first) = self.0.len().checked_sub(last_row.len()) {
            last_row.iter_mut().zip(first..).for_each(|(value, task)| *value = self.wait(task));
        }
    }
}

/// Tasks that a thread has promised to run.
pub(crate) struct Promise<'a, V: Clone + Default, T: Iterator<Item = usize>> {
    slots: &'a Slots<V>,
    tasks: T,
}

impl<V: Clone + Default, T: Iterator<Item = usize>> Promise<'_, V, T> {
    /// All of its tasks have been given a value.
    #[inline]
    pub(crate) fn keep(self) {
        std::mem::forget(self); // it owns only the numbers of its tasks
    }
}

impl<V: Clone + Default, T: Iterator<Item = usize>> Drop for Promise<'_, V, T> {
    fn drop(&mut self) {
        for task in self.tasks.by_ref() {
            let _ = self.slots.0[task].set(V::default()); // tasks that are done keep their values
        }
    }
}
