//! A worker process, from outside: started, sent requests with a deadline, and ended with all processes it
//! started.

mod owned;
mod settings;

use self::settings::settings;

use crate::interrupt;
use crate::lifeline;
use crate::style::visible;
use anyhow::{Context, Result, anyhow, bail};
use command_fds::{CommandFdExt, FdMapping};
use parallax_runner::clock::now_ns;
use parallax_runner::protocol::{LONGEST_LINE, Reply, Request, Timed};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many bytes of a worker's output are kept.
const KEPT_OUTPUT: usize = 64 << 10;

/// How often a waiting supervisor checks whether Ctrl-C was pressed.
const LOOK: Duration = Duration::from_millis(50);

/// How to start a worker: its program, its arguments before `--channel`, and the variables added to its
/// environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, before those of the protocol.
    pub args: Vec<OsString>,
    /// The variables added to its environment.
    pub environment: Vec<(&'static str, OsString)>,
}

impl Launch {
    /// A binary that is a worker by itself.
    pub fn binary(program: impl AsRef<Path>) -> Self {
        Launch { program: program.as_ref().to_owned(), args: Vec::new(), environment: Vec::new() }
    }

    /// A worker that is started by a command; none without words.
    pub fn words(words: &[OsString]) -> Option<Self> {
        words.split_first().map(|(program, args)| Launch { args: args.to_vec(), ..Launch::binary(program) })
    }

    /// The command that starts it with thread limits set, the same for all callers.
    pub fn command(&self, workers: usize) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.envs(settings(workers));
        command
    }
}

/// A running worker. Dropping it ends it, and every process that it started.
pub struct Worker {
    child: Child,
    spawned_ns: u64,
    /// The time from its start until it began on its first request.
    spawn_ns: Option<u64>,
    requests: Option<File>,
    replies: Receiver<Result<String>>,
    output: Arc<Mutex<VecDeque<u8>>>,
}

impl Worker {
    /// Starts a worker in a new process group, with a private channel and thread limits set.
    pub fn spawn(launch: &Launch, workers: usize) -> Result<Self> {
        let (their_requests, requests) = std::io::pipe()?;
        let (replies, their_replies) = std::io::pipe()?;
        let (printed, stdout) = std::io::pipe()?;
        let mut command = launch.command(workers);
        command.args(["--channel", "3,4"]);
        let mark = owned::mark();
        command.env(owned::MARK, &mark);
        command.stdin(Stdio::null()).stderr(stdout.try_clone()?).stdout(stdout).process_group(0);
        command.fd_mappings(vec![
            FdMapping { parent_fd: their_requests.into(), child_fd: 3 },
            FdMapping { parent_fd: their_replies.into(), child_fd: 4 },
        ])?;
        lifeline::tie(&mut command);
        owned::spare(&children(std::process::id()));
        let spawned_ns = now_ns();
        let child = command.spawn().with_context(|| format!("cannot start {}", launch.program.display()))?;
        owned::began(child.id(), mark);
        drop(command); // closes our copies of the worker's ends
        let output = Arc::new(Mutex::new(VecDeque::new()));
        let requests = Some(File::from(std::os::fd::OwnedFd::from(requests)));
        keep_output(printed, output.clone());
        Ok(Worker { child, spawned_ns, spawn_ns: None, requests, replies: read_lines(replies), output })
    }

    /// Sends a request and waits for the reply, for `limit` at most.
    ///
    /// # Errors
    ///
    /// If the worker dies, hangs, sends an invalid reply or one with times outside the request, with the
    /// end of its output; or [`Interrupted`].
    pub fn ask(&mut self, request: &Request, limit: Duration) -> Result<Timed> {
        let sent_ns = now_ns();
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        let requests = self.requests.as_mut().ok_or_else(|| anyhow!("the worker is shutting down"))?;
        if requests.write_all(&line).is_err() {
            return Err(self.died());
        }
        let reply = self.wait_for_line(limit)?;
        let timed: Timed = serde_json::from_str(&reply)
            .with_context(|| format!("the worker's line is not a valid reply: {}", shorten(&reply)))?;
        if timed.began_ns < sent_ns || timed.ended_ns > now_ns() || timed.began_ns > timed.ended_ns {
            bail!("the worker's clock disagrees with ours: it reports times outside of the request");
        }
        self.spawn_ns.get_or_insert(timed.began_ns - self.spawned_ns);
        if let Reply::Error { message } = &timed.reply {
            bail!("the worker did not understand: {}", shorten(message));
        }
        Ok(timed)
    }

    fn wait_for_line(&mut self, limit: Duration) -> Result<String> {
        let mut left = limit;
        loop {
            if interrupt::asked() {
                return Err(Interrupted.into());
            }
            let look = LOOK.min(left);
            match self.replies.recv_timeout(look) {
                Ok(line) => return line,
                Err(RecvTimeoutError::Disconnected) => return Err(self.died()),
                Err(RecvTimeoutError::Timeout) if left <= look => {
                    return Err(NoAnswer { limit, words: self.last_words() }.into());
                }
                Err(RecvTimeoutError::Timeout) => left -= look,
            }
        }
    }

