//! The tools in C that the limits are compared with have right results; their speed is not tested.

#[path = "../examples/known_tools/tool.rs"]
mod tool;

use tool::Tool;

fn compiled() -> (tempfile::TempDir, Tool) {
    let folder = tempfile::tempdir().unwrap();
    let tool = Tool::compiled(folder.path()).unwrap();
    (folder, tool)
}

#[test]
fn a_triad_in_c_computes_each_element_of_each_worker() {
    let (_folder, tool) = compiled();
    for kernel in ["triad", "streaming"] {
        for workers in [1, 2, 3] {
            let said = match tool.run(kernel, workers, 240_000, 2) {
                Err(why) if why.to_string().contains("no stores past the caches") => continue,
                said => said.unwrap(),
            };
            let length = 240_000 / 24 / workers / 8 * 8;
            let right: usize = (0..length).map(|i| i % 1024 + 3 * (i % 1021)).sum();
            assert_eq!(said.sum, (workers * right) as f64, "{kernel} of {workers}");
            assert!(said.rates.len() == 2 && said.rates.iter().all(|rate| *rate > 0.0));
        }
    }
}

#[test]
fn multiply_adds_in_c_count_each_step_of_each_chain() {
    let (_folder, tool) = compiled();
    for (kernel, bytes) in [("fma", 8), ("fma32", 4)] {
        for (workers, samples) in [(1, 1), (1, 2), (2, 1)] {
            let sum = tool.run(kernel, workers, 0, samples).unwrap().sum;
            // Twelve chains from 0 to 11, 64 times 2^14 steps, and as many lanes as the processor's vectors have.
            let lane = (samples * workers * 64 * (12 * (1 << 14) + 66)) as f64;
            let lanes = [16, 32, 64].map(|width| lane * f64::from(width / bytes));
            assert!(lanes.contains(&sum), "{kernel} of {workers}: {sum} is none of {lanes:?}");
        }
    }
}

#[test]
fn what_is_no_kernel_has_no_rate() {
    let (_folder, tool) = compiled();
    assert!(tool.run("nonsense", 1, 0, 1).is_err() && tool.run("fma", 0, 0, 1).is_err());
}
