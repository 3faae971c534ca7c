//! The machine lock: two measurements on one machine disturb each other, so the second waits.
//!
//! The kernel releases the lock when its process ends, however it ends. The lock is a file of the user, at the same
//! path in every login session; `PARALLAX_LOCK` names another path, or disables the lock if it is empty.

use crate::interrupt;
use crate::say::say;
use crate::worker::Interrupted;
use anyhow::{Context, Result, ensure};
use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open, stat};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The variable that names another path for the lock.
pub const PLACE: &str = "PARALLAX_LOCK";

/// How often to check whether the other run has ended, or Ctrl-C was pressed.
const LOOK: Duration = Duration::from_millis(200);

/// The lock: others wait as long as this exists.
#[derive(Debug)]
pub struct MachineLock {
    _held: Option<File>,
}

/// Waits until no other run of this user measures, with a message.
///
/// # Errors
///
/// Only [`Interrupted`]. Where no lock is possible, a message says so, and the measurement goes on without it.
pub fn take() -> Result<MachineLock> {
    let Some(place) = place() else { return Ok(MachineLock { _held: None }) };
    let mut told = false;
    loop {
        match try_take(&place) {
            Ok(Ok(held)) => return Ok(MachineLock { _held: Some(held) }),
            Ok(Err(holder)) if !told => say(&in_the_way(holder)),
            Ok(Err(_)) => {}
            Err(why) => {
                say(&format!(
                    "without the lock that keeps two runs apart: {why:#}; {PLACE} names another place"
                ));
                return Ok(MachineLock { _held: None });
            }
        }
        told = true;
        if interrupt::asked() {
            return Err(Interrupted.into());
        }
        std::thread::sleep(LOOK);
    }
}

/// Not in a login session's own temporary folder, where a run of another session would not see it.
fn place() -> Option<PathBuf> {
    match std::env::var_os(PLACE) {
        Some(named) => Some(PathBuf::from(named)).filter(|place| !place.as_os_str().is_empty()),
        None => Some(format!("/tmp/parallax-{}.lock", geteuid().as_raw()).into()),
    }
}

fn in_the_way(holder: Option<u32>) -> String {
    let who = holder.map_or(String::new(), |pid| format!(" (process {pid})"));
    format!("another run measures on this machine{who}; waiting for its end, or press Ctrl-C")
}

/// The lock, or the process that holds it, if it is known.
fn try_take(place: &Path) -> Result<Result<File, Option<u32>>> {
    let mut file = open_own(place)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(Err(read_pid(&mut file))),
        Err(why) => return Err(why).with_context(|| format!("cannot lock {}", place.display())),
    }
    // The file may have been removed from /tmp between opening and locking: others would not see this lock.
    if stat(place).ok().map(|there| there.st_ino) != Some(fstat(&file)?.st_ino) {
        return Ok(Err(None));
    }
    // If it cannot be written (a full disk), only the number in a message is missing.
    let _ =
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(Ok(file))
}

/// Opens the file, or makes it. In a folder that everyone may write to, any user may own the name: a link is not
/// followed, and a file of another user, or one with a second name, is not written to.
fn open_own(place: &Path) -> Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let shown = place.display();
    let file = open(place, flags, Mode::RUSR | Mode::WUSR).with_context(|| format!("cannot open {shown}"))?;
    let file = File::from(file);
    let status = fstat(&file)?;
    let own = file.metadata()?.is_file() && status.st_uid == geteuid().as_raw() && status.st_nlink == 1;
    ensure!(own, "{shown} is not a file of this user alone");
    Ok(file)
}

/// The process number that the holder wrote; anything else is ignored.
fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    #[test]
    fn a_second_one_is_told_who_measures_until_the_first_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("lock");
        let held = try_take(&place).unwrap().unwrap();
        assert_eq!(try_take(&place).unwrap().unwrap_err(), Some(std::process::id()));
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
        drop(held);
        assert!(try_take(&place).unwrap().is_ok());
    }

    #[test]
    fn what_stands_in_the_file_is_a_number_or_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("lock");
        let _held = try_take(&place).unwrap().unwrap();
        for text in ["", "\u{1b}[2J", "-1", "99999999999999999999", "12 34"] {
            fs::write(&place, text).unwrap();
            assert_eq!(try_take(&place).unwrap().unwrap_err(), None, "{text:?}");
        }
        assert!(in_the_way(None).contains("this machine; waiting"));
        assert!(in_the_way(Some(7)).contains("this machine (process 7); waiting"));
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().join(name);
        fs::write(of("precious"), "all of it").unwrap();
        symlink(of("precious"), of("link")).unwrap();
        fs::hard_link(of("precious"), of("second-name")).unwrap();
        fs::create_dir(of("folder")).unwrap();
        for name in ["link", "second-name", "folder", "no/such/folder"] {
            assert!(try_take(&of(name)).is_err(), "{name}");
        }
        assert!(try_take(Path::new("/dev/null")).is_err(), "a device");
        assert_eq!(fs::read_to_string(of("precious")).unwrap(), "all of it");
    }

    #[test]
    fn a_file_of_another_user_is_not_written_to() {
        let theirs = Path::new("/etc/passwd");
        if fs::metadata(theirs).is_ok_and(|file| file.uid() != geteuid().as_raw()) {
            assert!(try_take(theirs).is_err());
        }
        if geteuid().is_root() {
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path().join("lock");
            fs::write(&place, "theirs").unwrap();
            std::os::unix::fs::chown(&place, Some(12345), None).unwrap();
            assert!(try_take(&place).is_err());
            assert_eq!(fs::read_to_string(&place).unwrap(), "theirs");
        }
    }
}
