//! A long mixed run of the real gate, as a server and as a function, on a table that fails now and then; and
//! everything that the gate has written by then.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sinch_gate::clock;

use super::traffic::{HASH_KEY, PATH, Traffic};
use crate::cli::use_any_credentials;
use crate::function::process::{Function, Outcome};
use crate::lambda_edge::json as fixture;
use crate::world::engine::TestTable;
use crate::world::gate_process::GateProcess;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::Sent;
use crate::world::stand_in::StandIn;
use crate::world::tool::{Run as ToolRun, Tool};

/// Every front door that Lambda has, with bodies as text and in base64.
const DOORS: [&str; 10] = [
    "http-api",
    "http-api-base64",
    "http-api-stage",
    "function-url",
    "function-url-base64",
    "rest-api",
    "rest-api-stage-base64",
    "alb",
    "alb-base64",
    "alb-multi-value",
];

/// A policy that looks at everything that is private, and writes about it.
const POLICY: &str = r#"
schema = 1
default = "allow"
[[rules]]
id = "safe"
verdict = "allow"
list = "safelist"
[[rules]]
id = "blocked"
verdict = "deny"
list = "blocklist"
[[rules]]
id = "suspects"
verdict = "deny"
when.custom.tier = "suspect"
[[rules]]
id = "per-device"
verdict = "deny"
quota = { per = "custom.device", limit = 1, window = "1d", release = "verified" }
[[rules]]
id = "known"
verdict = "allow"
when.verified_within = "90d"
[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 2, window = "1d", release = "verified", grow = 1.5 }
[[rules]]
id = "ranges"
verdict = "deny"
quota = { per = "block:3", limit = 9, window = "1d" }
[[rules]]
id = "numbers-of-a-device"
verdict = "deny"
quota = { per = "custom.device", distinct = "number", limit = 3, window = "1d" }
[[rules]]
id = "devices-of-a-number"
mode = "monitor"
verdict = "deny"
quota = { per = ["number", "method"], distinct = "custom.device", limit = 1, window = "1d" }
"#;

/// How many verifications each process meets.
const N_EACH: usize = 12;

/// What came of a run.
pub(super) struct Run {
    /// What `outcome reconcile` would ask.
    _api: StandIn,
    pub(super) traffic: Traffic,
    pub(super) table: TestTable,
    pub(super) tool: Tool,
    /// What the gates logged, metrics among it.
    pub(super) log: Vec<String>,
    /// What they answered.
    pub(super) replies: Vec<String>,
}

impl Run {
    /// Runs the gate with numbers `plain` or `hashed`.
    pub(super) async fn of(privacy: &str, seed: u64) -> Self {
        let mut tool = Tool::new();
        use_any_credentials(&mut tool);
        let api = StandIn::start();
        tool.set("SINCH_API_URL", api.url());
        tool.set("NUMBER_PRIVACY", privacy);
        tool.set("NUMBER_HASH_KEY", if privacy == "hashed" { HASH_KEY } else { "" });
        tool.write("policy.toml", POLICY);
        let (table, traffic) = (TestTable::new().await, Traffic::new(seed));
        let mut run = Self { _api: api, traffic, table, tool, log: Vec::new(), replies: Vec::new() };
        run.tool_on_table(&["policy", "apply", "policy.toml", "-m", "first", "--anyway"]).exits(0);
        let proxy = Proxy::to(run.table.endpoint());
        run.serve(&proxy, privacy);
        run.invoke(&proxy, privacy);
        run.meet_a_talkative_table(privacy);
        run
    }

    /// Runs the tool on the table itself.
    pub(super) fn tool_on_table(&self, arguments: &[&str]) -> ToolRun {
        let place = ["--table", self.table.name(), "--endpoint-url", self.table.endpoint()];
        self.tool.run(&[arguments, &place].concat())
    }

    /// Puts the number of the next verification on a list, whole or by its block, and gives its callbacks.
    fn listed(&mut self, list: &str, n_hidden: usize) -> Vec<Sent> {
        let sent = self.traffic.verification(clock::now());
        let number = self.traffic.numbers.last().unwrap();
        let entry = match n_hidden {
            0 => number.clone(),
            n => format!("{}*", &number[..number.len() - n]),
        };
        self.tool_on_table(&["list", "add", list, &entry, "--reason", "test", "--anyway", "--yes"]).exits(0);
        sent
    }

    /// All callbacks of one process: of numbers on lists, of numbers while the table is well, and while it
    /// fails.
    fn callbacks(&mut self, proxy: &Proxy, mut hand_over: impl FnMut(&mut Self, &Sent)) {
        proxy.set(|_| Fate::Answered);
        let listed = [("blocklist", 0), ("blocklist", 1), ("blocklist", 3), ("safelist", 0)];
        let listed: Vec<Sent> =
            listed.into_iter().flat_map(|(list, n_hidden)| self.listed(list, n_hidden)).collect();
        listed.iter().for_each(|sent| hand_over(self, sent));
        for n in 0..N_EACH {
            if n == N_EACH / 2 {
                fail_now_and_then(proxy);
            }
            for sent in self.traffic.verification(clock::now()) {
                hand_over(self, &sent);
            }
        }
    }

