//! Traffic is counted: known bytes for known work, and none where none leave the process.

use super::shapes::hosts;
use parallax_distributed::Timely;
use parallax_pattern::{Distribute, Map, Sweep, Technique, Transport};
use parallax_processes::remote::Packed;
use parallax_suite::cell::TRANSPORT;
use parallax_suite::workload::{Params, Size};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const LEN: usize = 1000;

/// Items in two pieces, made from some numbers.
#[derive(Serialize, Deserialize)]
struct Halves {
    load: Vec<u64>,
}

impl Halves {
    fn new() -> Arc<Self> {
        Arc::new(Halves { load: (0..300).collect() })
    }
}

impl Map for Halves {
    type Item = u64;
    fn len(&self) -> usize {
        LEN
    }
    fn grain(&self) -> usize {
        LEN / 2
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        out.iter_mut().zip(start..).for_each(|(item, i)| *item = self.load[i % self.load.len()]);
    }
}

impl Sweep for Halves {
    type Item = u64;
    fn len(&self) -> usize {
        LEN
    }
    fn grain(&self) -> usize {
        LEN / 2
    }
    fn steps(&self) -> usize {
        2
    }
    fn step(&self, _: usize, items: &mut [u64]) {
        items.iter_mut().for_each(|item| *item += 1);
    }
}

fn written(value: &impl Serialize) -> u64 {
    postcard::to_stdvec(value).unwrap().len() as u64
}

/// A half, in the number of its bytes when sent.
fn half(of: &[u64]) -> u64 {
    written(&Packed(of[LEN / 2..].to_vec()))
}

fn since(before: &Transport, timely: &Timely) -> (u64, u64, Transport) {
    let now = timely.transport().unwrap();
    (now.shipped_bytes - before.shipped_bytes, now.gathered_bytes - before.gathered_bytes, now)
}

pub(crate) fn a_map_ships_its_work_once_and_gathers_what_others_made() {
    let (timely, work) = (Timely::start(2).unwrap(), Halves::new());
    let started = timely.transport().unwrap();
    assert!(started.start_ns > 0);
    assert_eq!(started, Transport { start_ns: started.start_ns, ..Transport::default() });
    let mut out = vec![0; LEN];
    timely.map(&work, &mut out).unwrap();
    let (shipped, gathered, first) = since(&started, &timely);
    assert_eq!((shipped, gathered), (written(&*work), half(&out)));
    assert!(first.ship_ns > 0 && first.gather_ns > 0, "{first:?}");
    timely.map(&work, &mut out).unwrap();
    let (shipped, gathered, second) = since(&first, &timely);
    assert_eq!((shipped, second.ship_ns), (0, first.ship_ns), "the work is there already");
    assert_eq!(gathered, half(&out));
    timely.map(&Halves::new(), &mut out).unwrap();
    assert_eq!(since(&second, &timely).0, written(&*work), "and another one is not");
}

pub(crate) fn a_sweep_ships_and_gathers_the_part_of_others() {
    let (timely, work) = (Timely::start(2).unwrap(), Halves::new());
    let mut state: Vec<u64> = (0..LEN as u64).collect();
    timely.sweep(&work, &mut state).unwrap();
    let first = timely.transport().unwrap();
    let sent = half(&state);
    timely.sweep(&work, &mut state).unwrap();
    let (shipped, gathered, second) = since(&first, &timely);
    assert_eq!((shipped, gathered), (sent, half(&state)));
    assert!(second.ship_ns > first.ship_ns);
}

pub(crate) fn who_has_no_other_process_ships_nothing() {
    let (alone, work, mut out) = (Timely::start(1).unwrap(), Halves::new(), vec![0; LEN]);
    alone.map(&work, &mut out).unwrap();
    alone.sweep(&work, &mut out).unwrap();
    let sums = alone.transport().unwrap();
    assert_eq!(sums, Transport { start_ns: sums.start_ns, ..Transport::default() });
    // the threads of a process share the workload that it received
    let two = Timely::on(&hosts([2, 2])).unwrap();
    two.map(&work, &mut out).unwrap();
    assert_eq!(two.transport().unwrap().shipped_bytes, written(&*work));
}

pub(crate) fn a_row_says_what_its_runs_shipped() {
    let of = |workload, workers| -> BTreeMap<&str, f64> {
        let cells = parallax_distributed::cells();
        let cell = cells.iter().find(|cell| cell.workload == workload).unwrap();
        let mut run = cell.start(workers).unwrap().load(Params::of(Size::Small)).unwrap();
        for _ in 0..3 {
            run.spoil();
            run.run(1).unwrap();
            run.check().unwrap();
        }
        run.metrics().unwrap().into_iter().filter(|(name, _)| TRANSPORT.contains(name)).collect()
    };
    let julia = of("julia", 2);
    assert_eq!(julia.len(), TRANSPORT.len(), "{julia:?}");
    assert!(julia["processes_start_ms"] > 0.0 && julia["first_ship_bytes"] > 0.0, "{julia:?}");
    assert_eq!((julia["ship_bytes"], julia["ship_ms"]), (0.0, 0.0), "only the first run ships: {julia:?}");
    assert!(julia["gather_bytes"] > 0.0, "{julia:?}");
    let stream = of("stream", 2);
    assert!(stream["ship_bytes"] > 1000.0 && stream["ship_ms"] > 0.0, "each run ships: {stream:?}");
    assert!(stream["first_ship_bytes"] > stream["ship_bytes"], "{stream:?}");
    let alone = of("stream", 1);
    assert!(TRANSPORT[1..].iter().all(|name| alone[name] == 0.0), "{alone:?}");
}
