//! One block of a run as an example, turn by turn: the one that a drawing shows best, whatever its outcome.

use parallax_harness::analysis::run_ns;
use parallax_method::{log_ratio, median};
use parallax_record::journal::{BlockLine, Line, Outcome, Role, TurnLine, blocks};
use parallax_record::plan::Plan;
use parallax_record::summary::Excluded;
use parallax_runner::protocol::Measured;
use serde_json::{Value, json};

/// A turn that has samples.
type Sampled<'a> = (Role, u64, &'a Measured);

/// Of the blocks with the most turns, the one whose turns are most nearly equally long, so that each can be seen. A
/// block that is `excluded`, or that has a turn without a number, is no example.
pub(super) fn example(plan: &Plan, lines: &[Line], excluded: &[Excluded]) -> Option<Value> {
    let counts = |block: &BlockLine| excluded.iter().all(|other| other.block != block.block);
    let ended = blocks(lines).into_iter().filter(|(block, _)| counts(block));
    let whole = ended.filter_map(|(block, turns)| Some((block, sampled(&turns)?)));
    let (block, turns) = whole.min_by(|(_, a), (_, b)| {
        b.len().cmp(&a.len()).then_with(|| unevenness(a).total_cmp(&unevenness(b)))
    })?;
    let group = plan.groups.get(block.group)?;
    let ends = [turns.first()?, turns.last()?].map(|(.., measured)| run_ns(measured));
    let told = turns.iter().map(|(role, turn_ns, measured)| {
        let ratio = log_ratio(&ends[0], &ends[1], &run_ns(measured)).ok().map(f64::exp);
        json!({
            "technique": group.technique(*role),
            "twin": *role == Role::Twin,
            "turn_ns": turn_ns,
            "sampled_ns": measured.samples.iter().map(|sample| sample.wall_ns).sum::<u64>(),
            "run_ns": median(&run_ns(measured)),
            "ratio": ratio.filter(|_| *role != Role::Baseline),
        })
    });
    Some(json!({
        "workload": group.workload, "case": group.case, "size": group.size, "workers": group.workers,
        "block": block.block, "turns": told.collect::<Vec<_>>(),
        "probe_before": block.probe_before, "probe_after": block.probe_after,
    }))
}

/// The turns of a block that has its baseline at both ends and a number for each turn.
fn sampled<'a>(turns: &[&'a TurnLine]) -> Option<Vec<Sampled<'a>>> {
    let of = |turn: &&'a TurnLine| match &turn.outcome {
        Outcome::Measured { measured, .. } => Some((turn.role, turn.turn_ns, measured)),
        Outcome::Refused { .. } => None,
    };
    let all: Vec<Sampled> = turns.iter().map(of).collect::<Option<_>>()?;
    let is_end = |turn: Option<&Sampled>| turn.is_some_and(|(role, ..)| *role == Role::Baseline);
    (all.len() > 2 && is_end(all.first()) && is_end(all.last())).then_some(all)
}

/// How many times as long as the shortest turn the longest one is.
fn unevenness(turns: &[Sampled]) -> f64 {
    let lengths = || turns.iter().map(|(_, ns, _)| *ns as f64);
    lengths().fold(0.0, f64::max) / lengths().fold(f64::INFINITY, f64::min).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_harness::{journal, workspace};

    /// The published run: its plan and its lines.
    fn published() -> (Plan, Vec<Line>) {
        let folder = workspace::workspace().join("results/earlier/amd-epyc-7003-2-cores");
        let plan = journal::read_plan(&folder).unwrap();
        let lines = journal::read_lines_of(&folder, &plan).unwrap();
        (plan, lines)
    }

    #[test]
    fn the_example_is_a_block_of_the_journal_with_its_ratios() {
        let (plan, lines) = published();
        let told = example(&plan, &lines, &[]).unwrap();
        let turns = told["turns"].as_array().unwrap();
        let ended = blocks(&lines);
        let (_, of_block) = ended.iter().find(|(block, _)| json!(block.block) == told["block"]).unwrap();
        let lengths: Vec<Value> = of_block.iter().map(|turn| json!(turn.turn_ns)).collect();
        assert_eq!(turns.iter().map(|turn| turn["turn_ns"].clone()).collect::<Vec<_>>(), lengths);
        let run = |at: usize| turns[at]["run_ns"].as_f64().unwrap();
        let last = turns.len() - 1;
        for (at, turn) in turns.iter().enumerate() {
            let is_end = at == 0 || at == last;
            assert_eq!(turn["ratio"].is_null(), is_end, "{turn}");
            if !is_end {
                // the geometric mean of both ends, over its own time
                let expected = (run(0) * run(last)).sqrt() / run(at);
                assert!((turn["ratio"].as_f64().unwrap() / expected - 1.0).abs() < 0.01, "{turn}");
            }
        }
        assert_eq!(turns.iter().filter(|turn| turn["twin"] == true).count(), 1);
        assert!(blocks(&lines).iter().all(|(_, turns)| turns.len() <= last + 1), "no block has more turns");
    }

    #[test]
    fn a_block_that_does_not_count_or_has_a_refusal_is_no_example() {
        let (plan, mut lines) = published();
        let first = example(&plan, &lines, &[]).unwrap();
        let number = first["block"].as_u64().unwrap();
        let excluded = json!({ "workload": first["workload"], "case": first["case"], "block": number });
        let excluded: Excluded = serde_json::from_value(excluded).unwrap();
        let other = example(&plan, &lines, &[excluded]).unwrap();
        assert_ne!(other["block"], first["block"]);
        let turn = lines.iter_mut().find_map(|line| match line {
            Line::Turn(turn) if turn.block == number && turn.role != Role::Baseline => Some(turn),
            _ => None,
        });
        turn.unwrap().outcome = Outcome::Refused {
            status: parallax_runner::protocol::Status::Failed,
            reason: "wrong result".into(),
        };
        assert_eq!(example(&plan, &lines, &[]).unwrap()["block"], other["block"]);
        assert!(example(&plan, &[], &[]).is_none());
    }
}
