//! Working sets: data sized for each cache, and for memory, since bandwidth depends on where data are.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Data of a size that stays in one cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingSet {
    /// `L1`, `L2`, `L3` or `memory`.
    pub place: String,
    /// How many bytes all workers' data took.
    pub bytes: u64,
    /// The largest data to compare with this: the capacity of the workers' caches together. `None` for
    /// memory.
    pub holds: Option<u64>,
}

/// One level of caches for data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Level {
    level: u64,
    bytes: u64,
    /// How many such caches there are.
    count: u64,
}

/// The largest working set, however large the last cache is.
const MOST: u64 = 1 << 30;

/// A working set for each level of caches and one for memory, for `workers` workers.
pub(crate) fn working_sets(workers: usize) -> Vec<WorkingSet> {
    sets(&levels(Path::new("/sys/devices/system/cpu")), workers as u64)
}

/// The smallest working set whose place holds so much data.
pub(crate) fn working_set(workers: usize, bytes: u64) -> WorkingSet {
    let mut sets = working_sets(workers);
    let place = sets.iter().position(|set| set.holds.is_none_or(|holds| holds >= bytes));
    sets.swap_remove(place.unwrap_or(sets.len() - 1)) // the last one is memory, which holds all
}

fn sets(levels: &[Level], workers: u64) -> Vec<WorkingSet> {
    let mut sets = Vec::new();
    let mut below = 0;
    for level in levels {
        let holds = level.bytes * level.count.min(workers);
        // Well above the capacity of the level below, or that level would be measured; and well below the capacity
        // of this one, from which other programs may evict data. The geometric mean lies between.
        let between = if below == 0 { holds / 2 } else { (below * holds).isqrt().min(holds / 2) };
        let bytes = between.max(2 * below).min(MOST);
        sets.push(WorkingSet { place: format!("L{}", level.level), bytes, holds: Some(holds) });
        below = holds;
    }
    let bytes = (4 * below).clamp(64 << 20, MOST);
    sets.push(WorkingSet { place: "memory".into(), bytes, holds: None });
    sets
}

/// The levels that the kernel reports; typical ones if it reports none.
fn levels(folder: &Path) -> Vec<Level> {
    let mut found: Vec<(Level, BTreeSet<String>)> = Vec::new();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let caches =
        entries.flat_map(|cpu| fs::read_dir(cpu.path().join("cache")).into_iter().flatten().flatten());
    for cache in caches {
        let read = |name: &str| fs::read_to_string(cache.path().join(name)).unwrap_or_default();
        let kib = |text: String| text.trim().strip_suffix('K')?.parse::<u64>().ok();
        let Ok(level) = read("level").trim().parse() else { continue };
        let Some(kib) = kib(read("size")).filter(|kib| *kib > 0) else { continue };
        if read("type").trim() == "Instruction" {
            continue;
        }
        let sharers = read("shared_cpu_list").trim().to_owned();
        match found.iter_mut().find(|(known, _)| known.level == level) {
            Some((_, seen)) => drop(seen.insert(sharers)),
            None => found.push((Level { level, bytes: kib << 10, count: 0 }, BTreeSet::from([sharers]))),
        }
    }
    let counted = |(level, seen): (Level, BTreeSet<String>)| Level { count: seen.len() as u64, ..level };
    let mut levels: Vec<Level> = found.into_iter().map(counted).collect();
    levels.sort_by_key(|level| level.level);
    if levels.is_empty() {
        let usual = [(1, 32 << 10), (2, 512 << 10), (3, 8 << 20)];
        levels.extend(usual.map(|(level, bytes)| Level {
            level,
            bytes,
            count: if level < 3 { 4096 } else { 1 },
        }));
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_is_larger_than_the_caches_below() {
        let usual = levels(Path::new("/nowhere"));
        for workers in [1, 2, 16, 64] {
            let sets = sets(&usual, workers);
            assert_eq!(
                sets.iter().map(|set| set.place.as_str()).collect::<Vec<_>>(),
                ["L1", "L2", "L3", "memory"]
            );
            for pair in sets.windows(2) {
                assert!(pair[1].bytes >= 2 * pair[0].holds.unwrap(), "{workers}: {sets:?}");
            }
            // where there is room for both
            for set in sets.iter().filter(|set| workers < 16 && set.holds.is_some()) {
                assert!(set.bytes <= set.holds.unwrap() / 2, "{workers}: {sets:?}");
            }
        }
        let large = Level { level: 3, bytes: 32 << 20, count: 1 };
        assert_eq!(sets(&[usual[1], large], 1)[1].bytes, 4 << 20); // an eighth, above 512 KiB
        assert_eq!(sets(&usual, 2)[0].holds, Some(64 << 10)); // two private caches of 32 KiB
        assert_eq!(sets(&usual, 2)[2].holds, Some(8 << 20)); // one that both share
    }
}
