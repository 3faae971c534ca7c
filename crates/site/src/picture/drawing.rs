//! Drawings of workloads that are not fields: trees, queues, shares, waits.

use super::plate::{line, rect};
use maud::{Markup, html};
use parallax_pattern::random::{at, seed};
use parallax_pattern::{Access, Consult, Graph, Search};
use parallax_suite::workload::{Lookup, TaskGraph, TreeSearch, Wordcount};
use parallax_suite::{Params, Size, Workload};
use std::collections::HashMap;
use std::hash::RandomState;

/// The drawing of a workload, and its caption.
pub(super) fn of(workload: &str) -> Option<(Markup, &'static str)> {
    Some(match workload {
        "stream" => (
            stream(),
            "a += b + 3c over arrays larger than any cache: three arrays are read and one is written for two operations, so memory limits the speed, not arithmetic.",
        ),
        "matmul" => (
            matmul(),
            "A block of the product needs a band of each factor. In blocks that fit the cache, each value is used many times after it is fetched.",
        ),
        "bubblesort" => (
            bubblesort(),
            "The array after each eighth pass; short bars are small values. Large values move far in a pass, and every comparison waits for the swap before it.",
        ),
        "montecarlo" => (
            montecarlo(),
            "The first 600 samples of the workload: the share inside the quarter circle is a quarter of pi. The samples are independent.",
        ),
        "taskgraph" => (
            taskgraph(),
            "The first rows of the task graph: a task may begin when the tasks that it depends on are done. The workload measures the cost of one such step.",
        ),
        "treesearch" => (
            treesearch(),
            "Nodes below each of the 100 children of the root, by size, of the tiny tree: a few have most of the work, and which ones is known only after walking the tree.",
        ),
        "memo" => (
            memo(),
            "600 requests in order, by key: dark ones repeat an earlier key. The steep line is a scan of keys that never come again.",
        ),
        "histogram" => (
            histogram(),
            "Hits per bin in the skewed case: a few words get most of them, and all workers compete for those.",
        ),
        "mailbox" => (
            mailbox(),
            "Producers hand messages to consumers through a queue of limited length. The workload measures the hand-off, not the work.",
        ),
        "fanout" => (
            fanout(),
            "Eight waits of 1 to 5 ms, four at a time: waits may overlap. Light is waiting, dark is computing.",
        ),
        "serve" => (
            serve(),
            "Requests arrive at fixed times. A late answer delays all behind it, and each wait counts from the time at which the request was due.",
        ),
        "gridsearch" => (
            gridsearch(),
            "Each square is one fit: lambdas across, folds down. Inside each fit a matrix is built, which could be split as well: two levels of parallelism for the same cores.",
        ),
        "sort" => (
            sort(),
            "64 keys as they come, then sorted in four parts, in two and in one; short bars are small keys. Parts are independent; each merge is split among all workers.",
        ),
        "lookup" => (
            lookup(),
            "The first 600 operations, by entry of the table: light ones read, dark ones change. Only the dark ones need a guard, but the light ones also pay for it.",
        ),
        "wordcount" => (
            wordcount(),
            "How often each of the tiny text's 255 words occurs, the commonest first: a few are everywhere, so each worker has them in its own table.",
        ),
        _ => return None,
    })
}

/// A frame of 320 by 160 around the drawing `inside`.
fn frame(inside: Markup) -> Markup {
    html! { svg.drawing viewBox="0 0 320 160" aria-hidden="true" { (inside) } }
}

fn word(x: f64, y: f64, text: &str) -> Markup {
    html! { text x=(x) y=(y) text-anchor="middle" { (text) } }
}

fn stream() -> Markup {
    let row = |y: f64, name: &str, class: &str| {
        html! {
            @for k in 0..20 { (rect(class, 40.0 + 13.0 * f64::from(k), y, 11.0, 22.0)) }
            (word(20.0, y + 16.0, name))
        }
    };
    frame(
        html! { (row(16.0, "b", "d2")) (row(48.0, "c", "d2")) (row(100.0, "a", "d1")) (line("arrow", (170.0, 74.0), (170.0, 96.0))) (word(230.0, 90.0, "a += b + 3c")) },
    )
}

fn matmul() -> Markup {
    let grid = |x: f64, marked: fn(i32, i32) -> bool| {
        html! {
            @for i in 0..6 { @for j in 0..6 { (rect(if marked(i, j) { "d1" } else { "d3" }, x + 14.0 * f64::from(j), 40.0 + 14.0 * f64::from(i), 12.5, 12.5)) } }
        }
    };
    frame(html! {
        (grid(8.0, |i, _| i == 2)) (word(102.0, 86.0, "×")) (grid(112.0, |_, j| j == 4)) (word(208.0, 86.0, "=")) (grid(222.0, |i, j| i == 2 && j == 4))
    })
}

