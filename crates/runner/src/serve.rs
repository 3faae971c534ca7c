//! The loop of a supervised worker: a request in, a reply out, until the supervisor is gone.

use crate::protocol::{
    CellInfo, Hello, Known, LONGEST_LINE, Measure, Prepare, Ready, Reply, Request, Spreader, Status, Sustain,
    Timed, VERSION,
};
use crate::{clock, heap, libraries, measure, probe, room, sustain};
use parallax_pattern::{Answer, Cores, No};
use parallax_suite::cell::{Cell, Run};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Answers requests from `requests` on `replies` until the end of input or [`Request::Shutdown`].
///
/// # Errors
///
/// If the channel breaks.
pub(crate) fn serve(
    family: &str,
    cells: &[Cell],
    requests: impl Read,
    mut replies: impl Write,
) -> io::Result<()> {
    let mut session = Session { family, cells, loaded: None };
    let mut requests = BufReader::new(requests);
    let mut line = String::new();
    loop {
        line.clear();
        if requests.by_ref().take(LONGEST_LINE as u64).read_line(&mut line)? == 0 {
            return Ok(()); // the supervisor is gone
        }
        let began_ns = clock::now_ns();
        let request = serde_json::from_str(&line);
        let last = matches!(request, Ok(Request::Shutdown));
        let reply = match request {
            Ok(request) => session.answer(request),
            Err(why) => Reply::Error { message: format!("cannot read the request: {why}") },
        };
        let mut out = serde_json::to_vec(&Timed { began_ns, ended_ns: clock::now_ns(), reply })?;
        out.push(b'\n');
        replies.write_all(&out)?;
        replies.flush()?;
        if last {
            return Ok(());
        }
    }
}

struct Session<'a> {
    family: &'a str,
    cells: &'a [Cell],
    loaded: Option<Loaded>,
}

/// A cell that can be measured, and the time to prepare it.
struct Loaded {
    run: Box<dyn Run>,
    prepared_ns: u64,
}

impl Session<'_> {
    fn answer(&mut self, request: Request) -> Reply {
        match request {
            Request::Hello => Reply::Hello(Hello {
                protocol: VERSION,
                family: self.family.to_owned(),
                isa: parallax_pattern::isa::compiled().to_owned(),
            }),
            Request::List => Reply::Cells { cells: self.cells.iter().map(info).collect() },
            Request::Prepare(wanted) => guarded(|| self.prepare(&wanted).map(Reply::Ready)),
            Request::Measure(plan) => guarded(|| self.measure(&plan)),
            Request::Sustain(plan) => guarded(|| self.sustain(&plan)),
            Request::Heap => guarded(|| self.heap()),
            Request::Probe => Reply::Probed(probe::probe()),
            Request::Shutdown => Reply::Bye,
        }
    }

    fn prepare(&mut self, wanted: &Prepare) -> Answer<Ready> {
        self.loaded = None; // frees the previous input first
        let (run, ready) = load(self.cells, wanted)?;
        self.loaded = Some(Loaded { run, prepared_ns: ready.start_ns.saturating_add(ready.load_ns) });
        Ok(ready)
    }

    fn measure(&mut self, plan: &Measure) -> Answer<Reply> {
        let Some(Loaded { run, prepared_ns }) = &mut self.loaded else { return Ok(nothing_is_prepared()) };
        measure::measure(run.as_mut(), plan, *prepared_ns).map(Reply::Measured)
    }

    fn sustain(&mut self, plan: &Sustain) -> Answer<Reply> {
        let Some(Loaded { run, .. }) = &mut self.loaded else { return Ok(nothing_is_prepared()) };
        sustain::sustain(run.as_mut(), plan).map(Reply::Sustained)
    }

    fn heap(&mut self) -> Answer<Reply> {
        let Some(Loaded { run, .. }) = &mut self.loaded else { return Ok(nothing_is_prepared()) };
        heap::heap(run.as_mut()).map(Reply::Heap)
    }
}

fn nothing_is_prepared() -> Reply {
    Reply::Error { message: "no cell is prepared; send a prepare request first".into() }
}

/// Starts a cell's technique and loads its input, if the machine has room for it.
pub(crate) fn load(cells: &[Cell], wanted: &Prepare) -> Answer<(Box<dyn Run>, Ready)> {
    let is_wanted = |cell: &&Cell| {
        (cell.workload, cell.case, cell.technique.as_str())
            == (wanted.workload.as_str(), wanted.case.as_str(), wanted.technique.as_str())
    };
    let cell = cells.iter().find(is_wanted).ok_or_else(|| {
        No::Unavailable(format!("this worker has no cell {}/{}", wanted.workload, wanted.technique))
    })?;
    let mut params = cell.params(wanted.size, wanted.variant);
    (params.turns, params.units) = (wanted.turns, wanted.units);
    cell.ensure_units(params)?;
    let footprint = cell.footprint(params);
    room::room_for(footprint)?;
    if let Some(library) = unversioned(cell) {
        return Err(No::Unavailable(no_version(&library)));
    }
    let (started, start_ns) = clock::time(|| cell.start(wanted.workers));
    let started = started?;
    let isa = started.isa();
    let (run, load_ns) = clock::time(|| started.load(params));
    let run = run?;
    let cores = match cell.card.cores {
        Cores::One => 1,
        Cores::Workers => wanted.workers,
    };
    let (exact, facts) = (run.is_exact(), run.facts());
    let (spawn_ns, import_ns, compile_ns) = (None, None, None); // the supervisor knows it; linked and compiled earlier
    Ok((
        run,
        Ready { spawn_ns, start_ns, import_ns, load_ns, compile_ns, isa, cores, exact, footprint, facts },
    ))
}

