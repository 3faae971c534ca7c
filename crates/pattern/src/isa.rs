//! The instruction set that a piece of code uses, reported with every result.
//!
//! The same Monte-Carlo loop takes 139 ms built for plain x86-64 and 22 ms for the CPU at hand:
//! a time without its instruction set means nothing. Techniques choose theirs when they start, by
//! [`Isa::detect`], so that a plain `--release` build is fast everywhere.

use crate::No;
use std::fmt;

/// A set of vector instructions that this processor has: the value is the proof, and `unsafe` code may
/// rely on it. Larger sets compare as greater.
///
/// ```
/// use parallax_pattern::isa::{Isa, Set};
///
/// let isa = Isa::detect()?;
/// if isa.has(Set::Avx2) {
///     println!("256 bits at a time, fused multiply-add");
/// }
/// assert!(Isa::available().contains(&isa));
/// # Ok::<(), parallax_pattern::No>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "wire", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "wire", serde(try_from = "Set", into = "Set"))]
pub struct Isa(Set);

/// The name of a set of vector instructions; it proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "wire", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "wire", serde(rename_all = "lowercase"))]
pub enum Set {
    /// The set of every processor of this architecture: 128 bits at a time.
    Baseline,
    /// 256 bits at a time, with fused multiply-add: x86-64-v3.
    Avx2,
    /// 512 bits at a time, with masks: x86-64-v4.
    Avx512,
}

impl Isa {
    /// The largest set that the processor has and `PARALLAX_ISA` (`avx512`, `avx2` or `baseline`) allows.
    ///
    /// The cap is for tools that do not support some instructions, as valgrind does not support AVX-512,
    /// and for comparing sets.
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
        Set::ALL.into_iter().filter(|set| set.is_here()).map(Self).collect()
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
        let named = Set::ALL.into_iter().find(|set| set.name() == cap);
        let cap = named.or(cap.is_empty().then_some(Set::Avx512)).ok_or_else(|| {
            No::Unavailable(format!(
                "PARALLAX_ISA is '{cap}'; set it to avx512, avx2 or baseline, or unset it"
            ))
        })?;
        let mut allowed = Self::available().into_iter().filter(|isa| isa.0 <= cap);
        Ok(allowed.next_back().unwrap_or(Isa(Set::Baseline)))
    }
}

/// The features of a set by name, and whether the processor has them all, from one list.
macro_rules! features {
    ($($feature:tt)*) => {
        Features {
            names: &[$($feature),*],
            #[cfg(target_arch = "x86_64")]
            here: || true $(&& is_x86_feature_detected!($feature))*,
        }
    };
}

struct Features {
    names: &'static [&'static str],
    #[cfg(target_arch = "x86_64")]
    here: fn() -> bool,
}

impl Set {
    const ALL: [Set; 3] = [Set::Baseline, Set::Avx2, Set::Avx512];

    /// Its name in `PARALLAX_ISA`; an [`Isa`] displays the baseline as the architecture's own set.
    pub const fn name(self) -> &'static str {
        match self {
            Set::Baseline => "baseline",
            Set::Avx2 => "avx2",
            Set::Avx512 => "avx512",
        }
    }

    /// The features that the set adds to the baseline of the architecture, by their `target_feature` names: a
    /// function that is called where [`Isa`] proves the set may be compiled for these, and no more.
    ///
    /// `popcnt` and `lzcnt` are among them: without them, counting the lanes of a mask is a dozen
    /// instructions in a kernel that is compiled for vectors.
    pub fn features(self) -> &'static [&'static str] {
        self.detected().names
    }

    fn detected(self) -> Features {
        match self {
            Set::Baseline => features!(),
            Set::Avx2 => features!("avx2" "fma" "bmi1" "bmi2" "popcnt" "lzcnt"),
            Set::Avx512 => features!(
                "avx2" "fma" "bmi1" "bmi2" "popcnt" "lzcnt" "avx512f" "avx512vl" "avx512dq" "avx512bw" "avx512cd"
            ),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn is_here(self) -> bool {
        (self.detected().here)()
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_here(self) -> bool {
        self == Set::Baseline
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(if self.0 == Set::Baseline { compiled() } else { self.0.name() })
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
    use std::path::Path;

    #[test]
    fn a_cap_lowers_and_never_raises() {
        let all = Isa::available();
        assert_eq!(Isa::capped("").unwrap(), *all.last().unwrap());
        assert!(all.contains(&Isa::capped("avx2").unwrap()));
        assert!(!Isa::capped("avx2").unwrap().has(Set::Avx512));
        assert_eq!(Isa::capped("baseline").unwrap().set(), Set::Baseline);
        assert!(all.iter().all(|isa| Isa::capped(isa.set().name()).unwrap() == *isa));
        let wrong = Isa::capped("mmx").unwrap_err().to_string();
        assert!(wrong.contains("mmx") && wrong.contains("baseline"), "{wrong}");
    }

    #[test]
    fn a_larger_set_has_all_that_a_smaller_one_has_and_masks_can_be_counted() {
        let [none, avx2, avx512] = Set::ALL.map(Set::features);
        assert!(none.is_empty());
        assert!(avx2.iter().all(|feature| avx512.contains(feature)));
        for set in [avx2, avx512] {
            assert!(set.contains(&"popcnt") && set.contains(&"lzcnt"), "{set:?}");
        }
    }

    /// The list of a line such as `#[target_feature(enable = "avx2,fma")]`, in order.
    fn enabled(line: &str) -> Option<Vec<&str>> {
        let list = line.trim().strip_prefix("#[target_feature(enable = \"")?.strip_suffix("\")]")?;
        let mut list: Vec<&str> = list.split(',').collect();
        list.sort_unstable();
        Some(list)
    }

    #[test]
    fn every_function_is_compiled_for_what_is_looked_for_and_for_all_of_it() {
        let sets = [Set::Avx2, Set::Avx512].map(|set| {
            let mut features = set.features().to_vec();
            features.sort_unstable();
            features
        });
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut folders = vec![crates.to_owned()];
        let mut found = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() && entry.file_name() != "target" {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for list in text.lines().filter_map(enabled) {
                        assert!(sets.contains(&list), "{}: {list:?}", path.display());
                        found += 1;
                    }
                }
            }
        }
        assert!(found >= 6, "{found} functions"); // intrinsics, plain loops and limits, each for two sets
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
