//! Servers on async runtimes: a task for each client, and a few threads for all of them.

mod axum_tokio;
mod compio_httparse;
mod hyper_smol;
mod hyper_tokio;
mod hyper_tokio_per_core;
mod service;

pub use axum_tokio::AxumTokio;
pub use compio_httparse::CompioHttparse;
pub use hyper_smol::HyperSmol;
pub use hyper_tokio::HyperTokio;
pub use hyper_tokio_per_core::HyperTokioPerCore;
