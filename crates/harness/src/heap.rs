//! Counting the allocations of a run: in a separate process, by a small library that is preloaded only there.
//!
//! So timed processes have no counter, a worker is counted as it was built, and Python and C are counted like Rust. The
//! library ([heap.c](heap.c)) replaces glibc's allocator in the worker and all processes that it starts. They share one
//! file of counts, in which the worker switches counting on for the duration of a run.

use crate::turn::Patience;
use crate::worker::{Launch, Worker, shorten};
use anyhow::{Context, Result, bail, ensure};
use parallax_pattern::optional;
use parallax_runner::heap::{NUMBERS, VARIABLE};
use parallax_runner::protocol::{Heap, Prepare, Reply, Request};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const SOURCE: &str = include_str!("heap.c");

/// The C compiler, which Rust also links with.
const COMPILER: &str = "cc";

/// The built library, and the file of its counts; both are removed when it is dropped.
#[derive(Debug)]
pub struct Counter {
    folder: TempDir,
    library: PathBuf,
}

impl Counter {
    /// Builds the library.
    ///
    /// # Errors
    ///
    /// If there is no C compiler, or the C library is not glibc.
    pub fn build() -> Result<Self> {
        ensure!(!optional::hidden(COMPILER), "there is no C compiler `{COMPILER}`; install one");
        let folder = tempfile::Builder::new().prefix("parallax-heap-").tempdir()?;
        let (source, library) = (folder.path().join("heap.c"), folder.path().join("heap.so"));
        let is_split = |byte: &u8| b" :".contains(byte);
        ensure!(
            !library.as_os_str().as_bytes().iter().any(is_split),
            "{} cannot be preloaded, as its path has a blank or colon; set TMPDIR to another folder",
            library.display()
        );
        std::fs::write(&source, SOURCE)?;
        let mut compiler = Command::new(COMPILER);
        // a symbol missing from glibc is an error here, and not when a worker starts
        compiler.args(["-O2", "-shared", "-fPIC", "-pthread", "-Wl,-z,defs", "-o"]);
        compiler.arg(&library).arg(&source).stdin(Stdio::null());
        let out = compiler.output().with_context(|| format!("cannot start the C compiler `{COMPILER}`"))?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            bail!("the counting library cannot be built (it needs glibc): {}", shorten(&said));
        }
        Ok(Counter { folder, library })
    }

    /// Counts the allocations of a run of a cell, in a worker that is started for it and ended after it.
    ///
    /// # Errors
    ///
    /// If the worker cannot be counted, or the cell does not run there.
    pub fn count(&self, launch: &Launch, wanted: &Prepare, patience: Patience) -> Result<Heap> {
        std::fs::write(self.file(), [0; 8 * NUMBERS])?;
        let mut worker = Worker::spawn(&self.launch(launch), wanted.workers)?;
        match worker.ask(&Request::Prepare(wanted.clone()), patience.left(patience.start))?.reply {
            Reply::Ready(_) => {}
            Reply::Refused { reason, .. } => bail!("{reason}"),
            _ => bail!("the worker's answer to `prepare` is not `ready`"),
        }
        match worker.ask(&Request::Heap, patience.left(patience.run))?.reply {
            Reply::Heap(heap) => Ok(heap),
            Reply::Refused { reason, .. } => bail!("{reason}"),
            _ => bail!("the worker's answer to `heap` is not `heap`"),
        }
    }

    /// The same launch with the library preloaded.
    fn launch(&self, launch: &Launch) -> Launch {
        let others = |name| std::env::var_os(name).filter(|others| !others.is_empty());
        let mut preload = self.library.clone().into_os_string();
        if let Some(others) = others("LD_PRELOAD") {
            preload.push(":");
            preload.push(others);
        }
        let mut launch = launch.clone();
        launch.environment.extend([
            ("LD_PRELOAD", preload),
            (VARIABLE, self.file().into_os_string()),
            // otherwise Python allocates small objects from its own pools
            ("PYTHONMALLOC", OsString::from("malloc")),
        ]);
        launch
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("counts")
    }
}
