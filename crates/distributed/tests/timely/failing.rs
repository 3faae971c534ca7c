//! Work that fails: the caller gets its message, and the same cluster does the next call.

use super::shapes::{ALL, hosts};
use parallax_conform::Whose;
use parallax_conform::{Shaped, Watch};
use parallax_distributed::Timely;
use parallax_pattern::{Distribute, Graph, Map, No, Search, Technique};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// One item panics.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Fatal(Option<usize>);

impl Watch for Fatal {
    type AtWork<'a> = ();
    fn enter(&self, items: Range<usize>) {
        if let Some(item) = self.0.filter(|item| items.contains(item)) {
            panic!("unlucky item {item}");
        }
    }
}

pub(crate) fn a_panic_is_a_failure_in_words() {
    for timely in [Timely::start(1).unwrap(), Timely::start(2).unwrap(), Timely::on(&hosts([2, 2])).unwrap()]
    {
        for item in [0, 55, 99] {
            let work = Arc::new(Shaped { len: 100, grain: 10, steps: 5, watch: Fatal(Some(item)) });
            let failed = |no: No| {
                let words = format!("unlucky item {item}");
                assert!(matches!(&no, No::Failed(why) if why.to_string().contains(&words)), "{no}");
            };
            let ids = timely.ids();
            failed(timely.map(&work, &mut [0; 100]).unwrap_err());
            failed(timely.reduce(&work).unwrap_err());
            failed(timely.sweep(&work, &mut [[0; 2]; 100]).unwrap_err());
            failed(timely.stencil(&work, [&mut [0; 100], &mut [0; 100]]).unwrap_err());
            failed(timely.nest(&work, &mut [0; 100]).unwrap_err());
            failed(timely.divide(&work, &mut [[0; 2]; 100], &mut [[0; 2]; 100]).unwrap_err());
            assert_eq!(parallax_conform::agrees_with_sequential::<(), _>(&timely, 100, 10, 5), ALL);
            assert_eq!(timely.ids(), ids, "the cluster does not have to be started again");
        }
    }
}

/// Serde can describe it, postcard cannot write it: a sequence of unknown length.
#[derive(Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde::ser::SerializeSeq::end(to.serialize_seq(None)?)
    }
}

impl Map for Unwritable {
    type Item = u64;
    fn len(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, out: &mut [u64]) {
        out.fill(1);
    }
}

pub(crate) fn what_cannot_be_sent_is_a_failure() {
    let timely = Timely::start(2).unwrap();
    for _ in 0..2 {
        let no = timely.map(&Arc::new(Unwritable), &mut [0]).unwrap_err();
        assert!(matches!(&no, No::Failed(why) if why.to_string().contains("cannot be sent")), "{no}");
    }
    assert_eq!(parallax_conform::agrees_with_sequential::<(), _>(&timely, 10, 1, 2), ALL);
}

/// A workload that can be written, but not read.
#[derive(Serialize)]
struct Unreadable;

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("on purpose"))
    }
}

impl Map for Unreadable {
    type Item = u64;
    fn len(&self) -> usize {
        10
    }
    fn fill(&self, _: usize, out: &mut [u64]) {
        out.fill(1);
    }
}

pub(crate) fn what_cannot_be_read_is_a_failure() {
    let timely = Timely::start(2).unwrap();
    let work = Arc::new(Unreadable);
    for _ in 0..2 {
        let no = timely.map(&work, &mut [0; 10]).unwrap_err();
        assert!(matches!(&no, No::Failed(why) if why.to_string().contains("cannot be read")), "{no}");
    }
    assert_eq!(parallax_conform::agrees_with_sequential::<(), _>(&timely, 10, 1, 2), ALL);
}

/// A piece that makes a call on another cluster that is kept for it.
#[derive(Serialize, Deserialize)]
struct Within;

static INNER: std::sync::OnceLock<std::sync::Mutex<Timely>> = std::sync::OnceLock::new();

impl Map for Within {
    type Item = u64;
    fn len(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, _: &mut [u64]) {
        let inner = INNER.get().unwrap().lock().unwrap();
        inner.map(&Arc::new(Whose::default()), &mut [0; 100]).unwrap();
    }
}

pub(crate) fn a_call_from_within_is_refused() {
    INNER.get_or_init(|| Timely::start(1).unwrap().into());
    let no = Timely::start(1).unwrap().map(&Arc::new(Within), &mut [0]).unwrap_err();
    assert!(no.to_string().contains("whose workers would wait for it"), "{no}");
}

/// Tasks of which one panics, or depends on a missing task, or panics when asked for its dependencies.
#[derive(Serialize, Deserialize)]
enum Tangle {
    Fails,
    Needs(usize),
    CannotTell,
}

impl Graph for Tangle {
    type Value = u64;
    fn width(&self) -> usize {
        6
    }
    fn depth(&self) -> usize {
        9
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        let odd = (row, column) == (4, 5);
        assert!(!(odd && matches!(self, Tangle::CannotTell)), "unlucky needs");
        let need = if let (true, Tangle::Needs(need)) = (odd, self) { *need } else { (column + 1) % 6 };
        (row > 0).then_some(need).into_iter()
    }
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = u64>) -> u64 {
        assert!((row, column) != (4, 1) || !matches!(self, Tangle::Fails), "unlucky task");
        inputs.sum::<u64>() + 1
    }
}

pub(crate) fn a_tangled_graph_is_a_failure_in_words() {
    let timely = Timely::start(3).unwrap();
    for (tangle, words) in [
        (Tangle::Fails, "unlucky task"),
        (Tangle::Needs(6), "task 5 of row 4 needs task 6 of the row before, which is not there"),
        (Tangle::CannotTell, "unlucky needs"),
    ] {
        let no = timely.graph(&Arc::new(tangle), &mut [0; 6]).unwrap_err();
        assert!(matches!(&no, No::Failed(why) if why.to_string().contains(words)), "{no}");
        let mut row = [0; 6];
        timely.graph(&Arc::new(Tangle::Needs(0)), &mut row).unwrap();
        assert_eq!(row, [9; 6]);
    }
}

/// A search that panics far from its roots.
#[derive(Serialize, Deserialize)]
struct Unlucky(u32);

impl Search for Unlucky {
    type Node = u32;
    type Acc = u64;
    fn roots(&self) -> Vec<u32> {
        vec![0]
    }
    fn empty(&self) -> u64 {
        0
    }
    fn visit(&self, node: u32, acc: &mut u64, mut found: impl FnMut(u32)) {
        assert_ne!(node, self.0, "unlucky node");
        *acc += 1;
        let below = [2 * node + 1, 2 * node + 2];
        below.into_iter().filter(|&node| node < 100_000).for_each(&mut found);
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other;
    }
}

pub(crate) fn a_failed_search_ends_for_all() {
    let timely = Timely::start(3).unwrap();
    for node in [0, 77, 99_999] {
        let no = timely.search(&Arc::new(Unlucky(node))).unwrap_err();
        assert!(no.to_string().contains("unlucky node"), "{no}");
        assert_eq!(timely.search(&Arc::new(Unlucky(u32::MAX))).unwrap(), 100_000);
    }
}
