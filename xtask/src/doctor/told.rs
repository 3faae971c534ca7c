//! Shows changed settings as a table, and the commands for those that this user may not change.

use super::settings::Setting;
use super::tune::{Outcome, Step};
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, Table};

/// Steps of one setting with the same values before and after, and the same outcome.
pub(super) struct Row<'a> {
    first: &'a Step,
    files: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// Groups the steps into rows.
    pub(super) fn all(steps: &'a [Step]) -> Vec<Self> {
        let mut rows: Vec<Row> = Vec::new();
        for step in steps {
            let alike = |row: &&mut Row| {
                let without_file = |step: &Step| Step { file: String::new(), ..step.clone() };
                without_file(row.first) == without_file(step)
            };
            match rows.iter_mut().find(alike) {
                Some(row) => row.files.push(&step.file),
                None => rows.push(Row { first: step, files: vec![&step.file] }),
            }
        }
        rows
    }

    /// The commands that set it and put it back, if the user must do that.
    fn commands(&self) -> Option<[String; 2]> {
        let Step { was, wanted, outcome, .. } = self.first;
        let set = |value: &String| format!("echo {value} | sudo tee {}", self.paths());
        let is_theirs = matches!(outcome, Outcome::Forbidden | Outcome::Left);
        Some([set(wanted.as_ref()?), set(was.as_ref()?)]).filter(|_| is_theirs)
    }

    fn paths(&self) -> String {
        let paths: Vec<String> = self.files.iter().map(|file| format!("/{file}")).collect();
        paths.join(" ")
    }

    fn note(&self) -> String {
        let files = match self.files.len() {
            2.. => format!("{} files", self.files.len()),
            _ => String::new(),
        };
        let parts = [files, self.first.why.clone()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

/// The rows as a table. Text leaves out wide columns; the commands are below it in full.
pub(super) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new([
        Column::text("setting", "setting").kept(),
        Column::text("was", "was").kept(),
        Column::text("becomes", "becomes").kept(),
        Column::text("state", "state").kept(),
        Column::text("note", "note"),
        Column::text("wanted", "wanted").spared(),
        Column::text("to set it", "command").kept().spared(),
        Column::text("to put it back", "undo").kept().spared(),
        Column::text("files", "files").kept().spared(),
    ]);
    for row in rows {
        let Step { setting, was, becomes, wanted, outcome, .. } = row.first;
        let paint = match outcome {
            Outcome::Changed | Outcome::Restored => Paint::Green,
            short if short.is_short() => Paint::Yellow,
            _ => Paint::Plain,
        };
        let optional = |text: Option<String>| text.map_or_else(|| Cell::none("–"), Cell::from);
        let [command, undo] = row.commands().map_or([None, None], |both| both.map(Some)).map(optional);
        let files = Some(row.paths()).filter(|paths| paths != "/");
        table.row([
            setting.name().into(),
            optional(was.clone()),
            optional(becomes.clone()),
            Cell::from(outcome.name()).paint(paint),
            row.note().into(),
            optional(wanted.clone()),
            command,
            undo,
            optional(files),
        ]);
    }
    table
}

/// What the user can do about the rows, line by line.
pub(super) fn ways_out(rows: &[Row]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        let Some([command, undo]) = row.commands() else { continue };
        let who = if row.first.outcome == Outcome::Left { "to put it back anyway" } else { "to set it" };
        lines.push(format!("{}, {who}: {command}", row.first.setting.name()));
        lines.push(format!("{}, to undo that: {undo}", row.first.setting.name()));
    }
    for row in rows.iter().filter(|row| row.first.outcome == Outcome::Unchosen) {
        lines.push(match row.first.setting {
            Setting::Turbo => {
                "--apply turbo: the clock stays the same however many cores work, and all is slower".into()
            }
            Setting::Perf => {
                "--apply perf: perf may look at your own processes, for cargo xtask profile".into()
            }
            other => format!("--apply {}: changes it as well", other.name().replace(' ', "-")),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_harness::table::Format;

    fn step(setting: Setting, file: &str, [was, becomes, wanted]: [&str; 3], outcome: Outcome) -> Step {
        let [was, becomes, wanted] = [was, becomes, wanted].map(|value| Some(value.to_owned()));
        Step { setting, file: file.into(), was, becomes, wanted, outcome, why: String::new() }
    }

    fn steps() -> Vec<Step> {
        let governor = |policy: usize, was| {
            let file = format!("sys/devices/system/cpu/cpufreq/policy{policy}/scaling_governor");
            step(Setting::Governor, &file, [was, was, "performance"], Outcome::Forbidden)
        };
        let pages = "sys/kernel/mm/transparent_hugepage/enabled";
        let aslr = "proc/sys/kernel/randomize_va_space";
        let perf = "proc/sys/kernel/perf_event_paranoid";
        vec![
            governor(0, "powersave"),
            governor(1, "schedutil"),
            governor(2, "powersave"),
            step(Setting::HugePages, pages, ["always", "madvise", "madvise"], Outcome::Changed),
            step(Setting::Aslr, aslr, ["1", "1", "0"], Outcome::Left),
            step(Setting::Perf, perf, ["4", "4", "2"], Outcome::Unchosen),
        ]
    }

    #[test]
    fn files_that_came_out_alike_share_a_row_and_a_command() {
        let steps = steps();
        let rows = Row::all(&steps);
        assert_eq!((rows.len(), rows[0].files.len()), (5, 2));
        let policy = |n| format!("/sys/devices/system/cpu/cpufreq/policy{n}/scaling_governor");
        let [set, undo] = rows[0].commands().unwrap();
        assert_eq!(set, format!("echo performance | sudo tee {} {}", policy(0), policy(2)));
        assert_eq!(undo, format!("echo powersave | sudo tee {} {}", policy(0), policy(2)));
        let lines = ways_out(&rows);
        let has = |text: &str| lines.iter().any(|line| line.contains(text));
        assert!(
            has("to put it back anyway: echo 0 | sudo tee /proc/sys/kernel/randomize_va_space"),
            "{lines:?}"
        );
        assert!(has("--apply perf") && !has("madvise"), "{lines:?}");
    }

    #[test]
    fn the_table_fits_a_terminal_and_programs_get_all_of_it() {
        let steps = steps();
        let rows = Row::all(&steps);
        let text = table(&rows).render(Format::Text, 80, false);
        assert!(text.lines().all(|line| textwrap::core::display_width(line) <= 80), "{text}");
        assert!(text.contains("powersave  powersave  not permitted  2 files"), "{text}");
        let json = table(&rows).render(Format::Json, 80, false);
        let json: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        assert_eq!(json[2]["becomes"], "madvise");
        assert_eq!(json[2]["command"], serde_json::Value::Null);
        assert!(json[1]["undo"].as_str().unwrap().starts_with("echo schedutil | sudo tee /sys/"), "{json:?}");
        assert_eq!(json[3]["files"], "/proc/sys/kernel/randomize_va_space");
    }
}
