//! The phases of a cell, computed from its turns.

use crate::analysis::{over_blocks, run_ns};
use crate::payback::compile_ns;
use parallax_method::median;
use parallax_record::summary::Phases;
use parallax_runner::protocol::{Measured, Ready};

/// The phases over the blocks. A part that another figure of the worker includes is subtracted from that figure.
pub(super) fn phases(turns: &[(&Ready, &Measured)]) -> Phases {
    let known = |of: fn(&Ready, &Measured) -> Option<u64>| {
        let all = turns.iter().all(|(ready, measured)| of(ready, measured).is_some());
        over_blocks(turns, |ready, measured| of(ready, measured).unwrap_or(0) as f64).filter(|_| all)
    };
    let mut phases = Phases {
        spawn_ns: known(|ready, _| ready.spawn_ns),
        import_ns: known(|ready, _| ready.import_ns),
        start_ns: known(|ready, _| Some(ready.start_ns.saturating_sub(ready.import_ns.unwrap_or(0)))),
        load_ns: known(|ready, measured| {
            Some(ready.load_ns.saturating_sub(compile_ns(ready, measured).unwrap_or(0)))
        }),
        compile_ns: known(|ready, measured| compile_ns(ready, measured).or(measured.compile_ns)),
        first_ns: known(|_, measured| {
            Some(measured.first_ns.saturating_sub(measured.compile_ns.unwrap_or(0)))
        }),
        steady_ns: over_blocks(turns, |_, measured| median(&run_ns(measured)).unwrap_or(f64::NAN)),
        ..Phases::default()
    };
    let absent = [
        ("spawn", phases.spawn_ns, "not stored: the run is from an older version"),
        ("import", phases.import_ns, "linked into the worker: loading the libraries is part of spawn"),
        ("compile", phases.compile_ns, "its worker reports no compiling at run time"),
    ];
    let reason = |(name, ns, why): (&str, Option<f64>, &str)| ns.is_none().then(|| (name.into(), why.into()));
    phases.reasons = absent.into_iter().filter_map(reason).collect();
    phases
}
