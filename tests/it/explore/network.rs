//! The way to the table, under control: each request of the SDK waits here until somebody says what becomes
//! of it.
//!
//! The engine answers within the process, without a socket, so that a schedule is the same each time it is
//! run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{
    Credentials, HttpClient, Region, RuntimeComponents, SharedCredentialsProvider, SharedHttpClient,
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sinch_gate::store::client::{Access, Connection, Timeouts};
use tokio::sync::oneshot;

type Reply = Result<HttpResponse, ConnectorError>;

/// A request, by what it is and not by when it arrives, so that it is known again when a schedule is
/// repeated.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct RequestId {
    /// Whose it is.
    pub(super) actor: usize,
    /// Such as `UpdateItem country#SE STATE`.
    pub(super) what: String,
    /// The how-manieth of its kind.
    pub(super) nth: usize,
}

/// A request that waits.
pub(super) struct Parked {
    pub(super) id: RequestId,
    /// The items it is about that may change, by their keys.
    pub(super) items: BTreeSet<String>,
    pub(super) is_read: bool,
    operation: String,
    body: String,
    /// Which post of its actor it belongs to.
    post: usize,
    reply: oneshot::Sender<Reply>,
}

/// What goes wrong with a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Fault {
    /// The connection breaks before it arrives. The SDK tries again.
    Lost,
    /// It takes effect, and its reply is lost. The SDK tries again.
    ReplyLost,
    /// It is refused as one too many, at every try.
    Throttled,
    /// It takes effect at every try, and no reply comes back.
    Unheard,
}

impl Fault {
    /// Whether the operation fails, whatever the SDK tries.
    pub(super) fn is_for_good(self) -> bool {
        matches!(self, Self::Throttled | Self::Unheard)
    }
}

/// All containers' way to one engine.
pub(super) struct Network {
    state: Mutex<State>,
}

struct State {
    engine: Database,
    /// Whose requests arrive now; none where they are answered at once.
    actor: Option<(usize, usize)>,
    seen: BTreeMap<(usize, String), usize>,
    parked: Vec<Parked>,
    /// The operation that fails for good: its post, its operation, its body.
    failing: Option<(Fault, usize, usize, String)>,
}

