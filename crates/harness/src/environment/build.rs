//! The build: compiler, flags and source. Two builds that differ here may differ in every figure.

use parallax_record::machine::Build;
use std::path::Path;
use std::process::{Command, Stdio};

/// Asks the compiler and git about `workspace`.
pub(super) fn read(workspace: &Path, profile: &str) -> Build {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = said(Command::new(rustc).arg("-vV"), workspace).unwrap_or_default();
    let field = |key: &str| version.lines().find_map(|line| Some(line.strip_prefix(key)?.trim().to_owned()));
    let git = |args: &[&str]| said(Command::new("git").env("GIT_OPTIONAL_LOCKS", "0").args(args), workspace);
    let changes = git(&["diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv"]);
    Build {
        rustc: version.lines().next().map(str::to_owned),
        host: field("host:"),
        llvm: field("LLVM version:"),
        profile: profile.into(),
        rustflags: std::env::vars_os()
            .filter_map(|(name, value)| flags(name.to_str()?, value.to_str()?))
            .collect(),
        target_features: target_features(),
        lock: std::fs::read(workspace.join("Cargo.lock")).ok().map(|bytes| hash(&bytes)),
        commit: git(&["rev-parse", "HEAD"]).map(|text| text.trim().to_owned()),
        dirty: changes.as_ref().map(|diff| !diff.is_empty()),
        changes: changes.filter(|diff| !diff.is_empty()).map(|diff| hash(diff.as_bytes())),
    }
}

/// The 64-bit FNV-1a hash (Fowler, Noll, Vo): the same on every machine and in every version.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn hash(bytes: &[u8]) -> String {
    format!("{:016x}", fnv1a(bytes))
}

/// The output of a command, if it succeeds.
fn said(command: &mut Command, folder: &Path) -> Option<String> {
    let output = command.current_dir(folder).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A variable that passes flags, with its value made fit for publishing.
fn flags(name: &str, value: &str) -> Option<(String, String)> {
    let known = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_TARGET"]
        .contains(&name);
    let per_target = name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS");
    let per_profile = name.starts_with("CARGO_PROFILE_");
    let counts = (known || per_target || per_profile) && !value.is_empty();
    counts.then(|| (name.to_owned(), without_paths(&value.replace('\x1f', " "))))
}

/// Replaces paths by a short hash: they may name a person, but a change of them should show.
fn without_paths(flags: &str) -> String {
    let word = |word: &str| match word.find('/') {
        None => word.to_owned(),
        Some(slash) => {
            let start = word[..slash].rfind(['=', ':', ',']).map_or(0, |at| at + 1);
            let start = if word[start..].starts_with("-L") { start + 2 } else { start };
            format!("{}<path {:04x}>", &word[..start], fnv1a(&word.as_bytes()[start..]) & 0xffff)
        }
    };
    flags.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// The features beyond the architecture's minimum for which this program was compiled; the workers are built
/// with the same configuration.
fn target_features() -> Vec<String> {
    let known = [
        ("sse4.2", cfg!(target_feature = "sse4.2")),
        ("avx", cfg!(target_feature = "avx")),
        ("avx2", cfg!(target_feature = "avx2")),
        ("fma", cfg!(target_feature = "fma")),
        ("avx512f", cfg!(target_feature = "avx512f")),
        ("avx512vl", cfg!(target_feature = "avx512vl")),
        ("neon", cfg!(target_feature = "neon")),
        ("sve", cfg!(target_feature = "sve")),
    ];
    known.iter().filter(|(_, on)| *on).map(|(name, _)| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf29ce484222325);
        assert_eq!(fnv1a(b"a"), 0xaf63dc4c8601ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x85944171f73967e8);
    }

    #[test]
    fn flags_are_kept_and_paths_are_not() {
        assert_eq!(
            without_paths("-C target-cpu=native  -Cdebuginfo=1"),
            "-C target-cpu=native -Cdebuginfo=1"
        );
        let told =
            without_paths("-L/home/ann/lib --remap-path-prefix=/home/ann=x -L native=/opt/a -Clinker=bin/ld");
        assert!(!told.contains("ann") && !told.contains("opt") && !told.contains("bin"), "{told}");
        assert!(told.starts_with("-L<path ") && told.contains(" -L native=<path "), "{told}");
        assert_ne!(without_paths("-L/a"), without_paths("-L/b"));
        assert_eq!(flags("RUSTFLAGS", ""), None);
        assert_eq!(flags("HOME", "/home/ann"), None);
        let encoded = flags("CARGO_ENCODED_RUSTFLAGS", "-C\x1flto").unwrap();
        assert_eq!(encoded.1, "-C lto");
        assert!(flags("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-g").is_some());
    }

    #[test]
    fn a_change_of_source_or_lock_shows() {
        let folder = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| {
            let named = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
            let mut command = Command::new("git");
            command.current_dir(folder.path()).args(named).args(args);
            assert!(command.output().unwrap().status.success(), "{args:?}");
        };
        let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
        let none = read(folder.path(), "dev");
        assert_eq!((none.commit, none.dirty, none.lock), (None, None, None));
        write("a.rs", "fn a() {}");
        git(&["init", "-q"]);
        git(&["add", "a.rs"]);
        git(&["commit", "-q", "-m", "a"]);
        write("untracked", "results");
        let clean = read(folder.path(), "dev");
        assert!(clean.commit.as_ref().is_some_and(|commit| commit.len() == 40));
        assert_eq!((clean.dirty, &clean.changes), (Some(false), &None));
        write("a.rs", "fn a() {1}");
        let first = read(folder.path(), "dev");
        write("a.rs", "fn a() {2}");
        write("Cargo.lock", "x");
        let second = read(folder.path(), "dev");
        assert_eq!((first.dirty, second.dirty), (Some(true), Some(true)));
        assert!(first.changes.is_some() && first.changes != second.changes);
        assert_eq!(second.lock, Some(hash(b"x")));
    }
}
