//! The topology of a machine: CPUs, cores, sockets, memory nodes and caches.

use super::files::{Files, listed, sized};
use parallax_record::machine::{Cache, Topology};
use std::collections::BTreeSet;

/// Where the kernel describes the CPUs.
const CPUS: &str = "sys/devices/system/cpu";

pub(super) fn read(files: Files) -> Topology {
    let cpus = files.numbered(CPUS, "cpu");
    let distinct = |file: &str| -> Option<u64> {
        let values = cpus.iter().filter_map(|cpu| files.text(&format!("{CPUS}/{cpu}/topology/{file}")));
        Some(values.collect::<BTreeSet<String>>().len() as u64).filter(|&n| n > 0)
    };
    Topology {
        cpus: files
            .text(&format!("{CPUS}/online"))
            .and_then(|list| listed(&list))
            .or_else(|| processors(files)),
        cores: distinct("thread_siblings_list"),
        sockets: distinct("physical_package_id"),
        nodes: Some(files.numbered("sys/devices/system/node", "node").len() as u64).filter(|&n| n > 0),
        caches: caches(files),
    }
}

fn processors(files: Files) -> Option<u64> {
    let text = files.text("proc/cpuinfo")?;
    Some(text.lines().filter(|line| line.starts_with("processor")).count() as u64).filter(|&n| n > 0)
}

fn caches(files: Files) -> Vec<Cache> {
    let folder = format!("{CPUS}/cpu0/cache");
    let cache = |index: String| {
        let text = |file: &str| files.text(&format!("{folder}/{index}/{file}"));
        Some(Cache {
            level: text("level")?.parse().ok()?,
            kind: text("type")?.to_lowercase(),
            size_bytes: sized(&text("size")?)?,
            shared_by: text("shared_cpu_list").and_then(|list| listed(&list)).unwrap_or(1),
            line_bytes: text("coherency_line_size").and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
        })
    };
    files.numbered(&folder, "index").into_iter().filter_map(cache).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    /// Four CPUs on two cores of one socket.
    fn machine(root: &Path) {
        let write = |path: String, text: &str| {
            let path = root.join(CPUS).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("online".into(), "0-3\n");
        for (cpu, siblings) in [(0, "0,2"), (1, "1,3"), (2, "0,2"), (3, "1,3")] {
            write(format!("cpu{cpu}/topology/thread_siblings_list"), siblings);
            write(format!("cpu{cpu}/topology/physical_package_id"), "0");
        }
        for (file, text) in
            [("level", "3"), ("type", "Unified"), ("size", "32768K"), ("shared_cpu_list", "0-3")]
        {
            write(format!("cpu0/cache/index3/{file}"), text);
        }
        write("cpu0/cache/index0/level".into(), "1");
    }

    #[test]
    fn siblings_make_a_core() {
        let folder = tempfile::tempdir().unwrap();
        machine(folder.path());
        let read = read(Files(folder.path()));
        assert_eq!((read.cpus, read.cores, read.sockets, read.nodes), (Some(4), Some(2), Some(1), None));
        assert_eq!(read.threads_per_core(), Some(2));
        let shared =
            Cache { level: 3, kind: "unified".into(), size_bytes: 32 << 20, shared_by: 4, line_bytes: 0 };
        assert_eq!(read.caches, [shared], "a cache without a size is left out");
    }

    #[test]
    fn where_nothing_is_told_nothing_is_claimed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(Files(folder.path())), Topology::default());
        assert_eq!(Topology::default().threads_per_core(), None);
    }
}
