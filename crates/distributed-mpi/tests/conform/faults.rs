//! Faults of the user's code: panics, work that cannot be read or written, and the death of a rank.

use super::shapes::ranks_of;
use super::system::{Session, eventually};
use parallax_conform::{Shaped, Watch};
use parallax_distributed_mpi::Mpi;
use parallax_pattern::{Distribute, Graph, Map, No, Reduce, Search, Technique};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::env;
use std::ops::Range;
use std::process::id;
use std::sync::Arc;

/// Independent items, one of which is fatal.
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

/// Tasks that each need the whole row before, and nodes that lead to two others each. One task and one node is fatal.
#[derive(Debug, Serialize, Deserialize)]
struct Linked {
    fatal: usize,
}

impl Graph for Linked {
    type Value = usize;
    fn width(&self) -> usize {
        10
    }
    fn depth(&self) -> usize {
        10
    }
    fn needs(&self, row: usize, _: usize) -> impl Iterator<Item = usize> + '_ {
        0..if row == 0 { 0 } else { 10 }
    }
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = usize>) -> usize {
        assert!(10 * row + column != self.fatal, "unlucky item {}", self.fatal);
        inputs.sum::<usize>() % 100 + column
    }
}

impl Search for Linked {
    type Node = usize;
    type Acc = usize;
    fn roots(&self) -> Vec<usize> {
        vec![0]
    }
    fn empty(&self) -> usize {
        0
    }
    fn visit(&self, node: usize, acc: &mut usize, found: impl FnMut(usize)) {
        assert!(node != self.fatal, "unlucky item {}", self.fatal);
        *acc += 1;
        [2 * node + 1, 2 * node + 2].into_iter().filter(|next| *next < 10_000).for_each(found);
    }
    fn merge(&self, acc: &mut usize, other: usize) {
        *acc += other;
    }
}

pub(crate) fn a_panic_is_a_failure_in_words_and_the_job_goes_on() {
    for ranks in [1, 2, 3] {
        let mpi = Mpi::start(ranks).unwrap();
        let before = ranks_of(&mpi);
        for item in [0, 55, 99] {
            let work = Arc::new(Shaped { len: 100, grain: 10, steps: 5, watch: Fatal(Some(item)) });
            let linked = Arc::new(Linked { fatal: item });
            for no in [
                mpi.map(&work, &mut [0; 100]).unwrap_err(),
                mpi.reduce(&work).unwrap_err(),
                mpi.sweep(&work, &mut [[0; 2]; 100]).unwrap_err(),
                mpi.stencil(&work, [&mut [0; 100], &mut [0; 100]]).unwrap_err(),
                mpi.nest(&work, &mut [0; 100]).unwrap_err(),
                mpi.divide(&work, &mut [[0; 2]; 100], &mut [[0; 2]; 100]).unwrap_err(),
                mpi.graph(&linked, &mut [0; 10]).unwrap_err(),
                mpi.search(&linked).unwrap_err(),
            ] {
                let words = no.to_string();
                assert!(
                    words.contains("rank ") && words.contains(&format!("unlucky item {item}")),
                    "{words}"
                );
            }
            let patterns = parallax_conform::agrees_with_sequential::<(), _>(&mpi, 100, 10, 5);
            assert_eq!(patterns.len(), 6);
            assert_eq!(mpi.search(&Arc::new(Linked { fatal: usize::MAX })).unwrap(), 10_000);
        }
        assert_eq!(ranks_of(&mpi), before, "another job");
    }
}

/// Items, one of which kills its rank.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Deadly {
    item: usize,
    way: Way,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Way {
    Kill,
    Exit,
}

impl Reduce for Deadly {
    type Acc = usize;
    fn len(&self) -> usize {
        100
    }
    fn grain(&self) -> usize {
        1
    }
    fn empty(&self) -> usize {
        0
    }
    fn fold(&self, acc: &mut usize, items: Range<usize>) {
        *acc += items.len();
        if items.contains(&self.item) {
            match self.way {
                Way::Kill => kill(id()),
                Way::Exit => std::process::exit(7),
            }
        }
    }
    fn merge(&self, acc: &mut usize, other: usize) {
        *acc += other;
    }
}

pub(crate) fn kill(pid: u32) {
    kill_process(Pid::from_raw(pid as i32).unwrap(), Signal::KILL).unwrap();
}

pub(crate) fn a_dead_rank_ends_the_job_in_words_and_the_next_call_works() {
    let mpi = Mpi::start(2).unwrap();
    // items of the first rank, and of the second
    for (item, way, words) in [
        (0, Way::Kill, ["rank 0", "signal 9"]),
        (4, Way::Kill, ["rank 1", "signal 9"]),
        (4, Way::Exit, ["rank", "7"]),
    ] {
        let ranks = ranks_of(&mpi);
        let session = Session::of(&ranks);
        let why = mpi.reduce(&Arc::new(Deadly { item, way })).unwrap_err();
        assert!(matches!(why, No::Failed(_)), "{why}");
        let told = why.to_string();
        assert!(words.iter().all(|word| told.contains(word)), "{way:?} at {item}: {told}");
        eventually("all ranks have ended", || session.running().is_empty());
        assert_eq!(session.files(), [""; 0]);
        assert!(ranks_of(&mpi).iter().all(|pid| !ranks.contains(pid)), "another job");
    }
}

/// Work that only the program that made it can read: its ranks cannot, or one of them.
#[derive(Debug, Serialize)]
struct Unreadable(String);

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let rank = String::deserialize(from)?;
        match env::var("OMPI_COMM_WORLD_RANK") {
            Ok(here) if here == rank => panic!("there is no such file on this host"),
            _ => Ok(Unreadable(rank)),
        }
    }
}

impl Map for Unreadable {
    type Item = u8;
    fn len(&self) -> usize {
        3
    }
    fn fill(&self, _: usize, out: &mut [u8]) {
        out.fill(1);
    }
}

pub(crate) fn work_that_one_rank_cannot_read_is_a_failure_in_words() {
    let mpi = Mpi::start(2).unwrap();
    let before = ranks_of(&mpi);
    for rank in ["0", "1"] {
        let why = mpi.map(&Arc::new(Unreadable(rank.to_owned())), &mut [0; 3]).unwrap_err().to_string();
        let named = why.contains(&format!("rank {rank}"));
        assert!(named && why.contains("there is no such file on this host"), "{why}");
        assert_eq!(ranks_of(&mpi), before, "another job");
    }
    mpi.map(&Arc::new(Unreadable("none".to_owned())), &mut [0; 3]).unwrap();
}

/// Serde can describe it, postcard cannot write it: a sequence of unknown length.
#[derive(Debug, Clone, Default, Deserialize)]
struct Unwritable(bool);

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 {
            return serde::ser::SerializeSeq::end(to.serialize_seq(None)?);
        }
        to.serialize_bool(false)
    }
}

impl Map for Unwritable {
    type Item = Unwritable;
    fn len(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, out: &mut [Unwritable]) {
        out[0].0 = true;
    }
}

pub(crate) fn what_cannot_be_sent_is_a_failure() {
    let mpi = Mpi::start(2).unwrap();
    let before = ranks_of(&mpi);
    let mut out = [Unwritable(false)];
    for work in [Unwritable(true), Unwritable(false)] {
        let why = mpi.map(&Arc::new(work), &mut out).unwrap_err();
        assert!(matches!(why, No::Failed(_)), "{why}");
        assert_eq!(ranks_of(&mpi), before, "another job");
    }
}
