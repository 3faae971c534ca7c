//! Durable files: the finished parts of a run survive a loss of power, since they are synced to the disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A file to which lines are appended.
pub trait Log: Write {
    /// Returns when all that was written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Log for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Appends a line. Most lines may be lost, since their block is then measured again; a line that `ends` something is
/// synced.
pub fn append(log: &mut impl Log, line: &[u8], ends: bool) -> io::Result<()> {
    log.write_all(line)?;
    log.flush()?;
    if ends { log.sync() } else { Ok(()) }
}

/// The operations of the file system that replacing a file needs.
pub trait Files {
    /// Writes a file; returns when it is on the disk.
    fn write(&mut self, path: &Path, text: &[u8]) -> io::Result<()>;
    /// Renames a file, possibly over an older one.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    /// Returns when the names in a folder are on the disk.
    fn sync_folder(&mut self, folder: &Path) -> io::Result<()>;
}

/// The real file system.
pub struct Disk;

impl Files for Disk {
    fn write(&mut self, path: &Path, text: &[u8]) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(text)?;
        file.sync_all()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        match File::open(folder)?.sync_all() {
            // Some network file systems cannot sync folders, and keep names in their own way.
            Err(why) if matches!(why.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
                Ok(())
            }
            done => done,
        }
    }
}

/// Writes a new file and renames it, so that no reader ever sees half a file; the text is on the disk before its name.
pub fn replace(files: &mut impl Files, folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let (path, beside) = (folder.join(name), folder.join(format!(".{name}.new")));
    files.write(&beside, text)?;
    files.rename(&beside, &path)?;
    files.sync_folder(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records the operations that it is asked for.
    #[derive(Default)]
    struct Recorder(Vec<String>);

    impl Write for Recorder {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.push(format!("write {}", String::from_utf8_lossy(text)));
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log for Recorder {
        fn sync(&mut self) -> io::Result<()> {
            self.0.push("sync".into());
            Ok(())
        }
    }

    impl Files for Recorder {
        fn write(&mut self, path: &Path, _: &[u8]) -> io::Result<()> {
            self.0.push(format!("write and sync {}", path.display()));
            Ok(())
        }

        fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
            self.0.push(format!("rename {} {}", from.display(), to.display()));
            Ok(())
        }

        fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
            self.0.push(format!("sync {}", folder.display()));
            Ok(())
        }
    }

    #[test]
    fn the_end_of_a_block_is_waited_for_and_a_turn_is_not() {
        let mut recorder = Recorder::default();
        append(&mut recorder, b"turn", false).unwrap();
        append(&mut recorder, b"block", true).unwrap();
        assert_eq!(recorder.0, ["write turn", "write block", "sync"]);
    }

    #[test]
    fn a_file_is_on_the_disk_before_it_has_its_name() {
        let mut recorder = Recorder::default();
        replace(&mut recorder, Path::new("run"), "plan.json", b"{}").unwrap();
        let expected =
            ["write and sync run/.plan.json.new", "rename run/.plan.json.new run/plan.json", "sync run"];
        assert_eq!(recorder.0, expected);
    }

    #[test]
    fn what_is_replaced_is_there_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        replace(&mut Disk, folder.path(), "a.json", b"1").unwrap();
        replace(&mut Disk, folder.path(), "a.json", b"22").unwrap();
        assert_eq!(fs::read(folder.path().join("a.json")).unwrap(), b"22");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&mut Disk, &folder.path().join("nowhere"), "a.json", b"1").is_err());
    }
}