    fn died(&mut self) -> anyhow::Error {
        let _ = kill_process_group(self.pid(), Signal::KILL);
        let how = self.child.wait().map_or_else(|why| why.to_string(), |status| status.to_string());
        anyhow!("the worker died ({how}){}", self.last_words())
    }

    /// The end of what the worker printed, for an error message.
    fn last_words(&self) -> String {
        std::thread::sleep(LOOK); // let the reader catch up with a process that just died
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&output.iter().copied().collect::<Vec<_>>()).into_owned();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let tail = lines[lines.len().saturating_sub(3)..].join(" | ");
        if tail.is_empty() { String::new() } else { format!("; it printed: {}", shorten(&tail)) }
    }

    /// The time from its start until it could begin on a request; none before the first reply.
    pub fn spawn_ns(&self) -> Option<u64> {
        self.spawn_ns
    }

    /// Its process and all present descendants, for a program that inspects them.
    pub fn tree(&self) -> Vec<u32> {
        let own = self.child.id();
        std::iter::once(own).chain(descendants(own).into_iter().map(i32::unsigned_abs)).collect()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

/// Ends the worker, its process group and all other descendants.
impl Drop for Worker {
    fn drop(&mut self) {
        if let Ok(mut line) = serde_json::to_vec(&Request::Shutdown) {
            line.push(b'\n');
            let _ = self.requests.take().map(|mut requests| requests.write_all(&line));
        }
        let mut patience = 20;
        while patience > 0 && matches!(self.child.try_wait(), Ok(None)) && !interrupt::asked() {
            std::thread::sleep(Duration::from_millis(if patience > 10 { 1 } else { 20 }));
            patience -= 1;
        }
        let killed = descendants(self.child.id());
        for pid in killed.iter().filter_map(|pid| Pid::from_raw(*pid)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = kill_process_group(self.pid(), Signal::KILL);
        let _ = self.child.wait();
        owned::ended(self.child.id());
        owned::reap(&killed);
        remove_scratch(self.child.id());
    }
}

/// Ctrl-C was pressed while a worker was busy.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// A worker did not answer within the limit.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} s, ended{words}", limit.as_secs_f64().ceil())]
pub struct NoAnswer {
    limit: Duration,
    /// The end of its output.
    words: String,
}

/// Makes this process inherit the orphans of its workers, so that they can be ended.
pub fn adopt_orphans() {
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Removes files, shared memory and semaphores that a worker named after itself and could not remove
/// because it was killed.
fn remove_scratch(pid: u32) {
    let prefixes = [format!("parallax-{pid}-"), format!("loky-{pid}-")]; // the second is joblib's
    let entries = ["/tmp", "/dev/shm"].into_iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    for entry in entries.flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if prefixes.iter().any(|prefix| name.trim_start_matches("sem.").starts_with(prefix)) {
            let path = entry.path();
            let _ = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        }
    }
}

fn descendants(root: u32) -> Vec<i32> {
    let mut found = children(root);
    let mut next = 0;
    while next < found.len() {
        found.extend(children(found[next].unsigned_abs()));
        next += 1;
    }
    found
}

fn children(pid: u32) -> Vec<i32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of_task = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children")).ok();
    let lists: Vec<String> = tasks.filter_map(of_task).collect();
    lists.iter().flat_map(|list| list.split_whitespace()).filter_map(|pid| pid.parse().ok()).collect()
}

/// Forwards each line of `replies`; ends at a line that is too long.
fn read_lines(replies: impl Read + Send + 'static) -> Receiver<Result<String>> {
    let (lines, received) = channel();
    std::thread::spawn(move || {
        let mut replies = BufReader::new(replies);
        loop {
            let mut line = Vec::new();
            let read = replies.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', &mut line);
            let line = match read {
                Ok(0) | Err(_) => return,
                Ok(LONGEST_LINE) => {
                    Err(anyhow!("the worker floods its channel: a line has more than {LONGEST_LINE} bytes"))
                }
                Ok(_) => Ok(String::from_utf8_lossy(&line).into_owned()),
            };
            if lines.send(line).is_err() {
                return;
            }
        }
    });
    received
}

/// Keeps the end of a worker's output, so that neither its pipe nor our memory fills.
fn keep_output(mut printed: impl Read + Send + 'static, kept: Arc<Mutex<VecDeque<u8>>>) {
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = printed.read(&mut chunk) {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(&chunk[..read]);
            let excess = kept.len().saturating_sub(KEPT_OUTPUT);
            kept.drain(..excess);
        }
    });
}

/// A text from outside, made safe and short for a message.
pub fn shorten(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    let clean = visible(&clean).into_owned();
    if text.chars().nth(300).is_some() { clean + "…" } else { clean }
}

/// How each family's worker is started.
pub type Launches = HashMap<String, Launch>;
