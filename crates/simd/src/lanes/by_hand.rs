//! A macro for methods that are intrinsics, with one safety proof for all of them.

/// Methods that are each one expression of intrinsics.
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
