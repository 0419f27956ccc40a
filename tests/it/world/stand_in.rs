//! A strict stand-in for the Sinch Verification API: a real HTTP server on loopback.
//!
//! It checks what it is sent with an implementation of its own (`check`), remembers verifications as Sinch
//! does (`ledger`), and posts signed callbacks to a gate (`callback`). It can be made to fail in every way
//! that a network can (`Fault`). What a correct client never sends is a complaint, and a complaint that no
//! test takes fails the test.

mod callback;
mod check;
mod http;
mod ledger;
mod strict;

use std::collections::VecDeque;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

use check::Checker;
pub(crate) use check::Scheme;
use http::{Request, Response};
use ledger::{Ledger, Verification};

/// The code that every phone receives, with a leading zero that no client may lose.
pub(crate) const CODE: &str = "0042";
/// The number that flash calls come from.
pub(crate) const CALLER: &str = "+46700009999";

/// The host that links of an answer lead to: another than the one that answers, as with Sinch.
const LINKS: &str = "https://dc-euc1-std.verification.api.sinch.com";

/// What happens to one call instead of a plain answer.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The connection ends before anything is done.
    CutBefore,
    /// It is carried out, and the connection ends without an answer.
    CutAfter,
    /// It is carried out, and this is answered.
    AnswerAfter(u16, String),
    /// Nothing is done, and this is answered.
    Answer(u16, String),
    /// Nothing is done, and this is answered with a header `Retry-After`.
    AnswerWithWish(u16, String, String),
    /// It is carried out, and answered after a while.
    Slow(Duration),
    /// It is carried out, and the answer is about another verification.
    Contradict,
}

/// A call that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// How the stand-in behaves.
#[derive(Clone, Debug)]
pub(crate) struct Behaviour {
    /// The weakest authorization that it takes.
    pub(crate) level: Scheme,
    /// Whether the phone does its part as soon as a verification has started.
    pub(crate) phone_verifies: bool,
    /// Whether result events get lost on their way.
    pub(crate) loses_results: bool,
    /// Whether a wrong code is refused with 40003 instead of ending the verification.
    pub(crate) refuses_wrong_codes: bool,
    /// How many questions about a finished verification are answered without its price.
    pub(crate) price_after: usize,
}

/// The stand-in, which ends when it is dropped.
pub(crate) struct StandIn {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    checker: Checker,
    ends: AtomicBool,
    inner: Mutex<Inner>,
}

struct Inner {
    ledger: Ledger,
    behaviour: Behaviour,
    faults: VecDeque<Fault>,
    /// Ends of paths, and what happens to every call of such a path.
    poison: Vec<(String, Fault)>,
    callback_url: Option<String>,
    seen: Vec<Seen>,
    complaints: Vec<String>,
    callbacks: Vec<(String, u16)>,
}

