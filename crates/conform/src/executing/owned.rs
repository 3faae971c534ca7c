//! Work on strings, paths and sets: items and nodes that own memory and cannot be copied bit by bit.

use super::answered;
use parallax_pattern::{Answer, Divide, Execute, Graph, Map, Nest, Reduce, Search, Stencil, Sweep};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Checks that a technique gives the known answers where items and nodes own memory, in pieces of the default grain; or
/// that it refuses. Returns the patterns that it does not refuse.
///
/// # Panics
///
/// With the pattern, if an answer is wrong.
pub fn moves_owned_items<T: Execute>(technique: &T) -> Vec<&'static str> {
    let mut answers = Vec::new();
    let mut run = |pattern, given: Answer<bool>| {
        if let Some(right) = answered(given) {
            assert!(right, "{}, {pattern}: another answer", T::CARD.name);
            answers.push(pattern);
        }
    };
    let (words, old) = (Arc::new(Words), vec!["old".to_owned(); LEN]);

    let mut out = old.clone();
    run("map", technique.map(&words, &mut out).map(|()| out == numbers(0)));
    let mut out = vec![PathBuf::from("old"); LEN];
    let right = |(i, path): (usize, &PathBuf)| path == &Path::new("root").join(i.to_string());
    run("map", technique.map(&Arc::new(Paths), &mut out).map(|()| out.iter().enumerate().all(right)));
    let digits: BTreeSet<String> = (0..10).map(|digit| digit.to_string()).collect();
    run("reduce", technique.reduce(&words).map(|found| found == digits));
    let mut state = numbers(0);
    let right = |(i, word): (usize, &String)| *word == format!("{i}...");
    run("sweep", technique.sweep(&words, &mut state).map(|()| state.iter().enumerate().all(right)));
    let (mut first, mut second) = (numbers(0), old.clone());
    let answer = technique.stencil(&words, [&mut first, &mut second]);
    run("stencil", answer.map(|()| second == numbers(STEPS)));
    let mut row = old[..WIDTH].to_vec();
    let right = |(column, word): (usize, &String)| *word == name((column + DEPTH - 1).min(WIDTH - 1));
    run("graph", technique.graph(&words, &mut row).map(|()| row.iter().enumerate().all(right)));
    run(
        "search",
        technique.search(&words).map(|found| found == (1 << DIGITS, (1 << DIGITS) * ((1 << DIGITS) - 1) / 2)),
    );
    let mut out = old[..3].to_vec();
    run(
        "nest",
        technique.nest(&words, &mut out).map(|()| out == ["0 1 2 3 4", "10 11 12 13 14", "20 21 22 23 24"]),
    );
    let (mut out, mut room) = (old.clone(), old.clone());
    let right = |(i, word): (usize, &String)| *word == name(i);
    let answer = technique.divide(&words, &mut out, &mut room);
    run("divide", answer.map(|()| out.iter().enumerate().all(right)));
    answers
}

/// More than the 256 pieces that a pattern is cut into by default.
const LEN: usize = 1000;
const STEPS: usize = 3;
const WIDTH: usize = 20;
const DEPTH: usize = 7;
/// The length of the numbers that the search finds: more nodes than any technique visits in one batch.
const DIGITS: usize = 15;

/// The numbers as words, rotated by some places.
fn numbers(turned: usize) -> Vec<String> {
    (0..LEN).map(|i| ((i + turned) % LEN).to_string()).collect()
}

/// A number in words that are ordered as numbers are.
fn name(number: usize) -> String {
    format!("{number:03}")
}

/// Work of every pattern on words.
struct Words;

impl Map for Words {
    type Item = String;
    fn len(&self) -> usize {
        LEN
    }
    fn fill(&self, start: usize, out: &mut [String]) {
        out.iter_mut().zip(start..).for_each(|(word, i)| *word = i.to_string());
    }
}

/// The last digits of the numbers.
impl Reduce for Words {
    type Acc = BTreeSet<String>;
    fn len(&self) -> usize {
        LEN
    }
    fn empty(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }
    fn fold(&self, acc: &mut BTreeSet<String>, items: Range<usize>) {
        acc.extend(items.map(|i| (i % 10).to_string()));
    }
    fn merge(&self, acc: &mut BTreeSet<String>, other: BTreeSet<String>) {
        acc.extend(other);
    }
}

