//! The hardware and its system: the part of the environment that stays the same during a run.

use super::cgroup;
use super::files::{Files, listed};
use super::topology;
use parallax_record::machine::Machine;
use std::{collections::BTreeMap, path::Path, process::Command};

/// Reads the machine whose files are under `root`: `/`, or a folder of a test.
pub(super) fn read(root: &Path) -> Machine {
    let files = Files(root);
    let cpufreq = |file: &str| files.text(&format!("sys/devices/system/cpu/cpu0/cpufreq/{file}"));
    Machine {
        architecture: std::env::consts::ARCH.into(),
        cpu_model: cpu_model(files),
        microcode: files.field("proc/cpuinfo", "microcode"),
        topology: topology::read(files),
        cpus_allowed: files.field("proc/self/status", "Cpus_allowed_list").and_then(|list| listed(&list)),
        cgroup_cpus: cgroup::cpus(files),
        cgroup_memory_bytes: cgroup::memory(files),
        isa: isa(files),
        frequency_max_khz: cpufreq("cpuinfo_max_freq").and_then(|khz| khz.parse().ok()),
        governor: cpufreq("scaling_governor"),
        frequency_driver: cpufreq("scaling_driver"),
        turbo: turbo(files),
        memory_bytes: files.kib("proc/meminfo", "MemTotal"),
        swap_bytes: files.kib("proc/meminfo", "SwapTotal"),
        huge_pages: files.text("sys/kernel/mm/transparent_hugepage/enabled").and_then(chosen),
        aslr: aslr(files),
        mitigations: mitigations(files),
        kernel: files.text("proc/sys/kernel/osrelease"),
        libc: libc(),
        clock: files.text("sys/devices/system/clocksource/clocksource0/current_clocksource"),
        virtual_machine: virtual_machine(files),
        container: container(files),
        perf_event_paranoid: files.number("proc/sys/kernel/perf_event_paranoid"),
    }
}

fn cpu_model(files: Files) -> Option<String> {
    let field = |key| files.field("proc/cpuinfo", key);
    let arm = || Some(format!("implementer {} part {}", field("CPU implementer")?, field("CPU part")?));
    field("model name").or_else(|| field("Model")).or_else(arm)
}

/// The levels that techniques choose between.
const LEVELS: &[&str] = &[
    "sse2",
    "sse4_2",
    "avx",
    "f16c",
    "fma",
    "bmi2",
    "avx2",
    "avx_vnni",
    "avx512f",
    "avx512dq",
    "avx512bw",
    "avx512vl",
    "avx512ifma",
    "avx512vbmi",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_tile",
    "asimd",
    "asimddp",
    "atomics",
    "sve",
    "sve2",
];

fn isa(files: Files) -> Vec<String> {
    let flags = files.field("proc/cpuinfo", "flags").or_else(|| files.field("proc/cpuinfo", "Features"));
    let flags = flags.unwrap_or_default();
    let has = |level: &&&str| flags.split_whitespace().any(|flag| flag == **level);
    LEVELS.iter().filter(has).map(|level| (*level).to_owned()).collect()
}

fn turbo(files: Files) -> Option<bool> {
    let intel = files.number::<u8>("sys/devices/system/cpu/intel_pstate/no_turbo").map(|off| off == 0);
    intel.or_else(|| files.number::<u8>("sys/devices/system/cpu/cpufreq/boost").map(|on| on == 1))
}

/// The word in brackets of `always [madvise] never`.
fn chosen(text: String) -> Option<String> {
    Some(text.split_once('[')?.1.split_once(']')?.0.to_owned())
}

/// The bit of a process's personality that debuggers and `setarch -R` set.
const ADDR_NO_RANDOMIZE: u32 = 0x0004_0000;

fn aslr(files: Files) -> Option<String> {
    let personality = files.text("proc/self/personality").and_then(|hex| u32::from_str_radix(&hex, 16).ok());
    if personality.is_some_and(|bits| bits & ADDR_NO_RANDOMIZE != 0) {
        return Some("off for this process".into());
    }
    let level: u8 = files.number("proc/sys/kernel/randomize_va_space")?;
    Some(["off", "partial", "full"].get(usize::from(level))?.to_string())
}

