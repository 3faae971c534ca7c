//! Shares above a limit: an implausible share is never shown without its likely cause.

use crate::summary::Row;

/// A share of a limit above this needs an explanation; up to here, it is noise of limit and time.
pub const POSSIBLE_SHARE: f64 = 1.03;

/// The explanation where a run has none of its own.
const UNEXPLAINED: &str = "above its limit: it does less work than the limit counts, or the limit was measured lower than \
                           the row ran; measure again with `cargo xtask limits`";

impl Row {
    /// The note on its share of a limit: why there is none, or how it can be above [`POSSIBLE_SHARE`].
    pub fn limit_note(&self) -> Option<&str> {
        let beyond = self.limit_share.is_some_and(|share| share > POSSIBLE_SHARE);
        self.limit_reason.as_deref().or_else(|| beyond.then_some(UNEXPLAINED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_share_above_one_has_a_note_also_in_a_run_that_does_not_say_why() {
        let note = |share: f64, reason: Option<&str>| {
            let row = json!({ "workload": "julia", "technique": "rayon", "family": "threading", "size": "tiny",
                "limit_share": share, "limit_reason": reason });
            serde_json::from_value::<Row>(row).unwrap().limit_note().map(str::to_owned)
        };
        assert_eq!(note(1.02, None), None);
        assert!(note(1.04, None).unwrap().starts_with("above its limit: "));
        assert_eq!(note(1.04, Some("its data are near")).unwrap(), "its data are near");
        assert_eq!(note(0.5, Some("wide")).unwrap(), "wide");
    }
}
