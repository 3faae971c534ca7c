//! The verbs of `cargo xtask`, one file each; the code that they share is in the harness.
//!
//! Workers, which are not linked here, do the measured work. Read [`parallax_harness`] for how they are planned,
//! supervised and judged.

mod claims;
mod code;
mod compare;
mod cost;
mod docs;
pub mod doctor;
mod each;
mod hosts;
mod limits;
mod list;
mod new;
mod own;
mod payback;
mod peers;
mod point;
mod profile;
mod repro;
mod rounds;
mod scale;
mod show;
pub mod source;
mod verify;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use parallax_harness::exit::Exit;
use parallax_harness::{run, say, worker, workspace};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Measure workloads with every technique, on this machine.
#[derive(Debug, Parser)]
#[command(max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Bench(run::BenchArgs),
    List(list::ListArgs),
    Verify(verify::VerifyArgs),
    Show(show::ShowArgs),
    Compare(compare::CompareArgs),
    Payback(payback::PaybackArgs),
    New(new::NewArgs),
    Own(own::OwnArgs),
    Code(code::CodeArgs),
    Cost(cost::CostArgs),
    Docs(docs::DocsArgs),
    Profile(profile::ProfileArgs),
    Repro(repro::ReproArgs),
    Scale(scale::ScaleArgs),
    /// The Python systems that Parallax is compared with: install or list them
    #[command(subcommand)]
    Peers(peers::PeersVerb),
    /// Re-run published claims as they were published, and corrected
    Claims(claims::ClaimsArgs),
    Limits(limits::LimitsArgs),
    Doctor(doctor::DoctorArgs),
}

/// Runs the verb that the command line names. `command` is what a user types before it.
pub fn main(command: &'static str, words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = Cli::command().bin_name(command).get_matches_from(words);
    let verb = Cli::from_arg_matches(&matches).unwrap_or_else(|why| why.exit()).verb;
    if let Some(why) = lacks_proc(&verb) {
        say::say(&format!("error: {why}"));
        return ExitCode::FAILURE;
    }
    let done = match verb {
        Verb::Bench(args) => run::bench(&args, &cost::of),
        Verb::List(args) => list::list(&args),
        Verb::Verify(args) => verify::verify(&args),
        Verb::Show(args) => show::show(&args),
        Verb::Compare(args) => compare::compare(&args),
        Verb::Payback(args) => payback::payback(&args),
        Verb::New(args) => new::new(&args),
        Verb::Own(args) => own::own(args),
        Verb::Profile(args) => profile::profile(&args),
        Verb::Repro(args) => repro::repro(&args),
        Verb::Scale(args) => scale::scale(&args),
        Verb::Peers(verb) => peers::peers(&verb),
        Verb::Claims(args) => claims::claims(&args),
        Verb::Limits(args) => limits::limits(&args),
        Verb::Code(args) => code::code(&args),
        Verb::Cost(args) => cost::cost(&args),
        Verb::Docs(args) => docs::docs(&args),
        Verb::Doctor(args) => doctor::run(workspace::workspace(), &args),
    };
    done.unwrap_or_else(|why| {
        if why.is::<worker::Interrupted>() {
            return Exit::Interrupted.into();
        }
        say::say(&format!("error: {why:#}"));
        ExitCode::FAILURE
    })
}

/// The error of a verb that starts workers, on a Linux without `/proc`.
fn lacks_proc(verb: &Verb) -> Option<&'static str> {
    let only_reads = matches!(verb, Verb::Show(_) | Verb::Compare(_) | Verb::Doctor(_) | Verb::New(_));
    let there = !cfg!(target_os = "linux") || Path::new("/proc/self").exists();
    (!only_reads && !there)
        .then_some("/proc is not mounted, but needed to watch workers; mount it (`mount -t proc proc /proc`)")
}
