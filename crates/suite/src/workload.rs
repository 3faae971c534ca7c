//! Problems with exact inputs, plain references and checks that can fail.
//!
//! Each workload shows one thing that no other shows, so a table of them reads as an explanation.

mod bubblesort;
mod expression;
mod fanout;
mod gridsearch;
mod heat;
mod histogram;
mod julia;
mod lookup;
mod mailbox;
mod matmul;
mod memo;
mod montecarlo;
mod pairwise;
mod serve;
mod sort;
mod stream;
mod taskgraph;
mod treesearch;
mod wordcount;

pub use bubblesort::{Bubblesort, Sorted};
pub use expression::comparison::Comparison;
pub use expression::{Expression, Formula};
pub use fanout::settled::Settled;
pub use fanout::urgent::{Pressure, Urgent};
pub use fanout::{Fanout, Joined};
pub use gridsearch::{GridSearch, Scores, Triangle};
pub use heat::{Heat, Heated};
pub use histogram::{Bins, Histogram};
pub use julia::Julia;
pub use lookup::{Consulted, Lookup, Pair, Read};
pub use mailbox::parcels::Parcels;
pub use mailbox::{Delivered, Mailbox, Tally};
pub use matmul::{Matmul, Matmul32, Precision};
pub use memo::{Hits, Memo, Remembered};
pub use montecarlo::MonteCarlo;
pub use pairwise::Pairwise;
pub use serve::{Answered, Exchange, Routes};
pub use sort::records::{Record, Records};
pub use sort::{Order, Ordered, Sort};
pub use stream::{Stream, Swept};
pub use taskgraph::TaskGraph;
pub use treesearch::{Census, FAMILY, TreeNode, TreeSearch};
pub use wordcount::{Counted, Counts, Wordcount};

use crate::bound::{self, Bound};
use crate::digest::{Output, digest};
use crate::spread::Spread;
use parallax_pattern::Wire;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The size of an input. Each workload defines what its sizes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// Correctness only: milliseconds even in a debug build.
    Tiny,
    /// Small enough that overheads show.
    Small,
    /// The default of a bench: a sequential run takes 5 to 100 ms, enough to time and cheap to repeat.
    Headline,
    /// Large enough that techniques differ.
    Medium,
    /// Large enough that memory and machines matter; minutes for the slow techniques.
    Large,
}

impl Size {
    /// All of them, in ascending order.
    pub const ALL: [Size; 5] = [Size::Tiny, Size::Small, Size::Headline, Size::Medium, Size::Large];

    /// The entry of `by_size` for this size.
    pub const fn of<T: Copy>(self, by_size: [T; 5]) -> T {
        by_size[self as usize]
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.of(["tiny", "small", "headline", "medium", "large"])
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Size {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        Size::ALL.into_iter().find(|size| size.name() == name).ok_or_else(|| {
            format!("there is no size '{name}'; the sizes are tiny, small, headline, medium, large")
        })
    }
}

/// The parameters of an input: any worker can build the same input from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Which of [`Workload::CASES`].
    pub case: usize,
    /// The named size.
    pub size: Size,
    /// Which of the inputs of this size; runs rotate them so that nothing profits from seeing one again.
    pub variant: u32,
    /// Turns of opaque work per unit, if not the size's default: a parameter of sweeps.
    #[serde(default)]
    pub turns: Option<u64>,
    /// Units of work, if not the size's default: so that sweeps go between sizes and below all of them, and longer
    /// units can make the same total work. It applies to workloads with [`Workload::units`]; everything else that a
    /// size sets stays.
    #[serde(default)]
    pub units: Option<u64>,
}

impl Params {
    /// The first case at a size, in variant 0.
    pub const fn of(size: Size) -> Self {
        Params { case: 0, size, variant: 0, turns: None, units: None }
    }

    /// The requested number of units, or that of the size.
    const fn count(self, by_size: [usize; 5]) -> usize {
        match self.units {
            Some(0) => 1,
            Some(units) => units as usize,
            None => self.size.of(by_size),
        }
    }
}

/// The whole number, from 1 on, whose power `power` is nearest to `units`.
fn root(units: f64, power: f64) -> usize {
    units.max(1.0).powf(1.0 / power).round() as usize
}

