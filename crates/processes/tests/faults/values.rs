//! Faults in the parent while a worker is leased: values that cannot be sent, and its own panics.

use super::*;

/// A value that serde accepts and postcard cannot write: a sequence without a known length.
#[derive(Debug, Deserialize)]
struct Unwritable(bool);

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 { to.serialize_seq(None)?.end() } else { to.serialize_bool(false) }
    }
}

/// A value whose bytes are written and cannot be read.
#[derive(Debug, Serialize)]
struct Unreadable(u8);

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u8::deserialize(from)? {
            0 => Err(serde::de::Error::custom("zero")),
            number => Ok(Self(number)),
        }
    }
}

pub(crate) fn what_cannot_be_serialised_is_an_error() {
    let pool = pool(1);
    let unwritable = [Unwritable(false), Unwritable(true), Unwritable(false)];
    let result = pool.map(|_: Unwritable| (), unwritable);
    assert!(matches!(result, Err(Error::Argument { task: 1, .. })), "{result:?}");
    let result = pool.map(Unwritable, [false, false, true]);
    assert!(matches!(result, Err(Error::Output { task: 2, .. })), "{result:?}");
    let result = pool.map(|Unreadable(number)| number, [Unreadable(1), Unreadable(0)]);
    assert!(matches!(result, Err(Error::Argument { task: 1, .. })), "{result:?}");
    let result = pool.map(Unreadable, [1, 0]);
    assert!(matches!(result, Err(Error::Output { task: 1, .. })), "{result:?}");
    let results: Vec<_> = pool.imap(Unwritable, [false, true, false]).unwrap().collect();
    assert!(matches!(results[..], [Ok(_), Err(Error::Output { task: 1, .. }), Ok(_)]), "{results:?}");
    assert_whole(&pool);
}

/// Panics in this process, while a worker is leased.
#[derive(Deserialize)]
struct Explosive;

impl Serialize for Explosive {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        std::panic::resume_unwind(Box::new("boom"))
    }
}

pub(crate) fn panics_in_the_parent_bring_workers_back() {
    let pool = pool(2);
    for _ in 0..4 {
        let map = || pool.map(|_: Explosive| (), [Explosive]);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(map)).is_err());
        let tasks = (0..4).inspect(|task| {
            if *task == 2 {
                std::panic::resume_unwind(Box::new("boom"))
            }
        });
        let ordered = || pool.imap(double, tasks.clone()).unwrap().count();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(ordered)).is_err());
        let unordered = || pool.map_unordered(double, tasks.clone()).unwrap().count();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(unordered)).is_err());
        let race = || pool.first_done(|_: Explosive| (), [Explosive, Explosive]);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(race)).is_err());
    }
    assert_eq!(pool.broadcast(double, |x| x as u32).unwrap(), [0, 2]);
    assert_whole(&pool);
}
