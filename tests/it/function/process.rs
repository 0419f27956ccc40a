//! The process, and a stand-in of Lambda's runtime API for it.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take that is not a matter of speed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the function hands in for an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Response(Value),
    /// A function error, in Lambda's words.
    Error(Value),
}

/// A running function. It is killed when it is dropped.
pub(crate) struct Function {
    child: Child,
    events: Sender<String>,
    outcomes: Receiver<Outcome>,
    log: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Function {
    /// Starts the function on a table, with the samples' key and this environment.
    pub(crate) fn start(endpoint: &str, table: &str, env: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, waiting) = channel();
        let (hand_in, outcomes) = channel();
        std::thread::spawn(move || serve(&listener, &waiting, &hand_in));
        let environment = [
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "gate"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("SINCH_APPLICATION_KEY", crate::world::sinch::KEY),
            ("SINCH_APPLICATION_SECRET", crate::world::sinch::SECRET),
            // The fixtures keep their signatures.
            ("SIGNATURE_TOLERANCE", "315360000"),
            ("DECISION_BUDGET", "20"),
            ("DYNAMODB_ENDPOINT", endpoint),
            ("TABLE_NAME", table),
        ];
        let mut child = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
            .env_clear()
            .envs(environment)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let readers = vec![
            read_into(&log, child.stdout.take().unwrap()),
            read_into(&log, child.stderr.take().unwrap()),
        ];
        Self { child, events, outcomes, log, readers }
    }

    /// Invokes the function with an event.
    pub(crate) fn invoke(&self, event: &str) -> Outcome {
        self.events.send(event.to_owned()).unwrap();
        self.outcomes
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("no outcome; the log: {:#?}", self.log.lock()))
    }

    /// The log lines that hold a text, once there are `n` of them.
    pub(crate) fn lines_with(&self, text: &str, n: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let log = self.log.lock().unwrap().clone();
            let found: Vec<String> = log.iter().filter(|line| line.contains(text)).cloned().collect();
            if found.len() >= n {
                return found;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "only {} of {n} lines hold {text:?} in {log:#?}",
                found.len()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Function {
    /// Ends the process; gives all that it wrote, to standard output and to standard error.
    pub(crate) fn end(mut self) -> Vec<String> {
        let _ = self.child.kill();
        let readers = std::mem::take(&mut self.readers);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        self.log.lock().unwrap().clone()
    }
}

/// Keeps the lines of a stream as they come.
fn read_into(log: &Arc<Mutex<Vec<String>>>, stream: impl Read + Send + 'static) -> JoinHandle<()> {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        lines.for_each(|line| log.lock().unwrap().push(line));
    })
}

impl Drop for Function {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers the function's requests, of which there is one at a time, until the test ends.
fn serve(listener: &TcpListener, events: &Receiver<String>, outcomes: &Sender<Outcome>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { return };
        if answer_all(&stream, events, outcomes).is_none() {
            return;
        }
    }
}

/// Answers the requests of one connection; nothing once the test has ended.
fn answer_all(mut stream: &TcpStream, events: &Receiver<String>, outcomes: &Sender<Outcome>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    while let Some((path, body)) = read(&mut reader) {
        let reply = if path.ends_with("/invocation/next") {
            let event = events.recv().ok()?;
            let head = "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: 1\r\n\
                lambda-runtime-deadline-ms: 4102444800000\r\n\
                lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:1:function:gate\r\n";
            format!("{head}content-length: {}\r\n\r\n{event}", event.len())
        } else {
            let body = serde_json::from_str(&body).unwrap();
            let is_error = path.ends_with("/error");
            outcomes.send(if is_error { Outcome::Error(body) } else { Outcome::Response(body) }).ok()?;
            "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned()
        };
        // A connection that was closed is followed by another.
        let Ok(()) = stream.write_all(reply.as_bytes()) else { return Some(()) };
    }
    Some(())
}

/// The path and the body of the next request; nothing where the connection was closed.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<(String, String)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.to_ascii_lowercase());
    }
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some((path, String::from_utf8(body).unwrap()))
}