impl StandIn {
    /// Starts one for the application of the samples, which takes signed calls only.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let behaviour = Behaviour {
            level: Scheme::Signed,
            phone_verifies: false,
            loses_results: false,
            refuses_wrong_codes: false,
            price_after: 0,
        };
        let inner = Inner {
            ledger: Ledger::default(),
            behaviour,
            faults: VecDeque::new(),
            poison: Vec::new(),
            callback_url: None,
            seen: Vec::new(),
            complaints: Vec::new(),
            callbacks: Vec::new(),
        };
        let shared = Arc::new(Shared {
            checker: Checker::new(),
            ends: AtomicBool::new(false),
            inner: Mutex::new(inner),
        });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || http::serve(&listener, &served));
        Self { url, shared }
    }

    /// Its URL, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Posts callbacks to this URL from now on, as to that of the Sinch dashboard.
    pub(crate) fn call_back(&self, url: &str) {
        self.shared.lock().callback_url = Some(url.to_owned());
    }

    /// Changes how it behaves from now on.
    pub(crate) fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.lock().behaviour);
    }

    /// What happens to the next calls, one each.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.lock().faults.extend(faults);
    }

    /// What happens from now on to every call whose path ends so.
    pub(crate) fn poison(&self, end: &str, fault: Fault) {
        self.shared.lock().poison.push((end.to_owned(), fault));
    }

    /// The calls so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }

    /// How many calls came so far by an HTTP method.
    pub(crate) fn count(&self, method: &str) -> usize {
        self.seen().iter().filter(|call| call.method == method).count()
    }

    /// The callbacks so far: the event, and the status that came back.
    pub(crate) fn callbacks(&self) -> Vec<(String, u16)> {
        self.shared.lock().callbacks.clone()
    }

    /// The id of the verification with this reference.
    #[track_caller]
    pub(crate) fn id_of(&self, reference: &str) -> String {
        let inner = self.shared.lock();
        inner.ledger.by_reference(reference).unwrap_or_else(|| panic!("no start of {reference}")).id
    }

    /// Ends a verification as Sinch would by itself, and notifies the gate.
    pub(crate) fn finish(&self, reference: &str, status: &str, reason: Option<&str>) {
        let id = self.id_of(reference);
        self.shared.lock().ledger.finish(&id, status, reason, None);
        self.shared.tell_result(&id);
    }

    /// Takes a verification that a test knows of from elsewhere, such as from a recorded callback.
    pub(crate) fn know(&self, id: &str, reference: Option<&str>, number: &str, status: &str) {
        self.shared.lock().ledger.add(Verification {
            id: id.to_owned(),
            reference: reference.map(str::to_owned),
            status: status.to_owned(),
            ..Verification::new("sms", number)
        });
    }

    /// What a correct client would not have sent. A complaint that is taken no longer fails the test.
    pub(crate) fn take_complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().complaints)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees that it ends.
        let _ = std::net::TcpStream::connect(self.url.trim_start_matches("http://"));
        let complaints = self.take_complaints();
        assert!(std::thread::panicking() || complaints.is_empty(), "the stand-in complains: {complaints:?}");
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// One call, from its arrival to its answer.
    fn handle(&self, request: &Request) -> Response {
        let fault = {
            let mut inner = self.lock();
            inner.seen.push(request.seen());
            let queued = inner.faults.pop_front();
            let mut poison = inner.poison.iter();
            queued.or_else(|| Some(poison.find(|(end, _)| request.path.ends_with(end))?.1.clone()))
        };
        let answered = |status: u16, body: &str| Response::new(status, body.to_owned());
        match fault {
            Some(Fault::CutBefore) => return Response::Cut,
            Some(Fault::Answer(status, body)) => return answered(status, &body),
            Some(Fault::AnswerWithWish(status, body, wish)) => {
                return answered(status, &body).with("retry-after", &wish);
            }
            _ => {}
        }
        let level = self.lock().behaviour.level;
        let response = match self.checker.check(request, level) {
            Ok(()) => self.carry_out(request),
            Err(refused) => {
                self.lock().complaints.push(refused.complaint);
                error(refused.status, refused.code, refused.message)
            }
        };
        match fault {
            Some(Fault::CutAfter) => Response::Cut,
            Some(Fault::AnswerAfter(status, body)) => answered(status, &body),
            Some(Fault::Slow(time)) => {
                std::thread::sleep(time);
                response
            }
            Some(Fault::Contradict) => response.about_another(),
            _ => response,
        }
    }

    fn carry_out(&self, request: &Request) -> Response {
        let segments: Vec<&str> = request.path.split('/').skip(4).collect();
        let body = request.json();
        match (request.method.as_str(), &segments[..]) {
            ("POST", []) => self.start(&body),
            ("PUT", ["id", id]) => self.report(self.find(|ledger| ledger.by_id(id)), &body),
            ("PUT", ["number", number]) => {
                let method = body["method"].as_str().unwrap_or_default();
                self.report(self.find(|ledger| ledger.by_number(method, number)), &body)
            }
            ("GET", ["id", id]) => self.status(self.find(|ledger| ledger.by_id(id))),
            ("GET", ["reference", reference]) => {
                self.status(self.find(|ledger| ledger.by_reference(reference)))
            }
            ("GET", [method, "number", number]) => {
                self.status(self.find(|ledger| ledger.by_number(method, number)))
            }
            _ => {
                self.lock().complaints.push(format!("{} {} is not a call", request.method, request.path));
                error(404, 40400, "Requested resource was not found.")
            }
        }
    }

    /// Looks something up; nothing is locked any more when the caller continues.
    fn find(&self, look_up: impl FnOnce(&Ledger) -> Option<Verification>) -> Option<Verification> {
        look_up(&self.lock().ledger)
    }

    fn start(&self, body: &Value) -> Response {
        let text = |member: &str| body[member].as_str().map(str::to_owned);
        let number = body["identity"]["endpoint"].as_str().unwrap_or_default();
        let verification = Verification {
            reference: text("reference"),
            custom: text("custom"),
            ..Verification::new(&text("method").unwrap_or_default(), number)
        };
        let id = verification.id.clone();
        {
            let ledger = &mut self.lock().ledger;
            let reference = verification.reference.as_deref();
            if reference.is_some_and(|reference| ledger.by_reference(reference).is_some()) {
                return error(409, 40900, "Reference already defined");
            }
            ledger.add(verification.clone());
        }
        if let Err(reason) = self.ask(&verification) {
            self.lock().ledger.finish(&id, "DENIED", Some(reason), None);
            self.tell_result(&id);
            return error(403, 40303, "Verification denied by callback.");
        }
        if self.lock().behaviour.phone_verifies {
            self.lock().ledger.finish(&id, "SUCCESSFUL", None, Some("intercepted"));
            self.tell_result(&id);
        }
        Response::json(&verification.started(LINKS))
    }

    /// Asks the gate, where there is one.
    fn ask(&self, verification: &Verification) -> Result<(), &'static str> {
        match self.post(&verification.request_event()) {
            None => Ok(()),
            Some((200, answer)) if answer["action"] == "allow" => Ok(()),
            Some((200, answer)) if answer["action"] == "deny" => Err("Denied by callback"),
            Some(_) => Err("Invalid callback"),
        }
    }

    fn report(&self, verification: Option<Verification>, body: &Value) -> Response {
        let Some(verification) = verification else {
            return error(404, 40400, "Requested resource was not found.");
        };
        if verification.status != "PENDING" || body["method"] != verification.method.as_str() {
            return error(400, 40003, "Invalid identity or code.");
        }
        let block = if verification.method == "flashcall" { "flashCall" } else { &verification.method };
        let is_right = match &body[block] {
            block if verification.method == "flashcall" => block["cli"] == CALLER,
            block => block["code"] == CODE,
        };
        if !is_right && self.lock().behaviour.refuses_wrong_codes {
            return error(400, 40003, "Invalid identity or code.");
        }
        let reason = if verification.method == "flashcall" { "Invalid CLI" } else { "Invalid code" };
        let (status, reason) = if is_right { ("SUCCESSFUL", None) } else { ("FAIL", Some(reason)) };
        self.lock().ledger.finish(&verification.id, status, reason, Some("manual"));
        self.tell_result(&verification.id);
        let mut reported = json!({
            "id": verification.id, "method": verification.method, "status": status, "source": "manual",
        });
        if let Some(reason) = reason {
            reported["reason"] = reason.into();
        }
        Response::json(&reported)
    }

    fn status(&self, verification: Option<Verification>) -> Response {
        let Some(verification) = verification else {
            return error(404, 40400, "Requested resource was not found.");
        };
        let mut inner = self.lock();
        let priced_after = inner.behaviour.price_after;
        let asked = inner.ledger.ask(&verification.id);
        Response::json(&verification.state(verification.status != "PENDING" && asked > priced_after))
    }

    /// Notifies the gate how a verification ended.
    fn tell_result(&self, id: &str) {
        let (verification, is_lost) = {
            let inner = self.lock();
            (inner.ledger.by_id(id), inner.behaviour.loses_results)
        };
        if let Some(verification) = verification.filter(|_| !is_lost) {
            self.post(&verification.result_event());
        }
    }

    /// Posts a callback, where there is a URL for them; nothing is locked meanwhile.
    fn post(&self, event: &Value) -> Option<(u16, Value)> {
        let url = self.lock().callback_url.clone()?;
        let answer = callback::post(&url, event);
        let name = event["event"].as_str().unwrap_or_default().to_owned();
        self.lock().callbacks.push((name, answer.0));
        Some(answer)
    }
}

/// An error as Sinch's description has it.
fn error(status: u16, code: u32, message: &str) -> Response {
    let body =
        json!({"errorCode": code, "message": message, "reference": "c01dc0de-c4db-44f1-5ca1-da9159d21c19"});
    Response::new(status, body.to_string())
}
