//! A call as bytes: two distances and the encoded argument; a generic function turns them back into typed values.
//!
//! The parent sends the distance of [`run`]`::<A, R>` and that of the user's `fn(A) -> R`. The worker's code does not
//! name these types, but it has the same two functions, compiled for them, at the same distances.

#![expect(unsafe_code, reason = "a distance is turned back into the function it was measured from")]

use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Panic};
use crate::shared::{Region, regions_in, take_refusal};
use crate::worker::image::Image;
use crate::worker::panics::catch;

/// The function that a worker runs: it takes the user's function and the bytes of its arguments, appends the bytes of
/// the results, and calls `done` after each task.
type Run = fn(*const (), tasks: &[u8], count: u64, results: &mut Vec<u8>, done: &mut dyn FnMut());

/// Distance of the `Run`, distance of the function, number of tasks.
const HEAD: usize = 24;

/// A function whose address can be sent to a worker.
pub(crate) struct Call<A, R> {
    run: u64,
    function: u64,
    types: PhantomData<fn(A) -> R>,
}

impl<A, R> Clone for Call<A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, R> Copy for Call<A, R> {}

/// Why a task that a worker ran has no result.
#[derive(Serialize, Deserialize)]
enum Failure {
    Panicked(Panic),
    Argument(String),
    Output(String),
}

impl<A: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned> Call<A, R> {
    pub(crate) fn new(function: fn(A) -> R) -> Result<Self, Error> {
        Self::named(run::<A, R>, function as *const ())
    }

    /// Appends a request to run the function on each of `tasks`.
    ///
    /// An argument that cannot be encoded is sent as its error, so that the other tasks get their results. The caller
    /// keeps the returned regions until the request is answered.
    #[must_use]
    pub(crate) fn encode(&self, out: &mut Vec<u8>, tasks: &[A]) -> Vec<Region> {
        for word in [self.run, self.function, tasks.len() as u64] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        regions_in(|| {
            for task in tasks {
                let start = out.len();
                if let Err(error) = postcard::to_io(&Ok::<&A, &str>(task), &mut *out) {
                    out.truncate(start);
                    write_error(out, &error.to_string());
                }
            }
        })
    }
}

impl<A: Serialize + DeserializeOwned> Call<A, Result<(), String>> {
    /// An initialiser: its error crosses as text.
    pub(crate) fn initializer<E: Display>(function: fn(A) -> Result<(), E>) -> Result<Self, Error> {
        Self::named(run_initializer::<A, E>, function as *const ())
    }
}

impl Call<(), Result<(), String>> {
    /// An initialiser that takes and returns nothing.
    pub(crate) fn procedure(function: fn()) -> Result<Self, Error> {
        Self::named(run_procedure, function as *const ())
    }
}

impl<A, R> Call<A, R> {
    fn named(run: Run, function: *const ()) -> Result<Self, Error> {
        let image = Image::get().map_err(|reason| Error::Image(reason.to_owned()))?;
        let distance_to = |function| image.distance_to(function).ok_or(Error::ForeignFunction);
        Ok(Self { run: distance_to(run as *const ())?, function: distance_to(function)?, types: PhantomData })
    }
}

/// In the parent: the results of a request, task by task; always as many as there were tasks.
pub(crate) fn decode<R: DeserializeOwned>(
    reply: &[u8],
    tasks: Range<usize>,
) -> impl Iterator<Item = Result<R, Error>> {
    let mut rest = Ok(reply);
    tasks.map(move |task| {
        let (result, left) = rest.clone().and_then(postcard::take_from_bytes).map_err(|error| {
            // Where the next result starts cannot be found without this one.
            rest = Err(error.clone());
            Error::Output { task, reason: explain(&error) }
        })?;
        rest = Ok(left);
        Result::<R, Failure>::map_err(result, |failure| match failure {
            Failure::Panicked(panic) => Error::Panicked { task, panic },
            Failure::Argument(reason) => Error::Argument { task, reason },
            Failure::Output(reason) => Error::Output { task, reason },
        })
    })
}

/// In the parent: the result of a request with one task.
pub(crate) fn decode_one<R: DeserializeOwned>(reply: &[u8], task: usize) -> Result<R, Error> {
    decode(reply, task..task + 1).next().expect("one task has one result")
}

