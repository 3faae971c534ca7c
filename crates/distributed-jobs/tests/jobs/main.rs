//! Jobs as a library.
#[path = "../common/mod.rs"]
mod common;
fn main() {
    parallax_distributed_jobs::init();
    common::run!();
}
