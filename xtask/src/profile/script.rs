//! Reads the output of `perf script`: a line for each look, then a line for each open function, innermost first.

use super::seen::{Frame, Look, Seen};

/// The fields that `perf script` prints; [`read`] understands no others.
pub(crate) const FIELDS: &str = "comm,pid,tid,time,ip,sym,dso";

/// Reads all looks. Other lines are skipped: perf also prints errors.
pub(crate) fn read(text: &str) -> Seen {
    let mut seen = Seen::default();
    let mut open: Option<Look> = None;
    for line in text.lines() {
        if line.starts_with(char::is_whitespace) && !line.trim().is_empty() {
            if let (Some(look), Some(frame)) = (&mut open, frame(line)) {
                let place = seen.place(frame);
                look.stack.push(place);
            }
            continue;
        }
        close(&mut seen, open.take());
        open = head(line);
    }
    close(&mut seen, open);
    seen
}

/// Ends a look; one without a stack is dropped.
fn close(seen: &mut Seen, look: Option<Look>) {
    if let Some(mut look) = look.filter(|look| !look.stack.is_empty()) {
        look.stack.reverse();
        seen.looks.push(look);
    }
}

/// `rayon worker 1 4711/4712 79567.244826123:`: the thread's name may hold anything, so it is read from the right.
fn head(line: &str) -> Option<Look> {
    let (rest, time) = line.trim_end().strip_suffix(':')?.rsplit_once(' ')?;
    let (_, ids) = rest.trim_end().rsplit_once(' ')?;
    let thread = ids.rsplit_once('/').map_or(ids, |(_, thread)| thread).parse().ok()?;
    let (seconds, fraction) = time.split_once('.')?;
    let nanoseconds: u64 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let at_ns = seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanoseconds)?;
    Some(Look { thread, at_ns, weight: 1, stack: Vec::new() })
}

/// `    7f12ab34 symbol (file)`: a symbol may hold blanks and brackets, and so may a file's path.
fn frame(line: &str) -> Option<Frame> {
    let (address, rest) = line.trim().split_once(' ')?;
    if !address.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let rest = rest.strip_suffix(')')?;
    let rest = rest.strip_suffix(" (deleted)").unwrap_or(rest);
    let at = [" (/", " (["].iter().filter_map(|begins| rest.rfind(begins)).max().or_else(|| rest.rfind(" ("));
    let (symbol, object) =
        at.map_or(("", rest.strip_prefix('(').unwrap_or(rest)), |at| (&rest[..at], &rest[at + 2..]));
    let symbol = symbol.trim();
    Some(Frame::of(if symbol == "[unknown]" { "" } else { symbol }, object))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from the fixture's nested threads, and shortened.
    const RECORDED: &str = include_str!("recorded.txt");

    #[test]
    fn a_recorded_profile_is_read() {
        let seen = read(RECORDED);
        assert!(seen.looks.len() > 5, "{}", seen.looks.len());
        assert!(seen.looks.iter().all(|look| look.at_ns > 1_000_000_000 && look.thread > 0));
        assert!(seen.looks.is_sorted_by_key(|look| look.at_ns));
        let innermost = |name: &str| {
            let is =
                |look: &&Look| seen.frames[*look.stack.last().unwrap() as usize].function.ends_with(name);
            seen.looks.iter().filter(is).count()
        };
        assert!(innermost("hotspots::spins_55_percent") > innermost("hotspots::spins_25_percent"));
        assert_eq!(seen.broken(), 0.0, "each stack begins with its thread");
        let threads: std::collections::BTreeSet<u32> = seen.looks.iter().map(|look| look.thread).collect();
        assert!(threads.len() > 2, "{threads:?}");
    }

    #[test]
    fn names_may_hold_what_else_divides() {
        let text = "a 1/2 3.4: b 77/78 12.000000005: \n\
                    \t    7f01 <F as core::ops::FnOnce<(A, B)>>::call_once (inlined) (/opt/my (old) tools/worker)\n\
                    \t    7f02 main (/tmp/worker (deleted))\n\
                    \t    7f03 [unknown] ([unknown])\n\
                    \n\
                    :-1 90 1.5: \n\
                    \t  ffffffff81610ca4 do_mmap ([kernel.kallsyms])\n";
        let seen = read(text);
        let names: Vec<(&str, &str)> =
            seen.frames.iter().map(|frame| (frame.function.as_str(), frame.library.as_str())).collect();
        let call = "<F as core::ops::FnOnce<(A, B)>>::call_once (inlined)";
        let [one, other] = [&seen.looks[0], &seen.looks[1]];
        assert_eq!(names[1..], [("main", "worker"), ("[unknown]", "[unknown]"), ("do_mmap", "kernel")]);
        assert_eq!(names[0].0, call);
        assert_eq!((one.thread, one.at_ns, &one.stack[..]), (78, 12_000_000_005, &[2, 1, 0][..]));
        assert_eq!((other.thread, other.at_ns, &other.stack[..]), (90, 1_500_000_000, &[3][..]));
    }

    #[test]
    fn nonsense_is_passed_over() {
        for text in [
            "",
            "\n\n",
            "no head\n\tzz name (x)\n",
            "a 1/2 3.4:\n",
            "a 1/2 99999999999999999999.1:\n\t1 f (x)\n",
            "\t1 f (x)\n",
        ] {
            assert!(read(text).looks.is_empty(), "{text:?}");
        }
    }
}
