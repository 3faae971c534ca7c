//! The worker of the baseline: what every speedup is measured against, and what the machine can do at most.

use lexopt::prelude::{Long, ValueExt};
use parallax_suite::sequential;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|verb| verb == "limits") {
        return limits();
    }
    parallax_runner::main("baseline", sequential::cells())
}

/// `baseline limits [--workers 1,2] [--samples 15]`: measures the limits and prints them as JSON.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]
fn limits() -> ExitCode {
    match measure() {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<String, Box<dyn std::error::Error>> {
    let (mut workers, mut samples) = (vec![1], 15);
    let mut args = lexopt::Parser::from_env();
    args.next()?; // the verb
    while let Some(arg) = args.next()? {
        match arg {
            Long("workers") => {
                let given = args.value()?.string()?;
                workers = given.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            Long("samples") => samples = args.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(serde_json::to_string(&parallax_limits::measure(&workers, samples)?)?)
}
