//! Pairs change as one, whichever process changes them, and a dead writer blocks no one.

use super::*;
use parallax_processes::shared::Pairs;

const CHANGES: u64 = 20_000;

/// Raises both words by one, again and again, and counts the reads that saw words of two changes.
fn raise((pairs, other): (Pairs, usize)) -> usize {
    let torn = |_: &u64| {
        pairs[0].change(|[a, b]| [a + 1, b + 1]).unwrap();
        let [a, b] = pairs[0].read().unwrap();
        a != b
    };
    pairs[other].change(|_| [7, other as u64]).unwrap();
    (0..CHANGES).filter(torn).count()
}

pub(crate) fn pairs_change_as_one_across_processes() {
    let pairs = Pairs::zeroed(3).unwrap();
    let torn = pool(2).broadcast(raise, |me| (pairs.clone(), me + 1)).unwrap();
    assert_eq!(torn, [0, 0]);
    let words: Vec<_> = pairs.iter().map(|pair| pair.read().unwrap()).collect();
    assert_eq!(words, [[2 * CHANGES; 2], [7, 1], [7, 2]]);
}

fn die_holding(pairs: Pairs) {
    pairs[0].change(|_| kill_myself()).unwrap();
}

fn change(pairs: Pairs) -> Result<(), String> {
    pairs[0].change(|[a, b]| [a + 1, b]).map_err(|error| error.to_string())
}

pub(crate) fn a_writer_that_was_killed_is_not_waited_for() {
    let pool = pool(1);
    let pairs = Pairs::zeroed(2).unwrap();
    let dead = pool.worker_ids()[0];
    assert!(matches!(pool.apply(die_holding, pairs.clone()), Err(Error::Lost { .. })));
    let refused = pool.apply(change, pairs.clone()).unwrap().unwrap_err();
    assert!(refused.contains(&format!("process {dead} died")), "{refused}");
    assert_eq!(pairs[0].read().unwrap(), [0, 0], "it had not begun to write");
    pairs[1].change(|_| [1, 2]).unwrap();
}
