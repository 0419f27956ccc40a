//! Whole requests, as they come in by HTTP or from Lambda: every reply is a documented one.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::signatures::{PATH, keyring, signed};
use super::stored::runtime;
use super::{app, now};
use crate::cli::http_server;
use crate::clock;
use crate::endpoint::{Endpoint, Invocation, Recognition, SignedPath};
use crate::gate::{Gate, Policies, Settings};
use crate::policy::Policy;
use crate::store::scripted;

/// An endpoint on a table that answers each request with an empty reply.
fn endpoint() -> Endpoint {
    let policies = Policies::pinned(Policy::starter(), "starter", Duration::from_secs(60));
    let gate = Gate::new(scripted(Vec::new()), policies, Settings::unconfigured()).serving(vec![app()]);
    let recognition = Recognition {
        keyring: keyring(),
        signed_path: SignedPath::Served(PATH.to_owned()),
        tolerance: Duration::from_secs(300),
        outcome_tolerance: Duration::from_secs(86_400),
    };
    Endpoint::new(gate, recognition)
}

/// What each status comes with.
fn check_reply(status: u16, body: &str) {
    let phrase = match status {
        200 if body.is_empty() => return,
        200 => {
            let answer: Value = serde_json::from_str(body).expect("an answer is JSON");
            assert!(matches!(answer["action"].as_str(), Some("allow" | "deny")), "{body}");
            return;
        }
        400 => "bad request",
        401 => "unauthorized",
        404 => "not found",
        405 => "method not allowed",
        413 => "payload too large",
        503 => "service unavailable",
        _ => panic!("status {status} with {body:?}"),
    };
    assert_eq!(body, phrase, "the body of {status}");
}

/// An invocation; `{sig}` is the signature of its body.
pub(super) fn lambda(input: &[u8]) {
    let body = serde_json::from_slice::<Value>(input).ok().and_then(|event| {
        let body = event["body"].as_str()?;
        let decoded = event["isBase64Encoded"].as_bool().unwrap_or_default();
        if decoded { BASE64_STANDARD.decode(body).ok() } else { Some(body.as_bytes().to_vec()) }
    });
    let event = signed(input, &body.unwrap_or_default(), now());
    let Ok(invocation) = serde_json::from_slice::<Invocation>(&event) else { return };
    let reply = runtime().block_on(endpoint().handle_lambda(&invocation, now()));
    if let Some(reply) = reply {
        let reply = serde_json::to_value(reply).expect("a reply is JSON");
        let status = reply["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        check_reply(status.expect("a reply has a status"), reply["body"].as_str().expect("and a body"));
    }
}

/// One connection, and none after it.
struct Once(Option<DuplexStream>);

impl Listener for Once {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.take() {
            Some(connection) => (connection, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Whatever comes over one connection; `{sig}` is the signature of what follows the first empty line.
pub(super) fn http(input: &[u8]) {
    let begin = input.windows(4).position(|window| window == b"\r\n\r\n").map_or(input.len(), |at| at + 4);
    let sent = signed(input, &input[begin..], clock::now());
    let replies = runtime().block_on(async {
        let (mut ours, theirs) = duplex(1 << 20);
        let (stop, stopped) = tokio::sync::oneshot::channel::<Infallible>();
        let stopped = async {
            let _ = stopped.await;
        };
        let server = tokio::spawn(http_server::run(Arc::new(endpoint()), Once(Some(theirs)), stopped));
        let _ = ours.write_all(&sent).await;
        let _ = ours.shutdown().await;
        let mut replies = Vec::new();
        // A connection that the server keeps open is closed by this end.
        let read = ours.read_to_end(&mut replies);
        let _ = tokio::time::timeout(Duration::from_secs(60), read).await;
        drop((stop, ours));
        server.await.expect("the server does not panic");
        replies
    });
    check_replies(&String::from_utf8_lossy(&replies));
}

/// Replies follow each other; each has a head, and a body of the length that it states.
fn check_replies(replies: &str) {
    let mut rest = replies;
    while !rest.is_empty() {
        let (head, after) = rest.split_once("\r\n\r\n").expect("a reply has a head");
        let (line, fields) = head.split_once("\r\n").unwrap_or((head, ""));
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect(line);
        let field = |name: &str| fields.lines().find_map(|field| field.strip_prefix(name));
        let length = field("content-length: ").map_or(0, |length| length.parse().expect(length));
        // A reply to HEAD has the length of a body and none of it, so that the next reply follows at once.
        let is_head_alone =
            matches!(status, 404 | 405) && (after.is_empty() || after.starts_with("HTTP/1.1 "));
        let (body, next) = if is_head_alone { ("", after) } else { after.split_at(length) };
        match (status, body) {
            (100, _) => {}
            // What is not HTTP is refused by the server itself, without a body, and so is a head too large.
            (400 | 414 | 431, "") => {}
            _ if is_head_alone => {}
            (_, body) => check_reply(status, body),
        }
        rest = next;
    }
}
