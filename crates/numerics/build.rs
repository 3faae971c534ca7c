//! Links OpenBLAS where the feature asks for it: a system library, as array libraries elsewhere use it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_BLAS").is_some() {
        println!("cargo::rustc-link-lib=openblas");
    }
}