/// In a worker: runs a request. It fails for a request that no parent of this image would send.
pub(crate) fn answer(
    request: &[u8],
    results: &mut Vec<u8>,
    done: &mut dyn FnMut(),
) -> Result<(), &'static str> {
    let image = Image::get()?;
    let (head, tasks) = request.split_first_chunk::<HEAD>().ok_or("the request is too short")?;
    let word =
        |at: usize| u64::from_le_bytes(*head[8 * at..].first_chunk().expect("the head holds three words"));
    let run = image.function_at(word(0)).ok_or("the request names a runner that is not code")?;
    let function = image.function_at(word(1)).ok_or("the request names a function that is not code")?;
    // SAFETY: the setup message proved that parent and worker run the same image, only these two have
    // the pipe, and `Call::named` measured this distance from a `Run`.
    let run = unsafe { std::mem::transmute::<*const (), Run>(run) };
    run(function, tasks, word(2), results, done);
    Ok(())
}

/// In the parent: how the initialiser of a worker ended.
pub(crate) fn initialized(reply: &[u8]) -> Result<(), String> {
    match postcard::from_bytes(reply) {
        Ok(Ok(result)) => result,
        Ok(Err(Failure::Panicked(panic))) => Err(format!("it panicked: {panic}")),
        Ok(Err(Failure::Argument(reason) | Failure::Output(reason))) => Err(reason),
        Err(error) => Err(error.to_string()),
    }
}

fn run<A: DeserializeOwned, R: Serialize>(
    function: *const (),
    tasks: &[u8],
    count: u64,
    results: &mut Vec<u8>,
    done: &mut dyn FnMut(),
) {
    // SAFETY: `Call::new` sends this distance together with that of `run` for the same `A` and `R`.
    let function = unsafe { std::mem::transmute::<*const (), fn(A) -> R>(function) };
    run_each(function, tasks, count, results, done);
}

fn run_initializer<A: DeserializeOwned, E: Display>(
    function: *const (),
    tasks: &[u8],
    count: u64,
    results: &mut Vec<u8>,
    done: &mut dyn FnMut(),
) {
    // SAFETY: `Call::initializer` sends this distance together with that of `run_initializer` for the same
    // types.
    let function = unsafe { std::mem::transmute::<*const (), fn(A) -> Result<(), E>>(function) };
    run_each(|argument| function(argument).map_err(|error| error.to_string()), tasks, count, results, done);
}

fn run_procedure(
    function: *const (),
    tasks: &[u8],
    count: u64,
    results: &mut Vec<u8>,
    done: &mut dyn FnMut(),
) {
    // SAFETY: `Call::procedure` sends this distance together with that of `run_procedure`.
    let function = unsafe { std::mem::transmute::<*const (), fn()>(function) };
    let call = |()| {
        function();
        Ok::<(), String>(())
    };
    run_each(call, tasks, count, results, done);
}

fn explain(error: &postcard::Error) -> String {
    take_refusal().unwrap_or_else(|| error.to_string())
}

/// Writes an error in the place of a value.
fn write_error(out: &mut Vec<u8>, error: &impl Serialize) {
    postcard::to_io(&Err::<(), _>(error), out).expect("text can be written to memory");
}

fn run_each<A: DeserializeOwned, R: Serialize>(
    function: impl Fn(A) -> R,
    mut tasks: &[u8],
    count: u64,
    results: &mut Vec<u8>,
    done: &mut dyn FnMut(),
) {
    for _ in 0..count {
        let start = results.len();
        let outcome = catch(|| {
            let (argument, rest) = postcard::take_from_bytes::<Result<A, String>>(tasks)
                .map_err(|error| Failure::Argument(explain(&error)))?;
            tasks = rest;
            let result = function(argument.map_err(Failure::Argument)?);
            // The result is written immediately, so that a panic in its `Serialize` is also caught.
            postcard::to_io(&Ok::<&R, &Failure>(&result), &mut *results)
                .map(drop)
                .map_err(|error| Failure::Output(error.to_string()))
        });
        if let Err(failure) = outcome.map_err(Failure::Panicked).flatten() {
            results.truncate(start);
            write_error(results, &failure);
        }
        done();
    }
}

#[cfg(test)]
mod tests;
