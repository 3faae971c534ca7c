//! Tests of the barrier between processes: no member passes early, and none waits for the dead.

use std::sync::atomic::AtomicUsize;
use std::thread;

use super::*;

#[test]
fn nobody_is_a_round_ahead() {
    let barrier = Barrier::new(3).unwrap();
    let steps: [AtomicUsize; 3] = Default::default();
    let led = AtomicUsize::new(0);
    thread::scope(|scope| {
        for me in 0..3 {
            let (barrier, steps, led) = (&barrier, &steps, &led);
            scope.spawn(move || {
                let mut member = barrier.join().unwrap();
                for round in 1..=500 {
                    steps[me].store(round, Relaxed);
                    led.fetch_add(usize::from(member.wait().unwrap()), Relaxed);
                    assert!(steps.iter().all(|step| step.load(Relaxed) >= round), "someone passed too early");
                    member.wait().unwrap();
                }
            });
        }
    });
    assert_eq!(led.into_inner(), 500);
}

#[test]
fn a_place_too_few_is_an_error() {
    let barrier = Barrier::new(1).unwrap();
    let member = barrier.join().unwrap();
    assert!(matches!(barrier.join(), Err(Error::TooManyMembers(1))));
    drop(member);
    barrier.join().unwrap().wait().unwrap();
    assert!(matches!(Barrier::new(0), Err(Error::Shape(_))));
}

#[test]
fn a_member_that_leaves_early_is_not_waited_for_and_the_next_set_starts_again() {
    let barrier = Barrier::new(2).unwrap();
    let meet = |rounds: [u32; 2]| {
        let members = rounds.map(|rounds| (barrier.join().unwrap(), rounds));
        thread::scope(|scope| {
            let run =
                |(mut member, rounds): (Member, u32)| (0..rounds).try_for_each(|_| member.wait().map(drop));
            members.map(|member| scope.spawn(move || run(member))).map(|thread| thread.join().unwrap())
        })
    };
    for _ in 0..5 {
        assert!(matches!(meet([3, 3]), [Ok(()), Ok(())]));
    }
    assert!(matches!(meet([3, 2]), [Err(Error::MemberLeft), Ok(())]));
}

#[test]
fn poison_a_panic_and_a_timeout_end_the_waiting_of_all() {
    for way in 0..3 {
        let barrier = Barrier::new(3).unwrap();
        thread::scope(|scope| {
            let waits = |timeout| {
                let mut member = barrier.join().unwrap();
                move || {
                    member.set_timeout(timeout);
                    member.wait()
                }
            };
            let first = scope.spawn(waits(None));
            match way {
                0 => barrier.poison(),
                1 => {
                    let member = barrier.join().unwrap();
                    let panics = scope.spawn(move || {
                        let _member = member;
                        std::panic::resume_unwind(Box::new(()));
                    });
                    assert!(panics.join().is_err());
                }
                _ => {
                    let late = scope.spawn(waits(Some(Duration::from_millis(1)))).join().unwrap();
                    assert!(matches!(late, Err(Error::PeerLate(_))));
                }
            }
            assert!(matches!(first.join().unwrap(), Err(Error::Poisoned)), "{way}");
        });
        assert!(barrier.is_poisoned());
        assert!(matches!(barrier.join().unwrap().wait(), Err(Error::Poisoned)));
    }
}
