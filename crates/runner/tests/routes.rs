//! The baseline's server answers every route on a socket, byte for byte.

use parallax_pattern::Sequential;
use parallax_runner::serve;

#[test]
fn the_baseline_answers_every_route() {
    let cases = ["plaintext", "json", "echo", "cpu"].map(|case| format!("serve:{case}/sequential"));
    assert!(serve::<Sequential>().iter().all(|cell| cell.pattern == "reply"));
    assert_eq!(parallax_conform::cells(serve::<Sequential>()), cases);
}
