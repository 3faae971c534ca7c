//! A ring of bytes is a pipe: both ends are streams, and no byte passes through the kernel.

use std::io;

use super::{Receiver, Sender};
use crate::Error;

impl io::Write for Sender<u8> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() { Ok(0) } else { self.send_some(bytes).map_err(io_error) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Read for Receiver<u8> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.recv_into(bytes).map_err(io_error)
    }
}

fn io_error(error: Error) -> io::Error {
    let kind = match error {
        Error::NoReceiver | Error::PeerDied(_) => io::ErrorKind::BrokenPipe,
        Error::PeerLate(_) => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::thread;

    use crate::shared::Ring;

    #[test]
    fn bytes_are_a_stream() {
        let ring = Ring::<u8>::new(100).unwrap();
        let (sender, mut receiver) = (ring.sender().unwrap(), ring.receiver().unwrap());
        let text: Vec<u8> = (0..100_000u32).map(|at| (at % 1009 % 251) as u8).collect();
        let mut received = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut sender = sender;
                sender.write_all(&text).unwrap();
            });
            receiver.read_to_end(&mut received).unwrap();
        });
        assert!(received == text);
    }
}
