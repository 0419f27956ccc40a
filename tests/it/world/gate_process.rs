//! The built tool, serving: a process of its own, real HTTP, real logs.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use sinch_gate::clock;

use crate::world::sinch::Sent;

/// How long anything may take where speed does not matter.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `sinch-gate serve`. It is killed when it is dropped.
pub(crate) struct GateProcess {
    child: Mutex<Child>,
    address: SocketAddr,
    /// The path that callbacks are signed for.
    pub(crate) path: String,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
    /// Kept, since writing to a closed pipe would stop the process.
    _stdout: BufReader<ChildStdout>,
}

/// What came back over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl GateProcess {
    /// Starts `serve` with these arguments, on a free port and in an empty environment but for `env`.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::start_by(&[], args, env)
    }

    /// The same, by way of another command that runs it.
    pub(crate) fn start_by(by: &[&str], args: &[&str], env: &[(&str, &str)]) -> Self {
        let tool = [by, &[env!("CARGO_BIN_EXE_sinch-gate")]].concat();
        let mut child = Command::new(tool[0])
            .args(&tool[1..])
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .env_clear()
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let reader = std::thread::spawn({
            let log = Arc::clone(&log);
            move || stderr.lines().map_while(Result::ok).for_each(|line| log.lock().unwrap().push(line))
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on http://");
        let url = url.unwrap_or_else(|| panic!("{line:?}, and in the log {:?}", log.lock().unwrap()));
        let (address, path) = url.split_at(url.find('/').unwrap());
        let (address, path) = (address.parse().unwrap(), path.to_owned());
        Self { child: Mutex::new(child), address, path, log, reader: Some(reader), _stdout: stdout }
    }

    /// Sends any bytes, and hangs up.
    pub(crate) fn send_and_hang_up(&self, bytes: &[u8]) {
        TcpStream::connect(self.address).unwrap().write_all(bytes).unwrap();
    }

    /// Where callbacks are posted to.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.path)
    }

    /// Posts an event, signed now; gives nothing where the process went away meanwhile.
    pub(crate) fn try_post(&self, event: &Value) -> Option<Received> {
        self.try_send(&Sent::signed(&self.path, event.to_string(), clock::now()))
    }

    /// Posts an event, signed now.
    pub(crate) fn post(&self, event: &Value) -> Received {
        self.try_post(event).expect("a reply")
    }

    /// Sends a callback just as it is.
    pub(crate) fn send(&self, sent: &Sent) -> Received {
        self.try_send(sent).expect("a reply")
    }

    fn try_send(&self, sent: &Sent) -> Option<Received> {
        self.send_bytes(&sent.to_http(self.address))
    }

    /// Writes any bytes to a connection, and reads the reply.
    pub(crate) fn send_bytes(&self, bytes: &[u8]) -> Option<Received> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes).ok()?;
        let mut reply = Vec::new();
        match stream.read_to_end(&mut reply) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no reply within {PATIENCE:?}"),
            Err(_) => return None,
        }
        Received::read(&String::from_utf8(reply).unwrap())
    }

    /// All lines on standard error so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// All lines about what was answered so far. A reply may be faster than the lines that come before it.
    pub(crate) fn whole_log(&self) -> Vec<String> {
        let message = "callback refused";
        let n = self.lines_saying(message, 0).len();
        self.send_bytes(b"GET / HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n\r\n").expect("a reply");
        self.lines_saying(message, n + 1);
        self.log()
    }

    /// The log lines of one message, once there are `n` of them.
    pub(crate) fn lines_saying(&self, message: &str, n: usize) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let lines = self.log();
            let entries = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let found: Vec<Value> = entries
                .filter(|entry| entry["message"].as_str().is_some_and(|text| text.starts_with(message)))
                .collect();
            if found.len() >= n {
                return found;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "only {} of {n} lines say {message:?} in {lines:#?}",
                found.len()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the process; gives all lines that it wrote to standard error.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.kill();
        self.reader.take().map_or(Ok(()), JoinHandle::join).unwrap();
        self.log()
    }

    /// Ends the process at once, whatever it is doing: SIGKILL.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        // An error means that it has ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for GateProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Received {
    /// Reads a whole reply; none where it was cut off.
    fn read(reply: &str) -> Option<Self> {
        let (head, body) = reply.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let header = |wanted: &str| {
            let mut headers = head.lines().filter_map(|line| line.split_once(": "));
            headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.to_owned())
        };
        if header("content-length").is_some_and(|length| length != body.len().to_string()) {
            return None;
        }
        Some(Self { status, content_type: header("content-type").unwrap_or_default(), body: body.to_owned() })
    }
}
