//! Servers on async runtimes: a task for each client, and a few threads for all of them.
//!
//! | technique | who parses | who waits | take it when |
//! |---|---|---|---|
//! | [`AxumTokio`] | hyper | tokio | nearly always: routes, extractors and layers come with it |
//! | [`HyperTokio`] | hyper | tokio | the protocol is all that is wanted |
//! | [`HyperSmol`] | hyper | smol | the program is on smol already |
//! | [`CompioHttparse`] | httparse, by hand | compio's io_uring | system calls are what costs |

mod axum_tokio;
mod compio_httparse;
mod hyper_smol;
mod hyper_tokio;
mod service;

pub use axum_tokio::AxumTokio;
pub use compio_httparse::CompioHttparse;
pub use hyper_smol::HyperSmol;
pub use hyper_tokio::HyperTokio;
