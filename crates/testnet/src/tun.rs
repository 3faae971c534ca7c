//! A TUN device, a network card whose other end is a file: reading gets the host's packets, writing delivers to it.

#![expect(unsafe_code, reason = "no safe function gives a TUN device its name")]

use rustix::fs::{Mode, OFlags, open};
use rustix::io;
use rustix::ioctl::{Updater, ioctl, opcode};
use std::ffi::c_int;
use std::os::fd::OwnedFd;

/// The name of the only link of each host.
pub(crate) const NAME: &str = "tun0";

/// The kernel's `struct ifreq`, as far as this request uses it.
#[repr(C)]
struct Request {
    name: [u8; 16],
    flags: u16,
    unused: [u8; 22],
}

const TUN: u16 = 0x0001;
/// Packets go through a queue of the device, so that they stay in order on whichever core they are written.
const NAPI: u16 = 0x0010;
/// No four bytes about the protocol in front of each packet.
const NO_PI: u16 = 0x1000;

/// The file of a new device in the network namespace of the calling thread. The device exists while the file is open.
///
/// No offload of segments and checksums is set, so the host's kernel makes whole packets, as for a plain card.
pub(crate) fn create() -> io::Result<OwnedFd> {
    let file = open("/dev/net/tun", OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
    let mut request = Request { name: [0; 16], flags: TUN | NAPI | NO_PI, unused: [0; 22] };
    request.name[..NAME.len()].copy_from_slice(NAME.as_bytes());
    const SET_INTERFACE: rustix::ioctl::Opcode = opcode::write::<c_int>(b'T', 202);
    // SAFETY: this is TUNSETIFF, which reads a `struct ifreq` and writes the name back; `Request` has its layout and
    // its 40 bytes, whatever size is encoded in the number of the request.
    unsafe { ioctl(&file, Updater::<SET_INTERFACE, Request>::new(&mut request)) }?;
    Ok(file)
}
