//! A web framework on top of hyper: the difference to hyper alone is the cost of the conveniences.
//!
//! ```no_run
//! use axum::{Router, extract::Path, routing::get};
//!
//! # async fn serve() -> std::io::Result<()> {
//! let routes = Router::new()
//!     .route("/plaintext", get(async || "Hello, World!"))
//!     .route("/square/{x}", get(async |Path(x): Path<u64>| (x * x).to_string()));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, routes).await
//! # }
//! ```
//!
//! `axum::serve` goes on after every error of accepting, and rests for a second when descriptors are used up. The
//! served work does its own routing, as every technique serves the same work, so it is axum's only fallback route: the
//! router looks and finds no other.

use super::hyper_tokio::{adopt, runtime, watch};
use super::service::made;
use crate::tokio::TokioRuntime;
use ::axum::Router;
use ::axum::body::Bytes;
use ::axum::extract::{DefaultBodyLimit, State};
use ::axum::http::{Method, Response, Uri};
use ::axum::serve::ListenerExt;
use ::tokio::io::AsyncReadExt;
use http_body_util::Full;
use parallax_pattern::http::LONGEST_BODY;
use parallax_pattern::stop::Stop;
use parallax_pattern::{self as pattern, Reply};
use parallax_pattern::{Answer, Card, Cores, No, Serve, Technique};
use std::{io, net::TcpListener, sync::Arc};

/// A tokio runtime with an axum server.
#[derive(Debug)]
pub struct AxumTokio {
    runtime: TokioRuntime,
}

impl Technique for AxumTokio {
    const CARD: Card = Card {
        name: "axum+tokio",
        idea: "hyper on tokio, behind a router, extractors and layers",
        gives: "a web service in a page; handlers are plain async functions",
        costs: "a box and a few copies per request beyond hyper's own",
        cores: Cores::Workers,
        libraries: &["axum", "hyper", "tokio"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(AxumTokio { runtime: runtime(workers)? })
    }
}

impl<R: Reply> Serve<R> for AxumTokio {
    /// Open connections are dropped with the runtime at the end.
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        let routes = Router::new()
            .fallback(answer::<R>)
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .with_state(Shared(work.clone()));
        let serve = async {
            let mut stop = watch(stop.into_stream())?;
            // slower where the option cannot be set, but correct
            let listener = adopt(listener)?.tap_io(|client| drop(client.set_nodelay(true)));
            tokio::select! {
                ended = axum::serve(listener, routes).into_future() => ended,
                _ = stop.read_u8() => io::Result::Ok(()),
            }
        };
        self.runtime.run(serve)?.map_err(|error| No::Failed(error.into()))
    }
}

/// The state that all handlers share.
struct Shared<R>(Arc<R>);

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Shared(self.0.clone()) // a derived `Clone` would require `R: Clone`
    }
}

async fn answer<R: Reply>(
    State(work): State<Shared<R>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response<Full<Bytes>> {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut response = pattern::Response::default();
    work.0.respond(&pattern::Request { method: method.as_str(), target, body: &body }, &mut response);
    made(response)
}
