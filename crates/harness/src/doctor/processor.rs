//! Checks of the CPUs: they may be slowed down, shared or taken away.

use super::{Finding, note, ok, warn};
use parallax_record::machine::{Machine, Moment};

/// Above this share of stolen time, single samples show it.
pub(super) const STEAL: f64 = 0.005;

pub(super) fn cpus(machine: &Machine) -> Finding {
    let (Some(there), Some(usable)) = (machine.topology.cpus, machine.usable_cpus()) else {
        return note("the number of CPUs is unknown here", "pass --workers");
    };
    let allowed = machine.cpus_allowed.unwrap_or(there);
    if machine.cgroup_cpus.is_some_and(|granted| granted < allowed as f64) {
        let means = format!(
            "the control group grants the time of {usable:.1} of {there} CPUs: above that, workers are \
             stopped for milliseconds at a time, and scaling looks broken"
        );
        return warn(means, "raise the limit (docker: --cpus), or pass --workers with no more than that");
    }
    if allowed < there {
        let means = format!("this process may use {allowed} of {there} CPUs");
        return note(means, "if that is not intended, leave taskset or the cpuset");
    }
    ok(format!("all {there} CPUs may be used"))
}

/// The effect of the control group's grant, if it is too small for `workers` workers.
pub(super) fn crowded(machine: &Machine, workers: usize) -> Option<String> {
    let granted = machine.cgroup_cpus.filter(|&granted| granted < workers as f64)?;
    Some(format!(
        "the control group grants {workers} workers the time of {granted:.1} CPUs: they were stopped for \
         milliseconds at a time, and scale worse than the programs do"
    ))
}

pub(super) fn governor(machine: &Machine) -> Finding {
    match machine.governor.as_deref() {
        Some("performance") => ok("the clock is kept high"),
        Some(other) => {
            let means = format!(
                "'{other}' raises the clock only once there is work: short samples look slow, and the \
                 first look slower"
            );
            warn(means, "cargo xtask doctor --apply, or sudo cpupower frequency-set -g performance")
        }
        None => note("no governor here; on a virtual machine the host sets the clock", ""),
    }
}

pub(super) fn turbo(machine: &Machine) -> Finding {
    match machine.turbo {
        Some(false) => ok("off: one worker and many run at the same clock"),
        Some(true) => note(
            "on: the clock falls as more cores work, so speedups look smaller than the programs' own",
            "to study scaling: cargo xtask doctor --apply turbo",
        ),
        None => note("unknown here; assume that the clock falls as more cores work", ""),
    }
}

pub(super) fn smt(machine: &Machine) -> Finding {
    match (machine.topology.threads_per_core(), machine.topology.cores) {
        (Some(1), _) => ok("each CPU is a separate core"),
        (Some(threads), Some(cores)) => {
            let means = format!(
                "{threads} CPUs share each core: beyond {cores} workers, speedup comes from the gaps that \
                 the others leave"
            );
            note(means, format!("to study scaling: --workers {cores}"))
        }
        _ => note("it is unknown here whether CPUs share cores", ""),
    }
}

pub(super) fn throttling(moment: &Moment) -> Finding {
    match moment.throttles {
        Some(0) => ok("no core has been too hot since boot"),
        Some(times) => {
            let means = format!("cores have been too hot {times} times since boot, and ran slower for it");
            note(means, "cool the machine, and leave it on mains power")
        }
        None => note("not counted here; the probe around each block shows drift instead", ""),
    }
}

pub(super) fn battery(moment: &Moment) -> Finding {
    match moment.on_battery {
        Some(true) => warn(
            "the machine runs on it, and saves power by slowing down",
            "leave the machine on mains power",
        ),
        Some(false) => ok("the machine does not run on it"),
        None => note("no battery known", ""),
    }
}

pub(super) fn virtual_machine(machine: &Machine) -> Finding {
    match (&machine.virtual_machine, &machine.container) {
        (Some(hint), container) => {
            let inside =
                container.as_ref().map_or(String::new(), |name| format!(", and in a container ({name})"));
            let means =
                format!("likely ({hint}){inside}: neighbours share caches, memory, perhaps cores, unseen");
            note(means, "trust ratios within a block more than times; measure on bare metal to publish")
        }
        (None, Some(name)) => note(format!("a container ({name}): its limits are its control group's"), ""),
        (None, None) if machine.cpu_model.is_none() => note("unknown here", ""),
        (None, None) => ok("no sign of one"),
    }
}

