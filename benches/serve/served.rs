//! The built tool as it serves, and its clients.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::callback::{self, CONTENT_TYPE, Signed};
use crate::message::message;

/// The tool, which is ended when this is dropped.
pub(crate) struct Served {
    pub(crate) process: Child,
    address: String,
}

impl Served {
    /// Starts it in memory, or on a file.
    pub(crate) fn start(tool: &str, file: Option<&Path>) -> anyhow::Result<Self> {
        let mut process = Command::new(tool)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(file.iter().flat_map(|file| [Path::new("--data"), file]))
            .env_clear()
            .envs([("CALLBACK_PATH", callback::path()), ("METRICS_NAMESPACE", "sinch-gate")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {tool}"))?;
        let stdout = process.stdout.take().context("no output")?;
        let mut served = Self { process, address: String::new() };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.strip_prefix("listening on http://").and_then(|rest| rest.split('/').next());
        served.address = address.with_context(|| format!("not a line of `serve`: {line}"))?.to_owned();
        Ok(served)
    }

    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        Ok(Client(BufReader::new(stream)))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It lets go of its file in order.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// A callback as it goes over the network.
pub(crate) fn over_http(callback: &Signed) -> String {
    let Signed { body, timestamp, authorization } = callback;
    format!(
        "POST {} HTTP/1.1\r\nhost: gate\r\ncontent-type: {CONTENT_TYPE}\r\nx-timestamp: {timestamp}\r\n\
         authorization: {authorization}\r\ncontent-length: {}\r\n\r\n{body}",
        callback::path(),
        body.len()
    )
}

/// One connection.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    /// Has a callback answered; says how long that took, and whether it was a request that was allowed.
    pub(crate) fn ask(&mut self, request: &str) -> anyhow::Result<(Duration, bool)> {
        let begun = Instant::now();
        self.0.get_mut().write_all(request.as_bytes())?;
        let reply = message(&mut self.0)?.context("the connection was closed")?;
        let after = begun.elapsed();
        ensure!(reply.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&reply));
        Ok((after, String::from_utf8_lossy(&reply).contains("\"allow\"")))
    }
}
