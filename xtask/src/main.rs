//! The command line: `cargo xtask …`.

fn main() -> std::process::ExitCode {
    xtask::main("cargo xtask", std::env::args_os())
}
