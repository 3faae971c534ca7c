//! Compiles each kernel once for each instruction set and language, with the compilers that are found.
//!
//! Rust chooses among the versions at run time, by the proof that the suite's `Isa` is. The compiler's own
//! `target_clones` would choose too, but by a resolver that runs before `main`: it cannot be capped, does not report
//! its choice, and does not exist on every platform.

#[path = "build/fortran.rs"]
mod fortran;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Instruction sets by the suite's names, with their flags for GCC and Clang. The flags allow only what the suite
/// proves: `-march=x86-64-v3` would allow instructions that the suite has not checked for.
const SETS: [(&str, &[&str]); 3] = [
    ("baseline", &[]),
    ("avx2", &["-mavx2", "-mfma", "-mbmi", "-mbmi2", "-mpopcnt", "-mlzcnt"]),
    (
        "avx512",
        &[
            "-mavx2",
            "-mfma",
            "-mbmi",
            "-mbmi2",
            "-mpopcnt",
            "-mlzcnt",
            "-mavx512f",
            "-mavx512bw",
            "-mavx512cd",
            "-mavx512dq",
            "-mavx512vl",
            "-mprefer-vector-width=512",
        ],
    ),
];

/// A fused multiply-add rounds once where the definitions round twice; the other flags change no bit of a result.
const FLAGS: [&str; 3] = ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"];

const ROUNDED: [&str; 9] = [
    "bubblesort",
    "comparison",
    "expression",
    "heat",
    "histogram",
    "julia",
    "montecarlo",
    "pairwise",
    "stream",
];

/// Their sums are exact or checked by tolerance, so multiply-adds may be fused.
const FUSED: [&str; 2] = ["gridsearch", "matmul"];

/// It calls a function, for which a few units in the last place are allowed: with `-ffast-math` GCC takes it from the
/// C library's vectors. The function's argument is rounded as written, since near a zero of the cosine every bit of it
/// shows. Fortran has it in `expression`, since gfortran takes such functions without a flag.
const RELAXED: [&str; 1] = ["functions"];
const RELAXED_FLAGS: [&str; 3] = ["-ffast-math", "-fno-associative-math", "-fno-reciprocal-math"];

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/c");
    println!("cargo::rerun-if-changed=src/fortran");
    println!("cargo::rerun-if-env-changed=FC");
    println!("cargo::rustc-check-cfg=cfg(fortran, openmp)");
    build("c", c_files);
    // the same for all sets: the library's code sorts, and a hash table has nothing to vectorise
    compiler().file("src/c/qsort.c").compile("parallax_qsort");
    compiler().file("src/c/words.c").compile("parallax_words");
    if let Some(library) = openmp() {
        println!("cargo::rustc-cfg=openmp");
        build("openmp", |build, set| c_files(build.flag("-fopenmp"), set));
        println!("cargo::rustc-link-lib={library}");
    }
    match fortran_compiler() {
        Some(compiler) => {
            println!("cargo::rustc-cfg=fortran");
            build("fortran", |build, set| fortran_files(&compiler, build, set));
            println!("cargo::rustc-link-lib=gfortran");
        }
        None => look_again_after_an_installation(),
    }
}

/// Makes cargo run this script again when a compiler is installed, which changes a folder of `PATH`.
fn look_again_after_an_installation() {
    println!("cargo::rerun-if-env-changed=PATH");
    let path = env::var_os("PATH").unwrap_or_default();
    for folder in env::split_paths(&path).filter(|folder| folder.is_absolute() && folder.is_dir()) {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
}

/// The target of a compilation.
struct Target<'a> {
    /// Language and instruction set, as the C macro `VERSION` has them.
    version: String,
    flags: &'a [&'a str],
    folder: PathBuf,
}