fn mitigations(files: Files) -> BTreeMap<String, String> {
    let folder = "sys/devices/system/cpu/vulnerabilities";
    let Ok(entries) = std::fs::read_dir(files.0.join(folder)) else { return BTreeMap::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let told = names.filter_map(|name| Some((name.clone(), files.text(&format!("{folder}/{name}"))?)));
    told.filter(|(_, state)| state != "Not affected").collect()
}

fn libc() -> Option<String> {
    let said = |program: &str, arg: &str| {
        let output = Command::new(program).arg(arg).output().ok()?;
        // musl's ldd prints to standard error, and fails.
        let text = [output.stdout, output.stderr].concat();
        Some(String::from_utf8_lossy(&text).trim().to_owned())
    };
    let glibc = || said("getconf", "GNU_LIBC_VERSION").filter(|text| text.starts_with("glibc "));
    let musl = || {
        let text = said("ldd", "--version").filter(|text| text.starts_with("musl"))?;
        Some(format!("musl {}", text.lines().find_map(|line| line.strip_prefix("Version "))?))
    };
    glibc().or_else(musl)
}

fn virtual_machine(files: Files) -> Option<String> {
    let flags = files.field("proc/cpuinfo", "flags").unwrap_or_default();
    let hypervisor = flags.split_whitespace().any(|flag| flag == "hypervisor");
    let makers = [
        "kvm",
        "qemu",
        "vmware",
        "virtualbox",
        "xen",
        "amazon ec2",
        "google",
        "virtual machine",
        "parallels",
    ];
    let board = ["sys_vendor", "product_name"]
        .map(|file| files.text(&format!("sys/class/dmi/id/{file}")).unwrap_or_default());
    let board = board.join(" ").trim().to_owned();
    let known = makers.iter().any(|maker| board.to_lowercase().contains(maker));
    let kind = files.text("sys/hypervisor/type");
    match kind {
        Some(kind) => Some(kind),
        None if known => Some(board),
        None if hypervisor => Some("the CPU reports a hypervisor".into()),
        None => None,
    }
}

fn container(files: Files) -> Option<String> {
    let marks = [
        (".dockerenv", "docker"),
        ("run/.containerenv", "podman"),
        ("run/systemd/container", "systemd-nspawn"),
    ];
    let marked = marks.iter().find(|(path, _)| files.exists(path)).map(|(_, name)| (*name).to_owned());
    let wsl = || {
        Some("wsl".to_owned()).filter(|_| {
            files.text("proc/sys/kernel/osrelease").is_some_and(|r| r.to_lowercase().contains("microsoft"))
        })
    };
    marked.or_else(wsl)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::files::root;

    fn read(tree: &[(&str, &str)]) -> Machine {
        super::read(root(tree).path())
    }

    #[test]
    fn an_empty_tree_gives_an_empty_record() {
        let mut empty = read(&[]);
        empty.libc = None; // a command tells it
        assert_eq!(empty, Machine { architecture: std::env::consts::ARCH.into(), ..Machine::default() });
    }

    #[test]
    fn garbage_gives_an_empty_record_too() {
        let files = [
            "proc/cpuinfo",
            "proc/meminfo",
            "proc/stat",
            "proc/loadavg",
            "proc/self/cgroup",
            "proc/self/status",
            "proc/sys/kernel/randomize_va_space",
            "proc/self/personality",
            "sys/devices/system/cpu/online",
            "sys/fs/cgroup/cpu.max",
            "sys/fs/cgroup/memory.max",
            "sys/kernel/mm/transparent_hugepage/enabled",
        ];
        for garbage in
            ["\u{0}\u{1}:::\n::", "9999999999999999999999999 -1", "[", "max max", "0 0", "3:x:/../../.."]
        {
            let folder = root(&files.map(|file| (file, garbage)));
            let machine = super::read(folder.path());
            assert_eq!(
                (machine.cpu_model, machine.memory_bytes, machine.cgroup_cpus),
                (None, None, None),
                "{garbage:?}"
            );
        }
    }

    #[test]
    fn both_makes_of_cpu_are_named() {
        let intel = [(
            "proc/cpuinfo",
            "model\t: 2\nmodel name\t: Xeon\nflags\t: fpu sse2 avx512vl avx2 hypervisor\n",
        )];
        let machine = read(&intel);
        assert_eq!(machine.cpu_model.as_deref(), Some("Xeon"));
        assert_eq!(machine.isa, ["sse2", "avx2", "avx512vl"]);
        assert_eq!(machine.virtual_machine.as_deref(), Some("the CPU reports a hypervisor"));
        let arm =
            [("proc/cpuinfo", "Features\t: fp asimd sve\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n")];
        let machine = read(&arm);
        assert_eq!(machine.cpu_model.as_deref(), Some("implementer 0x41 part 0xd0c"));
        assert_eq!(machine.isa, ["asimd", "sve"]);
        assert_eq!(machine.virtual_machine, None);
    }

    #[test]
    fn a_run_gets_the_least_of_what_is_there_allowed_and_granted() {
        let mut tree = vec![
            ("sys/devices/system/cpu/online", "0-3"),
            ("proc/self/status", "Cpus_allowed:\tf\nCpus_allowed_list:\t0-1\n"),
        ];
        assert_eq!((read(&tree).cpus_allowed, read(&tree).usable_cpus()), (Some(2), Some(2.0)));
        tree.extend([("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/cpu.max", "150000 100000")]);
        assert_eq!(read(&tree).usable_cpus(), Some(1.5));
    }

    #[test]
    fn switches_are_read() {
        let machine = read(&[
            ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"),
            ("proc/sys/kernel/randomize_va_space", "2"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "0"),
            ("sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI"),
            ("sys/devices/system/cpu/vulnerabilities/l1tf", "Not affected"),
        ]);
        assert_eq!((machine.huge_pages.as_deref(), machine.aslr.as_deref()), (Some("madvise"), Some("full")));
        assert_eq!(machine.turbo, Some(true));
        assert_eq!(machine.mitigations, BTreeMap::from([("meltdown".into(), "Mitigation: PTI".into())]));
        let off = [("proc/sys/kernel/randomize_va_space", "2"), ("proc/self/personality", "00040000")];
        assert_eq!(read(&off).aslr.as_deref(), Some("off for this process"));
    }
}
