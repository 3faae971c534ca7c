//! A program on the first host of a net, whose output a test reads line by line.

use crate::Net;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{env, fs, process};

/// A program on the first host; its `PARALLAX_HOSTS` names all hosts of the net.
#[derive(Debug)]
pub struct Program {
    child: Child,
    says: BufReader<ChildStdout>,
    file: PathBuf,
}

impl Program {
    /// Starts this same program on the first host, with these arguments; each host has `workers` workers.
    ///
    /// # Errors
    ///
    /// If the file of hosts cannot be written, or the program cannot be started.
    pub fn start(
        net: &Net,
        workers: usize,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> io::Result<Self> {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let name = format!("parallax-hosts-{}-{}.toml", process::id(), STARTED.fetch_add(1, Relaxed));
        let file = env::temp_dir().join(name);
        fs::write(&file, net.hosts_file(workers))?;
        let mut command = net.command(0, env::current_exe()?);
        command.args(arguments).env("PARALLAX_HOSTS", &file).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let says = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Program { child, says: BufReader::new(says), file })
    }

    /// The next line of its output, without the line break; empty when there are no more.
    ///
    /// # Errors
    ///
    /// If the output is not text.
    pub fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    /// Waits for its end: whether it succeeded, and the output that has not been read.
    ///
    /// # Errors
    ///
    /// If the output is not text.
    pub fn end(mut self) -> io::Result<(bool, String)> {
        let mut rest = String::new();
        self.says.read_to_string(&mut rest)?;
        Ok((self.child.wait()?.success(), rest))
    }
}

impl Drop for Program {
    /// The program ends with the net, if it still runs; only its file is removed here.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}
