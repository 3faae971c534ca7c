//! Messages between processes: all arrive, in order, of any kind, and no reader waits for a dead sender.

use super::*;

pub(crate) fn messages_are_handed_over_in_order() {
    for workers in [1, 2] {
        parallax_conform::hands_over_in_order(&Iceoryx2::start(workers).unwrap());
        parallax_conform::hands_over_in_order(&IpcMessages::start(workers).unwrap());
    }
}

/// Texts and slices of growing length, some of them empty, some larger than any buffer on the way.
#[derive(Serialize, Deserialize)]
struct Growing<M> {
    answered: bool,
    kind: std::marker::PhantomData<fn() -> M>,
}

trait Kind: Serialize + for<'de> Deserialize<'de> + Send + PartialEq + 'static {
    fn of_length(length: usize) -> Self;
}

impl Kind for Vec<u64> {
    fn of_length(length: usize) -> Self {
        (0..length as u64).collect()
    }
}

impl Kind for String {
    fn of_length(length: usize) -> Self {
        "ä".repeat(length)
    }
}

/// Empty, short, and up to a megabyte and a half.
const LENGTHS: [usize; 8] = [0, 1, 100, 1_000, 0, 30_000, 200_000, 3];

impl<M: Kind> Channel for Growing<M> {
    type Message = M;
    type Tally = Vec<bool>;
    fn shape(&self) -> Traffic {
        Traffic { producers: 1, consumers: 1, messages: LENGTHS.len(), answered: self.answered }
    }
    fn make(&self, _: usize, number: usize) -> M {
        M::of_length(LENGTHS[number])
    }
    fn take(&self, message: M, tally: &mut Vec<bool>) {
        let right = message == M::of_length(LENGTHS[tally.len()]);
        tally.push(right);
    }
}

pub(crate) fn messages_of_any_kind_and_length_arrive() {
    fn check<M: Kind, T: Exchange<Growing<M>>>() {
        let technique = T::start(2).unwrap();
        for answered in [false, true] {
            let work = Growing { answered, kind: std::marker::PhantomData };
            let tallies = technique.channel(&Arc::new(work)).unwrap();
            assert_eq!(tallies.concat(), [true; LENGTHS.len()], "answered: {answered}");
        }
    }
    in_time(check::<Vec<u64>, Iceoryx2>);
    in_time(check::<String, Iceoryx2>);
    in_time(check::<Vec<u64>, IpcMessages>);
    in_time(check::<String, IpcMessages>);
}

/// Numbers from three producers to two consumers; one of the number 500 may be the last.
#[derive(Serialize, Deserialize)]
pub(crate) struct Deadly {
    pub(crate) producing: bool,
    pub(crate) consuming: bool,
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
    in_time(check::<Iceoryx2>);
    in_time(check::<IpcMessages>);
}
