//! A team of workers that start together: a sample lasts from the first start to the last end.
//!
//! Not the longest of the workers' own times: on a core that they have to share, workers that run one
//! after the other would each seem fast.

use crate::caches::working_set;
use crate::clock::now_ns;
use crate::interval::{FEWEST, interval};
use crate::{Error, Limit, Need, WorkingSet};
use parallax_suite::Rate;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// How long a sample lasts, about.
const SAMPLE_NS: u64 = 2_000_000;

/// A span long enough to derive the number of passes from.
const TELLING_NS: u64 = 1_000_000;

/// How many workers, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Team<'a> {
    pub(crate) workers: usize,
    pub(crate) samples: usize,
    /// What to measure only, if not everything.
    pub(crate) needs: Option<&'a [Need]>,
}

/// A kernel on a worker's data `S`: what it measures, how to repeat it, and how to check that it ran.
pub(crate) struct Task<S> {
    pub(crate) rate: Rate,
    pub(crate) way: &'static str,
    pub(crate) isa: String,
    pub(crate) set: Option<WorkingSet>,
    /// How much one pass of one worker does.
    pub(crate) amount: fn(&S) -> f64,
    /// Resets the data.
    pub(crate) reset: fn(&mut S),
    /// Does this many passes.
    pub(crate) run: fn(&mut S, u64),
    /// Whether the data show that this many passes were done since the reset.
    pub(crate) check: fn(&S, u64) -> Result<(), String>,
}

impl Team<'_> {
    /// Measures tasks one after the other on the same data, which each worker makes and touches itself.
    pub(crate) fn measure<S>(
        &self,
        make: impl Fn(usize) -> S + Sync,
        tasks: &[Task<S>],
        limits: &mut Vec<Limit>,
    ) -> Result<(), Error> {
        let tasks: Vec<&Task<S>> = tasks.iter().filter(|task| self.wants(task)).collect();
        if tasks.is_empty() {
            return Ok(());
        }
        let shared = Shared::new(self.workers);
        let work = |worker: usize| {
            let mut state = make(worker);
            tasks.iter().map(|task| self.sample(&shared, worker, &mut state, task)).collect::<Vec<_>>()
        };
        let by_worker: Vec<Vec<Sampled>> = thread::scope(|scope| {
            let others: Vec<_> = (1..self.workers).map(|worker| scope.spawn(move || work(worker))).collect();
            let own = work(0);
            let joined = others
                .into_iter()
                .map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            std::iter::once(own).chain(joined).collect()
        });
        for (index, task) in tasks.iter().enumerate() {
            limits.push(self.limit(task, by_worker.iter().map(|worker| &worker[index]))?);
        }
        Ok(())
    }

    /// Determines how many passes make a sample, takes the samples, and checks the result.
    fn sample<S>(&self, shared: &Shared, worker: usize, state: &mut S, task: &Task<S>) -> Sampled {
        (task.reset)(state);
        let (mut passes, mut done) = (1, 0);
        loop {
            // The shorter of two: a disturbed span would lead to too few passes.
            let spans_ns = [(); 2].map(|()| shared.round(worker, || (task.run)(state, passes)));
            let span_ns = spans_ns[0].min(spans_ns[1]);
            done += 2 * passes;
            // All workers see the same span, so all go on with the same number.
            if span_ns >= TELLING_NS {
                passes = (passes * SAMPLE_NS).div_ceil(span_ns);
                break;
            }
            passes *= 4;
        }
        let spans_ns: Vec<u64> =
            (0..self.samples).map(|_| shared.round(worker, || (task.run)(state, passes))).collect();
        done += passes * self.samples as u64;
        let amount = (task.amount)(state) * passes as f64;
        Sampled { spans_ns, amount, checked: (task.check)(state, done) }
    }

    /// Whether the task measures the rate of a need, in the working set that data of its size are compared with.
    fn wants<S>(&self, task: &Task<S>) -> bool {
        let Some(needs) = self.needs else { return true };
        needs
            .iter()
            .filter(|need| need.rate == task.rate)
            .any(|need| task.set.as_ref().is_none_or(|set| *set == working_set(self.workers, need.bytes)))
    }

    fn limit<'a, S>(
        &self,
        task: &Task<S>,
        sampled: impl Iterator<Item = &'a Sampled> + Clone,
    ) -> Result<Limit, Error> {
        let wrong = |why: String| Error::Wrong { rate: task.rate, why };
        let mut amount = 0.0;
        for worker in sampled.clone() {
            worker.checked.clone().map_err(wrong)?;
            amount += worker.amount;
        }
        let spans = sampled.map(|worker| worker.spans_ns.as_slice()).next().unwrap_or_default();
        let rates: Vec<f64> = spans.iter().map(|&ns| amount * 1e9 / ns.max(1) as f64).collect();
        let (per_second, low, high) =
            interval(&rates).ok_or_else(|| wrong(format!("a quartile needs {FEWEST} samples")))?;
        Ok(Limit {
            rate: task.rate,
            way: task.way.into(),
            isa: task.isa.clone(),
            workers: self.workers,
            set: task.set.clone(),
            per_second,
            low,
            high,
            samples: rates.len(),
            at_s: Vec::new(),
            rates,
        })
    }
}

/// The samples of one worker for one task.
struct Sampled {
    /// The same for all workers.
    spans_ns: Vec<u64>,
    /// How much work this worker did in a sample.
    amount: f64,
    checked: Result<(), String>,
}

