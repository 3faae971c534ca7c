//! The answer of a technique: its result, or the reason why there is none.

/// Why there is no result; printed in its place.
#[derive(Debug, thiserror::Error)]
pub enum No {
    /// The technique does not suit the problem, and the reason teaches.
    #[error("{0}")]
    Unfit(&'static str),
    /// This machine or build lacks something, and the text says how to get it.
    #[error("{0}")]
    Unavailable(String),
    /// The technique tried and failed.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl No {
    /// A failure with a message.
    pub fn failed(words: impl Into<String>) -> Self {
        No::Failed(words.into().into())
    }
}

/// The answer of a technique: its result, or the reason why there is none.
pub type Answer<T> = Result<T, No>;
