//! The framing of messages in a stream of bytes: a header of eight bytes, then as many bytes as the header says.

use std::io;
use std::ops::Range;
use std::os::fd::AsFd;

use rustix::buffer::spare_capacity;

/// Magic (1), kind (1), length of the payload (6, little-endian): one word, since many messages are not longer.
const HEADER: usize = 8;
/// A byte that no UTF-8 text contains, so the output of a library is not taken for a message.
const MAGIC: u8 = 0xf5;
/// A length above it is garbage.
const MAX_PAYLOAD: u64 = 1 << 40;
/// The most that a buffer grows ahead of the bytes that have come: the length may be garbage.
const MAX_READ_AHEAD: usize = 1 << 20;
/// A buffer that has grown beyond this is freed and not used again.
pub(crate) const MAX_KEPT: usize = 4 << 20;
const FIRST_READ: usize = 64 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To a worker, once: which image it must be, and its initialiser.
    Setup = 1,
    /// To a worker: run this chunk of tasks.
    Call = 2,
    /// From a worker, once: the initialiser has run.
    Ready = 3,
    /// From a worker, instead of `Ready`: why it cannot work.
    Refused = 4,
    /// From a worker: the results of one chunk.
    Reply = 5,
    /// From a producer to a consumer.
    Message = 6,
}

/// Starts a message at the end of `out`; what is appended until [`finish`] is its payload.
#[must_use]
#[inline]
pub(crate) fn begin(out: &mut Vec<u8>, kind: Kind) -> usize {
    let start = out.len();
    out.extend_from_slice(&[MAGIC, kind as u8, 0, 0, 0, 0, 0, 0]);
    start
}

#[inline]
pub(crate) fn finish(out: &mut [u8], start: usize) {
    let length = (out.len() - start - HEADER) as u64;
    out[start + 2..start + HEADER].copy_from_slice(&length.to_le_bytes()[..6]);
}

/// One read from a descriptor into the spare capacity of `bytes`. 0 is the end of the stream.
pub(crate) fn read_spare(from: impl AsFd, bytes: &mut Vec<u8>) -> io::Result<usize> {
    Ok(rustix::io::retry_on_intr(|| rustix::io::read(&from, spare_capacity(bytes)))?)
}

/// Bytes that have arrived and have not yet been taken as messages.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    /// Everything before it has been taken.
    taken: usize,
}

impl Inbox {
    /// Makes room, and lets `read` append bytes. `Ok(0)` is the end of the stream.
    pub(crate) fn fill(&mut self, read: impl FnOnce(&mut Vec<u8>) -> io::Result<usize>) -> io::Result<usize> {
        self.make_room();
        read(&mut self.bytes)
    }

    /// The next message, if all of it is here; its payload stays readable until the next call.
    #[inline]
    pub(crate) fn take(&mut self) -> io::Result<Option<(Kind, Range<usize>)>> {
        let Some((kind, length)) = self.header()? else { return Ok(None) };
        let payload = self.taken + HEADER;
        if ((self.bytes.len() - payload) as u64) < length {
            return Ok(None);
        }
        self.taken = payload + length as usize;
        Ok(Some((kind, payload..self.taken)))
    }

