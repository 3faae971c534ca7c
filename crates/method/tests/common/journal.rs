//! The blocks of real runs, read from `tests/data`.

use parallax_method::schedule::Draw;
use std::collections::BTreeMap;
use std::fs;

/// The numbers of the blocks and their log ratios, for each cell of a group; one cell is the twin.
pub(crate) type Cells = BTreeMap<String, Vec<(u64, f64)>>;

/// Every run in the folder: its file and its groups.
pub(crate) fn runs() -> Vec<(String, BTreeMap<String, Cells>)> {
    let folder =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")).expect("the folder is there");
    let paths = folder.map(|entry| entry.expect("it can be listed").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "txt"));
    let run = |text: String| {
        let mut groups: BTreeMap<String, Cells> = BTreeMap::new();
        for line in text.lines() {
            let mut words = line.split(' ');
            let [group, block] = [words.next(), words.next()].map(|word| word.expect("a group and a block"));
            let block: u64 = block.parse().expect("a number of a block");
            for word in words {
                let (cell, value) = word.rsplit_once('=').expect("a cell and its value");
                let cells = groups.entry(group.to_owned()).or_default();
                cells.entry(cell.to_owned()).or_default().push((block, value.parse().expect("a log ratio")));
            }
        }
        groups
    };
    paths
        .map(|path| (path.display().to_string(), run(fs::read_to_string(&path).expect("it can be read"))))
        .collect()
}

/// `blocks` of the values, drawn without replacement, and the rest.
pub(crate) fn part(values: &[f64], blocks: usize, draw: &mut Draw) -> (Vec<f64>, Vec<f64>) {
    let mut all = values.to_vec();
    draw.shuffle(&mut all);
    let rest = all.split_off(blocks);
    (all, rest)
}
