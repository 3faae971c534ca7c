//! Techniques in an existing pool: its threads do the work, and no others are started.

use parallax_conform::{Crew, Shaped, agrees_on_graphs, agrees_with_sequential, moves_owned_items};
use parallax_pattern::{Execute, Map};
use parallax_threading::{Chili, Rayon};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::thread;

/// Records the names of the threads that call it.
#[derive(Default)]
struct Names(Mutex<HashSet<String>>);

impl Map for Names {
    type Item = u8;
    fn len(&self) -> usize {
        1000
    }
    fn fill(&self, _: usize, out: &mut [u8]) {
        out.fill(1);
        self.0.lock().unwrap().insert(thread::current().name().unwrap_or("?").to_owned());
    }
}

/// The names of the threads that do a map of this technique.
fn names<T: Execute>(technique: &T) -> HashSet<String> {
    let (work, mut out) = (Arc::new(Names::default()), [0; 1000]);
    technique.map(&work, &mut out).unwrap();
    assert_eq!(out, [1; 1000]);
    work.0.lock().unwrap().clone()
}

fn pool(name: &'static str) -> Arc<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).thread_name(move |_| name.to_owned());
    Arc::new(pool.build().unwrap())
}

/// Checks all patterns, including those that need the number of threads.
fn keeps_the_laws<T: Execute>(technique: &T) {
    assert_eq!(agrees_with_sequential::<Crew, T>(technique, 100, 7, 3).len(), 6);
    assert_eq!(agrees_on_graphs(technique, 10, 5, 1, 20_000).len(), 2);
    assert_eq!(moves_owned_items(technique).len(), 9);
}

#[test]
fn rayon_works_in_the_pool_that_it_is_given() {
    let rayon = Rayon::in_pool(pool("given"));
    assert_eq!(names(&rayon), HashSet::from(["given".to_owned()]));
    keeps_the_laws(&rayon);
}

#[test]
fn rayon_works_in_the_pool_that_a_call_comes_from() {
    let rayon = pool("outer").install(|| Rayon::in_current_pool().unwrap());
    for name in ["first", "second"] {
        pool(name).install(|| {
            assert_eq!(names(&rayon), HashSet::from([name.to_owned()]));
            keeps_the_laws(&rayon);
        });
    }
    let outside = names(&rayon);
    assert!(!outside.contains("first") && !outside.contains("second"), "{outside:?}");
    keeps_the_laws(&rayon);
}

#[test]
fn outside_of_all_pools_the_global_one_works_and_has_all_its_threads() {
    let rayon = Rayon::in_current_pool().unwrap();
    let workers = rayon::current_num_threads();
    let crew = Arc::new(Shaped { len: 8 * workers, grain: 1, steps: 1, watch: Crew::at_once(workers) });
    rayon.map(&crew, &mut vec![0; 8 * workers]).unwrap(); // or the crew reports that some are missing
    assert_eq!(crew.watch.threads(), workers);
    assert!(Rayon::in_current_pool().is_ok(), "it exists already");
    keeps_the_laws(&rayon);
}

#[test]
fn chili_works_in_the_pool_that_it_is_given() {
    let pool = Arc::new(chili::ThreadPool::new());
    let chilis = [2, 0].map(|workers| Chili::in_pool(pool.clone(), workers));
    chilis.iter().for_each(keeps_the_laws);
}
