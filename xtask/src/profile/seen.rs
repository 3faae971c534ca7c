//! The result of a profiler: looks at threads, each with the functions that were open at that moment.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The name of a function that has none.
pub(crate) const UNKNOWN: &str = "[unknown]";

/// The library of the kernel's functions.
const KERNEL: &str = "kernel";

/// Functions in which threads begin: a stack with none of them outermost was not followed to its end.
const ROOTS: [&str; 12] = [
    "_start",
    "__libc_start_main",
    "__libc_start_main_impl",
    "__libc_start_call_main",
    "__clone",
    "__clone3",
    "clone3",
    "start_thread",
    "thread_start",
    // of Python
    "<module>",
    "Thread._bootstrap",
    "_bootstrap",
];

/// A function and what it is part of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Frame {
    /// The function's name, as people read it.
    pub(crate) function: String,
    /// The program or library, or `kernel`.
    pub(crate) library: String,
}

impl Frame {
    /// A frame from a profiler's data: a symbol of the linker, and the path of a file.
    pub(crate) fn of(symbol: &str, object: &str) -> Self {
        Frame { function: function(symbol), library: library(object) }
    }

    fn is_root(&self) -> bool {
        ROOTS.contains(&self.function.as_str())
    }
}

/// A name without the compiler's and the linker's additions.
fn function(symbol: &str) -> String {
    if symbol.is_empty() {
        return UNKNOWN.to_owned();
    }
    match rustc_demangle::try_demangle(symbol) {
        Ok(name) => format!("{name:#}"),
        // `malloc@@GLIBC_2.34`: a version
        Err(_) => symbol.split_once("@@").map_or(symbol, |(name, _)| name).to_owned(),
    }
}

/// A file's name, or the name of something that is not a file.
fn library(object: &str) -> String {
    if object.starts_with("[kernel") || object.starts_with("[guest.kernel") || object.ends_with(".ko") {
        return KERNEL.to_owned();
    }
    let name = Path::new(object).file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let is_map = name.strip_prefix("perf-").is_some_and(|rest| rest.ends_with(".map"));
    match name {
        name if name.is_empty() => UNKNOWN.to_owned(),
        _ if is_map || object.starts_with("//anon") || object == "[anon]" => {
            "code made at run time".to_owned()
        }
        name => name,
    }
}

/// One look at one thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// The thread's number.
    pub(crate) thread: u32,
    /// The time on the machine's monotonic clock; 0 if it is not known.
    pub(crate) at_ns: u64,
    /// Its weight, in the profile's unit.
    pub(crate) weight: u64,
    /// The functions that were open, by their places in [`Seen::frames`], the outermost first.
    pub(crate) stack: Vec<u32>,
}

/// All looks; each function is listed once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The functions.
    pub(crate) frames: Vec<Frame>,
    /// The looks, in the order in which they were taken.
    pub(crate) looks: Vec<Look>,
    places: HashMap<Frame, u32>,
}

/// The looks at a function or a library.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Took {
    /// While it was the innermost.
    pub(crate) own: u64,
    /// While it was open.
    pub(crate) inclusive: u64,
}

impl Seen {
    /// The place of a frame, which is listed if it is new.
    pub(crate) fn place(&mut self, frame: Frame) -> u32 {
        if let Some(place) = self.places.get(&frame) {
            return *place;
        }
        let place = self.frames.len() as u32;
        self.frames.push(frame.clone());
        self.places.insert(frame, place);
        place
    }

    /// The weight of all looks.
    pub(crate) fn total(&self) -> u64 {
        self.looks.iter().map(|look| look.weight).sum()
    }

    /// Keeps the looks that were taken while the clock ran, and those whose time is not known.
    pub(crate) fn within(&mut self, windows: &[[u64; 2]]) {
        if windows.is_empty() {
            return;
        }
        self.looks.retain(|look| {
            let after = windows.partition_point(|window| window[1] < look.at_ns);
            look.at_ns == 0 || windows.get(after).is_some_and(|window| window[0] <= look.at_ns)
        });
    }

    /// The share of looks whose stack was not followed to where a thread begins.
    pub(crate) fn broken(&self) -> f64 {
        let is_broken = |look: &&Look| {
            let outer = look.stack.iter().take(4).any(|frame| self.frames[*frame as usize].is_root());
            !outer
        };
        let broken: u64 = self.looks.iter().filter(is_broken).map(|look| look.weight).sum();
        broken as f64 / self.total().max(1) as f64
    }

