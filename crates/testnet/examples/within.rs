//! Runs a command on the first of several hosts that exist only meanwhile; run it as root:
//!
//! ```text
//! cargo run --release -p parallax-testnet --example within -- 4 1000 \
//!   cargo xtask scale hosts -w heat --hosts @
//! ```
//!
//! The words before the command are the number of hosts and the microseconds that a packet takes between them; `@` in
//! the command is replaced by the name of the file that lists the hosts.

#![expect(clippy::print_stderr, reason = "a program for the terminal")]

use parallax_testnet::Net;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [hosts, delay, program, arguments @ ..] = &words[..] else {
        return Err(
            "usage: within HOSTS MICROSECONDS COMMAND…, in which @ is replaced by the file of hosts".into()
        );
    };
    let net = Net::builder().hosts(hosts.parse()?).delay(Duration::from_micros(delay.parse()?)).build()?;
    let file = std::env::temp_dir().join(format!("parallax-hosts-{}.toml", std::process::id()));
    std::fs::write(&file, net.hosts_file(1))?;
    let path = file.to_string_lossy();
    let status = net.command(0, program).args(arguments.iter().map(|word| word.replace('@', &path))).status();
    std::fs::remove_file(&file)?;
    Ok(ExitCode::from(u8::try_from(status?.code().unwrap_or(1)).unwrap_or(1)))
}
