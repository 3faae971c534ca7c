//! The effect of links on packets: delays, cuts, losses and order.

use crate::eventually;
use crate::program::{END, Program};
use parallax_testnet::{Builder, Net};
use std::time::Duration;

const MILLISECOND: Duration = Duration::from_millis(1);

/// The shortest of some round trips.
fn shortest(talk: &mut Program) -> Duration {
    (0..20).map(|_| talk.round_trip()).min().unwrap()
}

pub(crate) fn a_round_trip_takes_the_delay_twice() {
    let Some(net) = Net::builder().delay(MILLISECOND).build_or_skip() else { return };
    let _echo = Program::ready(&net, 1, &["echo"]);
    let mut talk = Program::talk(&net, 0, 1);
    assert!(shortest(&mut talk) >= 2 * MILLISECOND);
    net.set_delay(10 * MILLISECOND);
    assert!(shortest(&mut talk) >= 20 * MILLISECOND);
    net.set_delay(Duration::ZERO);
    talk.round_trip();
}

pub(crate) fn a_slow_host_is_slow_for_all() {
    let Some(net) = Net::builder().hosts(3).delay(MILLISECOND).build_or_skip() else { return };
    let _echoes: Vec<Program> = (1..3).map(|host| Program::ready(&net, host, &["echo"])).collect();
    let mut talks: Vec<Program> = (1..3).map(|host| Program::talk(&net, 0, host)).collect();
    net.slow(2, 5 * MILLISECOND);
    assert!(shortest(&mut talks[0]) >= 2 * MILLISECOND);
    assert!(shortest(&mut talks[1]) >= 12 * MILLISECOND);
    net.slow(0, 5 * MILLISECOND);
    assert!(shortest(&mut talks[0]) >= 12 * MILLISECOND);
    assert!(shortest(&mut talks[1]) >= 22 * MILLISECOND);
}

pub(crate) fn a_cut_host_is_silent_until_mended() {
    let Some(net) = Net::builder().hosts(3).build_or_skip() else { return };
    let _echoes: Vec<Program> = (1..3).map(|host| Program::ready(&net, host, &["echo"])).collect();
    let mut cut = Program::talk(&net, 0, 1);
    let mut whole = Program::talk(&net, 0, 2);
    cut.round_trip();
    net.cut(1);
    let before = net.counts();
    cut.ask();
    eventually("that TCP tries again", || net.counts().cut >= before.cut + 3);
    assert_eq!(cut.said(), None);
    assert_eq!(net.counts().passed, before.passed);
    whole.round_trip();
    net.mend(1);
    assert!(cut.line().parse::<u64>().is_ok());
    cut.round_trip();
}

pub(crate) fn packets_on_their_way_do_not_pass_a_cut() {
    let Some(net) = Net::builder().build_or_skip() else { return };
    let receive = Program::ready(&net, 1, &["receive"]);
    net.set_delay(3600 * MILLISECOND);
    send(&net, 0, 9);
    net.cut(1);
    eventually("that all meet the cut", || net.counts().cut == 10);
    net.mend(1);
    net.set_delay(Duration::ZERO);
    send(&net, END, END);
    assert_eq!(receive.line(), "");
}

/// Sends the datagrams of these numbers from host 0 to host 1.
fn send(net: &Net, from: u32, to: u32) {
    let words = ["send", &net.address(1).to_string(), &from.to_string(), &to.to_string()];
    Program::start(net, 0, &words).wait();
}

/// Which of 1000 datagrams arrive.
fn arrived(builder: Builder) -> Option<Vec<u32>> {
    let net = builder.build_or_skip()?;
    let receive = Program::ready(&net, 1, &["receive"]);
    send(&net, 0, 999);
    eventually("that the relay has seen all", || net.counts().passed + net.counts().lost == 1000);
    net.set_loss(0.0);
    send(&net, END, END);
    let numbers: Vec<u32> = receive.line().split_whitespace().map(|word| word.parse().unwrap()).collect();
    assert_eq!(numbers.len() as u64, 1000 - net.counts().lost);
    Some(numbers)
}

pub(crate) fn the_same_datagrams_are_lost() {
    let lossy = Net::builder().loss(0.1);
    let Some(numbers) = arrived(lossy.clone().seed(1)) else { return };
    // Four standard deviations, for a count that the seed fixes: this holds always or never.
    assert!((862..=938).contains(&numbers.len()), "{} of 1000", numbers.len());
    assert_eq!(arrived(lossy.clone().seed(1)).unwrap(), numbers);
    assert_ne!(arrived(lossy.seed(2)).unwrap(), numbers);
    assert_eq!(arrived(Net::builder()).unwrap().len(), 1000);
}

pub(crate) fn datagrams_stay_in_order() {
    let Some(net) = Net::builder().delay(300 * MILLISECOND).build_or_skip() else { return };
    let receive = Program::ready(&net, 1, &["receive"]);
    for (number, delay) in [300, 100, 0, 1].into_iter().enumerate() {
        net.set_delay(delay * MILLISECOND);
        send(&net, number as u32 * 10, number as u32 * 10 + 9);
    }
    send(&net, END, END);
    let sent: Vec<String> = (0..40).map(|number: u32| number.to_string()).collect();
    assert_eq!(receive.line(), sent.join(" "));
}

pub(crate) fn what_is_too_much_is_dropped() {
    let Some(net) = Net::builder().delay(Duration::from_secs(3600)).build_or_skip() else { return };
    // The device's own queue has room for all, so only the relay decides.
    for part in 0..9 {
        send(&net, part * 1000, part * 1000 + 999);
    }
    eventually("that the rest is dropped", || net.counts().overflowed == 9000 - 8192);
    assert_eq!(net.counts().passed, 0);
}
