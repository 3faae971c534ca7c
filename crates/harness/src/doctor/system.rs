//! Checks of memory and its layout, which make one program's time differ from run to run.

use super::{Finding, note, ok, warn};
use crate::units::bytes;
use parallax_record::machine::{Machine, Moment};

/// The memory of the large inputs, their outputs and a copy or two.
const MEMORY: u64 = 8 << 30;
/// The command that sets which programs get huge pages.
const HUGE_PAGES: &str = "cargo xtask doctor --apply";

pub(super) fn memory(machine: &Machine, moment: &Moment) -> Finding {
    let granted = machine.cgroup_memory_bytes;
    let Some(available) = moment.memory_available_bytes.into_iter().chain(granted).min() else {
        return note("unknown here", "keep to --size medium if in doubt");
    };
    let whose = if granted == Some(available) { "granted by the control group" } else { "available" };
    let means = format!("{} {whose}", bytes(available));
    if available >= MEMORY {
        return ok(means);
    }
    let means = format!("{means}: some large inputs do not fit, and their cells say so");
    note(means, "keep to --size medium, or close programs that hold memory")
}

pub(super) fn swap(machine: &Machine) -> Finding {
    match machine.swap_bytes {
        Some(0) => ok("none: no access to memory goes to a disk unnoticed"),
        Some(swap) => {
            let means = "where memory runs out, accesses go to the disk, and figures do not show it";
            let means = format!("{}: {means}", bytes(swap));
            note(means, "if memory suffices: sudo swapoff -a while measuring")
        }
        None => note("unknown here", ""),
    }
}

pub(super) fn huge_pages(machine: &Machine) -> Finding {
    match machine.huge_pages.as_deref() {
        Some("madvise") => ok("given on request: NumPy requests them, Rust's allocator does not"),
        Some("always") => note(
            "given to every program while there are some: one program's runs differ by whether it got them",
            format!("to compare programs: {HUGE_PAGES}"),
        ),
        Some(_) => note(
            "never given: programs that request them, such as NumPy, are slower here than elsewhere",
            HUGE_PAGES,
        ),
        None => note("unknown here", ""),
    }
}

pub(super) fn aslr(machine: &Machine) -> Finding {
    match machine.aslr.as_deref() {
        Some("full") => ok("on, as it should be: each process has another layout, and the mean is over them"),
        Some(other) => warn(
            format!("{other}: all processes share one layout, whose luck looks like the program's"),
            "cargo xtask doctor --apply, or sudo sysctl kernel.randomize_va_space=2; leave setarch -R and debuggers",
        ),
        None => note("unknown here", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    #[test]
    fn memory_is_the_least_of_what_is_there_and_granted() {
        let moment = Moment { memory_available_bytes: Some(16 << 30), ..Moment::default() };
        assert_eq!(memory(&Machine::default(), &moment).state, State::Ok);
        let granted = Machine { cgroup_memory_bytes: Some(1 << 30), ..Machine::default() };
        let found = memory(&granted, &moment);
        assert!(found.state == State::Note && found.means.contains("1.00 GiB granted"), "{found:?}");
        let swaps = |bytes| swap(&Machine { swap_bytes: Some(bytes), ..Machine::default() }).state;
        assert_eq!([0, 1].map(swaps), [State::Ok, State::Note]);
    }

    #[test]
    fn random_layouts_are_good_and_fixed_ones_warn() {
        let with = |state: &str| aslr(&Machine { aslr: Some(state.into()), ..Machine::default() }).state;
        assert_eq!(["full", "off", "off for this process"].map(with), [State::Ok, State::Warn, State::Warn]);
        let pages =
            |to: &str| huge_pages(&Machine { huge_pages: Some(to.into()), ..Machine::default() }).state;
        assert_eq!(["madvise", "always", "never"].map(pages), [State::Ok, State::Note, State::Note]);
    }
}
