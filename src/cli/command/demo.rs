//! `sinch-gate demo`: everything at once, on the embedded engine.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::cli::credentials::{SAMPLE_KEY, SAMPLE_SECRET};
use crate::cli::http_client::{Received, SignedCallback};
use crate::cli::output::{self, colour};
use crate::cli::{Exit, http_server};
use crate::clock;
use crate::config::GateConfig;
use crate::embedded::Engine;
use crate::list::ListEntry;
use crate::phone::PhoneNumber;
use crate::policy::Policy;
use crate::record::Decided;
use crate::signature::{AppKey, AppScope, AppSecret};
use crate::store::client::Timeouts;
use crate::store::{NewVersion, Store};
use crate::verdict::Verdict;

/// Show everything at once: sample callbacks posted, decided, recorded, explained.
///
/// Starts the gate on the embedded engine on loopback, posts the sample events to it over HTTP with real
/// signatures, and shows on one screen what came of each. Nothing is kept, and nothing but this machine is
/// contacted.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate demo")]
pub(in crate::cli) struct Demo {}

/// The prefix of the sample attack, which the demo's operator has put on the blocklist.
const ATTACKED: &str = "+99899394*";

/// The rule that the demo's operator has added to the starter policy.
const MARKETS: &str = r#"
# Only the countries that are served.
[[rules]]
id = "markets"
verdict = "deny"
unless.country = ["@home"]
"#;

/// One callback of the demo.
struct Act {
    /// What it shows, in at most 20 characters, so that the table fits 80 columns.
    title: &'static str,
    /// The sample event.
    event: &'static str,
    /// What is changed in it.
    twist: Twist,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Twist {
    /// Nothing.
    None,
    /// A new verification of the same number: another id, another reference.
    Again,
    /// A number in a country that is not served.
    Abroad,
    /// The number is swapped after signing.
    Forged,
}

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../events/", $name, ".json"))
    };
}

const ACTS: [Act; 11] = [
    Act { title: "a customer signs up", event: sample!("request-sms"), twist: Twist::None },
    Act { title: "the callback again", event: sample!("request-sms"), twist: Twist::None },
    Act { title: "the number again", event: sample!("request-sms"), twist: Twist::Again },
    Act { title: "a forged callback", event: sample!("request-sms"), twist: Twist::Forged },
    Act { title: "a flash call", event: sample!("request-flashcall"), twist: Twist::None },
    Act { title: "a country not served", event: sample!("request-callout"), twist: Twist::Abroad },
    Act { title: "a pumped range", event: sample!("request-sms-attack"), twist: Twist::None },
    Act { title: "the SMS arrives", event: sample!("sms-delivered-successful"), twist: Twist::None },
    Act { title: "the code is right", event: sample!("result-successful"), twist: Twist::None },
    Act { title: "the flash call fails", event: sample!("result-fail"), twist: Twist::None },
    Act { title: "Sinch has denied it", event: sample!("result-denied"), twist: Twist::None },
];

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let timeouts = Timeouts::within(Duration::from_secs(10));
        let (engine, store) = Engine::with_table(None, crate::cli::place::LOCAL_TABLE, timeouts).await?;
        set_up(&store).await?;
        let lookup = |name: &str| match name {
            "SINCH_APPLICATION_KEY" => Some(SAMPLE_KEY.to_owned()),
            "SINCH_APPLICATION_SECRET" => Some(SAMPLE_SECRET.to_owned()),
            "CALLBACK_PATH" => Some("/sinch".to_owned()),
            "DECISION_BUDGET" => Some("10".to_owned()),
            _ => None,
        };
        let gate =
            GateConfig::parse(lookup)?.into_endpoint(engine.store(crate::cli::place::LOCAL_TABLE, timeouts));
        gate.gate().warm_up(clock::now()).await;
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let url = format!("http://{}/sinch", listener.local_addr()?);
        let server = tokio::spawn(http_server::run(Arc::new(gate), listener, std::future::pending()));

        output::line(&format!("A gate at {url}, and how it answers these callbacks:\n"));
        play(&store, &url).await?;
        output::line("\nIts policy is the starter, with `markets` and an entry on the blocklist added.");
        go_on();
        server.abort();
        engine.stop().await;
        Ok(Exit::Done)
    }
}