    /// The looks at each function. A function that calls itself is counted once.
    pub(crate) fn by_function(&self) -> Vec<(&Frame, Took)> {
        let key = |frame: u32| frame;
        let took = self.by(key);
        let mut took: Vec<_> = took.into_iter().map(|(at, took)| (&self.frames[at as usize], took)).collect();
        took.sort_by(|(one, a), (two, b)| (b.own, b.inclusive, one).cmp(&(a.own, a.inclusive, two)));
        took
    }

    /// The looks at each program and library.
    pub(crate) fn by_library(&self) -> Vec<(&str, Took)> {
        let took = self.by(|frame| self.frames[frame as usize].library.as_str());
        let mut took: Vec<_> = took.into_iter().collect();
        took.sort_by(|(one, a), (two, b)| (b.own, b.inclusive, one).cmp(&(a.own, a.inclusive, two)));
        took
    }

    fn by<K: Ord + Copy>(&self, key: impl Fn(u32) -> K) -> BTreeMap<K, Took> {
        let mut took: BTreeMap<K, Took> = BTreeMap::new();
        for look in &self.looks {
            let mut keys: Vec<K> = look.stack.iter().map(|frame| key(*frame)).collect();
            if let Some(innermost) = keys.last() {
                took.entry(*innermost).or_default().own += look.weight;
            }
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                took.entry(key).or_default().inclusive += look.weight;
            }
        }
        took
    }
}

/// Looks written by hand: a thread, a time and the functions, outermost first, with a space between.
#[cfg(test)]
pub(crate) fn by_hand(looks: &[(u32, u64, &str)]) -> Seen {
    let mut seen = Seen::default();
    for (thread, at_ns, stack) in looks {
        let stack = stack.split(' ').map(|name| seen.place(Frame::of(name, "/opt/worker"))).collect();
        seen.looks.push(Look { thread: *thread, at_ns: *at_ns, weight: 1, stack });
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_calls_itself_is_open_once() {
        let seen = by_hand(&[(1, 1, "_start f f f"), (1, 2, "_start f g"), (1, 3, "_start g")]);
        let of = |name: &str| {
            seen.by_function().into_iter().find(|(frame, _)| frame.function == name).map(|(_, took)| took)
        };
        assert_eq!(of("f"), Some(Took { own: 1, inclusive: 2 }));
        assert_eq!(of("g"), Some(Took { own: 2, inclusive: 2 }));
        assert_eq!(of("_start"), Some(Took { own: 0, inclusive: 3 }));
        assert_eq!(seen.by_function()[0].0.function, "g", "the largest comes first");
        assert_eq!(seen.by_library(), [("worker", Took { own: 3, inclusive: 3 })]);
    }

    #[test]
    fn only_what_was_seen_while_the_clock_ran_is_kept() {
        let mut seen =
            by_hand(&[(1, 5, "a"), (1, 10, "b"), (1, 15, "c"), (1, 20, "d"), (1, 30, "e"), (1, 0, "f")]);
        seen.within(&[[10, 14], [16, 20], [25, 29]]);
        let kept: Vec<u64> = seen.looks.iter().map(|look| look.at_ns).collect();
        assert_eq!(kept, [10, 20, 0]);
        seen.within(&[]);
        assert_eq!(seen.looks.len(), 3);
    }

    #[test]
    fn a_stack_that_ends_nowhere_is_broken() {
        let seen =
            by_hand(&[(1, 1, "_start a"), (2, 1, "__clone3 start_thread a"), (2, 2, "x a"), (2, 3, "a")]);
        assert_eq!(seen.broken(), 0.5);
        assert_eq!(Seen::default().broken(), 0.0);
    }

    #[test]
    fn names_are_those_that_people_read() {
        let of = |symbol, object| {
            let Frame { function, library } = Frame::of(symbol, object);
            (function, library)
        };
        let text = |function: &str, library: &str| (function.to_owned(), library.to_owned());
        let mangled = "_ZN4core3ptr13drop_in_place17h0123456789abcdefE";
        assert_eq!(of(mangled, "/a/b/worker"), text("core::ptr::drop_in_place", "worker"));
        assert_eq!(of("_RNvCs15kBYyAo9fc_7mycrate3foo", "/a/worker"), text("mycrate::foo", "worker"));
        assert_eq!(of("do_syscall_64", "[kernel.kallsyms]"), text("do_syscall_64", "kernel"));
        assert_eq!(of("malloc@@GLIBC_2.2.5", "/lib/libc.so.6"), text("malloc", "libc.so.6"));
        assert_eq!(of("", ""), text(UNKNOWN, UNKNOWN));
        assert_eq!(of("py::f:/a.py", "/tmp/perf-12.map"), text("py::f:/a.py", "code made at run time"));
    }
}
