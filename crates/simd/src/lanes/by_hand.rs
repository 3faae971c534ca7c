//! What vocabularies by hand share: a proof that travels, and methods that are intrinsics.

/// Methods that are an expression of intrinsics each.
macro_rules! intrinsics {
    ($(fn $name:ident($($x:ident: $kind:ty),*) -> $out:ty = $intrinsic:expr;)*) => {$(
        #[inline(always)]
        fn $name(self, $($x: $kind),*) -> $out {
            // SAFETY: `self` proves that the processor has it.
            unsafe { $intrinsic }
        }
    )*};
}
pub(super) use intrinsics;

/// A proof is sent as the set's name, and made anew where it arrives.
macro_rules! proof {
    ($proof:ident, $lacks:literal) => {
        impl TryFrom<Isa> for $proof {
            type Error = &'static str;
            fn try_from(isa: Isa) -> Result<Self, Self::Error> {
                Self::for_isa(isa).ok_or($lacks)
            }
        }

        impl From<$proof> for Isa {
            fn from(proof: $proof) -> Isa {
                proof.isa()
            }
        }
    };
}
pub(super) use proof;