/// How evenly the cost is spread over the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evenness {
    /// Every item costs the same.
    Even,
    /// Neighbouring items differ; a static split leaves workers idle.
    Uneven,
}

/// Properties of an input that are known before a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// How many units of work there are.
    pub items: f64,
    /// The name of a unit.
    pub unit: String,
    /// Bytes that must move between memory and core.
    pub bytes: f64,
    /// Floating-point operations.
    pub flops: f64,
    /// How evenly the cost is spread over the items.
    pub evenness: Evenness,
    /// The bounds that a run is compared with; the slowest binds.
    #[serde(default, deserialize_with = "bound::known")]
    pub limits: Vec<Bound>,
    /// The communication between hosts when it is spread over them, if that is known in advance.
    #[serde(default)]
    pub spread: Option<Box<Spread>>,
}

/// A wrong output: what was expected, and where it first differs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("wrong result: {0}")]
pub struct Mismatch(pub String);

/// One of the suite's problems: inputs from [`Params`], a separate plain reference, and a check.
pub trait Workload: Wire + Sized {
    /// Its name in cells and filters.
    const NAME: &'static str;
    /// Its number, which enters its seed.
    const NUMBER: u16;
    /// The one thing it shows.
    const SHOWS: &'static str;
    /// The pattern that a technique answers it through.
    const PATTERN: &'static str;
    /// Inputs of different kinds under one name; the first is the default of a bench.
    const CASES: &'static [&'static str] = &[""];
    /// The techniques that a bench measures by default, in addition to the baseline, for the first case: the options
    /// that a reader would consider, chosen here and not by results. At most six, at most two of a family if several
    /// families answer, and only those that run on every machine and need no code generator.
    const HEADLINE: &'static [&'static str] = &[];
    /// The source file of its kernel, relative to the workspace.
    const SOURCE: &'static str;
    /// Whether the check depends only on the output's words, as the default one does. Then an output with the digest
    /// of one that was found right is right too, and is not checked again.
    const WORDS_DECIDE: bool = false;
    /// The type of the output, which a technique writes.
    type Output: Output;

    /// Builds the input.
    fn make(params: Params) -> Self;
    /// The parameters that it was built from.
    fn params(&self) -> Params;
    /// How many bytes input and output need, known before either is built.
    fn footprint(params: Params) -> u64;
    /// How many units of work these parameters make, if an input can have any number of them: the number in
    /// [`Params::units`], rounded to a possible one. They are counted as in [`Facts::items`]. `None` if there are only
    /// the named sizes.
    fn units(_: Params) -> Option<u64> {
        None
    }
    /// Properties of this input.
    fn facts(&self) -> Facts;
    /// An output to write to, touched.
    fn output(&self) -> Self::Output;
    /// Solves it plainly, with code that is independent of the measured kernels.
    fn reference(&self, out: &mut Self::Output);
    /// The digest of the right output for inputs whose answer is known without solving them.
    fn answer(&self) -> Option<u64> {
        None
    }
    /// The digest that an output must have; costs a reference solution if the answer is not known.
    /// It is 0 if the check allows a tolerance ([`Workload::blind_bits`]).
    fn expected(&self) -> u64 {
        if self.blind_bits() > 0 {
            return 0;
        }
        self.answer().unwrap_or_else(|| {
            let mut out = self.output();
            self.reference(&mut out);
            self.digest(&out)
        })
    }
    /// The digest of an output.
    fn digest(&self, out: &Self::Output) -> u64 {
        digest(out)
    }
    /// Whether `got` is right; `expected` is the result of [`Workload::expected`].
    fn check(&self, got: &Self::Output, expected: u64) -> Result<(), Mismatch> {
        exact(self, got, expected)
    }
    /// How many of a word's lowest bits the check ignores, because it allows a tolerance.
    fn blind_bits(&self) -> u32 {
        0
    }
}

/// Accepts only one digest.
fn exact<W: Workload>(work: &W, got: &W::Output, expected: u64) -> Result<(), Mismatch> {
    if work.digest(got) == expected { Ok(()) } else { Err(explain(work, got, expected)) }
}