/// A dot more for each word in each step.
impl Sweep for Words {
    type Item = String;
    fn len(&self) -> usize {
        LEN
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn step(&self, _: usize, part: &mut [String]) {
        part.iter_mut().for_each(|word| word.push('.'));
    }
}

/// Each word moves by one place in each step.
impl Stencil for Words {
    type Item = String;
    fn len(&self) -> usize {
        LEN
    }
    fn steps(&self) -> usize {
        STEPS
    }
    fn step(&self, old: &[String], start: usize, new: &mut [String]) {
        new.iter_mut().zip(start + 1..).for_each(|(word, next)| word.clone_from(&old[next % LEN]));
    }
}

/// The greater of a column's word and its neighbour's, so that words move by one column in each row.
impl Graph for Words {
    type Value = String;
    fn width(&self) -> usize {
        WIDTH
    }
    fn depth(&self) -> usize {
        DEPTH
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        (column..WIDTH.min(column + 2)).filter(move |_| row > 0)
    }
    fn run(&self, _: usize, column: usize, inputs: impl Iterator<Item = String>) -> String {
        inputs.max().unwrap_or_else(|| name(column))
    }
}

/// All numbers of [`DIGITS`] binary digits, as words that grow by a digit: how many there are, and their sum.
impl Search for Words {
    type Node = String;
    type Acc = (u64, u64);
    fn roots(&self) -> Vec<String> {
        ["00", "01", "10", "110", "111"].map(String::from).into()
    }
    fn empty(&self) -> (u64, u64) {
        (0, 0)
    }
    fn visit(&self, node: String, (count, sum): &mut (u64, u64), mut found: impl FnMut(String)) {
        if node.len() < DIGITS {
            ["0", "1"].into_iter().for_each(|digit| found(node.clone() + digit));
        } else {
            *count += 1;
            *sum += u64::from_str_radix(&node, 2).expect("binary digits");
        }
    }
    fn merge(&self, (count, sum): &mut (u64, u64), other: (u64, u64)) {
        (*count, *sum) = (*count + other.0, *sum + other.1);
    }
}

/// Five neighbouring numbers for each outer item, in a row.
impl Nest for Words {
    type Item = String;
    type Acc = BTreeSet<String>;
    fn shape(&self) -> (usize, usize) {
        (3, 5)
    }
    fn empty(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }
    fn fold(&self, outer: usize, acc: &mut BTreeSet<String>, pieces: Range<usize>) {
        acc.extend(pieces.map(|piece| (10 * outer + piece).to_string()));
    }
    fn merge(&self, acc: &mut BTreeSet<String>, other: BTreeSet<String>) {
        acc.extend(other);
    }
    fn finish(&self, _: usize, acc: BTreeSet<String>) -> String {
        acc.into_iter().collect::<Vec<_>>().join(" ")
    }
}

/// The numbers, shuffled, and sorted again.
impl Divide for Words {
    type Item = String;
    fn len(&self) -> usize {
        LEN
    }
    fn solve(&self, start: usize, out: &mut [String]) {
        out.iter_mut().zip(start..).for_each(|(word, i)| *word = name(i * 387 % LEN));
        out.sort();
    }
    fn combine(&self, left: &[String], right: &[String], at: usize, out: &mut [String]) {
        let mut all: Vec<&String> = left.iter().chain(right).collect();
        all.sort();
        out.iter_mut().zip(&all[at..]).for_each(|(word, next)| word.clone_from(next));
    }
}

/// A path for each number.
struct Paths;

impl Map for Paths {
    type Item = PathBuf;
    fn len(&self) -> usize {
        LEN
    }
    fn fill(&self, start: usize, out: &mut [PathBuf]) {
        out.iter_mut().zip(start..).for_each(|(path, i)| *path = Path::new("root").join(i.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::{Card, No, Sequential, Technique};

    /// Answers a map without writing any item.
    struct Idle;

    impl Technique for Idle {
        const CARD: Card = Sequential::CARD;
        fn start(_: usize) -> Answer<Self> {
            Ok(Idle)
        }
    }

    const REFUSES: No = No::Unfit("this test has no use for it");

    impl Execute for Idle {
        fn map<M: Map>(&self, _: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
            out.fill(M::Item::default());
            Ok(())
        }
        fn reduce<R: Reduce>(&self, _: &Arc<R>) -> Answer<R::Acc> {
            Err(REFUSES)
        }
        fn sweep<S: Sweep>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
            Err(REFUSES)
        }
        fn stencil<S: Stencil>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
            Err(REFUSES)
        }
        fn graph<G: Graph>(&self, _: &Arc<G>, _: &mut [G::Value]) -> Answer<()> {
            Err(REFUSES)
        }
        fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
            Err(REFUSES)
        }
        fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
            Err(REFUSES)
        }
        fn divide<D: Divide>(&self, _: &Arc<D>, _: &mut [D::Item], _: &mut [D::Item]) -> Answer<()> {
            Err(REFUSES)
        }
    }

    #[test]
    fn the_baseline_gives_the_known_answers() {
        let all = ["map", "map", "reduce", "sweep", "stencil", "graph", "search", "nest", "divide"];
        assert_eq!(moves_owned_items(&Sequential), all);
    }

    #[test]
    #[should_panic(expected = "sequential, map: another answer")]
    fn items_that_nobody_wrote_are_found() {
        moves_owned_items(&Idle);
    }
}
