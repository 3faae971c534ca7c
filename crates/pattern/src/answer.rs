//! What a technique says: its result, or why there is none.

/// Why there is no number; printed where the number would stand.
#[derive(Debug, thiserror::Error)]
pub enum No {
    /// The technique does not suit the problem, and the reason teaches.
    #[error("{0}")]
    Unfit(&'static str),
    /// This machine or build lacks something, and the text says how to get it.
    #[error("{0}")]
    Unavailable(String),
    /// It tried and broke.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl No {
    /// A failure that is told in words.
    pub fn failed(words: impl Into<String>) -> Self {
        No::Failed(words.into().into())
    }
}

/// What a technique gives back: its result, or why there is none.
pub type Answer<T> = Result<T, No>;
