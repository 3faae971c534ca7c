//! The permanent number of a job, in this program and in the next one that opens the same store.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use ulid::Ulid;

/// The number of a job: unique among all programs, and later ones are greater. It is written as 26 letters and digits, and
/// read from them.
///
/// ```
/// use parallax_distributed_jobs::JobId;
/// let id: JobId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse()?;
/// assert_eq!(id.to_string(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
/// assert!("job 7".parse::<JobId>().is_err());
/// # Ok::<(), parallax_distributed_jobs::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(u128);

impl JobId {
    pub(crate) fn ulid(self) -> Ulid {
        Ulid(self.0)
    }
}

impl From<Ulid> for JobId {
    fn from(ulid: Ulid) -> Self {
        JobId(ulid.0)
    }
}

impl Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ulid().fmt(f)
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobId({self})")
    }
}

impl FromStr for JobId {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ulid = Ulid::from_string(text);
        ulid.map(Self::from).map_err(|_| crate::Error::NotAnId(text.to_owned()))
    }
}

/// How many bits count the jobs of one program; those above are the moment of its start, and random bits.
const COUNTED: u32 = 40;

/// Gives out numbers, one after the other.
#[derive(Debug)]
pub(crate) struct Ids {
    first: u128,
    given: AtomicU64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Ids { first: Ulid::generate().0 >> COUNTED << COUNTED, given: AtomicU64::new(0) }
    }

    /// The next number.
    pub(crate) fn next(&self) -> JobId {
        JobId(self.first + u128::from(self.given.fetch_add(1, Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_never_repeat() {
        let (one, other) = (Ids::new(), Ids::new());
        let ids: Vec<JobId> = (0..5).map(|_| one.next()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().map(JobId::to_string).is_sorted(), "and so does their text");
        assert!(!ids.contains(&other.next()), "two programs at the same moment");
    }
}
