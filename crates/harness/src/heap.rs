//! What a run allocates: counted in a process of its own, by a small library that is preloaded there and nowhere else.
//!
//! So what is timed carries no counter, a worker is counted as it was built, and Python and C are counted as Rust is.
//! The library ([heap.c](heap.c)) takes the place of glibc's allocator in the worker and all that it starts, and they
//! share one file of counts, which the worker switches on for as long as a run takes.

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

/// The C compiler, which Rust links with as well.
const COMPILER: &str = "cc";

/// The library, built, and the file of its counts; both go when it is dropped.
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
        ensure!(!optional::hidden(COMPILER), "there is no C compiler `{COMPILER}`");
        let folder = tempfile::Builder::new().prefix("parallax-heap-").tempdir()?;
        let (source, library) = (folder.path().join("heap.c"), folder.path().join("heap.so"));
        let is_split = |byte: &u8| b" :".contains(byte);
        ensure!(
            !library.as_os_str().as_bytes().iter().any(is_split),
            "{} cannot be preloaded, for a blank or colon in its name; set TMPDIR to another folder",
            library.display()
        );
        std::fs::write(&source, SOURCE)?;
        let mut compiler = Command::new(COMPILER);
        // what glibc does not have is an error here, and not when a worker starts
        compiler.args(["-O2", "-shared", "-fPIC", "-pthread", "-Wl,-z,defs", "-o"]);
        compiler.arg(&library).arg(&source).stdin(Stdio::null());
        let out = compiler.output().with_context(|| format!("there is no C compiler `{COMPILER}`"))?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            bail!(
                "the library that counts cannot be built, as where the C library is not glibc: {}",
                shorten(&said)
            );
        }
        Ok(Counter { folder, library })
    }

    /// Counts what a run of a cell allocates, in a worker that is started for it and ended after it.
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
            _ => bail!("the worker does not answer `prepare` with what it has made ready"),
        }
        match worker.ask(&Request::Heap, patience.left(patience.run))?.reply {
            Reply::Heap(heap) => Ok(heap),
            Reply::Refused { reason, .. } => bail!("{reason}"),
            _ => bail!("the worker does not answer `heap` with what a run allocates"),
        }
    }

    /// The same launch with the library in it.
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
            // Python hands out small objects from blocks of its own otherwise
            ("PYTHONMALLOC", OsString::from("malloc")),
        ]);
        launch
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("counts")
    }
}
