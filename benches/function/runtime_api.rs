//! A stand-in of Lambda's runtime API, which hands out callbacks one by one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

/// How long anything may take that is not a matter of speed.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    events: Sender<String>,
    heard: Receiver<anyhow::Result<Heard>>,
}

/// What the function has done.
enum Heard {
    /// It has asked for a callback.
    Asks,
    /// It has replied, so long after it was given the callback.
    Replied(Duration),
}

impl RuntimeApi {
    /// Starts one to which each reply must come with this status.
    pub(crate) fn start(status: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (events, handed_out) = channel();
        let (say, heard) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let served =
                    stream.map_err(Into::into).and_then(|stream| serve(&stream, &handed_out, &say, status));
                match served {
                    Ok(Next::Connection) => {}
                    Ok(Next::Nothing) => return,
                    Err(error) => _ = say.send(Err(error)),
                }
            }
        });
        Ok(Self { address, events, heard })
    }

    /// Waits until the function asks for a callback.
    pub(crate) fn wait(&self) -> anyhow::Result<()> {
        match self.next()? {
            Heard::Asks => Ok(()),
            Heard::Replied(_) => bail!("the function has replied twice"),
        }
    }

    /// Hands out a callback to the function, which asks for one; says how long it took to handle it.
    pub(crate) fn invoke(&self, event: String) -> anyhow::Result<Duration> {
        self.events.send(event).ok().context("the stand-in of the runtime API has ended")?;
        match self.next()? {
            Heard::Replied(after) => Ok(after),
            Heard::Asks => bail!("the function has not replied"),
        }
    }

    fn next(&self) -> anyhow::Result<Heard> {
        self.heard.recv_timeout(PATIENCE).context("the function does not answer")?
    }
}

/// What comes after a connection.
enum Next {
    Connection,
    /// Nobody hands out callbacks any more. Lambda does not hang up on a function that waits; the process has
    /// been ended before.
    Nothing,
}

fn serve(
    mut stream: &TcpStream,
    events: &Receiver<String>,
    say: &Sender<anyhow::Result<Heard>>,
    status: u16,
) -> anyhow::Result<Next> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut begun = Instant::now();
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(Next::Connection);
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
            let _ = say.send(Ok(Heard::Asks));
            let Ok(event) = events.recv() else { return Ok(Next::Nothing) };
            let head = "HTTP/1.1 200 OK\r\n\
                lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
                lambda-runtime-deadline-ms: 4102444800000\r\n\
                lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:123456789012:function:gate\r\n\
                lambda-runtime-trace-id: Root=1-6968b3f8-5e0a4c7d2b91f36840ac15de;Sampled=0\r\n\
                content-type: application/json\r\n";
            begun = Instant::now();
            stream.write_all(format!("{head}content-length: {}\r\n\r\n{event}", event.len()).as_bytes())?;
        } else {
            let after = begun.elapsed();
            let body = String::from_utf8_lossy(&body);
            if path.contains("/error") {
                bail!("the function failed: {body}");
            }
            ensure!(
                body.contains(&format!("\"statusCode\":{status}")),
                "not the reply that was expected: {body}"
            );
            let _ = say.send(Ok(Heard::Replied(after)));
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
        }
    }
}
