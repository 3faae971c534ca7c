//! The processes of this program on the other hosts: started, greeted, watched, and ended with this one.
//!
//! A member is the program itself, started with `ROLE` as its first argument. It reads its identity from its standard
//! input and answers on its standard output, so any command that carries these two (ssh, or a namespace's `ip netns
//! exec`) can start it. Its standard input ends when the process that started it ends, and then it ends too.

#![expect(clippy::disallowed_methods, reason = "the wait for a host, not a technique's time")]

use crate::beat::Signs;
use crate::hello::{Answer, Greeting, LONGEST, ROLE};
use crate::{Error, Host, Hosts};
use parallax_processes::{Death, remote};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use std::env;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a host may take to start a process and read its greeting.
const GREETING: Duration = Duration::from_secs(30);
/// How long a member may take to end by itself once its standard input has ended.
const GRACE: Duration = Duration::from_secs(2);

/// The processes on all hosts except the first, which is this process.
#[derive(Debug)]
pub struct Members(Vec<Member>);

#[derive(Debug)]
struct Member {
    host: Host,
    child: Child,
    signs: Signs,
}

impl Members {
    /// No processes besides this one.
    pub fn none() -> Self {
        Members(Vec::new())
    }

    /// Starts a process on each host except the first, and sends it the result of `hello` for the host's number. When
    /// it returns all of them are ready.
    ///
    /// # Errors
    ///
    /// The first host that cannot be started, or does not answer, or refuses; the others are ended.
    pub fn start<T: Serialize>(
        engine: &str,
        hosts: &Hosts,
        hello: impl Fn(usize) -> T,
    ) -> Result<Self, Error> {
        let mut members = Members(Vec::new());
        let refused = |why: io::Error| Error::Engine(format!("cannot read this program: {why}"));
        let build = if hosts.len() > 1 { remote::build().map_err(refused)? } else { 0 };
        for (number, host) in hosts.iter().enumerate().skip(1) {
            let body = postcard::to_stdvec(&hello(number)).map_err(|why| Error::Engine(why.to_string()))?;
            members.0.push(Member::start(engine, host, &Greeting { build, body })?);
        }
        members.0.iter_mut().try_for_each(Member::expect_ready)?;
        Ok(members)
    }

    /// Checks that all processes still run.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`] for one that has ended.
    pub fn check(&mut self) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(Member::check)
    }

    /// Checks that all processes run and have given a sign of life within `silence`. A busy process gives some signs a
    /// second, and a hung one none. Call it again and again: time without a look counts as no silence.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`] for one that has ended, [`Error::Late`] for one that is silent.
    pub fn check_signs(&mut self, silence: Duration) -> Result<(), Error> {
        self.check()?;
        self.0.iter_mut().try_for_each(|member| member.check_signs(silence))
    }

    /// The IDs of the processes that were started here, in the order of the hosts: the members themselves, or the
    /// commands that reach them.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|member| member.child.id())
    }
}

impl Drop for Members {
    /// Closes the input of all processes, and kills those that do not end by themselves.
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|member| drop(member.child.stdin.take()));
        let end = Instant::now() + GRACE;
        for member in &mut self.0 {
            while Instant::now() < end && matches!(member.child.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(1));
            }
            let _ = member.child.kill();
            let _ = member.child.wait();
        }
    }
}

impl Member {
    fn start(engine: &str, host: &Host, greeting: &Greeting) -> Result<Self, Error> {
        let failed = |source| Error::Start { host: host.name.clone(), source };
        let mut command = command(engine, host).map_err(failed)?;
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let mut member = Member { host: host.clone(), child, signs: Signs::new() };
        let bytes = postcard::to_stdvec(greeting).map_err(|why| Error::Engine(why.to_string()))?;
        if let Some(input) = &mut member.child.stdin {
            let said = input.write_all(&(bytes.len() as u32).to_le_bytes());
            // a process that has already ended is found when its answer is read
            let _ = said.and_then(|()| input.write_all(&bytes)).and_then(|()| input.flush());
        }
        Ok(member)
    }

    fn expect_ready(&mut self) -> Result<(), Error> {
        let host = self.host.name.clone();
        let deadline = Instant::now() + GREETING;
        let mut length = [0; 4];
        let answer = read_until(&mut self.child, &mut length, deadline).and_then(|()| {
            let mut bytes = vec![0; u32::from_le_bytes(length).min(LONGEST) as usize];
            read_until(&mut self.child, &mut bytes, deadline)?;
            postcard::from_bytes(&bytes).map_err(io::Error::other)
        });
        match answer {
            Ok(Answer::Ready) => Ok(()),
            Ok(Answer::Refused(reason)) => Err(Error::Refused { host, reason }),
            Ok(Answer::OtherBuild) => {
                let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("this program"));
                Err(Error::OtherBuild { host, program })
            }
            Err(why) if why.kind() == io::ErrorKind::TimedOut => Err(Error::Late { host, limit: GREETING }),
            Err(source) => {
                let late = Instant::now() + GRACE;
                while Instant::now() < late {
                    self.check()?; // the exit status explains more than the failed read
                    thread::sleep(Duration::from_millis(1));
                }
                Err(Error::Start { host, source })
            }
        }
    }

    fn check_signs(&mut self, limit: Duration) -> Result<(), Error> {
        let Some(output) = &mut self.child.stdout else { return Ok(()) };
        match self.signs.silence(output) {
            Ok(silence) if silence > limit => Err(Error::Late { host: self.host.name.clone(), limit }),
            // a process whose output cannot be read has ended, or will count as silent
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn check(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(Error::Lost { host: self.host.name.clone(), death: Death::from(status) }),
            Ok(None) | Err(_) => Ok(()),
        }
    }
}

/// The command that runs this program on a host, as a member.
fn command(engine: &str, host: &Host) -> io::Result<Command> {
    let here = env::current_exe()?;
    let role = format!("{ROLE}{engine}");
    let mut command = match host.starter().split_first() {
        // the running file, even if another one has replaced it on the disk
        None => Command::new("/proc/self/exe"),
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(host.program.as_ref().unwrap_or(&here));
            command
        }
    };
    command.arg(role);
    Ok(command)
}

/// Reads all of `bytes`, or fails as timed out.
fn read_until(child: &mut Child, bytes: &mut [u8], deadline: Instant) -> io::Result<()> {
    let output = child.stdout.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut read = 0;
    while read < bytes.len() {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        let mut ready = [PollFd::new(&*output, PollFlags::IN)];
        if poll(&mut ready, Some(&timeout))? == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match output.read(&mut bytes[read..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => read += more,
        }
    }
    Ok(())
}
