//! A member's side of the greeting: what it reads first, and what it answers.

use crate::beat;
use parallax_processes::remote;
use rustix::stdio::dup2_stdout;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::env;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::exit;
use std::thread;

/// The first argument of a member; the name of its engine follows.
pub(crate) const ROLE: &str = "--parallax-member=";
/// The longest greeting, in bytes.
pub(crate) const LONGEST: u32 = 1 << 20;

/// The first message to a member.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Greeting {
    pub(crate) build: u64,
    pub(crate) body: Vec<u8>,
}

/// In a member: the name of the engine that it was started for. `None` in the program that a user starts.
pub fn role() -> Option<String> {
    let argument = env::args_os().nth(1)?.into_string().ok()?;
    Some(argument.strip_prefix(ROLE)?.to_owned())
}

/// In a member: the greeting that it received and has yet to answer.
#[derive(Debug)]
pub struct Hello<T> {
    /// The message of the process that started it.
    pub body: T,
}

impl<T: DeserializeOwned> Hello<T> {
    /// Waits for the greeting. From here on the process ends when the one that started it does.
    ///
    /// # Errors
    ///
    /// If the greeting is invalid, or the programs are not the same; the other end has been notified.
    pub fn wait() -> io::Result<Self> {
        let mut input = io::stdin().lock();
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length > LONGEST {
            return Err(io::Error::other("started as a member, but the input is not a greeting"));
        }
        let mut bytes = vec![0; length as usize];
        input.read_exact(&mut bytes)?;
        drop(input);
        let Greeting { build, body } = postcard::from_bytes(&bytes).map_err(io::Error::other)?;
        if build != remote::build()? {
            answer(&Answer::OtherBuild)?;
            return Err(io::Error::other("this is another build than that of the first host"));
        }
        thread::Builder::new().name("end of input".to_owned()).spawn(end_with_input)?;
        Ok(Hello { body: postcard::from_bytes(&body).map_err(io::Error::other)? })
    }
}

impl<T> Hello<T> {
    /// Reports that this member is ready. From here on its standard output carries signs of life, and what the program
    /// prints goes to its standard error.
    ///
    /// # Errors
    ///
    /// If the other end is closed.
    pub fn ready(self) -> io::Result<T> {
        answer(&Answer::Ready)?;
        let out = io::stdout().as_fd().try_clone_to_owned()?;
        dup2_stdout(io::stderr())?;
        beat::start(out)?;
        Ok(self.body)
    }

    /// Reports why this member cannot take part.
    ///
    /// # Errors
    ///
    /// If the other end is closed.
    pub fn refuse(self, reason: &str) -> io::Result<()> {
        answer(&Answer::Refused(reason.to_owned()))
    }
}

fn end_with_input() {
    let mut rest = [0; 64];
    while io::stdin().lock().read(&mut rest).is_ok_and(|read| read > 0) {}
    exit(0);
}

/// A member's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Ready,
    OtherBuild,
    Refused(String),
}

fn answer(answer: &Answer) -> io::Result<()> {
    let bytes = postcard::to_stdvec(answer).map_err(io::Error::other)?;
    let mut out = io::stdout().lock();
    out.write_all(&(bytes.len() as u32).to_le_bytes())?;
    out.write_all(&bytes)?;
    out.flush()
}
