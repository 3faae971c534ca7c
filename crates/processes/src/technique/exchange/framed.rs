//! Messages on a stream of bytes, each in postcard, in the same frames as those between a pool and its workers.

use super::{MessageReader, MessageWriter, words};
use crate::shared::Receiver;
use crate::worker::framing::{Inbox, Kind, begin, finish};
use serde::{Serialize, de::DeserializeOwned};
use std::fs::File;
use std::io::{self, Write};

/// The writing end of a stream.
pub(crate) struct FramedWriter<S> {
    stream: S,
    /// Frames that have not been written yet.
    frames: Vec<u8>,
    /// They are written once there are this many bytes of them.
    gathered: usize,
}

impl<S: Write> FramedWriter<S> {
    /// Writes frames as soon as they make `gathered` bytes together; each one immediately if that is 0.
    pub(crate) fn new(stream: S, gathered: usize) -> Self {
        FramedWriter { stream, frames: Vec::new(), gathered }
    }

    fn write(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.frames)?; // one call, so that they go out in one piece
        self.frames.clear();
        Ok(())
    }
}

impl<M: Serialize, S: Write> MessageWriter<M> for FramedWriter<S> {
    #[inline]
    fn send(&mut self, message: M) -> Result<(), String> {
        let start = begin(&mut self.frames, Kind::Message);
        postcard::to_io(&message, &mut self.frames).map_err(words)?;
        finish(&mut self.frames, start);
        if self.frames.len() < self.gathered { Ok(()) } else { self.write().map_err(words) }
    }

    fn flush(&mut self) -> Result<(), String> {
        self.write().map_err(words)
    }
}

/// A source of bytes.
pub(crate) trait Source {
    /// One read into the spare capacity of `bytes`; waits for at least one byte. 0 is the end.
    fn append_to(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize>;
}

impl Source for File {
    fn append_to(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        crate::worker::framing::read_spare(self, bytes)
    }
}

impl Source for Receiver<u8> {
    fn append_to(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.recv_spare(bytes).map_err(io::Error::other)
    }
}

/// The reading end of a stream.
pub(crate) struct FramedReader<S> {
    stream: S,
    inbox: Inbox,
}

impl<S: Source> FramedReader<S> {
    pub(crate) fn new(stream: S) -> Self {
        FramedReader { stream, inbox: Inbox::default() }
    }
}

impl<M: DeserializeOwned, S: Source> MessageReader<M> for FramedReader<S> {
    #[inline]
    fn receive(&mut self) -> Result<M, String> {
        loop {
            match self.inbox.take().map_err(words)? {
                Some((Kind::Message, payload)) => {
                    return postcard::from_bytes(self.inbox.payload(payload)).map_err(words);
                }
                Some((kind, _)) => return Err(format!("unexpected {kind:?} message in the stream")),
                None => {}
            }
            if self.inbox.fill(|bytes| self.stream.append_to(bytes)).map_err(words)? == 0 {
                return Err("the stream of messages has ended too early".to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::OwnedFd;

    #[test]
    fn messages_are_kept_apart_however_they_are_gathered() {
        for gathered in [0, 500, 1 << 20] {
            let (reader, writer) = io::pipe().unwrap();
            let messages = [vec![], vec![7u64; 300], vec![u64::MAX]];
            let mut to = FramedWriter::new(writer, gathered);
            messages.iter().for_each(|message| to.send(message).unwrap());
            MessageWriter::<Vec<u64>>::flush(&mut to).unwrap();
            drop(to);
            let mut from = FramedReader::new(File::from(OwnedFd::from(reader)));
            for message in messages {
                assert_eq!(MessageReader::<Vec<u64>>::receive(&mut from), Ok(message));
            }
            let end = MessageReader::<Vec<u64>>::receive(&mut from).unwrap_err();
            assert!(end.contains("ended too early"), "{end}");
        }
    }

    #[test]
    fn a_message_that_nobody_waits_for_is_held_back_and_one_that_another_does_is_not() {
        let (mut held, mut sent) = (FramedWriter::new(Vec::new(), 4096), FramedWriter::new(Vec::new(), 0));
        held.send(7u64).unwrap();
        sent.send(7u64).unwrap();
        assert_eq!((held.stream.len(), sent.stream.len()), (0, 9));
    }
}