/// Turns refusals and panics into replies: neither ends the worker.
fn guarded(work: impl FnOnce() -> Answer<Reply>) -> Reply {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(reply)) => reply,
        Ok(Err(no)) => {
            let status = match no {
                No::Unfit(_) => Status::Unfit,
                No::Unavailable(_) => Status::Unavailable,
                No::Failed(_) => Status::Failed,
            };
            Reply::Refused { status, reason: no.to_string() }
        }
        Err(panic) => {
            let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
            let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
            let reason = format!("panicked: {}", words.unwrap_or_else(|| "without a message".into()));
            Reply::Refused { status: Status::Failed, reason }
        }
    }
}

/// A library of the cell's technique whose version cannot be read.
fn unversioned(cell: &Cell) -> Option<String> {
    let mut versions = libraries::versions(cell.card.libraries).into_iter();
    versions.find_map(|(library, version)| version.is_none().then_some(library))
}

fn no_version(library: &str) -> String {
    format!(
        "the version of {library} cannot be read: the Cargo.lock that this worker was built with has no package of \
         that name; write the package's name into `Card::libraries`, or leave it out there"
    )
}

fn info(cell: &Cell) -> CellInfo {
    CellInfo {
        workload: cell.workload.into(),
        case: cell.case.into(),
        technique: cell.technique.clone(),
        question: cell.question,
        pattern: cell.pattern.into(),
        algorithm: cell.algorithm.into(),
        idea: cell.card.idea.into(),
        gives: cell.card.gives.into(),
        costs: cell.card.costs.into(),
        source: cell.card.source.into(),
        implementor: cell.implementor.clone(),
        method: cell.method.clone(),
        kernel: cell.kernel.clone(),
        input: cell.input.into(),
        spreader: cell
            .spreader
            .map(|[source, implementor]| Spreader { source: source.into(), implementor: implementor.into() }),
        libraries: libraries::versions(cell.card.libraries),
        alone: String::new(),
        known: unversioned(cell).map(|library| Known::Unavailable { reason: no_version(&library) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::Sequential;
    use parallax_suite::cell;

    fn converse(requests: &str) -> Vec<Timed> {
        let mut replies = Vec::new();
        serve("baseline", &cell::execute::<Sequential>(), requests.as_bytes(), &mut replies).unwrap();
        let lines = String::from_utf8(replies).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_conversation_measures_a_cell() {
        let replies = converse(concat!(
            r#"{"do":"hello"}"#,
            "\n",
            r#"{"do":"prepare","workload":"montecarlo","technique":"sequential","size":"tiny","variant":0,"workers":1}"#,
            "\n",
            r#"{"do":"measure","samples":1,"min_sample_ns":0,"warmup_ns":0,"max_warmup_ns":0,"long_ns":0}"#,
            "\n",
            r#"{"do":"shutdown"}"#,
            "\n",
        ));
        assert!(matches!(&replies[0].reply, Reply::Hello(hello) if hello.protocol == VERSION));
        assert!(matches!(&replies[1].reply, Reply::Ready(ready) if ready.cores == 1));
        let Reply::Measured(measured) = &replies[2].reply else { panic!("{:?}", replies[2]) };
        assert_eq!(measured.samples[0].digest, "8e7f25270ddf2561"); // the digest of 7813 hits
        assert!(matches!(replies[3].reply, Reply::Bye));
        assert!(replies.iter().all(|timed| timed.began_ns <= timed.ended_ns));
    }

    #[test]
    fn nonsense_is_answered_and_the_conversation_goes_on() {
        let replies = converse("{]\n{\"do\":\"fly\"}\n{\"do\":\"hello\"}\n");
        assert!(matches!(replies[0].reply, Reply::Error { .. }));
        assert!(matches!(replies[1].reply, Reply::Error { .. }));
        assert!(matches!(replies[2].reply, Reply::Hello(_)));
    }

    #[test]
    fn an_unknown_cell_is_refused() {
        let replies = converse(
            "{\"do\":\"prepare\",\"workload\":\"x\",\"technique\":\"y\",\"size\":\"tiny\",\"variant\":0,\"workers\":1}\n",
        );
        assert!(matches!(&replies[0].reply, Reply::Refused { status: Status::Unavailable, .. }));
    }

    #[test]
    fn a_panic_is_a_reply() {
        let reply = guarded(|| panic!("ouch"));
        assert!(
            matches!(reply, Reply::Refused { status: Status::Failed, reason } if reason.contains("ouch"))
        );
    }
}
