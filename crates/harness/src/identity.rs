//! The identity of workers: hashes of their programs, so that a resumed run uses the same ones as before.

use crate::fleet::Fleet;
use crate::peers;
use crate::worker::Launch;
use parallax_record::plan::{Group, Plan};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A hash of each worker's program, by family; for the peers, of their code. A worker that cannot be read has none.
pub fn workers(fleet: &Fleet, plan: &Plan) -> BTreeMap<String, Option<String>> {
    let families: BTreeSet<&str> = plan.families().collect();
    let of = |family: &str| match family {
        parallax_record::name::PEERS => of_folder(&peers::code().join("peers"), &[]),
        _ => of_launch(fleet.launches.get(family)?),
    };
    families.into_iter().map(|family| (family.to_owned(), of(family))).collect()
}

/// A hash of the files that start a worker: its program, and each file that its command names.
pub(crate) fn of_launch(launch: &Launch) -> Option<String> {
    let program = fs::read(&launch.program).ok()?;
    let named = launch.args.iter().filter(|word| Path::new(word).is_file()).map(fs::read);
    let files: Vec<Vec<u8>> = std::iter::once(Ok(program)).chain(named).collect::<Result<_, _>>().ok()?;
    Some(of_bytes(files.iter().map(Vec::as_slice)))
}

/// The versions of the libraries that the plan's peers use, and of Python itself.
pub fn peers(plan: &Plan) -> BTreeMap<String, Option<String>> {
    let cells = plan.groups.iter().flat_map(|group: &Group| &group.cells);
    let of_peers = cells.filter(|cell| cell.family == parallax_record::name::PEERS);
    of_peers.flat_map(|cell| cell.libraries.clone()).collect()
}

/// A hash of all files of a folder, with their names, except the files that Python generates and the folders directly
/// below it that are named in `without`.
pub(crate) fn of_folder(folder: &Path, without: &[&str]) -> Option<String> {
    let root = folder;
    let (mut found, mut open): (Vec<PathBuf>, _) = (Vec::new(), vec![folder.to_owned()]);
    let is_left_out = |path: &Path| {
        let name = path.strip_prefix(root).ok().and_then(Path::to_str);
        name.is_some_and(|name| without.contains(&name)) || path.ends_with("__pycache__")
    };
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).ok()?.flatten() {
            match entry.file_type().ok()? {
                kind if kind.is_dir() && !is_left_out(&entry.path()) => open.push(entry.path()),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    let mut parts = Vec::new();
    for path in &found {
        let name = path.strip_prefix(folder).ok()?;
        parts.extend([name.as_os_str().as_encoded_bytes().to_vec(), fs::read(path).ok()?]);
    }
    Some(of_bytes(parts.iter().map(Vec::as_slice)))
}

/// FNV-1a over words of eight bytes, as programs are long and xtask is built without optimisation; each part's length
/// is hashed after it, so that bytes moved from one part to the next change the hash.
pub(crate) fn of_bytes<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |word: u64| hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    for part in parts {
        let words = part.chunks_exact(8);
        let mut rest = [0; 8];
        rest[..words.remainder().len()].copy_from_slice(words.remainder());
        words.for_each(|word| take(u64::from_le_bytes(word.try_into().unwrap_or_default())));
        take(u64::from_le_bytes(rest));
        take(part.len() as u64);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_byte_and_any_boundary_shows() {
        let of = |parts: &[&[u8]]| of_bytes(parts.iter().copied());
        let program: Vec<u8> = (0..=255).collect();
        for at in [0, 7, 8, 100, 255] {
            let mut other = program.clone();
            other[at] ^= 1;
            assert_ne!(of(&[&program]), of(&[&other]), "{at}");
        }
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_ne!(of(&[b"a"]), of(&[b"a\0"]));
        assert_eq!(of(&[&program]), of(&[&program.clone()]));
    }

    #[test]
    fn a_file_that_the_command_names_is_part_of_the_worker_and_other_words_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let (program, work) = (folder.path().join("program"), folder.path().join("work.json"));
        fs::write(&program, "interpreter").unwrap();
        let of = |text: &str, word: &str| {
            fs::write(&work, text).unwrap();
            let words = [program.as_os_str(), work.as_os_str(), word.as_ref()].map(Into::into);
            of_launch(&Launch::words(&words).unwrap()).unwrap()
        };
        let first = of("a", "-m");
        assert_eq!(of("a", "-u"), first);
        assert_ne!(of("b", "-m"), first);
        assert_eq!(of_launch(&Launch::binary(&program)), Some(of_bytes([&b"interpreter"[..]])));
        assert_eq!(of_launch(&Launch::binary(folder.path().join("gone"))), None);
    }

    #[test]
    fn the_peers_code_is_one_identity_and_what_python_makes_is_none_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            of_folder(folder.path(), &["tests"]).unwrap()
        };
        let first = write("systems/numpy_.py", "a");
        assert_eq!(write("systems/__pycache__/numpy_.pyc", "b"), first);
        assert_ne!(write("systems/numpy_.py", "c"), first);
        assert_eq!(write("systems/numpy_.py", "a"), first);
        assert_eq!(write("tests/a.py", "d"), first);
        let more = write("new.py", "");
        assert_ne!(more, first);
        assert_ne!(write("systems/tests/a.py", "d"), more, "a folder further below is not left out");
        assert_eq!(of_folder(&folder.path().join("nowhere"), &[]), None);
    }
}
