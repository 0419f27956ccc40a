//! A caller of `serve` who does not wait for the answer, over a real socket.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::Value;
use sinch_gate::clock;
use sinch_gate::record::Story;

use crate::cli::use_any_credentials;
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{KEY, Sent, app, reference, request, result};
use crate::world::tool::Tool;

const NUMBER: &str = "+46701740605";

/// How long anything may take that is not a matter of speed.
const PATIENCE: Duration = Duration::from_secs(30);

/// How soon a server notices that a connection was closed. A test that is too quick passes, whatever the
/// server does.
const NOTICED: Duration = Duration::from_millis(200);

/// What the table says of a verification, once that meets `is_told`.
async fn story(table: &TestTable, id: &str, is_told: impl Fn(&Story) -> bool) -> Story {
    let begun = Instant::now();
    loop {
        let mut stories =
            table.store().records().stories(&app(KEY), &reference(id), clock::now()).await.unwrap();
        if let Some(story) = stories.pop().filter(&is_told) {
            return story;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing is recorded of {id}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Somebody posts an event and hangs up while its record is on the way to the table. That request then
/// breaks, so that only a gate which goes on repeats it.
async fn check(event: &Value, then_stop: bool) {
    let table = TestTable::new().await;
    let proxy = Proxy::to(table.endpoint());
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    tool.set("DECISION_BUDGET", "20");
    let place = ["--table", table.name(), "--endpoint-url", &proxy.endpoint()];
    let gate = tool.start(&[&["serve", "--listen", "127.0.0.1:0"][..], &place].concat());
    let (arrive, arrived) = channel();
    let (go, gone) = channel::<()>();
    let mut is_first = true;
    proxy.set(move |seen| {
        if !seen.is_record() || !std::mem::replace(&mut is_first, false) {
            return Fate::Answered;
        }
        arrive.send(()).unwrap();
        gone.recv_timeout(PATIENCE).unwrap();
        Fate::Lost
    });
    let address = gate.url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut caller = TcpStream::connect(address).unwrap();
    caller.write_all(&Sent::signed("/", event.to_string(), clock::now()).to_http(address)).unwrap();
    arrived.recv_timeout(PATIENCE).unwrap();
    drop(caller);
    std::thread::sleep(NOTICED);
    if then_stop {
        gate.ask_to_stop();
    }
    go.send(()).unwrap();
    if then_stop {
        assert_eq!(gate.stop(), Some(0));
    }
    let is_told = |story: &Story| match event["status"].is_string() {
        true => story.heard.len() == 1,
        false => story.decision.is_some(),
    };
    story(&table, "a", is_told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_recorded_though_the_caller_hangs_up() {
    check(&result("a", NUMBER, "SUCCESSFUL"), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_recorded_though_the_caller_hangs_up() {
    check(&request("a", NUMBER), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_is_stopped_finishes_what_a_caller_who_hung_up_has_begun() {
    check(&result("a", NUMBER, "SUCCESSFUL"), true).await;
}
