//! `sinch-gate serve` under load: how many callbacks a second it answers, and how long each takes.
//!
//! `cargo bench --bench serve -- SINCH-GATE` prints Markdown; `--quick` sends fewer callbacks. The built tool
//! follows the starter policy and keeps everything in memory. Half of the callbacks are requests for numbers
//! that were never seen, from addresses of their own, and the other half their results, all successful, so
//! that the policy goes on to allow them. Each client waits for an answer before it goes on. The clients run
//! on the same cores. Besides the seconds stands the processor time of the tool for one callback, which
//! changes less with what else the machine does.

#[allow(dead_code, reason = "the other part is for Lambda's events")]
#[path = "../function/callback.rs"]
mod callback;
#[path = "../function/message.rs"]
mod message;
#[allow(dead_code, reason = "a part is for those that end at once")]
#[path = "../peers/process.rs"]
mod process;
mod served;

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};

use crate::callback::Signed;
use crate::process::Process;
use crate::served::{Client, Served, over_http};

/// How many callbacks one client sends, before what is measured and in it.
const WARM_UP: usize = 20;

fn main() -> anyhow::Result<()> {
    let (flags, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let Some(tool) = paths.first() else {
        // As `cargo test` runs every bench, also without arguments.
        println!("name a built `sinch-gate` to measure");
        return Ok(());
    };
    let is_quick = flags.iter().any(|flag| flag == "--quick");
    let (rounds, callbacks) = if is_quick { (1, 800) } else { (3, 4_000) };
    println!("The best of {rounds}, by callbacks a second.\n");
    println!(
        "| clients | callbacks | allowed | a second | median, ms | p99, ms | processor, ms | resident, MB |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    for clients in [1, 8, 32] {
        let loads = (0..rounds).map(|_| Load::measure(tool, clients, callbacks));
        let loads = loads.collect::<anyhow::Result<Vec<Load>>>()?;
        let best = loads.into_iter().max_by(|one, other| one.rate().total_cmp(&other.rate()));
        println!("{}", best.context("no rounds")?.row(clients));
    }
    Ok(())
}

/// How long each callback took, and whether it was a request that was allowed.
type Asked = Vec<(Duration, bool)>;

/// What came of some callbacks.
struct Load {
    /// How long each took, least first.
    each: Vec<Duration>,
    allowed: usize,
    all: Duration,
    processor: Duration,
    resident: u64,
}

impl Load {
    fn measure(tool: &str, clients: usize, callbacks: usize) -> anyhow::Result<Self> {
        let served = Served::start(tool, None)?;
        let process = Process(served.process.id());
        let of_each = callbacks / clients;
        let signed = |client: usize, at: usize| {
            let n = (client * (of_each + WARM_UP) + at) / 2;
            let ip = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
            let callback =
                if at.is_multiple_of(2) { Signed::request(n, n, &ip)? } else { Signed::success(n, n)? };
            Ok(over_http(&callback))
        };
        let requests = (0..clients).map(|client| (0..WARM_UP + of_each).map(move |at| signed(client, at)));
        let requests = requests.map(Iterator::collect).collect::<anyhow::Result<Vec<Vec<String>>>>()?;
        let mut clients: Vec<(Client, Vec<String>)> = Vec::new();
        for mut requests in requests {
            let mut client = served.client()?;
            for request in requests.drain(..WARM_UP) {
                client.ask(&request)?;
            }
            clients.push((client, requests));
        }
        let (begun, processor) = (Instant::now(), process.processor()?);
        let asking: Vec<JoinHandle<anyhow::Result<Asked>>> = clients
            .into_iter()
            .map(|(mut client, requests)| {
                std::thread::spawn(move || requests.iter().map(|request| client.ask(request)).collect())
            })
            .collect();
        let mut asked = Asked::new();
        for asking in asking {
            asked.extend(asking.join().map_err(|_| anyhow!("a client has failed"))??);
        }
        let (all, processor) = (begun.elapsed(), process.processor()? - processor);
        let mut each: Vec<Duration> = asked.iter().map(|(after, _)| *after).collect();
        each.sort();
        let allowed = asked.iter().filter(|(_, is_allowed)| *is_allowed).count();
        Ok(Self { each, allowed, all, processor, resident: process.resident()? })
    }

    fn rate(&self) -> f64 {
        self.each.len() as f64 / self.all.as_secs_f64()
    }

    fn row(&self, clients: usize) -> String {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
        let at = |percent: usize| self.each.get(self.each.len() * percent / 100).copied().unwrap_or_default();
        format!(
            "| {clients} | {} | {} | {:.0} | {:.1} | {:.1} | {:.2} | {:.0} |",
            self.each.len(),
            self.allowed,
            self.rate(),
            milliseconds(at(50)),
            milliseconds(at(99)),
            milliseconds(self.processor.div_f64(self.each.len() as f64)),
            self.resident as f64 / 1e6
        )
    }
}