impl Network {
    pub(super) fn new() -> Arc<Self> {
        let state = State {
            engine: Database::memory().unwrap(),
            actor: None,
            seen: BTreeMap::new(),
            parked: Vec::new(),
            failing: None,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// An empty engine in the place of the one before; nothing is on its way.
    pub(super) fn reset(&self) {
        let engine = Database::memory().unwrap();
        *self.state() =
            State { engine, actor: None, seen: BTreeMap::new(), parked: Vec::new(), failing: None };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on requests are this actor's, for its nth post; or answered at once.
    pub(super) fn set_actor(&self, actor: Option<(usize, usize)>) {
        self.state().actor = actor;
    }

    /// Looks at what waits. What nobody waits for any more is forgotten.
    pub(super) fn parked<T>(&self, look: impl FnOnce(&[Parked]) -> T) -> T {
        let mut state = self.state();
        state.parked.retain(|parked| !parked.reply.is_closed());
        look(&state.parked)
    }

    /// Lets a request arrive, or fail.
    pub(super) fn release(&self, id: &RequestId, fault: Option<Fault>) {
        let mut state = self.state();
        let at = state.parked.iter().position(|parked| parked.id == *id).expect("the request waits");
        let parked = state.parked.remove(at);
        if let Some(fault) = fault.filter(|fault| fault.is_for_good()) {
            state.failing = Some((fault, id.actor, parked.post, parked.body.clone()));
        }
        let failing = state.failing.as_ref().and_then(|(fault, actor, post, body)| {
            (*actor == id.actor && *post == parked.post && *body == parked.body).then_some(*fault)
        });
        let lost = || Err(ConnectorError::io("the connection broke".into()));
        let reply = match failing.or(fault) {
            None => Ok(state.answer(&parked.operation, &parked.body)),
            Some(Fault::Lost) => lost(),
            Some(Fault::ReplyLost | Fault::Unheard) => {
                state.answer(&parked.operation, &parked.body);
                lost()
            }
            Some(Fault::Throttled) => {
                let code = "com.amazonaws.dynamodb.v20120810#ThrottlingException";
                Ok(response(400, json!({"__type": code, "message": "too many"}).to_string()))
            }
        };
        drop(state);
        let _ = parked.reply.send(reply);
    }

    /// The connection of a container of its own.
    pub(super) fn connection(self: &Arc<Self>, timeouts: Timeouts) -> Connection {
        // Runs without end must not use up what the SDK allows itself to try again.
        let partition = RetryPartition::custom("explored").token_bucket(TokenBucket::unlimited()).build();
        let credentials = Credentials::new("local", "local", None, None, "local");
        let access = Access {
            region: Some(Region::new("eu-west-1")),
            credentials: Some(SharedCredentialsProvider::new(credentials)),
            endpoint: Some("http://127.0.0.1:9".to_owned()),
            retries: Some(partition),
        };
        Connection::new(access, timeouts).with_http_client(|_| SharedHttpClient::new(Wire(Arc::clone(self))))
    }
}

impl State {
    fn answer(&self, operation: &str, body: &str) -> HttpResponse {
        let engine = &self.engine;
        let done = match operation {
            "UpdateItem" => run(body, |request| engine.update_item(request)),
            "BatchGetItem" => run(body, |request| engine.batch_get_item(request)),
            "GetItem" => run(body, |request| engine.get_item(request)),
            "PutItem" => run(body, |request| engine.put_item(request)),
            "Query" => run(body, |request| engine.query(request)),
            "CreateTable" => run(body, |request| engine.create_table(request)),
            "DescribeTable" => run(body, |request| engine.describe_table(request)),
            "UpdateTimeToLive" => run(body, |request| engine.update_time_to_live(request)),
            _ => panic!("{operation} is not expected"),
        };
        match done {
            Ok(body) => response(200, body),
            Err(error) => response(error.status_code(), error.to_json()),
        }
    }
}

fn run<I: DeserializeOwned, O: Serialize>(
    body: &str,
    act: impl FnOnce(I) -> Result<O, DynoxideError>,
) -> Result<String, DynoxideError> {
    act(serde_json::from_str(body).unwrap()).map(|reply| serde_json::to_string(&reply).unwrap())
}

fn response(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), body.into())
}

/// The HTTP client of one container.
#[derive(Clone)]
struct Wire(Arc<Network>);

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let mut state = self.0.state();
        let Some((actor, post)) = state.actor else {
            return HttpConnectorFuture::ready(Ok(state.answer(&operation, &body)));
        };
        let (items, what) = items_of(&operation, &body);
        let nth = state.seen.entry((actor, what.clone())).or_default();
        *nth += 1;
        let id = RequestId { actor, what, nth: *nth };
        let (reply, replied) = oneshot::channel();
        let is_read = operation != "UpdateItem";
        state.parked.push(Parked { id, items, is_read, operation, body, post, reply });
        HttpConnectorFuture::new(async move { replied.await.unwrap() })
    }
}

/// The items that a request is about, and in words which ones. Lists and policies never change while a
/// schedule runs.
fn items_of(operation: &str, body: &str) -> (BTreeSet<String>, String) {
    let body: Value = serde_json::from_str(body).unwrap();
    let keys: Vec<&Value> = match operation {
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().unwrap().values();
            tables.flat_map(|table| table["Keys"].as_array().unwrap()).collect()
        }
        _ => vec![&body["Key"]],
    };
    let names = keys.iter().map(|key| {
        let part = |name: &str| key[name]["S"].as_str().unwrap_or_default();
        format!("{} {}", part("pk"), part("sk"))
    });
    let items: BTreeSet<String> =
        names.filter(|name| name.starts_with("QUOTA#") || name.starts_with("REF#")).collect();
    let short: Vec<&str> = items.iter().map(|name| name.splitn(3, '#').last().unwrap()).collect();
    let what = format!("{operation} {}", short.join(", "));
    (items, what)
}
