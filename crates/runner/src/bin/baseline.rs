//! The worker of the baseline: the reference of every speedup, the machine's limits, and fixtures.

use lexopt::prelude::{Long, ValueExt};
use parallax_limits::Need;
use parallax_pattern::Sequential;
use parallax_runner::{hotspots, print};
use parallax_suite::baseline;
use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args_os().nth(1) {
        Some(verb) if verb == "limits" => return limits(),
        Some(verb) if verb == hotspots::FAMILY => {
            let arguments = std::env::args_os().skip(2);
            return parallax_runner::main_with(hotspots::FAMILY, hotspots::cells(), arguments);
        }
        _ => {}
    }
    let cells = baseline::cells().into_iter().chain(parallax_runner::serve::<Sequential>());
    parallax_runner::main("baseline", cells.collect())
}

/// `baseline limits [--workers 1,2] [--samples 15] [--for JSON]`: measures the limits and prints them as JSON.
fn limits() -> ExitCode {
    match measure().and_then(|json| Ok(print::out(json)?)) {
        Err(why) if !print::no_reader(&*why) => {
            print::err(format_args!("error: {why}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn measure() -> Result<String, Box<dyn std::error::Error>> {
    let (mut workers, mut samples, mut needs) = (vec![1], 15, None);
    let mut args = lexopt::Parser::from_env();
    args.next()?; // the verb
    while let Some(arg) = args.next()? {
        match arg {
            Long("workers") => {
                let given = args.value()?.string()?;
                workers = given.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            Long("samples") => samples = args.value()?.parse()?,
            Long("for") => needs = Some(serde_json::from_str::<Vec<Need>>(&args.value()?.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    let limits = match needs {
        None => parallax_limits::measure(&workers, samples),
        Some(needs) => parallax_limits::measure_for(&workers, samples, &needs),
    };
    Ok(serde_json::to_string(&limits?)?)
}