    pub(crate) fn payload(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    #[inline]
    fn header(&self) -> io::Result<Option<(Kind, u64)>> {
        let Some((header, _)) = self.bytes[self.taken..].split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let kind = match header[..2] {
            [MAGIC, 1] => Kind::Setup,
            [MAGIC, 2] => Kind::Call,
            [MAGIC, 3] => Kind::Ready,
            [MAGIC, 4] => Kind::Refused,
            [MAGIC, 5] => Kind::Reply,
            [MAGIC, 6] => Kind::Message,
            [MAGIC, other] => return Err(garbled(format!("unknown kind of message {other}"))),
            _ => return Err(garbled(format!("a message cannot start with {header:02x?}"))),
        };
        let length = u64::from_le_bytes(*header) >> 16;
        if length > MAX_PAYLOAD {
            return Err(garbled(format!("a message of {length} bytes is too long")));
        }
        Ok(Some((kind, length)))
    }

    /// The part of a message that has come is moved to the front only if the rest would not fit behind it.
    fn make_room(&mut self) {
        if self.taken == self.bytes.len() {
            if self.bytes.capacity() > MAX_KEPT {
                self.bytes = Vec::new();
            }
            self.bytes.clear();
            self.taken = 0;
        }
        let there = self.bytes.len() - self.taken;
        let missing = match self.header() {
            Ok(Some((_, length))) => (HEADER as u64 + length).saturating_sub(there as u64) as usize,
            _ => HEADER,
        };
        let missing = missing.clamp(1, MAX_READ_AHEAD.max(there));
        if self.bytes.capacity() - self.bytes.len() < missing || self.bytes.is_empty() {
            self.bytes.drain(..self.taken);
            self.taken = 0;
            self.bytes.reserve(missing.max(FIRST_READ));
        }
    }
}

/// The error for bytes that are not a message; the text says why.
fn garbled(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn framed(kind: Kind, payload: &[u8]) -> Vec<u8> {
        let mut out = b"before".to_vec();
        let start = begin(&mut out, kind);
        out.extend_from_slice(payload);
        finish(&mut out, start);
        out.split_off(6)
    }

    fn inbox_of(bytes: &[u8]) -> Inbox {
        Inbox { bytes: bytes.to_vec(), taken: 0 }
    }

    #[test]
    fn messages_come_out_as_they_went_in() {
        let both = [framed(Kind::Ready, b""), framed(Kind::Reply, b"seven")].concat();
        let mut inbox = inbox_of(&both);
        let (kind, range) = inbox.take().unwrap().unwrap();
        assert_eq!((kind, inbox.payload(range)), (Kind::Ready, &b""[..]));
        let (kind, range) = inbox.take().unwrap().unwrap();
        assert_eq!((kind, inbox.payload(range)), (Kind::Reply, &b"seven"[..]));
        assert!(inbox.take().unwrap().is_none());
    }

    #[test]
    fn a_part_of_a_message_is_no_message() {
        let whole = framed(Kind::Call, &[7; 100]);
        for cut in 0..whole.len() {
            assert!(inbox_of(&whole[..cut]).take().unwrap().is_none(), "{cut}");
        }
    }

    #[test]
    fn garbage_is_refused() {
        let mut unknown = framed(Kind::Call, b"");
        unknown[1] = 9;
        assert!(inbox_of(&unknown).take().is_err());
        let mut endless = framed(Kind::Call, b"");
        endless[2..].fill(0xff);
        assert!(inbox_of(&endless).take().is_err());
        let mut just_too_long = framed(Kind::Call, b"");
        just_too_long[2..].copy_from_slice(&(MAX_PAYLOAD + 1).to_le_bytes()[..6]);
        assert!(inbox_of(&just_too_long).take().is_err());
        assert!(inbox_of(b"debug: not a message at all").take().is_err());
    }

    #[test]
    fn a_claimed_length_takes_no_memory() {
        let mut huge = framed(Kind::Reply, b"x");
        huge[2..8].copy_from_slice(&MAX_PAYLOAD.to_le_bytes()[..6]);
        let mut inbox = inbox_of(&huge);
        inbox.make_room();
        assert!(inbox.bytes.capacity() < 4 * MAX_READ_AHEAD, "{}", inbox.bytes.capacity());
    }

    proptest! {
        #[test]
        fn any_split_of_the_stream_gives_the_same_messages(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6),
            step in 1usize..64,
        ) {
            let stream: Vec<u8> = payloads.iter().flat_map(|bytes| framed(Kind::Reply, bytes)).collect();
            let mut inbox = Inbox::default();
            let mut seen = Vec::new();
            for piece in stream.chunks(step) {
                let (reader, mut writer) = io::pipe().unwrap();
                writer.write_all(piece).unwrap();
                inbox.fill(|bytes| read_spare(&reader, bytes)).unwrap();
                while let Some((_, range)) = inbox.take().unwrap() {
                    seen.push(inbox.payload(range).to_vec());
                }
            }
            prop_assert_eq!(seen, payloads);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = inbox_of(&bytes).take();
        }
    }
}
