//! Callbacks, signed and posted as Sinch does.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use sinch_gate::clock;

use super::check::signature;
use crate::world::tool::SAMPLE_KEY;

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// How long a gate may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Posts an event to a URL such as `http://127.0.0.1:41234/`; status and answer, or 0 where none came.
pub(super) fn post(url: &str, event: &Value) -> (u16, Value) {
    let (address, path) = match url.trim_start_matches("http://").split_once('/') {
        Some((address, path)) => (address, format!("/{path}")),
        None => panic!("{url} is not the URL of a callback"),
    };
    let body = event.to_string();
    let timestamp = format!("{:.7}", clock::now());
    let signature = signature("POST", body.as_bytes(), CONTENT_TYPE, &timestamp, &path);
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: {CONTENT_TYPE}\r\n\
         x-timestamp: {timestamp}\r\nauthorization: application {SAMPLE_KEY}:{signature}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len(),
    );
    exchange(address, &request).unwrap_or_default()
}

fn exchange(address: &str, request: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or_default()))
}