fn bubblesort() -> Markup {
    let mut values: Vec<u64> = (0..64).map(|i| at(seed(6, 0), i) % 64).collect();
    let mut rows = Vec::new();
    for pass in 0..=56 {
        if pass % 8 == 0 {
            rows.push(values.clone());
        }
        for k in 1..values.len() {
            if values[k - 1] > values[k] {
                values.swap(k - 1, k);
            }
        }
    }
    frame(
        html! { @for (row, values) in rows.iter().enumerate() { @for (k, value) in values.iter().enumerate() {
            @let height = 1.0 + *value as f64 * 0.26;
            (rect("d1", 4.0 + 4.9 * k as f64, 19.0 * row as f64 + 19.0 - height, 4.0, height))
        } } },
    )
}

fn sort() -> Markup {
    let keys: Vec<u64> = (0..64).map(|i| at(seed(18, 0), i) % 64).collect();
    let row = |row: usize, part: usize| {
        let mut keys = keys.clone();
        keys.chunks_mut(part).for_each(<[u64]>::sort_unstable);
        html! { @for (k, key) in keys.iter().enumerate() {
            @let (height, gap) = (1.0 + *key as f64 * 0.5, if part > 1 { (k / part) as f64 * 3.0 } else { 0.0 });
            (rect("d1", 2.0 + 4.8 * k as f64 + gap, 39.0 * row as f64 + 38.0 - height, 3.9, height))
        } }
    };
    frame(html! { (row(0, 1)) (row(1, 16)) (row(2, 32)) (row(3, 64)) })
}

fn montecarlo() -> Markup {
    let draw = |i: u64| (at(seed(7, 0), i) >> 33) as f64 / (1u64 << 31) as f64;
    frame(html! {
        path class="outline" d="M80 5 A150 150 0 0 1 230 155" {}
        @for i in 0..600 {
            @let (x, y) = (draw(2 * i), draw(2 * i + 1));
            circle class=(if x * x + y * y < 1.0 { "d1" } else { "d2" }) cx=(format!("{:.1}", 80.0 + 150.0 * x)) cy=(format!("{:.1}", 155.0 - 150.0 * y)) r="1.8" {}
        }
    })
}

fn taskgraph() -> Markup {
    let work = TaskGraph::make(Params::of(Size::Tiny));
    let place = |row: usize, column: usize| (24.0 + 39.0 * column as f64, 16.0 + 32.0 * row as f64);
    let (wide, deep) = (work.width().min(8), work.depth().min(5));
    frame(html! {
        @for row in 1..deep { @for column in 0..wide { @for need in work.needs(row, column).filter(|need| *need < wide) {
            (line("edge", place(row - 1, need), place(row, column)))
        } } }
        @for row in 0..deep { @for column in 0..wide { @let (x, y) = place(row, column); circle.d1 cx=(x) cy=(y) r="6" {} } }
    })
}

fn treesearch() -> Markup {
    let work = TreeSearch::make(Params::of(Size::Tiny));
    let (mut parents, mut census) = (Vec::new(), work.empty());
    for root in work.roots() {
        work.visit(root, &mut census, |child| parents.push(child));
    }
    let childless = (census.leaves as usize).saturating_sub(parents.len());
    let mut sizes = vec![1.0; childless];
    sizes.extend(parents.into_iter().map(|child| below(&work, child)));
    sizes.sort_by(f64::total_cmp);
    let most = sizes.last().copied().unwrap_or(1.0);
    let each = 312.0 / sizes.len().max(1) as f64;
    frame(html! { @for (k, size) in sizes.iter().enumerate() {
        @let height = (150.0 * size / most).max(1.5);
        (rect("d1", 4.0 + each * k as f64, 156.0 - height, each * 0.8, height))
    } })
}

/// The number of nodes below a parent, including itself.
fn below(work: &TreeSearch, from: <TreeSearch as Search>::Node) -> f64 {
    let (mut open, mut census) = (vec![from], work.empty());
    while let Some(node) = open.pop() {
        work.visit(node, &mut census, |child| open.push(child));
    }
    census.nodes as f64 + 1.0
}

fn memo() -> Markup {
    let draw = |i: u64| {
        let b = at(seed(11, 0), 2 * i) % 8;
        (1u64 << b) + (at(seed(11, 0), 2 * i + 1) & ((1 << b) - 1))
    };
    let key = |i: u64| if i < 500 { draw(i) } else { 256 + (i - 500) * 4 };
    let mut seen = std::collections::HashSet::new();
    frame(html! { @for i in 0..600 {
        @let height = (key(i) as f64).log2() / 9.5 * 148.0;
        circle class=(if seen.insert(key(i)) { "d2" } else { "d1" }) cx=(format!("{:.1}", 6.0 + 0.515 * i as f64)) cy=(format!("{:.1}", 156.0 - height)) r="1.7" {}
    } })
}

