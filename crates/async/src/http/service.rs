//! The service that all hyper servers call for a request, on any runtime.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};
use parallax_pattern as pattern;
use parallax_pattern::http::LONGEST_BODY;
use std::convert::Infallible;

/// Gathers the body and answers.
pub(super) async fn answer<R: pattern::Reply>(
    work: &R,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Ok(refusal());
    };
    let body = body.to_bytes();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let request = pattern::Request { method: head.method.as_str(), target, body: &body };
    let mut response = pattern::Response::default();
    work.respond(&request, &mut response);
    Ok(made(response))
}

/// The same response in hyper's types; hyper adds the length and the date.
pub(super) fn made(response: pattern::Response) -> Response<Full<Bytes>> {
    let mut made = Response::new(Full::new(Bytes::from(response.body)));
    *made.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    made.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(response.kind));
    made
}

/// The answer to a body that is too long, or breaks off: the start of the next request is unknown.
fn refusal() -> Response<Full<Bytes>> {
    let mut response = pattern::Response::default();
    response.text(413, b"a body longer than any that is answered");
    let mut made = made(response);
    made.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    made
}
