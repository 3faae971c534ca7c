//! Measures the cost of a hit in each cache, and from which cost of the function on caching pays.
//!
//! `cargo run --release -p parallax-caching --example lookup [clients]`. The break-even cost is the time of
//! one call of the function at which `memo` at its small size is as fast with the cache as without: the extra
//! time per request with the cache when the function is free, divided by the share of requests that hit.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]
#![expect(clippy::disallowed_methods, reason = "a program that reads the clock")]

use parallax_caching::{
    Cached, CachedLru, CachedTtl, Disk, Lru, Moka, Papaya, QuickCache, Sharded, ThreadLocal, Unbounded,
};
use parallax_pattern::random::{at, mix};
use parallax_pattern::{Recall, Recalled, Remember, Sequential, Technique};
use parallax_suite::workload::{Memo, Workload};
use parallax_suite::{Params, Size};
use std::sync::Arc;
use std::time::Instant;

const ROUNDS: usize = 5;

/// Requests for so few keys that nearly all of them hit, and a function that costs almost nothing.
struct Hot {
    requests: usize,
}

impl Recall for Hot {
    fn len(&self) -> usize {
        self.requests
    }
    fn key(&self, i: usize) -> u64 {
        at(1, i as u64) % 1000
    }
    fn compute(&self, key: u64) -> u64 {
        mix(key)
    }
    fn capacity(&self) -> usize {
        8192
    }
}

fn main() {
    let clients = std::env::args().nth(1).map_or(1, |clients| clients.parse().expect("a number of clients"));
    println!("{clients} client(s) where a cache takes more than one; least of {ROUNDS}\n");
    println!("cache         ns per hit  hit ratio  ns per request  break-even ns of the function");
    figures::<Sequential>(clients, 1 << 20);
    figures::<Cached>(clients, 1 << 20);
    figures::<CachedLru>(clients, 1 << 20);
    figures::<CachedTtl>(clients, 1 << 20);
    figures::<Disk>(clients, 1 << 17);
    figures::<Lru>(clients, 1 << 20);
    figures::<Moka>(clients, 1 << 20);
    figures::<Papaya>(clients, 1 << 20);
    figures::<QuickCache>(clients, 1 << 20);
    figures::<Sharded>(clients, 1 << 20);
    figures::<ThreadLocal>(clients, 1 << 20);
    figures::<Unbounded>(clients, 1 << 20);
}

fn figures<T: Remember<Hot> + Remember<Memo>>(clients: usize, requests: usize) {
    let technique = T::start(clients).expect("it starts");
    let (hit, _) = request(&technique, &Arc::new(Hot { requests }));
    let free = Arc::new(Memo::make(Params { turns: Some(0), ..Params::of(Size::Small) }));
    let (with, recalled) = request(&technique, &free);
    let ratio = recalled.hits as f64 / free.len() as f64;
    let (without, _) = request(&Sequential::start(1).expect("it starts"), &free);
    let name = T::CARD.name;
    match recalled.hits {
        0 => println!("{name:13} {hit:10.1}  {:>9}  {with:14.1}", "-"),
        _ => println!("{name:13} {hit:10.1}  {ratio:9.3}  {with:14.1}  {:.1}", (with - without) / ratio),
    }
}

/// Nanoseconds for a request, and the result of the last round.
fn request<R: Recall, T: Remember<R>>(technique: &T, work: &Arc<R>) -> (f64, Recalled) {
    let mut least = f64::INFINITY;
    let mut last = None;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        last = Some(technique.recall(work).expect("it answers"));
        least = least.min(began.elapsed().as_secs_f64());
    }
    (least * 1e9 / work.len() as f64, last.expect("there is a round"))
}
