//! A function that calls the cache that is computing it gets an answer or an error, and never waits for itself.

use parallax_caching::{
    Cached, CachedLru, CachedTtl, Disk, Lru, Moka, Papaya, QuickCache, Sharded, ThreadLocal, Unbounded,
};
use parallax_conform::{Asked, answers_requests};
use parallax_pattern::{No, Policy, Recall, Remember, Technique};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct Nested {
    again: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Recall for Nested {
    fn len(&self) -> usize {
        40
    }
    fn key(&self, i: usize) -> u64 {
        i as u64 % 10
    }
    fn compute(&self, key: u64) -> u64 {
        self.again.iter().for_each(|again| again());
        key + 1
    }
    fn capacity(&self) -> usize {
        20
    }
}

/// Makes a cache call itself: it must end, with the right answer or with an error.
fn asks_itself<T: Remember<Nested> + Remember<Asked> + Sync>(workers: usize) -> &'static str {
    let technique = Arc::new(T::start(workers).unwrap());
    let (inner, (tell, told)) = (technique.clone(), channel());
    let again = move || {
        let said = match inner.recall(&Arc::<Nested>::default()) {
            Ok(recalled) => {
                assert_eq!(recalled.sum, 4 * 55);
                "answered"
            }
            Err(No::Failed(why)) => {
                assert!(why.to_string().contains("compute"), "{why}");
                "refused"
            }
            Err(no) => panic!("{no}"),
        };
        tell.send(said).unwrap();
    };
    let (end, ended) = channel();
    thread::spawn(move || {
        let recalled = technique.recall(&Arc::new(Nested { again: Some(Box::new(again)) })).unwrap();
        assert_eq!(recalled.sum, 4 * 55);
        if recalled.policy == Policy::Lru {
            assert_eq!(recalled.hits, 30, "the inner requests take the outer ones' place");
        }
        answers_requests(&*technique, vec![1, 2, 1, 3], 4); // as before
        end.send(())
    });
    let outcome = ended.recv_timeout(Duration::from_secs(60));
    outcome.unwrap_or_else(|why| panic!("{} with {workers} workers: {why}", T::CARD.name));
    told.recv().unwrap()
}

macro_rules! each {
    ($($test:ident: $technique:ty, $said:literal;)*) => {$(
        #[test]
        fn $test() {
            for workers in [1, 3] {
                assert_eq!(asks_itself::<$technique>(workers), $said);
            }
        }
    )*};
}

each! {
    cached: Cached, "refused";
    cached_lru: CachedLru, "refused";
    cached_ttl: CachedTtl, "refused";
    disk: Disk, "answered";
    lru: Lru, "answered";
    moka: Moka, "answered";
    papaya: Papaya, "answered";
    quick_cache: QuickCache, "answered";
    sharded: Sharded, "answered";
    thread_local: ThreadLocal, "answered";
    unbounded: Unbounded, "answered";
}

/// Through a second cache that calls the first one again, on threads of the second.
#[test]
fn around_another_cache() {
    let (end, ended) = channel();
    thread::spawn(move || {
        let cached = Arc::new(start::<Cached>());
        let (middle, inner) = (start::<Sharded>(), cached.clone());
        let back = Arc::new(Nested {
            again: Some(Box::new(move || assert!(inner.recall(&Arc::<Nested>::default()).is_err()))),
        });
        let again = move || assert_eq!(middle.recall(&back).unwrap().sum, 4 * 55);
        let recalled = cached.recall(&Arc::new(Nested { again: Some(Box::new(again)) })).unwrap();
        end.send(recalled.sum)
    });
    assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(4 * 55));
}

fn start<T: Technique>() -> T {
    T::start(3).unwrap()
}
