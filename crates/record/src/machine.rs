//! The parts of an environment: the hardware and its system, the build, and the state at a moment.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The hardware and its system: the part that stays the same during a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// `x86_64`, `aarch64`.
    pub architecture: String,
    /// The CPU's name, as it reports it.
    pub cpu_model: Option<String>,
    /// The version of its microcode, on which mitigations depend.
    pub microcode: Option<String>,
    /// CPUs, cores, sockets, caches.
    pub topology: Topology,
    /// How many CPUs this process may use.
    pub cpus_allowed: Option<u64>,
    /// How many CPUs' worth of time the control group grants.
    pub cgroup_cpus: Option<f64>,
    /// How much memory the control group grants.
    pub cgroup_memory_bytes: Option<u64>,
    /// The instruction-set levels that decide rankings, as the kernel names them.
    pub isa: Vec<String>,
    /// The highest clock frequency.
    pub frequency_max_khz: Option<u64>,
    /// The governor that sets the clock frequency.
    pub governor: Option<String>,
    /// The driver through which it does so.
    pub frequency_driver: Option<String>,
    /// Whether the clock frequency may rise above its nominal rate while few cores work.
    pub turbo: Option<bool>,
    /// Physical memory.
    pub memory_bytes: Option<u64>,
    /// Swap space.
    pub swap_bytes: Option<u64>,
    /// When processes get transparent huge pages: `always`, `madvise` or `never`.
    pub huge_pages: Option<String>,
    /// Whether addresses are random: `full`, `partial`, `off`, or `off for this process`.
    pub aslr: Option<String>,
    /// The kernel's mitigation of each flaw of the CPU.
    pub mitigations: BTreeMap<String, String>,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The C library and its version.
    pub libc: Option<String>,
    /// The kernel's clock source.
    pub clock: Option<String>,
    /// The sign that it is a virtual machine.
    pub virtual_machine: Option<String>,
    /// The sign that it is a container.
    pub container: Option<String>,
    /// How much the kernel lets profilers see: below 3, at least their own processes.
    pub perf_event_paranoid: Option<i64>,
}

impl Machine {
    /// How many CPUs' worth of time a run can get: the least of the CPUs that exist, are allowed and are granted.
    pub fn usable_cpus(&self) -> Option<f64> {
        let counts = [self.topology.cpus, self.cpus_allowed].into_iter().flatten().map(|cpus| cpus as f64);
        counts.chain(self.cgroup_cpus).reduce(f64::min)
    }

    /// It in a few words: its processor, and how many cores it has, since virtual machines differ in nothing else.
    ///
    /// ```
    /// use parallax_record::machine::{Machine, Topology};
    /// let topology = Topology { cores: Some(16), ..Topology::default() };
    /// let machine = Machine { cpu_model: Some("AMD EPYC".into()), topology, ..Machine::default() };
    /// assert_eq!(machine.words(), "AMD EPYC, 16 cores");
    /// assert_eq!(Machine::default().words(), "an unnamed processor");
    /// ```
    pub fn words(&self) -> String {
        let model = self.cpu_model.as_deref().unwrap_or("an unnamed processor");
        self.topology.cores.map_or_else(|| model.to_owned(), |cores| format!("{model}, {cores} cores"))
    }
}

/// CPUs, their cores, and the caches between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Topology {
    /// Logical CPUs, on which the system schedules: two for each core with SMT.
    pub cpus: Option<u64>,
    /// Cores.
    pub cores: Option<u64>,
    /// Sockets.
    pub sockets: Option<u64>,
    /// Memory nodes; memory of another node is slower.
    pub nodes: Option<u64>,
    /// The caches that the first CPU sees, the nearest first.
    pub caches: Vec<Cache>,
}

impl Topology {
    /// How many CPUs share a core; above 1 with SMT.
    pub fn threads_per_core(&self) -> Option<u64> {
        Some(self.cpus? / self.cores.filter(|&cores| cores > 0)?)
    }
}

/// One cache.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cache {
    /// 1 is nearest.
    pub level: u64,
    /// `data`, `instruction` or `unified`.
    pub kind: String,
    /// Its size.
    pub size_bytes: u64,
    /// How many CPUs share it.
    pub shared_by: u64,
    /// The length of a line, which two workers should not share.
    pub line_bytes: u64,
}

/// Toolchain, flags, dependencies and source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Build {
    /// The compiler's version, with its commit.
    pub rustc: Option<String>,
    /// The target it compiles for by default.
    pub host: Option<String>,
    /// The LLVM behind it.
    pub llvm: Option<String>,
    /// The profile of the measured programs.
    pub profile: String,
    /// The variables that pass flags to the compiler, with paths taken out.
    pub rustflags: BTreeMap<String, String>,
    /// The instruction sets that every function of this build may use, however they were enabled.
    pub target_features: Vec<String>,
    /// A hash of `Cargo.lock`.
    pub lock: Option<String>,
    /// The source's git commit.
    pub commit: Option<String>,
    /// Whether tracked files differ from the commit.
    pub dirty: Option<bool>,
    /// A hash of the differences.
    pub changes: Option<String>,
}

/// The changing state of the machine at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moment {
    /// How many processes wanted to run, over 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    /// The share of the CPU time since boot that the host took.
    pub steal_share: Option<f64>,
    /// The CPU time that the host took since boot.
    pub steal_ns: Option<u64>,
    /// All CPU time since boot, stolen and idle time included.
    pub cpu_ns: Option<u64>,
    /// How often a core has been too hot since boot.
    pub throttles: Option<u64>,
    /// Bytes read back from swap since boot.
    pub swapped_bytes: Option<u64>,
    /// Whether the machine runs on its battery; none if it has none.
    pub on_battery: Option<bool>,
    /// Memory that can be allocated without swapping.
    pub memory_available_bytes: Option<u64>,
    /// The first CPU's clock frequency.
    pub frequency_khz: Option<u64>,
}

/// A stretch of measuring: a run that is resumed has several.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// The moment before it.
    pub began: Moment,
    /// The moment after it.
    pub ended: Moment,
}
