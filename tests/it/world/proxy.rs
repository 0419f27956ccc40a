//! A proxy in front of the DynamoDB engine, which sees every request and may fail it.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use socket2::SockRef;

/// Longer than any timeout of a test.
const FOREVER: Duration = Duration::from_secs(120);

/// Longer than requests that wait for nothing take to arrive.
const TOGETHER: Duration = Duration::from_secs(60);

/// What DynamoDB answers where a table or a partition has no capacity left.
const THROTTLED: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\n\
    content-length: 107\r\n\r\n\
    {\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\",\"message\":\"The request rate is \
    too high.\"}";

/// What DynamoDB answers to somebody who lacks a right.
const FORBIDDEN: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\n\
    content-length: 108\r\n\r\n\
    {\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":\"User: any is not authorized \
    to do so\"}";

/// What DynamoDB answers where something is wrong on its side.
const FAILED: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/x-amz-json-1.0\r\n\
    content-length: 80\r\n\r\n\
    {\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\",\"message\":\"no\"}";

/// A DynamoDB request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Such as `UpdateItem`.
    pub(crate) operation: String,
    /// JSON.
    pub(crate) body: String,
}

impl Seen {
    /// Whether it is a write to a quota.
    pub(crate) fn is_quota(&self) -> bool {
        self.operation == "UpdateItem" && self.body.contains(r#""STATE""#)
    }

    /// Whether it is a write to the attempts of a number.
    pub(crate) fn is_attempts(&self) -> bool {
        self.operation == "UpdateItem" && self.body.contains(r#""ATTEMPTS""#)
    }

    /// Whether it is a write to a record.
    pub(crate) fn is_record(&self) -> bool {
        self.operation == "UpdateItem" && self.body.contains("REF#")
    }

    /// Whether it makes a decision final in the place of a predicted one.
    pub(crate) fn is_settlement(&self) -> bool {
        self.is_record() && self.body.contains(r#""settled""#)
    }

    /// Whether it asks what a decision rests on.
    pub(crate) fn is_question(&self) -> bool {
        self.operation == "BatchGetItem"
    }

    /// Whether it reads list entries.
    pub(crate) fn is_lookup(&self) -> bool {
        self.operation == "BatchGetItem" && self.body.contains("LIST#")
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It is answered.
    Answered,
    /// It is answered, but arrives this much later.
    Delayed(Duration),
    /// It is answered, but not before this number of requests of the test has arrived.
    AnsweredTogether(usize),
    /// It takes effect, and its reply is lost.
    ReplyLost,
    /// It is throttled, and takes no effect.
    Throttled,
    /// It is refused for lack of a right.
    Forbidden,
    /// The connection breaks before it arrives.
    Lost,
    /// It arrives nowhere, and nothing comes back.
    Unanswered,
    /// DynamoDB is busy, and asks for all of a batch to be sent again.
    LeftUnprocessed,
    /// DynamoDB fails, and it takes no effect.
    Failed,
    /// DynamoDB fails once it has taken effect.
    FailedAfterwards,
    /// It takes effect, and the connection is reset in the place of a reply.
    Reset,
    /// It takes effect, and the reply breaks off in the middle.
    Truncated,
    /// It takes effect, and a letter or a digit of the reply is another one.
    Corrupted,
    /// It takes effect, and the reply is a success without a body.
    Blank,
    /// It takes effect, and the reply is a success that says nothing: `{}`.
    Hollow,
}

/// A running proxy; it runs for as long as the test binary does.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

type Decide = Box<dyn FnMut(&Seen) -> Fate + Send>;

struct Shared {
    upstream: String,
    decide: Mutex<Decide>,
    seen: Mutex<Vec<Seen>>,
    arrived: Condvar,
}

impl Proxy {
    /// Starts a proxy that lets everything through to an endpoint such as `http://127.0.0.1:8000`.
    pub(crate) fn to(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream: endpoint.trim_start_matches("http://").to_owned(),
            decide: Mutex::new(Box::new(|_| Fate::Answered)),
            seen: Mutex::default(),
            arrived: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || shared.serve(client));
            }
        });
        Self { address, shared }
    }

    /// Where to send requests instead.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, `decide` says what becomes of each request, and the requests before are forgotten.
    pub(crate) fn set(&self, decide: impl FnMut(&Seen) -> Fate + Send + 'static) {
        *self.shared.decide.lock().unwrap() = Box::new(decide);
        self.shared.seen.lock().unwrap().clear();
    }

    /// From now on, the first request that `is_chosen` meets this fate; all others are answered.
    pub(crate) fn fail_first(&self, fate: Fate, is_chosen: impl Fn(&Seen) -> bool + Send + 'static) {
        let mut is_over = false;
        self.set(move |seen| {
            if is_over || !is_chosen(seen) {
                return Fate::Answered;
            }
            is_over = true;
            fate
        });
    }

    /// From now on, all requests that `are_chosen` meet this fate.
    pub(crate) fn fail_all(&self, fate: Fate, are_chosen: impl Fn(&Seen) -> bool + Send + 'static) {
        self.set(move |seen| if are_chosen(seen) { fate } else { Fate::Answered });
    }

    /// The requests that have come since [`Self::set`].
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Shared {
    /// Serves one connection until it ends or a request is to break it.
    fn serve(&self, client: TcpStream) -> Option<()> {
        let mut to_client = client.try_clone().ok()?;
        let mut from_client = BufReader::new(client);
        let mut to_engine = TcpStream::connect(&self.upstream).ok()?;
        let mut from_engine = BufReader::new(to_engine.try_clone().ok()?);
        loop {
            let request = Message::read(&mut from_client)?;
            let seen = Seen { operation: request.operation(), body: request.body() };
            let fate = (self.decide.lock().unwrap())(&seen);
            self.seen.lock().unwrap().push(seen);
            self.arrived.notify_all();
            let instead = match fate {
                Fate::Lost => return None,
                Fate::Unanswered => {
                    std::thread::sleep(FOREVER);
                    return None;
                }
                Fate::Delayed(by) => {
                    std::thread::sleep(by);
                    None
                }
                Fate::Throttled => Some(Message(THROTTLED.into())),
                Fate::Forbidden => Some(Message(FORBIDDEN.into())),
                Fate::Failed => Some(Message(FAILED.into())),
                Fate::LeftUnprocessed => Some(request.unprocessed()),
                _ => None,
            };
            if let Some(instead) = instead {
                to_client.write_all(&instead.0).ok()?;
                continue;
            }
            to_engine.write_all(&request.0).ok()?;
            let reply = Message::read(&mut from_engine)?;
            let reply = match fate {
                Fate::ReplyLost => return None,
                Fate::Reset => {
                    SockRef::from(&to_client).set_linger(Some(Duration::ZERO)).unwrap();
                    return None;
                }
                Fate::Truncated => {
                    to_client.write_all(reply.first_half()).ok()?;
                    return None;
                }
                Fate::Corrupted => reply.corrupted(),
                Fate::Blank => Message::ok(""),
                Fate::Hollow => Message::ok("{}"),
                Fate::FailedAfterwards => Message(FAILED.into()),
                Fate::AnsweredTogether(n) => {
                    let seen = self.seen.lock().unwrap();
                    let (seen, waited) =
                        self.arrived.wait_timeout_while(seen, TOGETHER, |seen| seen.len() < n).unwrap();
                    drop(seen);
                    // The requests did not come together, so the test must not see an answer that says they
                    // did.
                    if waited.timed_out() {
                        return None;
                    }
                    reply
                }
                _ => reply,
            };
            to_client.write_all(&reply.0).ok()?;
        }
    }
}

/// A whole HTTP message, head and body.
struct Message(Vec<u8>);

impl Message {
    fn read(from: &mut impl std::io::BufRead) -> Option<Self> {
        let mut message = Vec::new();
        let mut length = 0;
        loop {
            let start = message.len();
            if from.read_until(b'\n', &mut message).ok()? == 0 {
                return None;
            }
            let line = String::from_utf8_lossy(&message[start..]).to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        from.take(length).read_to_end(&mut message).ok()?;
        Some(Self(message))
    }

    fn split(&self) -> (String, String) {
        let text = String::from_utf8_lossy(&self.0);
        text.split_once("\r\n\r\n").map(|(head, body)| (head.to_owned(), body.to_owned())).unwrap()
    }

    /// The part of `x-amz-target: DynamoDB_20120810.UpdateItem` after the dot.
    fn operation(&self) -> String {
        let (head, _) = self.split();
        let target = head.lines().find(|line| line.to_ascii_lowercase().starts_with("x-amz-target:"));
        target.and_then(|line| line.rsplit('.').next()).unwrap_or_default().to_owned()
    }

    fn body(&self) -> String {
        self.split().1
    }

    /// The reply to this request that none of it was carried out.
    fn unprocessed(&self) -> Self {
        let request: serde_json::Value = serde_json::from_str(&self.body()).unwrap();
        let unprocessed =
            if self.operation() == "BatchGetItem" { "UnprocessedKeys" } else { "UnprocessedItems" };
        let reply = serde_json::json!({ unprocessed: request["RequestItems"] }).to_string();
        Self::ok(&reply)
    }

    /// A reply that says that all went well.
    fn ok(body: &str) -> Self {
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length:";
        Self(format!("{head} {length}\r\n\r\n{body}").into_bytes())
    }

    /// Where the body begins.
    fn head_length(&self) -> usize {
        self.0.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4
    }

    /// The head, and the body up to its middle.
    fn first_half(&self) -> &[u8] {
        let begin = self.head_length();
        &self.0[..begin + (self.0.len() - begin) / 2]
    }

    /// The same message with one letter or digit of its body exchanged for another, so that it reads as well
    /// as before; a body without any is broken then.
    fn corrupted(mut self) -> Self {
        let begin = self.head_length();
        let places: Vec<usize> =
            (begin..self.0.len()).filter(|at| self.0[*at].is_ascii_alphanumeric()).collect();
        match fastrand::choice(&places) {
            Some(&at) => {
                self.0[at] = match self.0[at] {
                    b'9' => b'0',
                    b'z' => b'a',
                    b'Z' => b'A',
                    other => other + 1,
                };
            }
            None => self.0[begin..].fill(b'!'),
        }
        self
    }
}
