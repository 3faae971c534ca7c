//! Looks for a Fortran compiler and has it link a program, since a compiler that cannot link is useless here.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The path of a Fortran `compiler`'s library (empty if it does not say), if the compiler can link a
/// program; its output goes to `out`.
pub(crate) fn library(compiler: &Path, out: &Path) -> Option<PathBuf> {
    let source = out.join("fortran.f90");
    let program = "print *, matmul(reshape([1d0], [1, 1]), reshape([1d0], [1, 1]))\nend\n";
    std::fs::write(&source, program).expect("cargo's folder for outputs can be written to");
    let linked = Command::new(compiler).arg(&source).arg("-o").arg(out.join("fortran")).output();
    if !linked.is_ok_and(|linked| linked.status.success()) {
        return None;
    }
    let asked = Command::new(compiler).arg("-print-file-name=libgfortran.so").output().ok()?;
    let library = PathBuf::from(String::from_utf8(asked.stdout).ok()?.trim());
    let folder = library.parent().filter(|folder| folder.is_absolute());
    Some(folder.unwrap_or(Path::new("")).to_owned())
}
