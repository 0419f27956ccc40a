//! A stand-in of Lambda's runtime API, which hands out callbacks and says when the function asks for more.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context as _, bail, ensure};

/// How long anything may take that is not a matter of speed.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    /// A message when all has been answered and the function asks for more, or what went wrong.
    idle: Receiver<anyhow::Result<()>>,
}

impl RuntimeApi {
    /// Starts one that hands out these events, each with the status that must come back.
    pub(crate) fn start(events: Vec<String>, status: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (say, idle) = channel();
        std::thread::spawn(move || {
            let mut events = events.into_iter();
            for stream in listener.incoming() {
                let answered =
                    stream.map_err(Into::into).and_then(|stream| answer(&stream, &mut events, status));
                if !matches!(answered, Ok(false)) {
                    let _ = say.send(answered.map(|_| ()));
                    // Lambda does not hang up on a function that waits; the process is ended before this.
                    std::thread::sleep(PATIENCE);
                }
            }
        });
        Ok(Self { address, idle })
    }

    /// Waits until every event was handled.
    pub(crate) fn wait(&self) -> anyhow::Result<()> {
        self.idle.recv_timeout(PATIENCE).context("the function does not answer")?
    }
}

/// Serves one connection: whether all was handled in the end, rather than the connection closed.
fn answer(
    mut stream: &TcpStream,
    events: &mut impl Iterator<Item = String>,
    status: u16,
) -> anyhow::Result<bool> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(false);
            }
            if line.trim_end().is_empty() {
                break;
            }
            head.push(line.to_ascii_lowercase());
        }
        let length = head.iter().find_map(|line| line.strip_prefix("content-length:"));
        let mut body = vec![0; length.map_or(Ok(0), |length| length.trim().parse())?];
        reader.read_exact(&mut body)?;
        let path = head.first().map(String::as_str).unwrap_or_default();
        if path.contains("/invocation/next") {
            let Some(event) = events.next() else { return Ok(true) };
            let head = "HTTP/1.1 200 OK\r\n\
                lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
                lambda-runtime-deadline-ms: 4102444800000\r\n\
                lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:123456789012:function:gate\r\n\
                lambda-runtime-trace-id: Root=1-6968b3f8-5e0a4c7d2b91f36840ac15de;Sampled=0\r\n\
                content-type: application/json\r\n";
            stream.write_all(format!("{head}content-length: {}\r\n\r\n{event}", event.len()).as_bytes())?;
        } else {
            let body = String::from_utf8_lossy(&body);
            ensure!(
                body.contains(&format!("\"statusCode\":{status}")),
                "not the reply that was expected: {body}"
            );
            if path.contains("/error") {
                bail!("the function failed: {body}");
            }
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
        }
    }
}