/// The barrier of the workers, and the times at which each began and ended.
struct Shared {
    workers: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    times: Vec<[AtomicU64; 2]>,
}

impl Shared {
    fn new(workers: usize) -> Self {
        let times = (0..workers).map(|_| Default::default()).collect();
        Shared { workers, arrived: AtomicUsize::new(0), round: AtomicUsize::new(0), times }
    }

    /// Runs `work` in all workers at the same time; returns the nanoseconds from the first start to the last end.
    fn round(&self, worker: usize, work: impl FnOnce()) -> u64 {
        self.meet();
        let began = now_ns();
        work();
        let ended = now_ns();
        // Relaxed: `meet` orders these stores before the others' loads.
        self.times[worker][0].store(began, Ordering::Relaxed);
        self.times[worker][1].store(ended, Ordering::Relaxed);
        self.meet();
        let of = |end: usize| self.times.iter().map(move |times| times[end].load(Ordering::Relaxed));
        let span = of(1).max().unwrap_or(0).saturating_sub(of(0).min().unwrap_or(0));
        self.meet(); // no worker writes its next times before all have read these
        span
    }

    /// Waits for all workers without sleeping: a thread that has to be woken starts late.
    fn meet(&self) {
        let round = self.round.load(Ordering::Acquire); // pairs with the Release below
        // AcqRel: the last to arrive sees what all did before they arrived.
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.workers {
            self.arrived.store(0, Ordering::Relaxed); // published by the next line
            self.round.store(round + 1, Ordering::Release); // pairs with the Acquire of the waiting workers
            return;
        }
        let mut looks = 0u32;
        while self.round.load(Ordering::Acquire) == round {
            looks = looks.wrapping_add(1);
            // On a machine with fewer free cores than workers, the last worker may need this core.
            if looks.is_multiple_of(1024) { thread::yield_now() } else { spin_loop() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(check: fn(&u64, u64) -> Result<(), String>) -> Task<u64> {
        Task {
            rate: Rate::Spin,
            way: "",
            isa: String::new(),
            set: None,
            amount: |_| 3.0,
            reset: |count| *count = 0,
            run: |count, passes| {
                for _ in 0..passes {
                    *count = std::hint::black_box(*count) + 1;
                }
            },
            check,
        }
    }

    #[test]
    fn every_pass_is_counted_by_every_worker() {
        for workers in [1, 2, 3] {
            let mut limits = Vec::new();
            let task = counting(|count, done| if *count == done { Ok(()) } else { Err("lost".into()) });
            Team { workers, samples: FEWEST, needs: None }.measure(|_| 7, &[task], &mut limits).unwrap();
            assert_eq!((limits.len(), limits[0].workers, limits[0].samples), (1, workers, FEWEST));
            assert!(limits[0].per_second > 0.0 && limits[0].low <= limits[0].high);
        }
    }

    #[test]
    fn workers_work_side_by_side() {
        static ENTERED: AtomicUsize = AtomicUsize::new(0);
        // Each pass waits until the other worker is in its own, which never happens if they run one after the other.
        let meets = |met: &mut u64, passes: u64| {
            for _ in 0..passes {
                let both = (ENTERED.fetch_add(1, Ordering::AcqRel) / 2 + 1) * 2;
                let arrived = || ENTERED.load(Ordering::Acquire) >= both;
                *met += u64::from((0..1 << 20).any(|_| {
                    arrived() || {
                        thread::yield_now();
                        false
                    }
                }));
            }
        };
        let alone = |met: &u64, done| if *met == done { Ok(()) } else { Err(format!("{met} of {done} met")) };
        let task = Task { run: meets, ..counting(alone) };
        let mut limits = Vec::new();
        Team { workers: 2, samples: FEWEST, needs: None }.measure(|_| 0, &[task], &mut limits).unwrap();
        assert_eq!(limits[0].workers, 2);
    }

    #[test]
    fn a_wrong_result_has_no_rate() {
        let mut limits = Vec::new();
        let task = counting(|_, _| Err("nothing was done".into()));
        let why = Team { workers: 2, samples: FEWEST, needs: None }
            .measure(|_| 0, &[task], &mut limits)
            .unwrap_err();
        assert!(limits.is_empty() && why.to_string().contains("nothing was done"), "{why}");
    }

    #[test]
    fn only_what_is_needed_is_measured() {
        let set = |place: usize| crate::caches::working_sets(1).get(place).cloned();
        let of_set = |place: usize| Task { set: set(place), ..counting(|_, _| Ok(())) };
        let tasks = [of_set(0), of_set(1), counting(|_, _| Ok(()))];
        let measured = |needs: Option<&[Need]>| {
            let mut limits = Vec::new();
            Team { workers: 1, samples: FEWEST, needs }.measure(|_| 7, &tasks, &mut limits).unwrap();
            limits.into_iter().map(|limit: Limit| limit.set).collect::<Vec<_>>()
        };
        let need = |rate, bytes| Need { rate, bytes };
        assert_eq!(measured(None), [set(0), set(1), None]);
        assert_eq!(
            measured(Some(&[need(Rate::Spin, 1)])),
            [set(0), None],
            "data of a byte are in the first cache"
        );
        assert_eq!(measured(Some(&[need(Rate::Fma, 1)])), []);
        assert_eq!(measured(Some(&[])), []);
    }
}
