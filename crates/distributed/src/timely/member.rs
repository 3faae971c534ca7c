//! The same program on another host: a process of the cluster that only has workers.

use super::cluster;
use super::gate::Gate;
use super::mesh::{Arrived, Invitation};
use super::place::Kept;
use crate::Hello;
use std::io::{self, Write as _};
use std::process::exit;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How long to wait for the process that ended this one's work to end this one too; after that it ends by itself.
const GRACE: Duration = Duration::from_secs(1);

/// Works until the process that started this one hangs up.
pub(crate) fn run() -> ! {
    let why = match work() {
        Ok(why) => why,
        Err(why) => why.to_string(),
    };
    let _ = writeln!(io::stderr(), "a member of a cluster ends: {why}");
    exit(1)
}

fn work() -> io::Result<String> {
    let hello = Hello::<Invitation>::wait()?;
    let told = hello.body.clone();
    let (number, threads, processes) = (told.number, told.threads, told.addresses.len());
    let arrived = match Arrived::new(told) {
        Ok(arrived) => arrived,
        Err(why) => {
            hello.refuse(&format!("it cannot reach the first host: {why}"))?;
            return Ok(why.to_string());
        }
    };
    hello.ready()?;
    let gate = Arc::new(Gate::new(processes));
    let builders = cluster::builders(number, threads, arrived.connect()?, &gate)?;
    cluster::spawn(builders, &gate, &Arc::new(Kept::default()), || None)?;
    gate.wait_until_closed();
    thread::sleep(GRACE);
    Ok(match gate.loss() {
        Some(loss) => format!("process {:?} is lost: {}", loss.process, loss.words),
        None => "its work is done".to_owned(),
    })
}
