//! Quoting for a shell: printed commands can be run again, also where words have blanks or special characters.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// A word as it is written in a shell, such as `runs/1` or `'my runs/1'`.
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let bytes = word.as_ref().as_bytes();
    let quoted = shlex::bytes::try_quote(bytes);
    // only a zero byte cannot be quoted, and neither a path nor an argument has one
    String::from_utf8_lossy(&quoted.unwrap_or(bytes.into())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for word in
            ["plain/run-1.json", "two words", "it's", "$HOME `id` \"x\" \\", "*?[a]{b};&|<>#~!", "", "日本"]
        {
            let script = format!("printf %s {}", quoted(word));
            let out = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), word, "{script}");
        }
        assert_eq!(quoted(Path::new("/a/b_c-1.2")), "/a/b_c-1.2");
    }
}