/// Builds the table of a language for each instruction set, with the kernels that `add` adds.
fn build(language: &str, add: impl Fn(&mut cc::Build, &Target)) {
    let x86 = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64");
    for (set, flags) in SETS {
        let version = format!("{language}_{set}");
        let folder = out().join(&version);
        std::fs::create_dir_all(&folder).expect("cargo's folder for outputs can be written to");
        let target = Target { version, flags: if x86 { flags } else { &[] }, folder };
        let mut build = compiler();
        build.file("src/c/table.c");
        build.define("VERSION", &*target.version).out_dir(&target.folder);
        add(&mut build, &target);
        build.compile(&format!("parallax_{}", target.version));
    }
}

/// A C compiler that optimises even in a debug build, because the kernels are not what you debug.
fn compiler() -> cc::Build {
    let mut build = cc::Build::new();
    build.std("c11").opt_level(3).warnings(true).extra_warnings(true);
    build.flag("-Wno-unknown-pragmas"); // without OpenMP its pragmas mean nothing
    build
}

fn c_files(build: &mut cc::Build, target: &Target) {
    let path = |name: &&str| format!("src/c/{name}.c");
    build.flags(target.flags).flags(FLAGS);
    build.flag_if_supported("-falign-loops=64"); // else a loop is a seventh slower when it happens to cross two lines
    let (mut fused, mut relaxed) = (build.clone(), build.clone());
    build.files(ROUNDED.iter().map(path)).file("src/c/mergesort.c").define("SORTS", None); // Fortran has no sort
    fused.flag("-ffp-contract=fast").files(FUSED.iter().map(path));
    relaxed.flags(RELAXED_FLAGS).flag_if_supported("-fveclib=libmvec").files(RELAXED.iter().map(path)); // for Clang
    for object in [fused, relaxed].iter().flat_map(cc::Build::compile_intermediates) {
        build.object(object);
    }
}

/// Runs the Fortran compiler directly, because `cc` supports only C.
fn fortran_files(compiler: &Path, build: &mut cc::Build, target: &Target) {
    for (names, contract) in [(&ROUNDED[..], "-ffp-contract=off"), (&FUSED[..], "-ffp-contract=fast")] {
        for name in names {
            let object = target.folder.join(format!("{name}.o"));
            let mut command = Command::new(compiler);
            command.args(["-O3", "-fPIC", "-cpp", "-Wall", "-Wno-unused-dummy-argument", contract]);
            command.args(["-fno-range-check", "-fwrapv"]); // the random numbers are unsigned and wrap
            command.args(target.flags).arg(format!("-DVERSION=\"{}\"", target.version)).arg("-c");
            command.arg(format!("src/fortran/{name}.f90")).arg("-o").arg(&object);
            let status = command.status();
            assert!(status.is_ok_and(|status| status.success()), "{command:?} failed");
            build.object(object);
        }
    }
}

/// The OpenMP library, if the compiler has it and can link a program with it.
fn openmp() -> Option<&'static str> {
    let source = out().join("openmp.c");
    let program = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n";
    std::fs::write(&source, program).expect("cargo's folder for outputs can be written to");
    let tool = cc::Build::new().try_get_compiler().ok()?;
    let mut command = tool.to_command();
    command.arg("-fopenmp").arg(&source).arg("-o").arg(out().join("openmp"));
    let library = if tool.is_like_clang() { "omp" } else { "gomp" };
    succeeds(&mut command).then_some(library)
}

/// The Fortran compiler that `FC` names, or `gfortran`, if it can link a program. Tells cargo where its library is.
fn fortran_compiler() -> Option<PathBuf> {
    let compiler = PathBuf::from(env::var_os("FC").unwrap_or_else(|| "gfortran".into()));
    let folder = fortran::library(&compiler, &out())?;
    if folder.is_absolute() {
        println!("cargo::rustc-link-search=native={}", folder.display());
    }
    Some(compiler)
}

/// Whether a command exists and succeeds; its output is dropped.
fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn out() -> PathBuf {
    env::var_os("OUT_DIR").expect("cargo sets it").into()
}
