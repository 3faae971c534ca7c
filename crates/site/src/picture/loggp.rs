//! A message between two hosts by the four parameters of LogGP, as the run has measured them, to scale.
//!
//! The model is that of Alexandrov, Ionescu, Schauser and Scheiman ("LogGP: incorporating long messages into the LogP
//! model", SPAA 1995): of a message of k bytes, the sender is busy for o, each byte but the first takes G, the last one is
//! on its way for L, and the receiver is busy for o.

use super::plate::{WIDTH, Words, line, plate, rect, room, text};
use crate::data::Run;
use crate::number::{self, time};
use maud::{Markup, html};
use parallax_limits::network::Link;

/// Where bars begin and how wide the longest is.
const LEFT: f64 = 10.0;
const WIDE: f64 = WIDTH - 2.0 * LEFT;

/// The short message: a number.
const SHORT: u64 = 8;

/// Of a way, in nanoseconds.
struct Way {
    latency: f64,
    overhead: f64,
    gap: f64,
    per_byte: f64,
}

/// The first way that a run has measured; none if it has measured none.
pub(super) fn of(run: &Run) -> Option<Markup> {
    let link = run.network.as_ref()?.links.first()?;
    let way = Way::of(link)?;
    let long = way.half();
    let words = Words {
        title: "A short and a long message between two hosts, to scale: overhead, bytes, latency, overhead"
            .to_owned(),
        desc: format!(
            "{} take {}, of which {} are latency; {} take {}. The next message may follow after {}.",
            length(SHORT),
            time(way.takes(SHORT)),
            time(way.latency),
            length(long),
            time(way.takes(long)),
            time(way.gap)
        ),
        caption: html! {
            "A message from " (link.from) " to " (link.to) ", to scale. The sender is busy for o (" (time(way.overhead))
            "), each byte takes G (" (time(way.per_byte)) "), the network takes L (" (time(way.latency))
            "), and the receiver is busy for o again. The bracket is the gap g (" (time(way.gap))
            "), after which the next message may follow. The lower message is so long that its bytes take half of its time. "
            "A much shorter message spends its time on the way and not on its bytes, so combine several into one."
        },
    };
    Some(plate("diagram", 156.0, &words, &drawing(&way, long)))
}

impl Way {
    /// None where nothing takes any time, of which there is no scale.
    fn of(link: &Link) -> Option<Self> {
        let [latency, overhead, gap, per_byte] =
            [link.latency, link.overhead, link.gap, link.per_byte].map(|interval| 1e9 * interval.median);
        (per_byte > 0.0 && latency + 2.0 * overhead > 0.0).then_some(Way { latency, overhead, gap, per_byte })
    }

    /// How long a message of `bytes` bytes takes.
    fn takes(&self, bytes: u64) -> f64 {
        self.latency + 2.0 * self.overhead + self.of_bytes(bytes)
    }

    fn of_bytes(&self, bytes: u64) -> f64 {
        (bytes - 1) as f64 * self.per_byte
    }

    /// The length at which bytes take half of the time.
    fn half(&self) -> u64 {
        ((self.takes(1) / self.per_byte) as u64).max(SHORT) + 1
    }
}

fn drawing(way: &Way, long: u64) -> Markup {
    let scale = WIDE / way.takes(long).max(way.gap);
    let gap = LEFT + scale * way.gap;
    html! {
        (bar(way, SHORT, 20.0, scale))
        (line("arrow", (LEFT, 66.0), (gap, 66.0)))
        @for end in [LEFT, gap] { (line("arrow", (end, 62.0), (end, 70.0))) }
        (text("", "start", (LEFT, 84.0), &format!("g: the next may follow after {}", time(way.gap))))
        (bar(way, long, 114.0, scale))
    }
}

/// A message of `bytes` bytes, with its length and time above it.
fn bar(way: &Way, bytes: u64, y: f64, scale: f64) -> Markup {
    let parts = [
        ("work", "o", way.overhead),
        ("share", "bytes", way.of_bytes(bytes)),
        ("wait", "L", way.latency),
        ("work", "o", way.overhead),
    ];
    let begins = parts.iter().scan(LEFT, |at, (.., takes)| {
        let begin = *at;
        *at += scale * takes;
        Some(begin)
    });
    html! {
        (text("", "start", (LEFT, y - 6.0), &format!("{}: {}", length(bytes), time(way.takes(bytes)))))
        @for ((class, word, takes), x) in parts.iter().zip(begins) {
            @let wide = scale * takes;
            (rect(class, x, y, wide, 22.0))
            @if room(word) + 4.0 < wide { (text("soft", "middle", (x + wide / 2.0, y + 36.0), word)) }
        }
    }
}

/// A number of bytes, in words.
fn length(bytes: u64) -> String {
    if bytes < 1024 { format!("{bytes} bytes") } else { number::bytes(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_limits::network::Interval;

    fn link(us: [f64; 4]) -> Link {
        let of = |us: f64| Interval { low: us / 2e6, median: us / 1e6, high: us / 5e5 };
        let [latency, overhead, gap, per_byte] = us.map(of);
        Link { from: "a".into(), to: "b".into(), latency, overhead, gap, per_byte }
    }

    #[test]
    fn bytes_take_half_of_the_time_of_the_long_message() {
        let way = Way::of(&link([20.0, 1.0, 3.0, 0.001])).unwrap();
        let long = way.half();
        assert!((way.of_bytes(long) / way.takes(long) - 0.5).abs() < 0.001, "{long}");
        assert!((way.takes(SHORT) - 22_007.0).abs() < 1e-6);
        for none in [[0.0, 0.0, 3.0, 0.001], [20.0, 1.0, 3.0, 0.0]] {
            assert!(Way::of(&link(none)).is_none(), "{none:?}");
        }
    }

    #[test]
    fn no_bar_leaves_the_picture() {
        for us in
            [[20.0, 1.0, 3.0, 0.001], [0.1, 0.1, 900.0, 0.5], [1e6, 0.0, 0.0, 1e-6], [0.0, 7.0, 7.0, 70.0]]
        {
            let way = Way::of(&link(us)).unwrap();
            let html = drawing(&way, way.half()).into_string();
            for part in html.split("<rect ").skip(1) {
                let number = |name: &str| {
                    let value = part.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap();
                    value.parse::<f64>().unwrap()
                };
                assert!(
                    number("x") >= LEFT && number("x") + number("width") <= WIDTH - LEFT + 0.2,
                    "{us:?}: {part}"
                );
            }
        }
    }
}
