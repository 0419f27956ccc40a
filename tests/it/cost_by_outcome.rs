//! What each outcome costs under the starter policy, in writes, keys read and sequential trips, as
//! `docs/quotas.md` shows it.

use std::fmt::Write as _;

use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;
use sinch_gate::list::ListEntry;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy, Seen};
use crate::world::sinch::{action, delivery, request, result};
use crate::world::tool::read;

const STARTER: &str = include_str!("../../src/policy/starter.toml");
const NUMBER: &str = "+46701740605";

/// The answer to an event, the outcome's name, and the number of requests in each of its trips.
type Row = (&'static str, &'static str, &'static [usize]);

/// The event is not a request, so its answer is empty.
const TOLD: &str = "";

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// The starter policy, in which `home-burst` looks at every verification, and only watches.
fn starter() -> String {
    let changes =
        [("sample = 0.5", "mode = \"monitor\""), ("home-unverified = [100]", "home-unverified = [10]")];
    changes.into_iter().fold(STARTER.to_owned(), |policy, (from, to)| {
        assert_eq!(policy.matches(from).count(), 1, "{from}");
        policy.replace(from, to)
    })
}

/// A table under the starter policy, in which numbers and countries are in constant use.
struct Stage {
    table: TestTable,
    lines: String,
}

/// A container whose requests are counted.
struct Counted {
    container: Container,
    proxy: Proxy,
}

impl Stage {
    async fn new() -> Self {
        let stage = Self { table: TestTable::new().await, lines: String::new() };
        let other = stage.container().await;
        assert_eq!(other.container.ask("before", "+46731000001", now()).await, "allow");
        stage
    }

    async fn container(&self) -> Counted {
        let proxy = Proxy::to(self.table.endpoint());
        let store = self.table.store_through(&proxy.endpoint(), PATIENT);
        Counted { container: Container::with_policy(store, &starter(), PATIENT, now()).await, proxy }
    }

    async fn put_on(&self, list: &str, entry: &str) {
        let [list, entry, reason, author] = [list, entry, "test", "test"].map(str::to_owned);
        let entry = ListEntry { list, entry, reason, author, added_at: now(), expires_at: None };
        self.table.store().lists().add(&entry).await.unwrap();
    }

    /// Adds the line of an outcome.
    async fn line(&mut self, row: Row, here: &Counted, event: &Value, at: Timestamp) {
        let (answer, name, trips) = row;
        let seen = here.post(event, at, answer, trips, name).await;
        let is_write = |seen: &&Seen| seen.operation == "UpdateItem";
        let writes = seen.iter().filter(is_write).count();
        let reads =
            seen.iter().filter(|seen| !is_write(seen)).map(|seen| seen.body.matches("\"sk\":").count());
        let cells = (writes, reads.sum::<usize>(), trips.len());
        writeln!(self.lines, "| {name} | {} | {} | {} |", cells.0, cells.1, cells.2).unwrap();
    }
}

impl Counted {
    /// Hands over an event whose requests go out in these trips: no reply of a trip comes before all its
    /// requests have arrived, so none of them can wait for another.
    async fn post(
        &self,
        event: &Value,
        at: Timestamp,
        answer: &str,
        trips: &[usize],
        name: &str,
    ) -> Vec<Seen> {
        let mut ends = Vec::new();
        for trip in trips {
            ends.push(ends.last().copied().unwrap_or(0) + trip);
        }
        let n_requests = ends.last().copied().unwrap_or(0);
        let mut n_seen = 0;
        self.proxy.set(move |_| {
            n_seen += 1;
            ends.iter().find(|end| n_seen <= **end).map_or(Fate::Answered, |end| Fate::AnsweredTogether(*end))
        });
        let reply = self.container.post(event, at).await;
        assert_eq!(reply.status, 200, "{name}");
        if answer != TOLD {
            assert_eq!(action(&reply.body), answer, "{name}");
        }
        let seen = self.proxy.seen();
        let operations: Vec<String> = seen.iter().map(kind).collect();
        assert_eq!(seen.len(), n_requests, "{name} in trips of {trips:?}: {operations:?}");
        seen
    }

    async fn ask(&self, id: &str, number: &str, at: Timestamp) -> String {
        self.proxy.set(|_| Fate::Answered);
        self.container.ask(id, number, at).await
    }
}

/// What a request is about, such as `quota block:3`.
fn kind(seen: &Seen) -> String {
    let dimension = || seen.body.split("QUOTA#").nth(1)?.split('#').nth(1);
    match () {
        () if seen.is_quota() => format!("quota {}", dimension().unwrap_or_default()),
        () if seen.is_attempts() => "attempts".to_owned(),
        () if seen.is_settlement() => "final record".to_owned(),
        () if seen.is_record() => "record".to_owned(),
        () => seen.operation.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_on_quotas_says_what_each_outcome_costs() {
    let mut stage = Stage::new().await;
    stage.put_on("safelist", "+46701740607").await;
    stage.put_on("blocklist", "+46701740608").await;
    stage.put_on("blocklist", "+4670999*").await;
    let (here, elsewhere) = (stage.container().await, stage.container().await);
    let (later, much_later) = (now() + 2.seconds(), now() + 70.seconds());

    let asked = request("a", NUMBER);
    stage.line(("allow", "allow, a stranger", &[1, 7]), &here, &asked, now()).await;
    stage.line(("allow", "repeat, to the same container", &[]), &here, &asked, now()).await;
    let third = stage.container().await;
    stage
        .line(("allow", "repeat within seconds, to another container", &[1, 6, 1]), &third, &asked, later)
        .await;
    stage.line(("allow", "repeat later, to another container", &[1]), &elsewhere, &asked, much_later).await;
    let again = request("b", NUMBER);
    stage
        .line(
            ("deny", "deny, a full quota met for the first time", &[1, 7, 3, 2, 1, 4]),
            &elsewhere,
            &again,
            later,
        )
        .await;
    let again = request("c", NUMBER);
    stage.line(("deny", "deny, a full quota met again", &[1, 1]), &elsewhere, &again, later).await;
    let verified = result("a", NUMBER, "SUCCESSFUL");
    stage.line((TOLD, "SUCCESSFUL", &[2, 1, 4]), &here, &verified, later).await;
    stage.line((TOLD, "SUCCESSFUL, repeated", &[2]), &here, &verified, later).await;
    let known = request("d", NUMBER);
    stage.line(("allow", "allow, a known number", &[1, 4, 1]), &here, &known, much_later).await;

    let listed = request("e", "+46701740607");
    stage.line(("allow", "allow, on the safelist", &[1, 1]), &here, &listed, now()).await;
    let listed = request("f", "+46701740608");
    stage.line(("deny", "deny, on the blocklist", &[1, 1]), &here, &listed, now()).await;
    let listed = request("g", "+46709990001");
    stage.line(("deny", "deny, a blocked prefix", &[1, 1]), &here, &listed, now()).await;
    let premium = request("h", "+46944123456");
    stage.line(("deny", "deny, by a condition", &[1, 1]), &here, &premium, now()).await;

    stage.line((TOLD, "FAIL", &[1]), &here, &result("d", NUMBER, "FAIL"), much_later).await;
    stage.line((TOLD, "delivery", &[1]), &here, &delivery("d", NUMBER, "Successful"), much_later).await;

    for n in 0..10 {
        elsewhere.ask(&format!("fill-{n}"), &format!("+4673{n}000002"), later).await;
    }
    let stranger = request("i", "+46761000001");
    stage
        .line(("allow", "allow, a full monitor met for the first time", &[1, 7, 2]), &here, &stranger, later)
        .await;
    let stranger = request("j", "+46762000001");
    stage.line(("allow", "allow, a full monitor met again", &[1, 6]), &here, &stranger, later).await;

    let quotas = "docs/quotas.md";
    assert!(read(quotas).contains(&stage.lines), "{quotas} has other numbers than these:\n{}", stage.lines);
}
