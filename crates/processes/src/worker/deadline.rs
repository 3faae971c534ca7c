//! Deadlines: the only place that reads the clock, and never to measure.

use std::time::{Duration, Instant};

#[expect(clippy::disallowed_methods, reason = "a deadline, not a measurement")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The moment to give up; `None` means never, also when the moment is later than the clock can say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    pub(crate) fn after(limit: Duration) -> Self {
        Self(now().checked_add(limit))
    }

    pub(crate) fn of(limit: Option<Duration>) -> Self {
        limit.map_or(Self::NEVER, Self::after)
    }

    /// What is left until then, zero once it has passed.
    pub(crate) fn left(self) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(now()))
    }

    pub(crate) fn or_earlier(self, other: Self) -> Self {
        Self(self.0.into_iter().chain(other.0).min())
    }

    pub(crate) fn passed(self) -> bool {
        self.left() == Some(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_passes_and_never_does_not() {
        assert!(Deadline::after(Duration::ZERO).passed());
        assert!(!Deadline::after(Duration::from_secs(3600)).passed());
        assert!(!Deadline::NEVER.passed());
        assert!(!Deadline::after(Duration::MAX).passed());
        let soon = Deadline::after(Duration::ZERO);
        assert!(Deadline::NEVER.or_earlier(soon).passed() && soon.or_earlier(Deadline::NEVER).passed());
    }
}
