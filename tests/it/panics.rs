//! A bug at every moment at which the gate waits for its table: it panics before the nth request is sent, or
//! when the nth reply is there, for each n until the callback is handled without any. The callback is
//! answered, quotas stay right, and the next callback is handled as ever.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use jiff::Timestamp;
use serde_json::Value;
use sinch_gate::embedded::local_connection;
use sinch_gate::store::Store;
use sinch_gate::store::client::{Timeouts, connect};

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::sinch::{action, delivery, request, result};

/// More requests than any callback sends.
const NEVER: usize = 1_000;

const LIMIT: usize = 2;

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

fn policy(word: &str) -> String {
    format!(
        r#"
        schema = 1
        default = "allow"
        on_store_failure = "{word}"
        [[rules]]
        id = "blocked"
        verdict = "deny"
        list = "blocklist"
        [[rules]]
        id = "number"
        verdict = "deny"
        quota = {{ per = "number", limit = {LIMIT}, window = "1d" }}
        [[rules]]
        id = "block"
        verdict = "deny"
        quota = {{ per = "block:3", limit = 100, window = "1d", release = "verified" }}
        "#
    )
}

/// When it panics.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moment {
    BeforeRequest,
    AfterReply,
}

/// An HTTP client with a bug.
#[derive(Clone, Debug)]
struct Buggy {
    client: SharedHttpClient,
    moment: Moment,
    /// How many requests are left before it panics.
    left: Arc<AtomicUsize>,
}

impl HttpClient for Buggy {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        parts: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, parts);
        SharedHttpConnector::new(BuggyConnector { connector, of: self.clone() })
    }
}

#[derive(Debug)]
struct BuggyConnector {
    connector: SharedHttpConnector,
    of: Buggy,
}

impl HttpConnector for BuggyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_now = self.of.left.fetch_sub(1, Ordering::Relaxed) == 1;
        // These panic without a message, of which there would be hundreds.
        if is_now && self.of.moment == Moment::BeforeRequest {
            resume_unwind(Box::new(()));
        }
        let reply = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            let reply = reply.await;
            if is_now {
                resume_unwind(Box::new(()));
            }
            reply
        })
    }
}

/// A container, and how many of its requests are left before it panics.
async fn buggy(table: &TestTable, word: &str, moment: Moment) -> (Container, Arc<AtomicUsize>) {
    let left = Arc::new(AtomicUsize::new(NEVER));
    let connection = connect(local_connection(table.endpoint()), Timeouts::within(PATIENT));
    let connection = connection
        .with_http_client(|client| SharedHttpClient::new(Buggy { client, moment, left: Arc::clone(&left) }));
    let store = Store::new(connection, table.name());
    (Container::with_policy(store, &policy(word), PATIENT, now()).await, left)
}

/// What is posted while there is a bug, after the requests of these ids.
struct Scene {
    title: &'static str,
    /// Verifications of the number that are asked about before.
    before: &'static [&'static str],
    posted: fn(id: &str, number: &str) -> Value,
    /// The id that it is about.
    id: &'static str,
}

const SCENES: [Scene; 5] = [
    Scene { title: "allowed", before: &[], posted: request, id: "a" },
    Scene { title: "refused by a quota", before: &["a", "b"], posted: request, id: "c" },
    Scene { title: "asked again elsewhere", before: &["a"], posted: request, id: "a" },
    Scene {
        title: "verified",
        before: &["a", "b"],
        posted: |id, number| result(id, number, "SUCCESSFUL"),
        id: "a",
    },
    Scene {
        title: "delivered",
        before: &["a"],
        posted: |id, number| delivery(id, number, "Successful"),
        id: "a",
    },
];

/// Plays a scene with a bug at the nth request; gives whether there were that many.
async fn play(scene: &Scene, nth: usize, moment: Moment, word: &str) -> bool {
    let case = format!("{}, {moment:?} {nth}, {word}", scene.title);
    let table = TestTable::new().await;
    let (calm, _) = buggy(&table, word, moment).await;
    let (container, left) = buggy(&table, word, moment).await;
    let (number, block) = ("+46701740605", "block:3#+46701740");
    for id in scene.before {
        assert_eq!(calm.ask(id, number, now()).await, "allow", "{case}");
    }
    let event = (scene.posted)(scene.id, number);
    let is_request = event["status"].is_null() && event["smsResult"].is_null();
    left.store(nth, Ordering::Relaxed);
    let first = container.post(&event, now()).await;
    let has_panicked = left.load(Ordering::Relaxed) > NEVER || left.load(Ordering::Relaxed) == 0;
    left.store(NEVER, Ordering::Relaxed);

    let again = container.post(&event, now()).await;
    if is_request {
        assert_eq!(first.status, 200, "{case}");
        assert!(["allow", "deny"].contains(&action(&first.body).as_str()), "{case}: {first:?}");
        assert_eq!(first, again, "{case}: one process gives one answer");
    } else {
        assert!(
            first.status == 200 || first.status == 503 && first.body == "service unavailable",
            "{case}: {first:?}"
        );
        assert!(again.status == 200 && again.body.is_empty(), "{case}: {again:?}");
    }

    // Whoever was allowed by the quotas holds a share until he is verified. A share too many is one that the
    // bug has left behind.
    let mut allowed: Vec<&str> = scene.before.to_vec();
    if is_request && word == "deny" && action(&first.body) == "allow" && !allowed.contains(&scene.id) {
        allowed.push(scene.id);
    }
    let is_verified = usize::from(event["status"] == "SUCCESSFUL");
    let held = allowed.len() - is_verified;
    let counted = table.admitted(block, "block").await.parse::<usize>().unwrap();
    assert!((held..=held + 1).contains(&counted), "{case}: {held} hold a share, {counted} counted");
    let counted = table.admitted(&format!("number#{number}"), "number").await.parse::<usize>().unwrap();
    assert!((allowed.len()..=LIMIT).contains(&counted), "{case}: {allowed:?}, {counted} counted");

    // The next callback, of another number.
    assert_eq!(container.ask("next", "+46701740606", now()).await, "allow", "{case}");
    assert!(!container.story("next", now()).await.decision.unwrap().on_store_failure, "{case}");
    has_panicked
}

async fn check(word: &str) {
    for scene in &SCENES {
        for moment in [Moment::BeforeRequest, Moment::AfterReply] {
            let mut nth = 1;
            while play(scene, nth, moment, word).await {
                nth += 1;
            }
            println!("{}: {} moments {moment:?}, {word}", scene.title, nth - 1);
            assert!(nth > 1, "{}: there was no bug at all", scene.title);
        }
    }
}

#[tokio::test]
async fn a_bug_at_any_await_is_answered_by_allow_and_leaves_quotas_right() {
    check("allow").await;
}

#[tokio::test]
async fn a_bug_at_any_await_is_answered_by_deny_and_leaves_quotas_right() {
    check("deny").await;
}
