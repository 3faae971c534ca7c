//! Hints for names that do not exist: "did you mean" one of those that do.

/// `; did you mean 'a' or 'b'?`, or nothing if no name is similar.
pub fn did_you_mean<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = wanted.to_lowercase();
    let near = |name: &'a str| {
        let distance = strsim::osa_distance(&wanted, &name.to_lowercase());
        (distance <= (wanted.chars().count() / 3).clamp(1, 3)).then_some((distance, name))
    };
    let mut near: Vec<(usize, &str)> = names.filter_map(near).collect();
    near.sort_unstable();
    near.dedup();
    let quoted: Vec<String> = near.iter().take(3).map(|(_, name)| format!("'{name}'")).collect();
    if quoted.is_empty() { String::new() } else { format!("; did you mean {}?", quoted.join(" or ")) }
}

/// A hint, and the command that lists what there is.
pub fn see_list(hint: &str, command: &str) -> String {
    format!("{hint}{} `{command}` shows what there is", if hint.ends_with('?') { "" } else { ";" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first_and_far_ones_not_at_all() {
        let names = ["stream", "streams", "dream", "steam", "julia", "stream"];
        assert_eq!(did_you_mean("Strea", names.into_iter()), "; did you mean 'stream'?");
        assert_eq!(
            did_you_mean("stream2", names.into_iter()),
            "; did you mean 'stream' or 'streams' or 'steam'?"
        );
        assert_eq!(did_you_mean("x", ["y", "rayon"].into_iter()), "; did you mean 'y'?");
        assert_eq!(did_you_mean("fortran", names.into_iter()), "");
    }
}
