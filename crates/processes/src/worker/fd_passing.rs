//! Descriptors for a child, sent before it starts: they wait in the socket that is its standard input.
//!
//! A worker needs two pipes and a page of memory in addition to the three standard descriptors, and `Command`
//! passes only those three. The usual ways, clearing CLOEXEC or `pre_exec`, leak into a program that another thread
//! starts at that moment, or replace the cheap `posix_spawn` by a fork that copies the parent's page tables.
//! So the standard input of the child is a socket, and in it waits one message that carries the descriptors
//! (`SCM_RIGHTS`).

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

const MAGIC: &[u8; 16] = b"parallax-fds-001";

/// Sends the descriptors into a new socket, and returns the end that is to be the child's standard input.
pub(crate) fn send<const N: usize>(descriptors: [BorrowedFd<'_>; N]) -> io::Result<OwnedFd> {
    let (ours, child_end) =
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    assert!(
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)),
        "a message carries at most eight descriptors"
    );
    sendmsg(&ours, &[IoSlice::new(MAGIC)], &mut ancillary, SendFlags::NOSIGNAL)?;
    // What was sent stays readable after our end is closed.
    Ok(child_end)
}

/// In the child: the descriptors that [`send`] put into its standard input.
pub(crate) fn receive<const N: usize>(stdin: BorrowedFd<'_>) -> io::Result<[OwnedFd; N]> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut text = [0; MAGIC.len()];
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    recvmsg(stdin, &mut [IoSliceMut::new(&mut text)], &mut ancillary, flags)?;
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(some) = message {
            descriptors.extend(some);
        }
    }
    let wrong = |_| io::Error::from(io::ErrorKind::InvalidData);
    if &text == MAGIC { descriptors.try_into().map_err(wrong) } else { Err(wrong(vec![])) }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn descriptors_arrive_in_order() {
        let (mut reader, writer) = io::pipe().unwrap();
        let stdin = send([writer.as_fd(), reader.as_fd()]).unwrap();
        drop(writer);
        let [writer, other] = receive::<2>(stdin.as_fd()).unwrap();
        drop(other);
        io::PipeWriter::from(writer).write_all(b"hello").unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }

    #[test]
    fn a_socket_without_descriptors_is_an_error_and_does_not_block() {
        let (ours, child_end) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        assert!(receive::<2>(child_end.as_fd()).is_err());
        rustix::net::send(&ours, b"no descriptors", SendFlags::NOSIGNAL).unwrap();
        assert!(receive::<2>(child_end.as_fd()).is_err());
        let (pipe, _writer) = io::pipe().unwrap();
        assert!(receive::<2>(pipe.as_fd()).is_err());
    }
}
