//! A job and its outcome as the bytes in a store.

use crate::{Error, JobId};
use parallax_processes::remote;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use std::time::Duration;

/// The terms of a job: its retries and limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// How often it runs again after a failure.
    pub(crate) retries: u32,
    /// How long one run may take.
    pub(crate) limit: Option<Duration>,
    /// How often it may be taken over from a worker that has died.
    pub(crate) take_overs: usize,
}

impl Default for Terms {
    /// Take-overs as apalis counts attempts.
    fn default() -> Self {
        Terms { retries: 0, limit: None, take_overs: 25 }
    }
}

/// A job as its worker reads it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// The build of the program that submitted it: the request names functions by their addresses in that build.
    build: u64,
    pub(crate) terms: Terms,
    #[serde(with = "serde_bytes")]
    pub(crate) request: Vec<u8>,
}

impl Job {
    /// A call for a worker of this same build.
    pub(crate) fn new<A, R>(function: fn(A) -> R, argument: &A, terms: Terms) -> Result<Self, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        let request = remote::request(function, argument).map_err(Error::Call)?;
        Ok(Job { build: build()?, terms, request })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("numbers and bytes can be written")
    }

    /// Reads the job to run, or returns the outcome that ends it without a run.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Outcome> {
        let garbled = |why: &dyn ToString| Outcome::Garbled(why.to_string());
        let job: Job = postcard::from_bytes(bytes).map_err(|why| garbled(&why))?;
        match remote::build() {
            Ok(build) if build == job.build => Ok(job),
            Ok(_) => Err(Outcome::OtherBuild),
            Err(why) => Err(garbled(&why)),
        }
    }
}

fn build() -> Result<u64, Error> {
    let unreadable = |why: io::Error| Error::NoWorkers(format!("cannot read this program: {why}"));
    remote::build().map_err(unreadable)
}

/// How a job ended, as its caller reads it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The answer that `remote::answer` wrote.
    Ran(#[serde(with = "serde_bytes")] Vec<u8>),
    Late(Duration),
    OtherBuild,
    GivenUp(usize),
    Garbled(String),
}

impl Outcome {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("numbers, words and bytes can be written")
    }

    /// The result of a job whose outcome is in the store.
    pub(crate) fn result<R: DeserializeOwned>(job: JobId, bytes: &[u8]) -> Result<R, Error> {
        let outcome = postcard::from_bytes(bytes);
        match outcome.map_err(|why| Error::Garbled { job, reason: why.to_string() })? {
            Outcome::Ran(reply) => remote::result(&reply).map_err(|reason| Error::Failed { job, reason }),
            Outcome::Late(limit) => Err(Error::Late { job, limit }),
            Outcome::OtherBuild => Err(Error::OtherBuild { job }),
            Outcome::GivenUp(times) => Err(Error::GivenUp { job, times }),
            Outcome::Garbled(reason) => Err(Error::Garbled { job, reason }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(x: u32) -> u32 {
        x / 2
    }

    #[test]
    fn a_job_of_another_build_is_not_run() {
        let terms = Terms { retries: 2, limit: Some(Duration::from_secs(3)), take_overs: 9 };
        let job = Job::new(half, &8, terms).unwrap();
        let read = Job::read(&job.to_bytes()).unwrap();
        assert_eq!(read, job);
        let other = Job { build: job.build ^ 1, ..job };
        assert_eq!(Job::read(&other.to_bytes()), Err(Outcome::OtherBuild));
        assert!(matches!(Job::read(&[7; 3]), Err(Outcome::Garbled(_))));
    }

    #[test]
    fn each_outcome_is_told_in_words() {
        let job: JobId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let words =
            |outcome: Outcome| Outcome::result::<u32>(job, &outcome.to_bytes()).unwrap_err().to_string();
        assert!(words(Outcome::OtherBuild).contains("another build"));
        assert!(words(Outcome::Late(Duration::from_secs(1))).contains("after 1s"));
        assert!(words(Outcome::GivenUp(25)).contains("25 workers"));
        assert!(words(Outcome::Garbled("torn".into())).contains("torn"));
        assert!(Outcome::result::<u32>(job, &[99]).unwrap_err().to_string().contains("cannot be read"));
    }
}
