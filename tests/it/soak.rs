//! `serve --data` under mixed traffic: its memory, its open files and how long it takes to answer are flat
//! once it is warm. Some callers are slow, hang up, or do not speak HTTP.
//!
//! `SINCH_GATE_TEST_SOAK` says for how many seconds (6 if not given).

use std::fmt;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::world::gate_process::GateProcess;
use crate::world::sinch::{action, delivery, request, result};
use crate::world::tool::Tool;

const CALLERS: usize = 4;

/// Between two verifications of one caller: at most 40 callbacks a second in all.
const PAUSE: Duration = Duration::from_millis(400);

/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What is allowed for growth: the engine's cache fills up to a bound of its own.
const MEGABYTES: usize = 24;
const FILES: usize = 24;

/// What does not speak HTTP, or not to its end.
const STRANGE: [&[u8]; 8] = [
    b"",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{",
    b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/9.9\r\n\r\n",
    b"\0\0\0\0\r\n\r\n",
];

/// What a process uses at one moment.
#[derive(Clone, Copy)]
struct Use {
    megabytes: usize,
    files: usize,
}

impl Use {
    /// Nothing where the system does not say.
    fn of(gate: &GateProcess) -> Option<Self> {
        let process = format!("/proc/{}", gate.id());
        let status = std::fs::read_to_string(format!("{process}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().ok()?;
        let files = std::fs::read_dir(format!("{process}/fd")).ok()?.count();
        Some(Self { megabytes: kilobytes / 1024, files })
    }
}

/// What was seen in one part of the run.
struct Part {
    took: Vec<Duration>,
    used: Vec<Use>,
}

impl Part {
    fn took(&self, percent: usize) -> Duration {
        self.took.get(self.took.len() * percent / 100).copied().unwrap_or_default()
    }

    fn most(&self, of: impl Fn(&Use) -> usize) -> usize {
        self.used.iter().map(of).max().unwrap_or_default()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} callbacks, p50 {:?}, p99 {:?}, at most {} MB and {} files",
            self.took.len(),
            self.took(50),
            self.took(99),
            self.most(|used| used.megabytes),
            self.most(|used| used.files)
        )
    }
}

/// The parts of what was seen: what came first is left out, as warming up.
fn parts<T: Clone>(seen: Vec<T>) -> [Vec<T>; 2] {
    let third = seen.len() / 3;
    [seen[third..2 * third].to_vec(), seen[2 * third..].to_vec()]
}

/// One verification after the other, each asked about twice, delivered, and ended; between them, now and
/// then, something strange.
fn call(gate: &GateProcess, next: &AtomicUsize, is_over: &AtomicBool, took: &Mutex<Vec<Duration>>) {
    let mut held = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let (id, number) = (format!("soak-{n}"), format!("+4670{:07}", n * 7_919 % 10_000_000));
        let events = [
            request(&id, &number),
            request(&id, &number),
            delivery(&id, &number, "Successful"),
            result(&id, &number, "SUCCESSFUL"),
        ];
        for event in &events {
            let begun = Instant::now();
            let reply = gate.post(event);
            took.lock().unwrap().push(begun.elapsed());
            assert_eq!(reply.status, 200, "{id}: {reply:?}");
            if event["status"].is_null() && event["smsResult"].is_null() {
                action(&reply.body);
            }
        }
        let mut strange = TcpStream::connect(gate.address()).unwrap();
        // It may have been refused already.
        let _ = strange.write_all(STRANGE[n % STRANGE.len()]);
        held.push(strange);
        // Some of them stay for a while.
        if held.len() > 20 {
            held.drain(..10);
        }
        std::thread::sleep(PAUSE);
    }
}

#[test]
fn memory_open_files_and_latency_are_flat_once_it_is_warm() {
    let named = std::env::vars().find(|(name, _)| name == "SINCH_GATE_TEST_SOAK");
    let seconds = named.map_or(6, |(_, number)| number.parse().expect("SINCH_GATE_TEST_SOAK is a number"));
    let tool = Tool::new();
    let data = tool.file("gate.db");
    let gate = GateProcess::start(&["--data", data.to_str().unwrap()], &[("DECISION_BUDGET", "20")]);
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (took, mut used) = (Mutex::new(Vec::new()), Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| call(&gate, &next, &is_over, &took));
        }
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(seconds) {
            std::thread::sleep(LOOK);
            used.extend(Use::of(&gate));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let [middle, last] = {
        let ([took_first, took_last], [used_first, used_last]) =
            (parts(took.into_inner().unwrap()), parts(used));
        [(took_first, used_first), (took_last, used_last)].map(|(mut took, used)| {
            took.sort_unstable();
            Part { took, used }
        })
    };
    println!("after a third: {middle}\nin the end:    {last}");
    let unstored: Vec<String> =
        gate.whole_log().into_iter().filter(|line| line.contains("not stored")).collect();
    assert!(unstored.is_empty(), "left in the log: {unstored:#?}");
    let (before, after) = (middle.most(|used| used.megabytes), last.most(|used| used.megabytes));
    assert!(after <= before + MEGABYTES, "{before} MB became {after} MB");
    let (before, after) = (middle.most(|used| used.files), last.most(|used| used.files));
    assert!(after <= before + FILES, "{before} open files became {after}");
    let (before, after) = (middle.took(50), last.took(50));
    assert!(after <= before * 3 + Duration::from_millis(50), "{before:?} in the middle became {after:?}");
}
