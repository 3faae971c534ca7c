//! The state of a timely worker's thread: a request names the part to take, and the part finds its worker here.

use super::marks::Notice;
use super::parcel::Part;
use parallax_pattern::Wire;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A request's message to each worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The workload's number; the next one has a higher number.
    pub(crate) serial: u64,
    /// The workload, if it is new.
    #[serde(with = "serde_bytes")]
    pub(crate) work: Option<Vec<u8>>,
    /// The number of items in a piece, or in a worker's block.
    pub(crate) size: usize,
    /// When the worker reports that it has its input.
    pub(crate) notice: Notice,
}

type Work = Arc<dyn Any + Send + Sync>;

/// The workloads of calls that are under way in this process; a worker takes its own from here.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Vec<Known>>);

#[derive(Debug)]
struct Known {
    serial: u64,
    work: Work,
    /// How many workers will still take it; `None` in a member, which keeps the last one.
    left: Option<usize>,
}

impl Kept {
    /// In the first process: keeps a workload until each of `workers` has taken it, maybe after the end of the call.
    pub(crate) fn put(&self, serial: u64, work: Work, workers: usize) {
        self.known().push(Known { serial, work, left: Some(workers) });
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, told: &Told) -> Option<Work> {
        let mut known = self.known();
        let at = known.iter().position(|known| known.serial == told.serial)?;
        let Known { work, left, .. } = &mut known[at];
        let work = Arc::clone(work);
        if let Some(left) = left {
            *left -= 1;
            if *left == 0 {
                known.remove(at);
            }
        }
        Some(work)
    }

    fn find<W: Wire>(&self, told: &Told) -> Result<Arc<W>, String> {
        let work = match (self.take(told), &told.work) {
            (Some(work), _) => work,
            (None, Some(bytes)) => self.build::<W>(told.serial, bytes)?,
            (None, None) => return Err("the workload was not sent".to_owned()),
        };
        work.downcast().map_err(|_| "the workload is of another type".to_owned())
    }

    /// In a member: reads the workload, unless another worker has done so meanwhile.
    fn build<W: Wire>(&self, serial: u64, bytes: &[u8]) -> Result<Work, String> {
        let mut known = self.known();
        if let Some(known) = known.iter().find(|known| known.serial == serial) {
            return Ok(Arc::clone(&known.work));
        }
        known.clear(); // its memory may be needed for the next one
        let work: W =
            postcard::from_bytes(bytes).map_err(|why| format!("the workload cannot be read: {why}"))?;
        let work: Work = Arc::new(work);
        known.push(Known { serial, work: Arc::clone(&work), left: None });
        Ok(work)
    }
}

/// The worker that this thread is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) me: usize,
    pub(crate) peers: usize,
}

struct Here {
    place: Place,
    kept: Arc<Kept>,
    part: Option<(Box<dyn Part>, Notice)>,
}

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// Makes this thread a worker.
pub(crate) fn settle(place: Place, kept: Arc<Kept>) {
    HERE.set(Some(Here { place, kept, part: None }));
}

/// Whether this thread is a worker.
pub(crate) fn is_worker() -> bool {
    HERE.with_borrow(Option::is_some)
}

/// In a request: takes a part of the work.
pub(crate) fn begin<W: Wire, P: Part + 'static>(
    told: &Told,
    part: impl FnOnce(Arc<W>, Place) -> P,
) -> Result<(), String> {
    let (place, kept) = HERE
        .with_borrow(|here| here.as_ref().map(|here| (here.place, Arc::clone(&here.kept))))
        .ok_or("this thread is not a worker of timely")?;
    let part: Box<dyn Part> = Box::new(part(kept.find(told)?, place));
    HERE.with_borrow_mut(|here| here.as_mut().map(|here| here.part = Some((part, told.notice))));
    Ok(())
}

/// The part that the last request has taken, and when to report its input.
pub(crate) fn part() -> Option<(Box<dyn Part>, Notice)> {
    HERE.with_borrow_mut(|here| here.as_mut()?.part.take())
}
