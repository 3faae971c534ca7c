//! A store that counts its traffic: jobs and kept values in, outcomes out.

use super::{Cursor, State, Store};
use crate::{Error, JobId};
use parallax_distributed::{Meter, Moment};
use std::sync::Arc;

/// Another store, and its traffic. A look that finds nothing is not counted: that time is the wait for the work.
pub(crate) struct Metered {
    store: Box<dyn Store>,
    meter: Arc<Meter>,
}

impl Metered {
    pub(crate) fn new(store: impl Store + 'static, meter: &Arc<Meter>) -> Self {
        Metered { store: Box::new(store), meter: Arc::clone(meter) }
    }
}

impl Store for Metered {
    fn push(&self, jobs: &[(JobId, Vec<u8>)]) -> Result<(), Error> {
        let began = Moment::now();
        self.store.push(jobs)?;
        self.meter.shipped(jobs.iter().map(|(_, job)| job.len()).sum(), began.elapsed_ns());
        Ok(())
    }

    fn end(&self) -> Result<Cursor, Error> {
        self.store.end()
    }

    fn finished(&self, cursor: &mut Cursor) -> Result<Vec<(JobId, Vec<u8>)>, Error> {
        let began = Moment::now();
        let outcomes = self.store.finished(cursor)?;
        self.meter.gathered(outcomes.iter().map(|(_, outcome)| outcome.len()).sum(), began.elapsed_ns());
        Ok(outcomes)
    }

    fn state(&self, id: JobId) -> Result<State, Error> {
        let began = Moment::now();
        let state = self.store.state(id)?;
        if let State::Done(outcome) = &state {
            self.meter.gathered(outcome.len(), began.elapsed_ns());
        }
        Ok(state)
    }

    fn ids(&self) -> Result<Vec<JobId>, Error> {
        self.store.ids()
    }

    fn forget(&self, ids: &[JobId]) -> Result<(), Error> {
        self.store.forget(ids)
    }

    fn clear(&self, workers_too: bool) -> Result<(), Error> {
        self.store.clear(workers_too)
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<bool, Error> {
        let began = Moment::now();
        let sent = self.store.put(key, bytes)?;
        self.meter.shipped(if sent { bytes.len() } else { 0 }, began.elapsed_ns());
        Ok(sent)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.store.get(key)
    }
}
