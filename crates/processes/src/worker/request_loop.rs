//! The main loop of a worker: read a request, run its tasks, write the reply.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::ops::Range;
use std::process::exit;
use std::sync::atomic::Ordering::Release;

use crate::shared::forget_closed;
use crate::worker::call;
use crate::worker::channel::{Channel, Seen};
use crate::worker::framing::{Kind, MAX_KEPT, begin, finish};
use crate::worker::image::Image;
use crate::worker::plan::Setup;
use crate::worker::progress::Progress;
use crate::worker::spin::spin;

pub(crate) struct RequestLoop {
    channel: Channel,
    progress: Progress,
    reply: Vec<u8>,
}

impl RequestLoop {
    pub(crate) fn new(channel: Channel, progress: Progress) -> Self {
        Self { channel, progress, reply: Vec::new() }
    }

    /// Returns only if the parent sends something that no parent would.
    pub(crate) fn run(mut self) -> Result<Infallible, Box<dyn std::error::Error>> {
        loop {
            let (kind, payload) = self.next()?;
            if self.reply.capacity() > MAX_KEPT {
                self.reply = Vec::new();
            }
            self.reply.clear();
            match kind {
                Kind::Setup => self.set_up(payload)?,
                Kind::Call => self.answer(payload)?,
                other => return Err(format!("unexpected {other:?} message from the parent").into()),
            }
            self.send()?;
            forget_closed();
        }
    }

    /// Waits for a message. If the parent closes the channel, the process ends in the ordinary way.
    fn next(&mut self) -> io::Result<(Kind, Range<usize>)> {
        loop {
            let look = || match self.channel.look() {
                Ok(Seen::Nothing) => None,
                seen => Some(seen),
            };
            match spin(look) {
                Some(Ok(Seen::Message(kind, payload))) => return Ok((kind, payload)),
                Some(Ok(Seen::End)) => exit(0),
                Some(Err(error)) => return Err(error),
                Some(Ok(Seen::Nothing)) | None => self.channel.sleep()?,
            }
        }
    }

    fn set_up(&mut self, payload: Range<usize>) -> Result<(), Box<dyn std::error::Error>> {
        let setup: Setup = postcard::from_bytes(self.channel.payload(payload))?;
        if Image::get()?.fingerprint != setup.fingerprint {
            let start = begin(&mut self.reply, Kind::Refused);
            self.reply.extend_from_slice(
                b"the executable was replaced while the program ran: start the program again",
            );
            finish(&mut self.reply, start);
            return Ok(());
        }
        let start = begin(&mut self.reply, Kind::Ready);
        if let Some(initializer) = setup.initializer {
            call::answer(&initializer, &mut self.reply, &mut || ())?;
        }
        finish(&mut self.reply, start);
        Ok(())
    }

    fn answer(&mut self, payload: Range<usize>) -> Result<(), &'static str> {
        let start = begin(&mut self.reply, Kind::Reply);
        let progress = &self.progress;
        let mut done = || {
            progress.words().done.fetch_add(1, Release); // read by the parent, after this process has died
        };
        call::answer(self.channel.payload(payload), &mut self.reply, &mut done)?;
        finish(&mut self.reply, start);
        // So the output of a finished task is not lost if the next one kills the process.
        let _ = io::stdout().flush();
        Ok(())
    }

    fn send(&self) -> io::Result<()> {
        let mut rest = &self.reply[..];
        while !rest.is_empty() {
            match self.channel.send(rest) {
                Ok(sent) => rest = &rest[sent..],
                // The parent is gone or wants nothing more.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit(0),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