    fn serve(&mut self, proxy: &Proxy, privacy: &str) {
        let gate = server(self.table.name(), &proxy.endpoint(), privacy);
        self.callbacks(proxy, |run, sent| {
            let received = gate.send(sent);
            run.replies.push(format!("{received:?}"));
        });
        self.log.extend(gate.end());
    }

    fn invoke(&mut self, proxy: &Proxy, privacy: &str) {
        let env: Vec<(&str, &str)> = settings(privacy)
            .into_iter()
            .chain([("SIGNATURE_TOLERANCE", "300"), ("DECISION_BUDGET", "1")])
            .collect();
        proxy.set(|_| Fate::Answered);
        let function = Function::start(&proxy.endpoint(), self.table.name(), &env);
        let mut doors = DOORS.iter().cycle();
        self.callbacks(proxy, |run, sent| {
            let event = through(doors.next().unwrap(), sent);
            match function.invoke(&event.to_string()) {
                Outcome::Response(reply) => run.replies.push(reply.to_string()),
                Outcome::Error(error) => panic!("{error}"),
            }
        });
        self.log.extend(function.end());
    }

    /// A table whose refusals quote all of what was asked, as some of AWS do.
    fn meet_a_talkative_table(&mut self, privacy: &str) {
        let gate = server(self.table.name(), &talkative(), privacy);
        for sent in self.traffic.verification(clock::now()) {
            self.replies.push(format!("{:?}", gate.send(&sent)));
        }
        self.log.extend(gate.end());
    }
}

/// What both processes are set to.
fn settings(privacy: &str) -> Vec<(&'static str, &str)> {
    let mut settings = vec![
        ("CALLBACK_PATH", PATH),
        ("LOG_LEVEL", "trace"),
        ("METRICS_NAMESPACE", "gate"),
        ("NUMBER_PRIVACY", privacy),
    ];
    settings.extend((privacy == "hashed").then_some(("NUMBER_HASH_KEY", HASH_KEY)));
    settings
}

fn server(table: &str, endpoint: &str, privacy: &str) -> GateProcess {
    let credentials =
        [("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any"), ("DECISION_BUDGET", "1")];
    let env = [settings(privacy), credentials.to_vec()].concat();
    GateProcess::start(&["--table", table, "--region", "eu-west-1", "--endpoint-url", endpoint], &env)
}

/// Lets each kind of failure happen to one request in forty, and every record be lost now and then.
fn fail_now_and_then(proxy: &Proxy) {
    let mut n = 0;
    proxy.set(move |seen| {
        n += 1;
        match n % 40 {
            3 => Fate::Lost,
            9 => Fate::ReplyLost,
            15 => Fate::Throttled,
            21 => Fate::Forbidden,
            27 => Fate::Unanswered,
            33 => Fate::LeftUnprocessed,
            _ if seen.is_record() && n % 3 == 0 => Fate::Forbidden,
            _ => Fate::Answered,
        }
    });
}

/// The event by which a front door hands a callback on.
fn through(door: &str, sent: &Sent) -> Value {
    let mut event = fixture(format!("tests/vectors/lambda/{door}.json"));
    let is_base64 = event["isBase64Encoded"] == true;
    let body =
        if is_base64 { STANDARD.encode(&sent.body) } else { String::from_utf8(sent.body.clone()).unwrap() };
    event["body"] = body.into();
    for pointer in ["/httpMethod", "/requestContext/http/method"] {
        if let Some(method) = event.pointer_mut(pointer) {
            *method = sent.method.into();
        }
    }
    for (name, is_list) in [("headers", false), ("multiValueHeaders", true)] {
        let Some(headers) = event[name].as_object_mut() else { continue };
        for private in ["authorization", "content-type", "x-timestamp"] {
            headers.retain(|header, _| !header.eq_ignore_ascii_case(private));
            let values = sent.headers.iter().filter(|(name, _)| *name == private);
            let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
            let value = if is_list { json!(values) } else { json!(values.join(",")) };
            if !values.is_empty() {
                headers.insert(private.to_owned(), value);
            }
        }
    }
    event
}

/// Starts a table that refuses everything, in words that repeat the request, for as long as the test runs;
/// gives its endpoint.
fn talkative() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                let mut reader = BufReader::new(&stream);
                let mut head = String::new();
                while reader.read_line(&mut head).is_ok_and(|read| read > 0) {
                    if !head.ends_with("\r\n\r\n") {
                        continue;
                    }
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
                    reader.read_exact(&mut body).unwrap();
                    let asked = format!("{head}{}", String::from_utf8(body).unwrap());
                    let message = format!(
                        "The request signature we calculated does not match the signature you provided. \
                         Check your AWS Secret Access Key and signing method.\n\nThe Canonical String for \
                         this request should have been\n'{asked}'"
                    );
                    let refusal = json!({ "__type": "x#InvalidSignatureException", "message": message });
                    let refusal = refusal.to_string();
                    let reply = format!(
                        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\n\
                         content-length: {}\r\n\r\n{refusal}",
                        refusal.len()
                    );
                    if (&stream).write_all(reply.as_bytes()).is_err() {
                        return;
                    }
                    head.clear();
                }
            });
        }
    });
    endpoint
}
