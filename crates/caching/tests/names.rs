//! `use parallax_caching::*` hides no crate: with a module named like one, this test would not compile.

use parallax_caching::*;
use parallax_pattern::Technique;

#[test]
fn crates_keep_their_names() {
    let mut known = lru::LruCache::new(std::num::NonZeroUsize::MIN);
    assert_eq!(known.put(1, 2), None);
    assert_eq!(moka::sync::Cache::<u8, u8>::new(1).get(&1), None);
    assert_eq!(papaya::HashMap::<u8, u8>::new().len(), 0);
    assert_eq!(quick_cache::sync::Cache::<u8, u8>::new(1).len(), 0);
    assert_eq!(Lru::CARD.name, "lru");
}
