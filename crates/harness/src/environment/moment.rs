//! What a machine is doing just now: it explains a figure, and changes before the next.

use super::cpu_times::CpuTimes;
use super::files::Files;
use parallax_record::machine::Moment;
use std::path::Path;

/// Reads the machine whose files are under `root`: `/`, or a test's.
pub(super) fn read(root: &Path) -> Moment {
    let files = Files(root);
    let load = |text: String| {
        let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
        Some([numbers.next()?, numbers.next()?, numbers.next()?])
    };
    let count = |cpu: String| {
        files.number::<u64>(&format!("sys/devices/system/cpu/{cpu}/thermal_throttle/core_throttle_count"))
    };
    let mhz = || files.field("proc/cpuinfo", "cpu MHz")?.parse::<f64>().ok();
    Moment {
        load: files.text("proc/loadavg").and_then(load),
        // A share needs no unit, so any tick will do.
        steal_share: files
            .text("proc/stat")
            .and_then(|stat| CpuTimes::parse(&stat, 100))
            .map(CpuTimes::steal_share),
        throttles: files
            .numbered("sys/devices/system/cpu", "cpu")
            .into_iter()
            .filter_map(count)
            .reduce(u64::saturating_add),
        memory_available_bytes: files.kib("proc/meminfo", "MemAvailable"),
        frequency_khz: files
            .number("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
            .or_else(|| mhz().map(|mhz| (mhz * 1000.0) as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::files::root;

    #[test]
    fn the_moment_is_read() {
        let folder = root(&[
            ("proc/loadavg", "0.50 1.25 2.00 3/98 12978"),
            ("proc/stat", "cpu 50 0 0 40 0 0 0 10 0 0\n"),
            ("proc/meminfo", "MemTotal: 10 kB\nMemAvailable: 4 kB\n"),
            ("proc/cpuinfo", "cpu MHz\t: 2596.122\n"),
            ("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3"),
            ("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "4"),
        ]);
        let moment = read(folder.path());
        assert_eq!((moment.load, moment.steal_share), (Some([0.5, 1.25, 2.0]), Some(0.1)));
        assert_eq!(
            (moment.throttles, moment.memory_available_bytes, moment.frequency_khz),
            (Some(7), Some(4096), Some(2_596_122))
        );
    }

    #[test]
    fn what_cannot_be_read_stays_empty() {
        assert_eq!(read(root(&[]).path()), Moment::default());
        for garbage in ["", "\0", "1 2", "cpu x", "cpu MHz : fast", "a b c d"] {
            let files =
                ["proc/loadavg", "proc/stat", "proc/meminfo", "proc/cpuinfo"].map(|file| (file, garbage));
            assert_eq!(read(root(&files).path()), Moment::default(), "{garbage:?}");
        }
    }
}