/// Accepts `len` floats near the right ones: `right(i)` returns a value and its tolerance. A NaN is
/// near nothing. A [`Workload::check`] with a tolerance calls this, and also sets [`Workload::blind_bits`].
///
/// ```
/// use parallax_suite::workload::within;
/// let sums = [0.1 + 0.2, 1.0];
/// assert!(within(&sums, 2, |i| ([0.3, 1.0][i], 1e-12)).is_ok());
/// assert!(within(&sums, 2, |i| ([0.3, 1.1][i], 1e-12)).is_err());
/// ```
///
/// # Errors
///
/// With the first element that is outside its tolerance.
pub fn within(got: &[f64], len: usize, right: impl Fn(usize) -> (f64, f64)) -> Result<(), Mismatch> {
    let near = |i: usize| {
        let (value, tolerance) = right(i);
        (got[i] - value).abs() <= tolerance
    };
    if got.len() != len {
        return Err(Mismatch(format!("{} elements instead of {len}", got.len())));
    }
    let Some(i) = (0..len).find(|&i| !near(i)) else { return Ok(()) };
    let (value, tolerance) = right(i);
    Err(Mismatch(format!("element {i} is {:e}, not {value:e} within {tolerance:e}", got[i])))
}

/// The entry for `params` in a table of known digests: `(case, size, variants 0 to 3)`.
fn known(table: &[(usize, Size, [u64; 4])], params: Params) -> Option<u64> {
    let (_, _, by_variant) =
        table.iter().find(|(case, size, _)| (*case, *size) == (params.case, params.size))?;
    by_variant.get(params.variant as usize).copied().filter(|_| (params.turns, params.units) == (None, None))
}

/// The hint for floats that are almost right.
const ROUNDED: &str = "; as floats they differ in their last digits only, as sums do whose order varies: \
    see `pattern::Reduce` for sums that do not, or check them by `workload::within` and set `blind_bits`";

/// Describes where a wrong output differs from the reference. Runs only after a check has failed.
fn explain<W: Workload>(work: &W, got: &W::Output, expected: u64) -> Mismatch {
    let mut right = work.output();
    work.reference(&mut right);
    if got.len() != right.len() {
        return Mismatch(format!("{} words instead of {}", got.len(), right.len()));
    }
    let differs = |&i: &usize| got.word(i) != right.word(i);
    let rounded = |i: usize| {
        let [got, right] = [got.word(i), right.word(i)].map(f64::from_bits);
        // Not a small integer, which would be the bits of a subnormal number.
        got.is_normal() && right.is_normal() && (got - right).abs() <= 1e-9 * right.abs()
    };
    let wrong = (0..right.len()).filter(differs).count();
    match (0..right.len()).find(differs) {
        Some(first) => Mismatch(format!(
            "{wrong} of {} words differ; word {first} is {:#018x}, not {:#018x}{}",
            right.len(),
            got.word(first),
            right.word(first),
            if (0..right.len()).filter(differs).all(rounded) { ROUNDED } else { "" }
        )),
        None => Mismatch(format!("digest {:016x}, not {expected:016x}", work.digest(got))),
    }
}

/// The cases of a workload as an enum: a `match` on it must handle every case, including the next one that
/// is added.
macro_rules! cases {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$case_doc:meta])* $case:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$case_doc])* $case,)*
        }
        impl $name {
            /// All of them, in the order of the workload's cases.
            $vis const ALL: &'static [Self] = &[$(Self::$case),*];
            /// Their names, in the same order.
            $vis const NAMES: &'static [&'static str] = &[$($text),*];
        }
    };
}
use cases;

/// Sends a workload as its parameters; the other side builds the same input from them.
macro_rules! sent_as_params {
    ($workload:ty $(, $parameter:ident: $bound:ident)?) => {
        impl$(<$parameter: $bound>)? serde::Serialize for $workload {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $crate::workload::Workload::params(self).serialize(to)
            }
        }
        impl<'de $(, $parameter: $bound)?> serde::Deserialize<'de> for $workload {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let params = $crate::workload::Params::deserialize(from)?;
                if params.case >= <Self as $crate::workload::Workload>::CASES.len() {
                    return Err(serde::de::Error::custom("no such case of this workload"));
                }
                Ok($crate::workload::Workload::make(params))
            }
        }
    };
}
use sent_as_params;
