//! Which instruction set a piece of code uses, so that every row can say it.
//!
//! The same Monte-Carlo loop takes 139 ms built for plain x86-64 and 22 ms for the CPU at hand:
//! a time without its instruction set means nothing. Techniques choose theirs when they start, by
//! [`Isa::detect`], so that a plain `--release` build is fast everywhere.

use crate::question::No;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A set of vector instructions that this processor has: the value is the proof, and `unsafe` code may
/// rest on it. Larger sets compare as greater.
///
/// ```
/// use parallax_suite::isa::{Isa, Set};
///
/// let isa = Isa::detect()?;
/// if isa.has(Set::Avx2) {
///     println!("256 bits at a time, fused multiply-add");
/// }
/// assert!(Isa::available().contains(&isa));
/// # Ok::<(), parallax_suite::question::No>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Set", into = "Set")]
pub struct Isa(Set);

/// The name of a set of vector instructions; it proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Set {
    /// What every processor of this architecture has: 128 bits at a time.
    Baseline,
    /// 256 bits at a time, with fused multiply-add: x86-64-v3.
    Avx2,
    /// 512 bits at a time, with masks: x86-64-v4.
    Avx512,
}

impl Isa {
    /// The largest set that the processor has and `PARALLAX_ISA` (`avx512`, `avx2` or `baseline`) allows.
    ///
    /// The cap is for tools that stop at instructions they do not know, as valgrind does at AVX-512, and
    /// for seeing what a set is worth.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`] if the variable is set to something else.
    pub fn detect() -> Result<Self, No> {
        let value = std::env::var_os("PARALLAX_ISA").unwrap_or_default();
        Self::capped(&value.to_string_lossy())
    }

    /// All sets that the processor has, the smallest first.
    pub fn available() -> Vec<Self> {
        [Set::Baseline, Set::Avx2, Set::Avx512].into_iter().filter(|set| set.is_here()).map(Self).collect()
    }

    /// Whether instructions of `set` may be used.
    pub fn has(self, set: Set) -> bool {
        self.0 >= set
    }

    /// Its name.
    pub fn set(self) -> Set {
        self.0
    }

    fn capped(cap: &str) -> Result<Self, No> {
        let cap = match cap {
            "" | "avx512" => Set::Avx512,
            "avx2" => Set::Avx2,
            "baseline" => Set::Baseline,
            other => {
                return Err(No::Unavailable(format!(
                    "PARALLAX_ISA is '{other}'; set it to avx512, avx2 or baseline, or unset it"
                )));
            }
        };
        let mut allowed = Self::available().into_iter().filter(|isa| isa.0 <= cap);
        Ok(allowed.next_back().unwrap_or(Isa(Set::Baseline)))
    }
}

impl Set {
    #[cfg(target_arch = "x86_64")]
    fn is_here(self) -> bool {
        let avx2 = || is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        match self {
            Set::Baseline => true,
            Set::Avx2 => avx2() && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2"),
            Set::Avx512 => {
                Set::Avx2.is_here()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512cd")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_here(self) -> bool {
        self == Set::Baseline
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self.0 {
            Set::Baseline => compiled(),
            Set::Avx2 => "avx2",
            Set::Avx512 => "avx512",
        })
    }
}

impl From<Isa> for Set {
    fn from(isa: Isa) -> Set {
        isa.0
    }
}

impl TryFrom<Set> for Isa {
    type Error = &'static str;
    fn try_from(set: Set) -> Result<Self, Self::Error> {
        set.is_here().then_some(Isa(set)).ok_or("this processor lacks these instructions")
    }
}

/// The instruction set that this build's ordinary code was compiled for.
pub const fn compiled() -> &'static str {
    if cfg!(target_feature = "avx512f") {
        "avx512"
    } else if cfg!(target_feature = "avx2") {
        "avx2"
    } else if cfg!(target_feature = "sse2") {
        "sse2"
    } else if cfg!(target_feature = "neon") {
        "neon"
    } else {
        std::env::consts::ARCH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_lowers_and_never_raises() {
        let all = Isa::available();
        assert_eq!(Isa::capped("").unwrap(), *all.last().unwrap());
        assert!(all.contains(&Isa::capped("avx2").unwrap()));
        assert!(!Isa::capped("avx2").unwrap().has(Set::Avx512));
        assert_eq!(Isa::capped("baseline").unwrap().set(), Set::Baseline);
        let wrong = Isa::capped("mmx").unwrap_err().to_string();
        assert!(wrong.contains("mmx") && wrong.contains("baseline"), "{wrong}");
    }

    #[test]
    fn what_is_sent_is_proven_anew() {
        let isa = *Isa::available().last().unwrap();
        let sent = serde_json::to_string(&isa).unwrap();
        assert_eq!(serde_json::from_str::<Isa>(&sent).unwrap(), isa);
        assert!(serde_json::from_str::<Isa>("\"mmx\"").is_err());
        for set in [Set::Avx2, Set::Avx512] {
            let sent = serde_json::to_string(&set).unwrap();
            let here = Isa::available().iter().any(|isa| isa.set() == set);
            assert_eq!(serde_json::from_str::<Isa>(&sent).is_ok(), here);
        }
    }
}