fn histogram() -> Markup {
    let mut bins = [0.0f64; 256];
    for i in 0..100_000 {
        let r = at(seed(12, 0), i);
        let e = (r >> 48) % 8;
        bins[((1 << e) + (r & ((1 << e) - 1))) as usize] += 1.0;
    }
    let most = bins.iter().copied().fold(0.0, f64::max);
    frame(html! { @for (k, hits) in bins.iter().enumerate() {
        @let height = 150.0 * hits / most;
        (rect("d1", 4.0 + 1.22 * k as f64, 156.0 - height, 1.1, height))
    } })
}

fn mailbox() -> Markup {
    frame(html! {
        @for k in 0..2 { @let y = 42.0 + 60.0 * f64::from(k); (rect("d1", 12.0, y, 56.0, 30.0)) (line("arrow", (70.0, y + 15.0), (104.0, 86.0))) }
        @for k in 0..7 { (rect(if k < 4 { "d2" } else { "d3" }, 108.0 + 15.0 * f64::from(k), 76.0, 13.0, 22.0)) }
        @for k in 0..2 { @let y = 42.0 + 60.0 * f64::from(k); (line("arrow", (214.0, 86.0), (248.0, y + 15.0))) (rect("d1", 252.0, y, 56.0, 30.0)) }
        (word(40.0, 30.0, "producers")) (word(160.0, 66.0, "queue")) (word(280.0, 30.0, "consumers"))
    })
}

fn fanout() -> Markup {
    let mut lanes = [0.0f64; 4];
    let mut bars = Vec::new();
    for i in 0..8 {
        let lane = (0..4).min_by(|a, b| lanes[*a].total_cmp(&lanes[*b])).unwrap_or(0);
        let wait = f64::from(1 + i % 5);
        bars.push((lane, lanes[lane], wait));
        lanes[lane] += wait + 0.5;
    }
    frame(html! { @for (lane, from, wait) in bars {
        @let y = 14.0 + 34.0 * lane as f64;
        (rect("d3", 10.0 + 34.0 * from, y, 34.0 * wait, 24.0)) (rect("d1", 10.0 + 34.0 * (from + wait), y, 15.0, 24.0))
    } })
}

fn serve() -> Markup {
    frame(html! {
        @for k in 0..3 { (rect("d2", 10.0, 20.0 + 46.0 * f64::from(k), 60.0, 28.0)) (line("arrow", (72.0, 34.0 + 46.0 * f64::from(k)), (128.0, 80.0))) }
        @for k in 0..5 { (rect("d3", 132.0 + 12.0 * f64::from(k), 70.0, 10.0, 20.0)) }
        (line("arrow", (196.0, 80.0), (222.0, 80.0))) (rect("d1", 226.0, 54.0, 80.0, 52.0))
        (word(40.0, 14.0, "clients")) (word(160.0, 60.0, "waiting")) (word(266.0, 48.0, "server"))
    })
}

fn gridsearch() -> Markup {
    frame(html! { @for i in 0..12 { @for j in 0..5 {
        (rect(if (3..6).contains(&i) { "d1" } else { "d3" }, 10.0 + 25.0 * f64::from(i), 12.0 + 28.0 * f64::from(j), 22.0, 24.0))
    } } })
}

fn lookup() -> Markup {
    let work = Lookup::make(Params { case: 2, ..Params::of(Size::Tiny) });
    frame(html! { @for i in 0..600 {
        @let (class, entry, size) = match work.access(i) {
            Access::Read(entry) => ("d3", entry, 1.7),
            Access::Change(entry) => ("d1", entry, 4.0),
        };
        circle class=(class) cx=(format!("{:.1}", 6.0 + 0.515 * i as f64)) cy=(format!("{:.1}", 6.0 + 148.0 * entry as f64 / 63.0)) r=(size) {}
    } })
}

fn wordcount() -> Markup {
    let work = Wordcount::<RandomState>::make(Params::of(Size::Tiny));
    let mut counts = HashMap::<&[u8], f64>::new();
    work.words(0..work.text().len()).for_each(|word| *counts.entry(word).or_default() += 1.0);
    let mut counts: Vec<f64> = counts.into_values().collect();
    counts.sort_by(|a, b| b.total_cmp(a));
    let most = counts[0];
    frame(html! { @for (k, count) in counts.into_iter().enumerate() {
        @let height = 150.0 * count / most;
        (rect("d1", 4.0 + 1.22 * k as f64, 156.0 - height, 1.1, height))
    } })
}

#[cfg(test)]
mod tests {
    use parallax_suite::catalogue;

    #[test]
    fn every_workload_of_the_catalogue_has_a_picture() {
        for entry in catalogue::all() {
            let picture = super::super::of("", entry.name).into_string();
            assert!(picture.contains("<figcaption>"), "{} has none", entry.name);
        }
    }
}
