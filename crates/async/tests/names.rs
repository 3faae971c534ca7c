//! Importing everything with `*` hides no crate: with a module of a crate's name, this would not compile.

#[allow(unused_imports, reason = "the import itself is the test")]
use parallax_async::*;

#[test]
fn crates_keep_their_names() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(async { smol::future::ready(1).await }), 1);
    assert_eq!(Tokio::CARD.name, "tokio");
}

use parallax_pattern::Technique;
