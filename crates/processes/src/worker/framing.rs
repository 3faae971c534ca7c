//! How messages lie in a stream of bytes: a header of sixteen bytes, and as many bytes as the header says.

use std::io;
use std::ops::Range;
use std::os::fd::AsFd;

use rustix::buffer::spare_capacity;

/// Magic (4), kind (1), zeros (3), length of the payload (8); little-endian.
const HEADER: usize = 16;
const MAGIC: [u8; 4] = *b"PLX\x01";
/// A length above it is garbage.
const MAX_PAYLOAD: u64 = 1 << 40;
/// A buffer grows with the bytes that have come, at most by this much in advance: a length may be garbage.
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
}

/// Starts a message at the end of `out`; what is appended until [`finish`] is its payload.
#[must_use]
pub(crate) fn begin(out: &mut Vec<u8>, kind: Kind) -> usize {
    let start = out.len();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[kind as u8, 0, 0, 0]);
    out.extend_from_slice(&[0; 8]);
    start
}

pub(crate) fn finish(out: &mut [u8], start: usize) {
    let length = (out.len() - start - HEADER) as u64;
    out[start + 8..start + HEADER].copy_from_slice(&length.to_le_bytes());
}

/// Bytes that have arrived, and were not yet taken as messages.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    /// Everything before it has been taken.
    taken: usize,
}

impl Inbox {
    /// One read. `Ok(0)` is the end of the stream.
    pub(crate) fn fill(&mut self, from: impl AsFd) -> io::Result<usize> {
        self.make_room();
        Ok(rustix::io::retry_on_intr(|| rustix::io::read(&from, spare_capacity(&mut self.bytes)))?)
    }

    /// The next message, if all of it is here; its payload stays readable until the next call.
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

    fn header(&self) -> io::Result<Option<(Kind, u64)>> {
        let Some((header, _)) = self.bytes[self.taken..].split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        if header[..4] != MAGIC || header[5..8] != [0; 3] {
            return Err(garbled(format!("a message cannot start with {:02x?}", &header[..8])));
        }
        let kind = match header[4] {
            1 => Kind::Setup,
            2 => Kind::Call,
            3 => Kind::Ready,
            4 => Kind::Refused,
            5 => Kind::Reply,
            other => return Err(garbled(format!("there are no messages of kind {other}"))),
        };
        let length = u64::from_le_bytes(*header.last_chunk().expect("sixteen bytes hold eight"));
        if length > MAX_PAYLOAD {
            return Err(garbled(format!("a message of {length} bytes is longer than any")));
        }
        Ok(Some((kind, length)))
    }

    fn make_room(&mut self) {
        if self.taken == self.bytes.len() {
            if self.bytes.capacity() > MAX_KEPT {
                self.bytes = Vec::new();
            }
            self.bytes.clear();
        } else {
            self.bytes.drain(..self.taken);
        }
        self.taken = 0;
        let missing = match self.header() {
            Ok(Some((_, length))) => {
                (HEADER as u64 + length).saturating_sub(self.bytes.len() as u64) as usize
            }
            _ => FIRST_READ,
        };
        let advance = MAX_READ_AHEAD.max(self.bytes.len());
        self.bytes.reserve(missing.clamp(1, advance).max(FIRST_READ));
    }
}

/// Bytes that are no message; the text says what is wrong with them.
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
        unknown[4] = 9;
        assert!(inbox_of(&unknown).take().is_err());
        let mut endless = framed(Kind::Call, b"");
        endless[8..].fill(0xff);
        assert!(inbox_of(&endless).take().is_err());
        assert!(inbox_of(b"debug: not a message at all").take().is_err());
    }

    #[test]
    fn a_claimed_length_takes_no_memory() {
        let mut huge = framed(Kind::Reply, b"x");
        huge[8..16].copy_from_slice(&MAX_PAYLOAD.to_le_bytes());
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
                inbox.fill(&reader).unwrap();
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
