//! A request and its only right answer: any difference in the answer's bytes is an error.

use serde::{Deserialize, Serialize};

/// A request as it goes over the wire, and the answer to it, which must have status 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    request: Vec<u8>,
    kind: String,
    body: Vec<u8>,
}

impl Exchange {
    /// A request, head and body, and the content type and body of its answer.
    pub fn of(request: Vec<u8>, kind: impl Into<String>, body: Vec<u8>) -> Self {
        Exchange { request, kind: kind.into(), body }
    }

    /// `GET target`, answered by `body` of content type `kind`.
    pub fn get(target: &str, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        Exchange { request: request.into(), kind: kind.into(), body: body.into() }
    }

    /// `POST target` with `sent` of content type `kind`, answered by `body` of the same type.
    pub fn post(target: &str, kind: &str, sent: &[u8], body: impl Into<Vec<u8>>) -> Self {
        let mut request = format!(
            "POST {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            sent.len()
        )
        .into_bytes();
        request.extend_from_slice(sent);
        Exchange { request, kind: kind.into(), body: body.into() }
    }

    /// The request, head and body.
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// The content type that the answer must have.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The body that the answer must have.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The first line of the request, for messages.
    pub(crate) fn name(&self) -> String {
        let line = self.request.split(|&byte| byte == b'\r').next().unwrap_or_default();
        String::from_utf8_lossy(line).trim_end_matches(" HTTP/1.1").to_owned()
    }
}
