//! Three loops as a compiler finds them: the same scalar code that a programmer would write, made at run
//! time.

mod bubblesort;
mod julia;
mod montecarlo;

/// Sends a kernel as its work and the instruction set; the other side compiles it again.
macro_rules! compiled_on_arrival {
    ($kernel:ty, $work:ty) => {
        impl serde::Serialize for $kernel {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                (self.isa, &*self.work).serialize(to)
            }
        }
        impl<'de> serde::Deserialize<'de> for $kernel {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let (isa, work) = <(crate::Isa, $work)>::deserialize(from)?;
                Self::compile(std::sync::Arc::new(work), isa).map_err(serde::de::Error::custom)
            }
        }
    };
}
use compiled_on_arrival;

pub use self::bubblesort::CompiledSort;
pub use self::julia::{CompiledJulia, Escape};
pub use self::montecarlo::{CompiledCount, Points};