/// The starter policy with the served countries named, and the attacked range on the blocklist: what an
/// operator does on the first day and in the first attack.
async fn set_up(store: &Store) -> anyhow::Result<()> {
    let now = clock::now();
    let source = format!("{}{MARKETS}", Policy::starter_source());
    if let Err(problems) = Policy::check(&source) {
        bail!("the demo's policy has mistakes:\n{problems}");
    }
    let new = NewVersion {
        app: &AppScope::All,
        replaces: None,
        restores: None,
        source: &source,
        author: "demo",
        message: "the starter policy, and only the countries that are served",
    };
    store.policies().apply(&new, now).await?;
    let entry = ListEntry {
        list: "blocklist".to_owned(),
        entry: ATTACKED.to_owned(),
        reason: "pumping since tonight".to_owned(),
        author: "demo".to_owned(),
        added_at: now,
        expires_at: now.checked_add(Duration::from_secs(6 * 3_600)).ok(),
    };
    store.lists().add(&entry).await.context("the blocklist was not written")
}

/// Prints what to try next.
fn go_on() {
    // As it was called, so that the commands can be copied from the screen.
    let tool = std::env::args().next().unwrap_or_else(|| "sinch-gate".to_owned());
    output::line("\nNext, a gate of your own, and callbacks from another terminal:");
    for rest in ["serve --data gate.db", "send events/request-sms.json --new", "status --data gate.db"] {
        output::line(&format!("  {}", colour::strong(&format!("{tool} {rest}"))));
    }
}

/// Posts every act and prints what came of it.
async fn play(store: &Store, url: &str) -> anyhow::Result<()> {
    let (key, secret): (AppKey, AppSecret) = (SAMPLE_KEY.parse()?, SAMPLE_SECRET.parse()?);
    let mut asked = BTreeSet::new();
    let mut table = output::table(["callback", "number", "reply", "rule", "why"]);
    for act in &ACTS {
        let body = act.twisted_body()?;
        let event: Value = serde_json::from_slice(&body)?;
        let text = |pointer| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut callback = SignedCallback::new(&key, &secret, "/sinch", body, clock::now());
        if act.twist == Twist::Forged {
            callback.body =
                String::from_utf8_lossy(&callback.body).replace("+467017406", "+998993941").into_bytes();
        }
        let received = callback.post(url).await?;
        let reference = text("/reference");
        let (rule, why) = match text("/event").as_str() {
            _ if received.status != 200 => (String::new(), "wrong signature".to_owned()),
            "VerificationRequestEvent" if asked.contains(&reference) => {
                (String::new(), "answered as before".to_owned())
            }
            "VerificationRequestEvent" => decided(store, &reference).await?,
            _ => (String::new(), format!("recorded: {}{}", text("/status"), text("/smsResult"))),
        };
        asked.insert(reference);
        let number = PhoneNumber::new(&text("/identity/endpoint")).masked().to_string();
        table.add_row([act.title.to_owned(), number, reply(&received), rule, why]);
    }
    output::print(table);
    Ok(())
}

/// The rule of the decision under a reference, and why in short.
async fn decided(store: &Store, reference: &str) -> anyhow::Result<(String, String)> {
    let stories = store.records().stories(&SAMPLE_KEY.parse()?, reference, clock::now()).await?;
    let decision =
        stories.into_iter().find_map(|story| story.decision).context("the decision is not recorded")?;
    Ok((decision.rule.clone().unwrap_or_default(), in_short(&decision)))
}

/// Why, in so few words that the table fits the screen; the whole reason stands in the record.
fn in_short(decision: &Decided) -> String {
    let quota = decision.quotas.iter().find(|quota| decision.rule.as_ref() == Some(&quota.rule));
    match quota {
        Some(quota) => format!("{quota} taken"),
        None => decision.reason.split(" on ").next().unwrap_or_default().to_owned(),
    }
}

fn reply(received: &Received) -> String {
    let action = serde_json::from_str::<Value>(&received.body).ok();
    let action = action.as_ref().and_then(|answer| answer.get("action")).and_then(Value::as_str);
    match action {
        Some("deny") => colour::verdict(Verdict::Deny),
        Some(_) => colour::verdict(Verdict::Allow),
        None if received.status == 200 => "200".to_owned(),
        None => colour::odd(&received.status.to_string()),
    }
}

impl Act {
    fn twisted_body(&self) -> anyhow::Result<Vec<u8>> {
        let mut event: Value = serde_json::from_str(self.event)?;
        match self.twist {
            // Byte for byte as it stands in the file.
            Twist::None | Twist::Forged => return Ok(self.event.as_bytes().to_vec()),
            Twist::Again => {
                for member in ["id", "reference"] {
                    if let Some(Value::String(text)) = event.get_mut(member) {
                        text.push_str("-again");
                    }
                }
            }
            Twist::Abroad => {
                if let Some(endpoint) = event.pointer_mut("/identity/endpoint") {
                    *endpoint = Value::String("+959250000001".to_owned());
                }
            }
        }
        Ok(serde_json::to_vec(&event)?)
    }
}
