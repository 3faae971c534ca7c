//! A barrier across processes waits only for the living.

use super::*;

fn wait_or_die((barrier, dies): (Barrier, bool)) -> String {
    let mut member = barrier.join().unwrap();
    member.wait().unwrap();
    if dies {
        kill_myself()
    }
    member.wait().unwrap_err().to_string()
}

pub(crate) fn a_barrier_does_not_wait_for_the_dead() {
    let pool = pool(3);
    let barrier = Barrier::new(3).unwrap();
    let tasks: Vec<_> =
        (0..3).map(|me| pool.apply_async(wait_or_die, (barrier.clone(), me == 1)).unwrap()).collect();
    let results: Vec<_> = tasks.into_iter().map(|task| task.join()).collect();
    let Err(Error::Lost { pid, .. }) = results[1] else { panic!("{results:?}") };
    let told: Vec<_> = results.into_iter().flatten().collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().any(|error| error.contains(&format!("process {pid} died"))), "{told:?}");
    assert!(barrier.is_poisoned());
}

pub(crate) fn a_barrier_does_not_wait_for_those_who_never_came() {
    let pool = pool(2);
    let barrier = Barrier::new(2).unwrap();
    let task = |(barrier, dies): (Barrier, bool)| {
        if dies { kill_myself() } else { barrier.join().unwrap().wait().is_ok() }
    };
    assert!(matches!(
        pool.broadcast(task, |me| (barrier.clone(), me == 0)),
        Err(Error::Lost { task: 0, .. })
    ));
    // The member that waited was ended, too. It had arrived, so one round may pass without it, but not a second.
    let mut member = barrier.join().unwrap();
    member.set_timeout(Some(Duration::from_millis(20)));
    assert!(member.wait().and_then(|_| member.wait()).is_err());
}
