//! The same command line as `cargo parallax …`, from any folder: `cargo install --path xtask --bin cargo-parallax`.

fn main() -> std::process::ExitCode {
    // cargo passes a subcommand its own name as the first word
    let words = std::env::args_os().enumerate().filter(|(at, word)| *at != 1 || word != "parallax");
    xtask::main("cargo parallax", words.map(|(_, word)| word))
}
