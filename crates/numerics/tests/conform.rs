//! Every array library at every workload, whole and in ragged pieces; libraries with own threads, with several threads.

use parallax_conform as conform;
use parallax_numerics::{Faer, Gemm, NdArray, NdArrayTemporaries, OpenBlas, SmartCore, cells};
use parallax_pattern::optional;
use parallax_pattern::{No, Technique};
#[cfg(target_os = "linux")]
use std::path::Path;
use std::process::Command;

fn sorted(mut ran: Vec<String>) -> Vec<String> {
    ran.sort();
    ran
}

const EXPRESSIONS: [&str; 6] =
    ["expression:E1", "expression:E2", "expression:E3", "expression:E4", "expression:E5", "expression:E6"];

fn names(cases: &[&[&str]], technique: &str) -> Vec<String> {
    sorted(cases.concat().iter().map(|case| format!("{case}/{technique}")).collect())
}

#[test]
fn walks_are_right_in_any_pieces() {
    let others =
        ["gridsearch:", "heat:", "julia:", "matmul:", "matmul:f32", "montecarlo:", "pairwise:", "stream:"];
    assert_eq!(sorted(conform::kernels::<NdArray>()), names(&[&EXPRESSIONS, &others], "ndarray"));
}

#[test]
fn operators_are_right_in_any_pieces() {
    let ran = sorted(conform::kernels::<NdArrayTemporaries>());
    let others = ["heat:", "montecarlo:", "pairwise:", "stream:"];
    assert_eq!(ran, names(&[&EXPRESSIONS, &others], "ndarray-temporaries"));
}

#[test]
fn products_are_right_in_any_pieces() {
    assert_eq!(sorted(conform::kernels::<Gemm>()), names(&[&["gridsearch:", "matmul:"]], "gemm"));
}

#[test]
fn what_threads_by_itself_is_right_with_any_number_of_threads() {
    let chosen = |name: &str| cells().into_iter().filter(|cell| cell.technique == name).collect();
    let cases = [
        "expression:E1",
        "gridsearch:",
        "heat:",
        "julia:",
        "matmul:",
        "matmul:f32",
        "montecarlo:",
        "pairwise:",
        "stream:",
    ];
    let ran = sorted(conform::cells(chosen("ndarray-parallel")));
    assert_eq!(ran, names(&[&cases], "ndarray-parallel"));
    assert_eq!(conform::cells(chosen("ndarray-two-step")), ["stream:/ndarray-two-step"]);
}

/// The workloads of OpenBLAS.
const OPENBLAS: &[&str] = &["gridsearch:", "matmul:", "matmul:f32"];

/// All cells of `T` run and are right, or `start` says by `way_out` how to get the missing library.
fn is_there_or_says_how_to_get_it<T: Technique>(all: &[&str], way_out: &str) {
    let name = T::CARD.name;
    let ran = conform::cells(cells().into_iter().filter(|cell| cell.technique == name).collect());
    match T::start(2) {
        Ok(_) => assert_eq!(ran, names(&[all], name)),
        Err(No::Unavailable(reason)) => {
            assert!(ran.is_empty() && reason.contains(way_out), "{reason}");
            if name == "openblas" {
                optional::skip(name, &reason);
            }
        }
        Err(no) => panic!("{no}"),
    }
}

#[test]
fn a_library_that_is_not_there_says_how_to_get_it() {
    is_there_or_says_how_to_get_it::<OpenBlas>(OPENBLAS, "apt install libopenblas0");
    is_there_or_says_how_to_get_it::<Faer>(
        &["gridsearch:", "matmul:", "matmul:f32"],
        "--features worker,faer",
    );
    is_there_or_says_how_to_get_it::<SmartCore>(&["gridsearch:"], "--features smartcore");
}

