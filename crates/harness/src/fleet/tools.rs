//! Programs on `PATH` that a feature needs to be built.

use std::env;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Whether there is a program of this name.
pub(super) fn is_there(program: &str) -> bool {
    is_along(&env::var_os("PATH").unwrap_or_default(), program)
}

fn is_along(path: &OsStr, program: &str) -> bool {
    env::split_paths(path).any(|folder| may_be_run(&folder.join(program)))
}

fn may_be_run(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_where_path_leads_to_it() {
        let here = tempfile::tempdir().unwrap();
        let file = here.path().join("tool");
        std::fs::write(&file, "").unwrap();
        let along = || is_along(here.path().as_os_str(), "tool");
        assert!(!along(), "it is not executable");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(along() && !is_along(OsStr::new("/no/such/folder"), "tool"));
        assert!(is_there("sh"));
    }
}
