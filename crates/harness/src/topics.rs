//! The pairs of the reading list: techniques that a topic compares with a Python system, and so does a run.

use crate::workspace::workspace;
use std::sync::LazyLock;

/// The list, of which only the pairs are read here; empty outside the workspace.
fn list() -> String {
    std::fs::read_to_string(workspace().join("docs/topics.toml")).unwrap_or_default()
}

/// Whether some topic names this cell.
pub fn names(workload: &str, technique: &str) -> bool {
    static PAIRS: LazyLock<Vec<[String; 2]>> = LazyLock::new(|| pairs(&list()));
    let is_named = |name: &String| name.split_once('/') == Some((workload, technique));
    PAIRS.iter().flatten().any(is_named)
}

/// The two cells of each topic: a list of two strings is written alike in TOML and in JSON.
fn pairs(list: &str) -> Vec<[String; 2]> {
    let of_line = |line: &str| serde_json::from_str(line.strip_prefix("compare = ")?).ok();
    list.lines().filter_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_pair_of_one_workload() {
        let pairs = pairs(&list());
        assert_eq!(pairs.len(), list().matches("[[topics]]").count());
        for [ours, theirs] in &pairs {
            let [ours, theirs] = [ours, theirs].map(|name| name.split_once('/').unwrap());
            assert_eq!(ours.0, theirs.0);
            assert!(names(ours.0, ours.1) && names(theirs.0, theirs.1));
        }
        assert!(names("histogram", "fetch-add") && !names("heat", "fetch-add"));
    }
}
