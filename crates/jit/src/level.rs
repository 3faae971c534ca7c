//! Which vectors of `fearless_simd` an instruction set allows.

use fearless_simd::Level;
use parallax_suite::isa::{Isa, Set};

/// The widest vectors that `isa` allows. Found once for an expression, not for each operation.
///
/// What `fearless_simd` calls AVX-512 is what an Ice Lake has, which is more than [`Set::Avx512`]: a
/// processor between the two gets 256 bits.
pub(crate) fn level(isa: Isa) -> Level {
    let best = Level::new();
    #[cfg(target_arch = "x86_64")]
    {
        let avx512 = best.as_avx512().filter(|_| isa.has(Set::Avx512)).map(Level::Avx512);
        let avx2 = best.as_avx2().filter(|_| isa.has(Set::Avx2)).map(Level::Avx2);
        avx512.or(avx2).or(best.as_sse2().map(Level::Sse2)).unwrap_or(best)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (isa, Set::Baseline);
        best
    }
}

/// The name of [`level`].
pub(crate) fn name(isa: Isa) -> &'static str {
    match level(isa) {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(_) => "avx512",
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(_) => "avx2",
        #[cfg(target_arch = "x86_64")]
        _ => "sse2",
        #[cfg(not(target_arch = "x86_64"))]
        _ => parallax_suite::isa::compiled(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_is_above_its_set() {
        for isa in Isa::available() {
            let allowed: &[&str] = match isa.set() {
                Set::Avx512 => &["avx512", "avx2"],
                Set::Avx2 => &["avx2"],
                Set::Baseline => &["sse2", parallax_suite::isa::compiled()],
            };
            assert!(allowed.contains(&name(isa)), "{isa}: {}", name(isa));
        }
    }
}
