//! The worker of the distributed family; it is also each of the processes that its engines start.
//!
//! In addition to a worker's commands it has two about hosts: `distributed hosts` names them, and `distributed network`
//! measures the network between them, both as JSON.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints its answers")]

use parallax_distributed::{Error, Hosts, network};
use parallax_limits::network::Place;
use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_distributed::init();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let told = match words[..] {
        ["hosts"] => Hosts::named().map(|hosts| json(&hosts.iter().flat_map(places).collect::<Vec<_>>())),
        ["network", "--hosts", hosts, "--samples", samples] => measured(hosts, samples),
        _ => return parallax_runner::main("distributed", parallax_distributed::cells()),
    };
    match told {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|why| format!("{{\"error\": \"{why}\"}}"))
}

fn places(hosts: &Hosts) -> Vec<Place> {
    let place = |host: &parallax_distributed::Host| Place {
        host: host.name.clone(),
        address: host.address.to_string(),
        machine: String::new(),
        cores: 0,
        workers: host.cores,
    };
    hosts.iter().map(place).collect()
}

fn measured(hosts: &str, samples: &str) -> Result<String, Error> {
    let number = |text: &str| text.parse().map_err(|_| Error::Engine(format!("invalid number '{text}'")));
    let hosts = match (number(hosts)?, Hosts::named()?) {
        (0, Some(all)) => all,
        (count, _) => Hosts::of_environment(count)?,
    };
    network::measure(&hosts, number(samples)?).map(|network| json(&network))
}
