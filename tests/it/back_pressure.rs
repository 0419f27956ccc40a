//! What `serve` does about more than it can handle: connections, slow callers, and a table that is slow.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sinch_gate::clock;

use crate::cli::use_any_credentials;
use crate::world::engine::TestTable;
use crate::world::gate_process::GateProcess;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{Sent, action, request, result};
use crate::world::tool::Tool;

/// How long anything may take that is not a matter of speed.
const PATIENCE: Duration = Duration::from_secs(30);

/// As `docs/configuration.md` says.
const MOST_HANDLED: usize = 50;

fn number(n: usize) -> String {
    format!("+4670{:03}{n:04}", n % 997)
}

/// How many files a process has open; `None` where the system does not say.
fn open_files(gate: &GateProcess) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{}/fd", gate.id())).ok()?.count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_slow_bounds_what_is_handled_at_once() {
    const CALLERS: usize = 120;
    let table = TestTable::new().await;
    let proxy = Proxy::to(table.endpoint());
    let env = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("DECISION_BUDGET", "3"),
    ];
    let place = ["--table", table.name(), "--endpoint-url", &proxy.endpoint()];
    let gate = GateProcess::start(&place, &env);
    proxy.fail_all(Fate::Unanswered, |_| true);
    let replies = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for n in 0..CALLERS {
            let (gate, replies) = (&gate, &replies);
            scope.spawn(move || {
                let reply = gate.post(&request(&format!("slow-{n}"), &number(n)));
                replies.lock().unwrap().push((reply.status, reply.body));
            });
        }
    });
    let replies = replies.into_inner().unwrap();
    let answered = replies.iter().filter(|(status, _)| *status == 200).count();
    let refused = replies.iter().filter(|reply| **reply == (503, "service unavailable".to_owned())).count();
    assert_eq!(answered + refused, CALLERS, "{replies:?}");
    // Callers that come when the first ones are done are handled, too.
    assert!(answered >= MOST_HANDLED && refused > 0, "{answered} answered, {refused} refused");
    assert_eq!(gate.lines_saying("decided", answered).len(), answered, "nothing else was begun");
    let lines = gate.lines_saying("callback refused", refused);
    assert!(lines.iter().all(|line| line["what"] == "busy" && line["status"] == 503), "{lines:?}");

    proxy.set(|_| Fate::Answered);
    assert_eq!(action(&gate.post(&request("after", &number(CALLERS))).body), "allow");
}

#[test]
fn a_thousand_silent_callers_keep_nobody_out() {
    const SILENT: usize = 1_000;
    let gate = GateProcess::start(&[], &[("DECISION_BUDGET", "20")]);
    let whole = Sent::signed(&gate.path, request("half", &number(1)).to_string(), clock::now());
    let whole = whole.to_http(gate.address());
    let head = whole.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let mut held = Vec::new();
    for n in 0..SILENT {
        let mut caller = TcpStream::connect(gate.address()).unwrap();
        // Nothing at all, half a head, or a head and half a body.
        let sent = [0, head / 2, (head + whole.len()) / 2][n % 3];
        caller.write_all(&whole[..sent]).unwrap();
        held.push(caller);
        if n % 100 == 99 {
            let (id, number) = (format!("beside-{n}"), number(n));
            assert_eq!(gate.post(&request(&id, &number)).status, 200, "{id}");
            assert_eq!(gate.post(&result(&id, &number, "SUCCESSFUL")).status, 200, "{id}");
        }
    }
    // What handling itself needs is some dozens.
    assert!(open_files(&gate).is_none_or(|files| files < 512), "{:?}", open_files(&gate));
    // The latest callers still have their connections, and may go on.
    let mut last = held.swap_remove(SILENT - 1);
    last.write_all(&whole[[0, head / 2, (head + whole.len()) / 2][(SILENT - 1) % 3]..]).unwrap();
    last.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reply = String::new();
    last.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
}

#[test]
fn half_a_request_does_not_hold_up_a_stop() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0"]);
    let address = gate.url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut callers = [(); 3].map(|()| TcpStream::connect(address).unwrap());
    callers[1].write_all(b"POST / HTTP/1.1\r\nhost: x\r\n").unwrap();
    callers[2].write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nab").unwrap();
    // So that the server has them.
    tool.run(&["send", &crate::world::tool::sample("request-sms"), "--url", &gate.url]).exits(0);
    let begun = Instant::now();
    assert_eq!(gate.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}
