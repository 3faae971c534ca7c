//! The tools in C: compiles them with the machine's compiler, starts them, and reads their output.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiled program.
pub(crate) struct Tool {
    program: PathBuf,
}

/// Its output.
pub(crate) struct Said {
    /// The rate of all workers together, for each sample.
    pub(crate) rates: Vec<f64>,
    /// The sum of all their results.
    pub(crate) sum: f64,
}

impl Tool {
    /// Compiles it into a folder, with `CC` or `cc`, for this processor.
    pub(crate) fn compiled(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/known_tools/tools.c");
        let program = folder.join("tools");
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut command = Command::new(&compiler);
        command.args(["-O3", "-march=native", "-std=gnu11", "-Wall", "-Wextra", "-pthread"]);
        if cfg!(target_arch = "x86_64") {
            command.arg("-mprefer-vector-width=512"); // no less than the processor has: 256 would be the default
        }
        command.arg("-o");
        let status = command.arg(&program).arg(source).status();
        let status = status.map_err(|why| {
            format!("cannot start {}: {why}; install a C compiler or name one with CC", compiler.display())
        })?;
        if status.success() { Ok(Tool { program }) } else { Err("the tools do not compile".into()) }
    }

    /// Runs a kernel on `workers` workers in parallel, on data of `bytes` bytes together.
    pub(crate) fn run(
        &self,
        kernel: &str,
        workers: usize,
        bytes: u64,
        samples: usize,
    ) -> Result<Said, Box<dyn Error>> {
        let numbers = [workers as u64, bytes, samples as u64].map(|number| number.to_string());
        let out = Command::new(&self.program).arg(kernel).args(numbers).output()?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).trim().into());
        }
        let text = String::from_utf8(out.stdout)?;
        let (rates, sum) = text.split_once("sum ").ok_or("it printed no sum")?;
        let rates = rates.lines().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Said { rates, sum: sum.trim().parse()? })
    }
}
