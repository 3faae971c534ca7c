//! Patterns as calls of functions in worker processes: one thread for each worker sends it one piece after another.

mod tasks;

use self::tasks::{Nodes, Pieces, Rows, Tasks};
use parallax_pattern::{
    Answer, Divide, Graph, Map, Nest, No, Reduce, Rounds, Search, Wire, covers, pieces, whole_share,
};
use parallax_processes::remote::{Packed, Sent};
use parallax_processes::technique::tasks::{fill, finish, fold, run_row, solve, walk};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// An engine that calls functions of this program in other processes.
pub(crate) trait Calls: Sync {
    /// How many worker processes there are.
    fn workers(&self) -> usize;

    /// Calls a function in a worker, on behalf of the thread with number `caller`, and waits for its result.
    fn call<A, R>(&self, caller: usize, function: fn(A) -> R, argument: A) -> Answer<R>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned + Send + 'static;
}

/// Pieces for each worker: as many as the family's own pool makes, so that only the engine differs.
const PIECES: usize = 16;
/// A part of an output fits in cache.
const LARGEST_PART: usize = 1 << 20;

pub(crate) fn map<M: Map<Item: Wire> + Wire>(
    engine: &impl Calls,
    work: &Arc<M>,
    out: &mut [M::Item],
) -> Answer<()> {
    covers(work.len(), out.len())?;
    let sent = Sent::new(work)?;
    let most = (LARGEST_PART / size_of::<M::Item>().max(1))
        .max(1)
        .next_multiple_of(work.grain().clamp(1, out.len().max(1)));
    let size = piece(engine, out.len(), work.grain()).min(most);
    let tasks = pieces(out.len(), size).map(|items| (sent.clone(), items));
    let done =
        |k: usize, Packed(part): Packed<M::Item>| out[k * size..][..part.len()].clone_from_slice(&part);
    run(engine, fill::<M>, Pieces::new(tasks, done))
}

pub(crate) fn reduce<R: Reduce<Acc: Wire> + Wire>(engine: &impl Calls, work: &Arc<R>) -> Answer<R::Acc> {
    let sent = Sent::new(work)?;
    let size = piece(engine, work.len(), work.grain());
    let tasks = pieces(work.len(), size).map(|items| (sent.clone(), items));
    let mut total = work.empty();
    run(engine, fold::<R>, Pieces::new(tasks, |_, acc| work.merge(&mut total, acc)))?;
    Ok(total)
}

/// Row by row: each worker gets the row before and a share of the columns.
pub(crate) fn graph<G: Graph<Value: Wire> + Wire>(
    engine: &impl Calls,
    work: &Arc<G>,
    last_row: &mut [G::Value],
) -> Answer<()> {
    covers(work.width(), last_row.len())?;
    let share = work.width().div_ceil(engine.workers()).max(1);
    run(engine, run_row::<G>, Rows::new(Sent::new(work)?, share, last_row))
}

/// A worker that has walked for a while gives back the nodes that it has not visited, for idle workers.
pub(crate) fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(
    engine: &impl Calls,
    work: &Arc<S>,
) -> Answer<S::Acc> {
    let mut total = work.empty();
    run(engine, walk::<S>, Nodes::new(Sent::new(work)?, 2 * engine.workers(), &mut total))?;
    Ok(total)
}

pub(crate) fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(
    engine: &impl Calls,
    work: &Arc<N>,
    out: &mut [N::Item],
) -> Answer<()> {
    covers(work.shape().0, out.len())?;
    let sent = Sent::new(work)?;
    let size = piece(engine, out.len(), 1);
    let tasks = pieces(out.len(), size).map(|outers| (sent.clone(), outers));
    let done =
        |k: usize, Packed(items): Packed<N::Item>| out[k * size..][..items.len()].clone_from_slice(&items);
    run(engine, finish::<N>, Pieces::new(tasks, done))
}

/// Each worker sends back a solved part, and the parts are combined here: if workers combined them, the way there and
/// back would copy the parts more often than combining passes over them.
pub(crate) fn divide<D: Divide<Item: Wire> + Wire>(
    engine: &impl Calls,
    work: &Arc<D>,
    out: &mut [D::Item],
    room: &mut [D::Item],
) -> Answer<()> {
    [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
    let sent = Sent::new(work)?;
    let size = whole_share(work.len(), work.grain(), engine.workers());
    Rounds::new(work.len(), size).gather(&**work, out, room, |place| {
        let tasks = pieces(place.len(), size).map(|items| (sent.clone(), items));
        let done =
            |k: usize, Packed(part): Packed<D::Item>| place[k * size..][..part.len()].clone_from_slice(&part);
        run(engine, solve::<D>, Pieces::new(tasks, done))
    })
}

fn piece(engine: &impl Calls, len: usize, grain: usize) -> usize {
    whole_share(len, grain, PIECES * engine.workers())
}

/// The state that the threads of a run share.
struct Run<T> {
    tasks: T,
    /// How many tasks are under way: a result may bring new tasks.
    running: usize,
    failed: Option<No>,
}

/// Calls the function for each task. The first failure ends the run, once the calls under way have ended.
///
/// A thread for each worker, not one that sends ahead: the engine may hand over a result only on request (procspawn)
/// or have channels of limited size (both), and so would leave workers idle or block both sides.
fn run<A, R, T>(engine: &impl Calls, function: fn(A) -> R, tasks: T) -> Answer<()>
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned + Send + 'static,
    T: Tasks<A, R> + Send,
{
    let run = Mutex::new(Run { tasks, running: 0, failed: None });
    let changed = Condvar::new();
    let ask = |caller| {
        while let Some((number, argument)) = next(&run, &changed) {
            let answer = engine.call(caller, function, argument);
            let _woken = WakeAll(&changed);
            let mut run = locked(&run);
            run.running -= 1;
            match answer {
                Ok(result) => run.tasks.done(number, result),
                Err(no) => _ = run.failed.get_or_insert(no),
            }
        }
    };
    thread::scope(|scope| {
        for caller in 1..engine.workers() {
            if thread::Builder::new().spawn_scoped(scope, move || ask(caller)).is_err() {
                break; // at a limit of threads, those already started send the rest
            }
        }
        ask(0);
    });
    run.into_inner().unwrap_or_else(PoisonError::into_inner).failed.map_or(Ok(()), Err)
}

/// The next task, once there is one; `None` if no more will come.
fn next<A, R>(run: &Mutex<Run<impl Tasks<A, R>>>, changed: &Condvar) -> Option<(usize, A)> {
    let mut run = locked(run);
    while run.failed.is_none() {
        if let Some(task) = run.tasks.next() {
            run.running += 1;
            return Some(task);
        }
        if run.running == 0 {
            return None;
        }
        run = changed.wait(run).unwrap_or_else(PoisonError::into_inner);
    }
    None
}

fn locked<T>(run: &Mutex<T>) -> MutexGuard<'_, T> {
    run.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes the other threads, also if merging a result panics: otherwise they would wait forever.
struct WakeAll<'a>(&'a Condvar);

impl Drop for WakeAll<'_> {
    fn drop(&mut self) {
        self.0.notify_all();
    }
}
