//! What workers hand to each other: counts, messages, waits and remembered keys.

use super::*;

pub(crate) fn counts_add_up() {
    let technique = SharedCounters::start(3).unwrap();
    for (len, words) in [(0, 1), (1, 1), (1000, 1), (1000, 13), (1000, 13), (5, 1000)] {
        parallax_conform::counts_every_hit(&technique, len, words);
    }
}

pub(crate) fn messages_are_handed_over_in_order() {
    for workers in [1, 2] {
        parallax_conform::hands_over_in_order(&MessagePipes::start(workers).unwrap());
        parallax_conform::hands_over_in_order(&MessageRings::start(workers).unwrap());
    }
}

/// Numbers from three producers to two consumers; one of the number 500 may be the last.
#[derive(Serialize, Deserialize)]
struct Deadly {
    producing: bool,
    consuming: bool,
}

impl Channel for Deadly {
    type Message = u64;
    type Tally = u64;
    fn shape(&self) -> Traffic {
        Traffic { producers: 3, consumers: 2, messages: 20_000, answered: false }
    }
    fn make(&self, producer: usize, number: usize) -> u64 {
        if self.producing && (producer, number) == (1, 500) {
            kill_myself();
        }
        number as u64
    }
    fn take(&self, message: u64, tally: &mut u64) {
        if self.consuming && message == 500 {
            kill_myself();
        }
        *tally += message;
    }
}

pub(crate) fn a_killed_producer_or_consumer_ends_the_run() {
    fn check<T: Exchange<Deadly>>() {
        let technique = T::start(2).unwrap();
        for (producing, consuming) in [(true, false), (false, true)] {
            let no = technique.channel(&Arc::new(Deadly { producing, consuming })).unwrap_err();
            assert!(no.to_string().contains("SIGKILL"), "{no}");
            let tallies =
                technique.channel(&Arc::new(Deadly { producing: false, consuming: false })).unwrap();
            assert_eq!(tallies.iter().sum::<u64>(), 3 * 199_990_000);
        }
    }
    check::<MessagePipes>();
    check::<MessageRings>();
}

/// Returns the process that waited.
#[derive(Serialize, Deserialize)]
struct Naps {
    waits: usize,
    limit: usize,
}

impl Wait for Naps {
    fn len(&self) -> usize {
        self.waits
    }
    fn limit(&self) -> usize {
        self.limit
    }
    fn begin(&self, i: usize) -> Duration {
        Duration::from_millis(2 * (i as u64 % 4))
    }
    fn end(&self, i: usize) -> u64 {
        (i as u64) << 32 | u64::from(process::id())
    }
}

/// A process that waits does nothing else, so never more waits are under way than there are processes.
pub(crate) fn waits_overlap_up_to_their_limit() {
    let technique = MessagePipes::start(2).unwrap();
    for (waits, limit) in [(0, 1), (1, 1), (5, 1), (3, 8), (20, 3)] {
        let mut out = vec![u64::MAX; waits];
        technique.wait(&Arc::new(Naps { waits, limit }), &mut out).unwrap();
        assert!(out.iter().map(|word| word >> 32).eq(0..waits as u64), "{out:x?}");
        let processes: BTreeSet<u32> = out.iter().map(|&word| word as u32).collect();
        assert!(processes.len() <= limit && !processes.contains(&process::id()), "{processes:?}");
        assert!(waits < 20 || processes.len() > 1, "nothing overlaps");
    }
}

/// Looks up keys, some of them again.
#[derive(Serialize, Deserialize)]
struct Asked {
    keys: Vec<u64>,
    capacity: usize,
}

impl Recall for Asked {
    fn len(&self) -> usize {
        self.keys.len()
    }
    fn key(&self, i: usize) -> u64 {
        self.keys[i]
    }
    fn compute(&self, key: u64) -> u64 {
        mix(key)
    }
    fn capacity(&self) -> usize {
        self.capacity
    }
}

pub(crate) fn divided_keys_are_remembered() {
    let keys: Vec<u64> = (0..3000).map(|i| at(9, i) % (1 + i % 97)).collect();
    for workers in [1, 2, 3] {
        let technique = PrivateCaches::start(workers).unwrap();
        for capacity in [1, 2, 40, 1000] {
            let recalled = technique.recall(&Arc::new(Asked { keys: keys.clone(), capacity })).unwrap();
            let hits = Hits::of(&keys, capacity);
            let sum = keys.iter().map(|&key| mix(key)).fold(0, u64::wrapping_add);
            assert_eq!((recalled.sum, recalled.policy), (sum, Policy::Bounded));
            assert!(recalled.hits <= hits.best, "{workers} workers remember more than there is room for");
            if workers == 1 || capacity == 1 {
                assert_eq!(recalled.hits, hits.lru, "one cache of capacity {capacity}");
            }
            if capacity == 1000 {
                assert_eq!(recalled.hits, hits.unbounded, "there is room for all");
            }
        }
        let nothing = technique.recall(&Arc::new(Asked { keys: Vec::new(), capacity: 3 })).unwrap();
        assert_eq!((nothing.sum, nothing.hits), (0, 0));
    }
}

pub(crate) fn room_without_end_is_no_memory_without_end() {
    let keys: Vec<u64> = (0..300).map(|i| at(9, i) % 50).collect();
    for workers in [1, 3] {
        let technique = PrivateCaches::start(workers).unwrap();
        for capacity in [1 << 40, usize::MAX] {
            let recalled = technique.recall(&Arc::new(Asked { keys: keys.clone(), capacity })).unwrap();
            assert_eq!(recalled.hits, Hits::of(&keys, keys.len()).unbounded);
        }
    }
}
