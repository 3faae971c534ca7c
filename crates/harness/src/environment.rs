//! Reading the environment: this machine and this build. Unreadable values stay empty, and nothing here fails.

mod build;
mod cgroup;
mod cpu_times;
mod files;
mod machine;
mod moment;
mod topology;

pub use build::fnv1a;
pub use cpu_times::{CpuTimes, cpu_times};

use parallax_record::environment::Environment;
use parallax_record::machine::Moment;
use std::path::Path;

/// Reads this machine, and the workspace whose programs it runs.
pub fn read(workspace: &Path, profile: &str) -> Environment {
    let root = Path::new("/");
    Environment {
        machine: machine::read(root),
        build: build::read(workspace, profile),
        moment: moment::read(root),
        ..Environment::default()
    }
}

/// Reads only the values that change.
pub fn moment() -> Moment {
    moment::read(Path::new("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Environment {
        read(Path::new(env!("CARGO_MANIFEST_DIR")), "release")
    }

    #[test]
    fn this_machine_is_read() {
        let Environment { machine, build, moment, .. } = here();
        assert!(machine.topology.cpus >= Some(1) && machine.memory_bytes >= Some(1 << 20), "{machine:?}");
        assert!(machine.kernel.is_some() && !machine.isa.is_empty());
        assert!(build.rustc.is_some_and(|rustc| rustc.starts_with("rustc 1.")));
        assert!(moment.load.is_some() && moment.memory_available_bytes < machine.memory_bytes);
    }

    #[test]
    fn the_record_survives_its_file_and_older_files_are_read() {
        let here = here();
        let file = serde_json::to_string(&here).unwrap();
        assert_eq!(serde_json::from_str::<Environment>(&file).unwrap(), here);
        let older: Environment =
            serde_json::from_str(r#"{"machine": {"cpu_model": "Z80", "gone": 1}}"#).unwrap();
        assert_eq!(older.machine.cpu_model.as_deref(), Some("Z80"));
    }

    #[test]
    fn the_record_names_no_place_and_no_person() {
        let file = serde_json::to_string(&here()).unwrap();
        let home = std::env::var("HOME").unwrap_or_default();
        let private = [env!("CARGO_MANIFEST_DIR").to_owned(), format!("{home}/")];
        private
            .iter()
            .filter(|text| text.len() > 2)
            .for_each(|text| assert!(!file.contains(text.as_str()), "{text}"));
    }

    #[test]
    fn the_key_sees_what_matters_and_only_that() {
        let then = here();
        let mut now = then.clone();
        now.moment = Moment { load: Some([9.0; 3]), ..Moment::default() };
        now.machine.virtual_machine = Some("another hint".into());
        (now.build.commit, now.build.dirty) = (Some("another".into()), Some(true));
        now.build.changes = Some("0123456789abcdef".into());
        assert_eq!(then.key().differences(&now.key()), []);
        now.machine.cpus_allowed = None;
        now.build.rustflags.insert("RUSTFLAGS".into(), "-C metadata=another".into());
        now.build.lock = Some("another".into());
        now.workers.insert("simd".into(), Some("rebuilt".into()));
        now.peers.insert("numpy".into(), Some("2.9".into()));
        let fields: Vec<String> = then.key().differences(&now.key()).into_iter().map(|d| d.field).collect();
        assert_eq!(
            fields,
            ["build.lock", "build.rustflags.RUSTFLAGS", "cpus_allowed", "peers.numpy", "workers.simd"]
        );
    }
}
