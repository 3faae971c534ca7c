//! A child's descriptors lie in its letter box before it is born.
//!
//! A worker needs two pipes and a page of memory beside the three standard descriptors, and `Command` hands
//! down only those three. The usual ways, clearing CLOEXEC or `pre_exec`, leak into whatever another thread
//! starts at that moment, or replace the cheap `posix_spawn` by a fork that copies the parent's page tables.
//! So the worker gets a socket as its standard input, and in the socket waits one message that carries the
//! descriptors (`SCM_RIGHTS`).

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

const SALUTATION: &[u8; 16] = b"parallax letter1";

/// Writes the letter; what comes back is to be the child's standard input.
pub(crate) fn post<const N: usize>(descriptors: [BorrowedFd<'_>; N]) -> io::Result<OwnedFd> {
    let (ours, childs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
    let mut enclosed = SendAncillaryBuffer::new(&mut space);
    assert!(enclosed.push(SendAncillaryMessage::ScmRights(&descriptors)), "a letter holds eight descriptors");
    sendmsg(&ours, &[IoSlice::new(SALUTATION)], &mut enclosed, SendFlags::NOSIGNAL)?;
    // What was sent stays readable after our end is closed.
    Ok(childs)
}

/// In the child: takes the descriptors out.
pub(crate) fn open<const N: usize>(stdin: BorrowedFd<'_>) -> io::Result<[OwnedFd; N]> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
    let mut enclosed = RecvAncillaryBuffer::new(&mut space);
    let mut text = [0; SALUTATION.len()];
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    recvmsg(stdin, &mut [IoSliceMut::new(&mut text)], &mut enclosed, flags)?;
    let mut descriptors = Vec::new();
    for message in enclosed.drain() {
        if let RecvAncillaryMessage::ScmRights(some) = message {
            descriptors.extend(some);
        }
    }
    let wrong = |_| io::Error::from(io::ErrorKind::InvalidData);
    if &text == SALUTATION { descriptors.try_into().map_err(wrong) } else { Err(wrong(vec![])) }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn descriptors_arrive_in_order() {
        let (mut reader, writer) = io::pipe().unwrap();
        let letter = post([writer.as_fd(), reader.as_fd()]).unwrap();
        drop(writer);
        let [writer, other] = open::<2>(letter.as_fd()).unwrap();
        drop(other);
        io::PipeWriter::from(writer).write_all(b"hello").unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }

    #[test]
    fn no_letter_is_an_error_and_does_not_block() {
        let (ours, childs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        assert!(open::<2>(childs.as_fd()).is_err());
        rustix::net::send(&ours, b"not a letter", SendFlags::NOSIGNAL).unwrap();
        assert!(open::<2>(childs.as_fd()).is_err());
        let (pipe, _writer) = io::pipe().unwrap();
        assert!(open::<2>(pipe.as_fd()).is_err());
    }
}