/// Runs an ignored test of this file in a process of its own, whose environment `change` changes.
fn run_apart(test: &str, change: impl FnOnce(&mut Command)) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--ignored", "--nocapture"]).env_remove("PARALLAX_REQUIRE");
    change(&mut child);
    let out = child.output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn openblas_is_absent_where_it_is_hidden() {
    run_apart("openblas_is_absent", |child| {
        child.env("PARALLAX_HIDE", "openblas");
    });
}

#[test]
#[ignore = "started by the test before, in an environment of its own"]
fn openblas_is_absent() {
    assert!(matches!(OpenBlas::start(2), Err(No::Unavailable(_))));
    is_there_or_says_how_to_get_it::<OpenBlas>(&[], "apt install libopenblas0");
}

/// A library of that name and interface, whose products are loops; `syrk` fills the upper half.
#[cfg(target_os = "linux")]
const STAND_IN: &str = "
#define ROUTINES(number, gemm, syrk)                                                                                  \\
    void gemm(int order, int a_is, int b_is, int m, int n, int k, number alpha, const number *a, int a_stride,        \\
              const number *b, int b_stride, number beta, number *c, int c_stride) {                                  \\
        for (int i = 0; i < m; i++)                                                                                   \\
            for (int j = 0; j < n; j++) {                                                                             \\
                number sum = 0;                                                                                       \\
                for (int l = 0; l < k; l++)                                                                           \\
                    sum += (a_is == 111 ? a[i * a_stride + l] : a[l * a_stride + i])                                  \\
                         * (b_is == 111 ? b[l * b_stride + j] : b[j * b_stride + l]);                                 \\
                number *to = &c[i * c_stride + j];                                                                    \\
                *to = alpha * sum + (beta == 0 ? 0 : beta * *to);                                                     \\
            }                                                                                                         \\
        (void)order;                                                                                                  \\
    }                                                                                                                 \\
    void syrk(int order, int half, int is, int n, int k, number alpha, const number *a, int a_stride, number beta,    \\
              number *c, int c_stride) {                                                                              \\
        for (int i = 0; i < n && half == 121; i++)                                                                    \\
            for (int j = i; j < n; j++) {                                                                             \\
                number sum = 0;                                                                                       \\
                for (int l = 0; l < k; l++)                                                                           \\
                    sum += (is == 111 ? a[i * a_stride + l] : a[l * a_stride + i])                                    \\
                         * (is == 111 ? a[j * a_stride + l] : a[l * a_stride + j]);                                   \\
                number *to = &c[i * c_stride + j];                                                                    \\
                *to = alpha * sum + (beta == 0 ? 0 : beta * *to);                                                     \\
            }                                                                                                         \\
        (void)order;                                                                                                  \\
    }
ROUTINES(double, cblas_dgemm, cblas_dsyrk)
ROUTINES(float, cblas_sgemm, cblas_ssyrk)
void openblas_set_num_threads(int threads) { (void)threads; }
const char *openblas_get_corename(void) { return \"Loops\"; }
";

#[cfg(target_os = "linux")]
#[test]
fn openblas_is_present_where_a_library_of_its_name_is() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openblas");
    std::fs::create_dir_all(&folder).unwrap();
    let source = folder.join("loops.c");
    std::fs::write(&source, STAND_IN).unwrap();
    let mut compiler = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compiler.args(["-shared", "-fPIC", "-O2", "-o"]).arg(folder.join("libopenblas.so.0")).arg(&source);
    assert!(compiler.status().unwrap().success());
    run_apart("openblas_is_present", |child| {
        child.env("LD_LIBRARY_PATH", &folder).env_remove("PARALLAX_HIDE");
    });
}

#[test]
#[ignore = "started by the test before, in an environment of its own"]
fn openblas_is_present() {
    assert_eq!(OpenBlas::start(2).unwrap().isa(), "loops");
    is_there_or_says_how_to_get_it::<OpenBlas>(OPENBLAS, "nothing");
}

#[test]
fn names_rise() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
}
