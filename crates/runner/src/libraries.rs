//! The versions of the libraries that this build uses, read from its lock file.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The lock file as it was when this worker was compiled.
const LOCK: &str = include_str!(concat!(env!("OUT_DIR"), "/Cargo.lock"));

/// The lock file of a program that is not a worker of this workspace.
static OTHER: OnceLock<String> = OnceLock::new();

/// Takes versions from `lock`, the text of a `Cargo.lock`, instead of from that of the workspace: for a program that
/// measures its own work.
pub fn stand_on(lock: String) {
    let _ = OTHER.set(lock);
}

/// The version of each of `names`; `None` if the lock file has no such package.
pub(crate) fn versions(names: &[&str]) -> BTreeMap<String, Option<String>> {
    let lock = OTHER.get().map_or(LOCK, String::as_str);
    names.iter().map(|name| ((*name).to_owned(), version(lock, name))).collect()
}

/// The highest version of a package in a lock file: the workspace's own choice comes last.
fn version(lock: &str, name: &str) -> Option<String> {
    let wanted = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    let mut found = None;
    while lines.any(|line| line == wanted) {
        let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
        found = Some(version.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_lock_file() {
        assert_eq!(version(LOCK, "parallax-runner").as_deref(), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!(version(LOCK, "no-such-package"), None);
        let two = "name = \"a\"\nversion = \"1.0.0\"\n\nname = \"a\"\nversion = \"2.1.0\"\n";
        assert_eq!(version(two, "a").as_deref(), Some("2.1.0"));
    }
}
