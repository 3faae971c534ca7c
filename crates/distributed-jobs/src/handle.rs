//! A submitted job, and its result when it is there.

use crate::envelope::Outcome;
use crate::store::{State, Store};
use crate::supervisor::Supervisor;
use crate::waiting::Waiting;
use crate::{Error, JobId};
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

/// A submitted job; see [`Jobs::submit`](crate::Jobs::submit). Dropping it does not stop the job, and its
/// [number](Handle::id) finds it again.
pub struct Handle<R> {
    id: JobId,
    store: Arc<dyn Store>,
    supervisor: Weak<Supervisor>,
    result: PhantomData<fn() -> R>,
}

impl<R> Handle<R> {
    pub(crate) fn new(id: JobId, store: Arc<dyn Store>, supervisor: Weak<Supervisor>) -> Self {
        Handle { id, store, supervisor, result: PhantomData }
    }

    /// The job's number.
    pub fn id(&self) -> JobId {
        self.id
    }
}

impl<R: DeserializeOwned> Handle<R> {
    /// Waits for the result. It stays in the store for later calls, until it is
    /// [forgotten](crate::Jobs::forget).
    ///
    /// # Errors
    ///
    /// If the job failed, or its result will not come.
    pub fn wait(&self) -> Result<R, Error> {
        let mut waiting = Waiting::new(self.supervisor.clone());
        loop {
            if let Some(result) = self.try_wait()? {
                return Ok(result);
            }
            waiting.pause()?;
        }
    }

    /// The result, if it is there.
    ///
    /// # Errors
    ///
    /// As [`wait`](Handle::wait).
    pub fn try_wait(&self) -> Result<Option<R>, Error> {
        match self.store.state(self.id)? {
            State::Done(outcome) => Outcome::result(self.id, &outcome).map(Some),
            State::Waiting => Ok(None),
            State::Unknown => Err(Error::Unknown { job: self.id }),
        }
    }
}

impl<R> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("id", &self.id).finish_non_exhaustive()
    }
}
