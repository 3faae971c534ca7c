//! Items, values and nodes that own memory: text goes through every runtime as numbers do.

use parallax_async::{AsyncStd, Compio, Smol, Tokio, TokioCurrentThread};
use parallax_pattern::{Execute, Graph, Map, No, Search, Sequential, optional};
use std::sync::Arc;

/// The numbers from 0 on, in words of different lengths.
struct Texts(usize);

impl Map for Texts {
    type Item = String;
    fn len(&self) -> usize {
        self.0
    }
    fn grain(&self) -> usize {
        7
    }
    fn fill(&self, start: usize, out: &mut [String]) {
        out.iter_mut().zip(start..).for_each(|(text, i)| *text = "x".repeat(i) + &i.to_string());
    }
}

/// Each text is the two above it, and its place.
struct Joined;

impl Graph for Joined {
    type Value = String;
    fn width(&self) -> usize {
        5
    }
    fn depth(&self) -> usize {
        6
    }
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        let last = if row == 0 { 0 } else { (column + 2).min(5) };
        (column..last).take(2)
    }
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = String>) -> String {
        inputs.collect::<String>() + &format!("{row}.{column} ")
    }
}

/// All words of up to eight letters, a and b.
struct Words;

impl Search for Words {
    type Node = String;
    type Acc = usize;
    fn roots(&self) -> Vec<String> {
        vec![String::new()]
    }
    fn empty(&self) -> usize {
        0
    }
    fn visit(&self, word: String, letters: &mut usize, mut found: impl FnMut(String)) {
        *letters += word.len();
        if word.len() < 8 {
            ["a", "b"].into_iter().for_each(|letter| found(word.clone() + letter));
        }
    }
    fn merge(&self, letters: &mut usize, more: usize) {
        *letters += more;
    }
}

/// The letters of all words: 2 of one letter, 4 of two, and so on.
const LETTERS: usize = 2 + 2 * 4 + 3 * 8 + 4 * 16 + 5 * 32 + 6 * 64 + 7 * 128 + 8 * 256;

fn texts<T: Execute>() {
    let technique = match T::start(3) {
        Err(No::Unavailable(why)) if T::CARD.name == "compio" => return optional::skip("io_uring", &why),
        started => started.unwrap(),
    };
    // the old values are replaced, and dropped once
    let mut out = vec!["before".to_owned(); 50];
    technique.map(&Arc::new(Texts(50)), &mut out).unwrap();
    let right: Vec<String> = (0..50).map(|i| "x".repeat(i) + &i.to_string()).collect();
    assert_eq!(out, right, "{}", T::CARD.name);

    let [mut right, mut out] = [const { [const { String::new() }; 5] }; 2];
    Sequential.graph(&Arc::new(Joined), &mut right).unwrap();
    technique.graph(&Arc::new(Joined), &mut out).unwrap();
    assert_eq!(out, right, "{}", T::CARD.name);
    assert!(out[0].starts_with("0.0 0.1 1.0 "), "{out:?}");

    assert_eq!(technique.search(&Arc::new(Words)).unwrap(), LETTERS, "{}", T::CARD.name);
}

#[test]
fn text_goes_through_every_runtime() {
    texts::<AsyncStd>();
    texts::<Compio>();
    texts::<Smol>();
    texts::<Tokio>();
    texts::<TokioCurrentThread>();
}