pub(super) fn steal(moment: &Moment) -> Finding {
    match moment.steal_share {
        Some(0.0) => ok("the host took no time since boot, or does not report it"),
        Some(share) => {
            let means = format!("the host took {:.2} % of the CPU time since boot", share * 100.0);
            let found = if share > STEAL { warn } else { note };
            found(means, "run at a quieter hour, or on a machine of your own".to_owned())
        }
        None => note("unknown here; blocks cannot be checked for it", ""),
    }
}

pub(super) fn load(machine: &Machine, moment: &Moment) -> Finding {
    let Some([minute, ..]) = moment.load else { return note("unknown here", "close other programs") };
    let cpus = machine.topology.cpus.map_or(String::new(), |cpus| format!(", on {cpus} CPUs"));
    let means = format!("{minute:.2} processes wanted to run over the last minute{cpus}");
    // One busy neighbour doubles the time of a program that wants all cores, however many there are.
    match minute {
        0.0..0.3 => ok(means),
        0.3..1.0 => note(means, "a build that has just ended still counts; wait a minute and look again"),
        _ => warn(means, "close other programs (see top); a build that has just ended still counts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;
    use parallax_record::machine::Topology;

    fn machine(cpus: u64, cores: u64) -> Machine {
        let topology = Topology { cpus: Some(cpus), cores: Some(cores), ..Topology::default() };
        Machine { topology, cpus_allowed: Some(cpus), ..Machine::default() }
    }

    #[test]
    fn a_limit_below_the_cpus_warns() {
        let free = machine(4, 4);
        assert_eq!(cpus(&free).state, State::Ok);
        let limited = Machine { cgroup_cpus: Some(1.5), ..free.clone() };
        let found = cpus(&limited);
        assert!(found.state == State::Warn && found.means.contains("1.5 of 4 CPUs"), "{found:?}");
        assert_eq!(cpus(&Machine { cgroup_cpus: Some(8.0), ..free.clone() }).state, State::Ok);
        assert_eq!(cpus(&Machine { cpus_allowed: Some(2), ..free }).state, State::Note);
    }

    #[test]
    fn a_grant_is_too_small_for_more_workers_than_it_has_cpus() {
        let limited = Machine { cgroup_cpus: Some(1.5), ..machine(4, 4) };
        assert!(crowded(&limited, 2).is_some_and(|why| why.contains("2 workers the time of 1.5 CPUs")));
        assert_eq!((crowded(&limited, 1), crowded(&machine(4, 4), 64)), (None, None));
    }

    #[test]
    fn the_clock_is_judged() {
        let with =
            |name: &str| governor(&Machine { governor: Some(name.into()), ..Machine::default() }).state;
        assert_eq!(
            ["performance", "powersave", "schedutil"].map(with),
            [State::Ok, State::Warn, State::Warn]
        );
        let turbo_is = |on| turbo(&Machine { turbo: Some(on), ..Machine::default() }).state;
        assert_eq!([false, true].map(turbo_is), [State::Ok, State::Note]);
        assert_eq!([machine(4, 4), machine(4, 2)].map(|m| smt(&m).state), [State::Ok, State::Note]);
    }

    #[test]
    fn other_load_is_judged() {
        let steals = |share| steal(&Moment { steal_share: Some(share), ..Moment::default() }).state;
        assert_eq!([0.0, 0.001, 0.02].map(steals), [State::Ok, State::Note, State::Warn]);
        let loads = |minute| {
            let moment = Moment { load: Some([minute, 0.0, 0.0]), ..Moment::default() };
            load(&machine(4, 4), &moment).state
        };
        assert_eq!([0.1, 0.5, 1.0, f64::NAN].map(loads), [State::Ok, State::Note, State::Warn, State::Warn]);
        let fed = |by| battery(&Moment { on_battery: by, ..Moment::default() }).state;
        assert_eq!([None, Some(false), Some(true)].map(fed), [State::Note, State::Ok, State::Warn]);
        let hot = |times| throttling(&Moment { throttles: Some(times), ..Moment::default() }).state;
        assert_eq!([0, 1].map(hot), [State::Ok, State::Note]);
    }

    #[test]
    fn neighbours_are_told_of() {
        let some = |text: &str| Some(text.to_owned());
        let bare = Machine { cpu_model: some("Z80"), ..Machine::default() };
        let contained = Machine { container: some("docker"), ..bare.clone() };
        let both = Machine { virtual_machine: some("kvm"), ..contained.clone() };
        assert_eq!(virtual_machine(&bare).state, State::Ok);
        assert!(virtual_machine(&contained).means.starts_with("a container (docker)"));
        assert!(virtual_machine(&both).means.starts_with("likely (kvm), and in a container (docker): "));
    }
}
