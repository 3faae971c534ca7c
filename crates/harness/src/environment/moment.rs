//! The changing state of a machine at one moment, such as load and heat, which can explain a figure.

use super::cpu_times::CpuTimes;
use super::files::Files;
use parallax_record::machine::Moment;
use std::path::Path;

/// Reads the machine whose files are under `root`: `/`, or a folder of a test.
pub(super) fn read(root: &Path) -> Moment {
    let files = Files(root);
    let load = |text: String| {
        let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
        Some([numbers.next()?, numbers.next()?, numbers.next()?])
    };
    let count = |cpu: String| {
        files.number::<u64>(&format!("sys/devices/system/cpu/{cpu}/thermal_throttle/core_throttle_count"))
    };
    // A share does not depend on the tick, which is a hundredth of a second nearly everywhere.
    let times = files.text("proc/stat").and_then(|stat| CpuTimes::parse(&stat, 100));
    let mhz = || files.field("proc/cpuinfo", "cpu MHz")?.parse::<f64>().ok();
    Moment {
        load: files.text("proc/loadavg").and_then(load),
        steal_share: times.map(CpuTimes::steal_share),
        steal_ns: times.map(|times| times.steal_ns),
        cpu_ns: times.map(CpuTimes::total_ns),
        throttles: files
            .numbered("sys/devices/system/cpu", "cpu")
            .into_iter()
            .filter_map(count)
            .reduce(u64::saturating_add),
        swapped_bytes: swapped(files),
        on_battery: on_battery(files),
        memory_available_bytes: files.kib("proc/meminfo", "MemAvailable"),
        frequency_khz: files
            .number("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
            .or_else(|| mhz().map(|mhz| (mhz * 1000.0) as u64)),
    }
}

fn swapped(files: Files) -> Option<u64> {
    let counters = files.text("proc/vmstat")?;
    let pages: u64 = counters.lines().find_map(|line| line.strip_prefix("pswpin "))?.parse().ok()?;
    pages.checked_mul(rustix::param::page_size() as u64)
}

/// Whether the machine runs on its own battery; that of a mouse does not count.
fn on_battery(files: Files) -> Option<bool> {
    let folder = "sys/class/power_supply";
    let supplies = std::fs::read_dir(files.0.join(folder)).ok()?.flatten();
    let told = |name: &str, what: &str| files.text(&format!("{folder}/{name}/{what}"));
    let discharges = supplies.filter_map(|supply| {
        let name = supply.file_name().into_string().ok()?;
        let is_own =
            told(&name, "type")? == "Battery" && told(&name, "scope").is_none_or(|of| of != "Device");
        is_own.then(|| told(&name, "status").is_some_and(|status| status == "Discharging"))
    });
    discharges.reduce(|one, other| one || other)
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
            ("proc/vmstat", "pswpin 0\npswpout 7\n"),
        ]);
        let moment = read(folder.path());
        assert_eq!((moment.load, moment.steal_share), (Some([0.5, 1.25, 2.0]), Some(0.1)));
        assert_eq!((moment.steal_ns, moment.cpu_ns), (Some(100_000_000), Some(1_000_000_000)));
        assert_eq!((moment.swapped_bytes, moment.on_battery), (Some(0), None));
        assert_eq!(
            (moment.throttles, moment.memory_available_bytes, moment.frequency_khz),
            (Some(7), Some(4096), Some(2_596_122))
        );
    }

    #[test]
    fn only_the_machines_own_battery_counts() {
        let on_battery = |status: &str, scope: Option<&str>| {
            let supply = |file: &str| format!("sys/class/power_supply/BAT0/{file}");
            let mut tree = vec![
                (supply("type"), "Battery"),
                (supply("status"), status),
                ("sys/class/power_supply/AC/type".to_owned(), "Mains"),
            ];
            tree.extend(scope.map(|scope| (supply("scope"), scope)));
            let tree: Vec<(&str, &str)> = tree.iter().map(|(path, text)| (path.as_str(), *text)).collect();
            read(root(&tree).path()).on_battery
        };
        assert_eq!(on_battery("Discharging", None), Some(true));
        assert_eq!(["Charging", "Full"].map(|status| on_battery(status, None)), [Some(false); 2]);
        assert_eq!(on_battery("Discharging", Some("Device")), None, "a mouse");
    }

    #[test]
    fn what_cannot_be_read_stays_empty() {
        assert_eq!(read(root(&[]).path()), Moment::default());
        for garbage in ["", "\0", "1 2", "cpu x", "cpu MHz : fast", "a b c d"] {
            let files = ["proc/loadavg", "proc/stat", "proc/meminfo", "proc/cpuinfo", "proc/vmstat"]
                .map(|file| (file, garbage));
            assert_eq!(read(root(&files).path()), Moment::default(), "{garbage:?}");
        }
    }
}
