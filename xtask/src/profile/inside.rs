//! Stacks that a worker records of itself, where no other program may look: a timer interrupts the running thread.

use super::seen::{Frame, Look, Seen};
use super::{Asked, Recorded, Unit};
use anyhow::{Result, bail};
use object::{Object, ObjectSegment, SymbolMap, SymbolMapName};
use parallax_runner::protocol::{self, Looked};
use std::collections::HashMap;

/// Interrupts for each second of CPU time. The kernel may make fewer.
const HERTZ: u32 = 499;

/// Has the worker record its own stacks.
///
/// # Errors
///
/// If it cannot, or the cell breaks.
pub(crate) fn record(asked: &Asked<'_>) -> Result<Recorded> {
    let mut session = asked.session(asked.launch)?;
    let sustained = session.sustain(asked.time, Some(HERTZ))?;
    let Some(looked) = sustained.looked else { bail!("the worker cannot look at itself") };
    let mut seen = named(&looked);
    seen.within(&sustained.windows);
    let mut warnings = Vec::new();
    if session.processes().len() > 1 {
        warnings.push("other processes of the technique are not seen".to_owned());
    }
    if looked.lost > 0 {
        warnings.push(format!("{} looks did not fit in memory; give --for a shorter time", looked.lost));
    }
    Ok(Recorded {
        seen,
        unit: Unit::Looks,
        how: "the worker itself, which sees its own process and nothing of the kernel".to_owned(),
        runs: sustained.runs,
        warnings,
    })
}

/// The looks, with names instead of addresses.
fn named(looked: &Looked) -> Seen {
    let mut objects: HashMap<String, Option<Names>> = HashMap::new();
    let mut seen = Seen::default();
    let mut name = |frame: &protocol::Frame| {
        if !frame.function.is_empty() {
            return Frame { function: frame.function.clone(), ..Frame::of("", &frame.object) };
        }
        let names = objects.entry(frame.object.clone()).or_insert_with(|| Names::read(&frame.object));
        let symbol = names.as_ref().and_then(|names| names.find(frame.offset));
        Frame::of(symbol.unwrap_or(""), &frame.object)
    };
    let places: Vec<u32> = looked.frames.iter().map(|frame| seen.place(name(frame))).collect();
    for look in &looked.looks {
        let Some(stack) = looked.stacks.get(look.stack as usize) else { continue };
        let stack = stack.iter().filter_map(|frame| places.get(*frame as usize).copied()).collect();
        seen.looks.push(Look { thread: look.thread, at_ns: look.at_ns, weight: 1, stack });
    }
    seen
}

/// The functions of a program or library, by address.
struct Names {
    /// The segments: from and to in the file, and the address in memory.
    pieces: Vec<(u64, u64, u64)>,
    symbols: Vec<(u64, String)>,
}

impl Names {
    fn read(path: &str) -> Option<Self> {
        let data = std::fs::read(path).ok()?;
        let file = object::File::parse(&*data).ok()?;
        let piece = |segment: object::Segment<'_, '_>| {
            let (from, size) = segment.file_range();
            (from, from + size, segment.address())
        };
        let pieces = file.segments().map(piece).collect();
        let map: SymbolMap<SymbolMapName<'_>> = file.symbol_map();
        let symbols =
            map.symbols().iter().map(|symbol| (symbol.address(), symbol.name().to_owned())).collect();
        Some(Names { pieces, symbols })
    }

    /// The function that begins last before a place in the file.
    fn find(&self, offset: u64) -> Option<&str> {
        let (from, _, address) = self.pieces.iter().find(|(from, to, _)| (*from..*to).contains(&offset))?;
        let address = offset - from + address;
        let after = self.symbols.partition_point(|(begins, _)| *begins <= address);
        Some(self.symbols.get(after.checked_sub(1)?)?.1.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    extern "C" fn a_function_of_this_test() -> u32 {
        std::hint::black_box(7)
    }

    #[test]
    fn an_address_of_this_program_is_named() {
        let path = std::env::current_exe().unwrap().to_string_lossy().into_owned();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let address = a_function_of_this_test as extern "C" fn() -> u32 as usize as u64;
        let number = |digits: &str| u64::from_str_radix(digits, 16).unwrap();
        let offset = maps.lines().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (from, to) = words[0].split_once('-').unwrap();
            (number(from)..number(to)).contains(&address).then(|| address - number(from) + number(words[2]))
        });
        let frames = vec![
            protocol::Frame { object: path, function: String::new(), offset: offset.unwrap() },
            protocol::Frame { object: "/a/model.py".into(), function: "fit".into(), offset: 0 },
            protocol::Frame { object: "/no/such/file".into(), function: String::new(), offset: 1 },
        ];
        let looks = vec![
            protocol::Look { thread: 1, at_ns: 5, stack: 0 },
            protocol::Look { thread: 1, at_ns: 6, stack: 9 },
        ];
        let seen = named(&Looked { frames, stacks: vec![vec![2, 1, 0, 77]], looks, lost: 0 });
        let names: Vec<&str> =
            seen.looks[0].stack.iter().map(|frame| seen.frames[*frame as usize].function.as_str()).collect();
        assert_eq!((names[0], names[1]), ("[unknown]", "fit"));
        assert!(names[2].ends_with("a_function_of_this_test"), "{names:?}");
        assert_eq!(seen.looks.len(), 1, "a stack that does not exist is skipped");
    }
}
