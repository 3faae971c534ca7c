//! Methods that are intrinsics, without a line of proof for each.

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
