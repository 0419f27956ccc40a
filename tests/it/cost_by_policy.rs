//! What a verification costs: writes to the table by shape of policy, as `docs/quotas.md` states them, and
//! money, as `docs/operations.md` does.

use std::fmt::Write as _;

use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{delivery, result};
use crate::world::tool::read;

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

const QUOTAS: &str = "docs/quotas.md";

const RELEASE: &str = ", release = \"verified\", grow = 1.5";

/// Key, limit, and what else a quota says.
type Quota = (&'static str, u32, &'static str);

/// The shapes in the table of `docs/quotas.md`, and the quotas that make them.
const SHAPES: [(&str, &[Quota]); 5] = [
    ("conditions and lists only", &[]),
    ("and a quota per number", &[("number", 2, "")]),
    ("and per block and per country", &[("number", 2, ""), ("block:3", 9, ""), ("country", 9, "")]),
    (
        "and two more windows on each",
        &[
            ("number", 2, ""),
            ("block:3", 9, ""),
            ("country", 9, ""),
            ("number", 20, ""),
            ("block:3", 90, ""),
            ("country", 90, ""),
            ("number", 30, ""),
            ("block:3", 91, ""),
            ("country", 91, ""),
        ],
    ),
    (
        "per number, and block and country with `release`",
        &[("number", 2, ""), ("block:3", 9, RELEASE), ("country", 9, RELEASE)],
    ),
];

fn policy(quotas: &[Quota]) -> String {
    let mut policy = "schema = 1\ndefault = \"allow\"\n\
                      [[rules]]\nid = \"list\"\nverdict = \"deny\"\nlist = \"blocklist\"\n"
        .to_owned();
    for (n, (per, limit, more)) in quotas.iter().enumerate() {
        let quota = format!("per = \"{per}\", limit = {limit}, window = \"1d\"{more}");
        writeln!(policy, "[[rules]]\nid = \"r{n}\"\nverdict = \"deny\"\nquota = {{ {quota} }}").unwrap();
    }
    policy
}

/// A container, and the writes that it makes.
struct Watched {
    container: Container,
    proxy: Proxy,
}

impl Watched {
    async fn new(table: &TestTable, policy: &str) -> Self {
        let proxy = Proxy::to(table.endpoint());
        let store = table.store_through(&proxy.endpoint(), PATIENT);
        Self { container: Container::with_policy(store, policy, PATIENT, now()).await, proxy }
    }

    /// The writes of one question.
    async fn ask(&self, id: &str, number: &str, expected: &str) -> usize {
        self.proxy.set(|_| Fate::Answered);
        assert_eq!(self.container.ask(id, number, now()).await, expected, "{id}");
        self.n_writes()
    }

    /// The writes of one success.
    async fn verify(&self, id: &str, number: &str) -> usize {
        self.tell(&result(id, number, "SUCCESSFUL")).await
    }

    /// The writes of an event that only reports.
    async fn tell(&self, event: &Value) -> usize {
        self.proxy.set(|_| Fate::Answered);
        let reply = self.container.post(event, now() + 1.second()).await;
        assert_eq!(reply.status, 200);
        self.n_writes()
    }

    fn n_writes(&self) -> usize {
        self.proxy.seen().iter().filter(|seen| seen.operation == "UpdateItem").count()
    }
}

/// One line of that table, measured.
async fn line(name: &str, quotas: &[Quota]) -> String {
    let table = TestTable::new().await;
    let policy = policy(quotas);
    let here = Watched::new(&table, &policy).await;
    // The country is in use before, as it is all the time.
    here.ask("before", "+46731000001", "allow").await;
    let allow = here.ask("a", "+46701740605", "allow").await;
    let [known, found] = if quotas.is_empty() {
        ["–".to_owned(), "–".to_owned()]
    } else {
        here.ask("b", "+46701740605", "allow").await;
        let known = here.ask("c", "+46701740605", "deny").await;
        let elsewhere = Watched::new(&table, &policy).await;
        // Which finds the quota of the number full, and has taken the others by then.
        [known.to_string(), elsewhere.ask("d", "+46701740605", "deny").await.to_string()]
    };
    let success = here.verify("a", "+46701740605").await;
    format!("| {name} | {allow} | {known} | {found} | {success} |")
}

#[tokio::test]
async fn the_page_on_quotas_says_what_a_verification_costs() {
    let quotas_page = read(QUOTAS);
    let mut wrong = Vec::new();
    for (name, quotas) in SHAPES {
        let line = line(name, quotas).await;
        if !quotas_page.contains(&line) {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{QUOTAS} has other numbers than these:\n{}", wrong.join("\n"));
}

/// The cells of the rows of a table, by its first cell.
fn cells(document: &str, first: &str) -> Vec<String> {
    let text = read(document);
    let mut rows = text.lines().filter(|line| line.starts_with(&format!("| {first} |")));
    let row = rows.next().unwrap_or_else(|| panic!("no row of {first} in {document}"));
    row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// What a cell says in dollars, in hundredths of a cent.
fn dollars(cell: &str) -> i64 {
    let amount: f64 = cell.trim_matches('*').parse().unwrap_or_else(|error| panic!("{cell}: {error}"));
    #[expect(clippy::cast_possible_truncation, reason = "a few dollars")]
    let hundredths = (amount * 10_000.0).round() as i64;
    hundredths
}

#[tokio::test]
async fn a_delivery_costs_one_write() {
    let table = TestTable::new().await;
    let here = Watched::new(&table, &policy(SHAPES[4].1)).await;
    here.ask("a", "+46701740605", "allow").await;
    assert_eq!(here.tell(&delivery("a", "+46701740605", "Successful")).await, 1);
}

#[test]
fn the_runbook_reckons_with_the_writes_of_the_page_on_quotas() {
    for (shape, _) in SHAPES.iter().filter(|(shape, _)| !shape.contains("more windows")) {
        let counted = cells(QUOTAS, shape);
        let [_, units, price] = &cells("docs/operations.md", shape)[..] else { panic!("{shape}") };
        // One for the index, and one for the delivery.
        assert_eq!(*units, format!("{} + 1 + 1 + {}", counted[1], counted[4]), "{shape}");
        let sum: i64 = units.split(" + ").map(|units| units.parse::<i64>().unwrap()).sum();
        assert!((dollars(price) - sum * 6_250).abs() <= 50, "{shape}: {price}");
    }
}

#[test]
fn the_runbook_adds_up() {
    let of = |first: &str| dollars(cells("docs/operations.md", first).last().unwrap());
    let common = [
        "Lambda requests",
        "Lambda compute",
        "table, writes",
        "table, reads",
        "storage",
        "backups to any moment",
        "gate's log",
        "metrics' lines in it",
        "Lambda's own lines",
    ];
    let common: i64 = common.into_iter().map(of).sum();
    assert_eq!(of("**function URL**"), common + of("front door: function URL"));
    assert_eq!(of("**HTTP API**"), common + of("or HTTP API") + of("log of the HTTP API"));
}
