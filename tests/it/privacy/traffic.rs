//! People who are verified, and callbacks about them of every kind, signed, refused and malformed.

use fastrand::Rng;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::needles::{Kind, Needles};
use crate::world::sinch::{KEY, SECRET, Sent, delivery, request, result};

pub(super) const PATH: &str = "/sinch/verification";

/// Of the hashes, in base64.
pub(super) const HASH_KEY: &str = "q7Zt0eLxJ2Yk5mVw9RbHsA==";

/// Where people live: a country's code and the first digits of its numbers, and how many more there are.
const PLACES: [(&str, usize); 3] = [("+4670", 7), ("+99899", 7), ("+120255", 5)];

/// What is private, and where it comes from.
pub(super) struct Traffic {
    random: Rng,
    pub(super) needles: Needles,
    n_people: usize,
    /// Numbers of people so far, newest last.
    pub(super) numbers: Vec<String>,
    /// The ids of their verifications.
    ids: Vec<String>,
}

impl Traffic {
    pub(super) fn new(seed: u64) -> Self {
        let mut needles = Needles::default();
        needles.add_secret(SECRET);
        needles.add_secret(HASH_KEY);
        let (random, numbers, ids) = (Rng::with_seed(seed), Vec::new(), Vec::new());
        Self { random, needles, n_people: 0, numbers, ids }
    }

    /// A word that comes nowhere else.
    fn word(&mut self) -> String {
        std::iter::repeat_with(|| self.random.alphanumeric()).take(14).collect()
    }

    /// A number that nobody else has.
    pub(super) fn number(&mut self) -> String {
        let (begin, n_more) = PLACES[self.n_people % PLACES.len()];
        self.n_people += 1;
        let digits: String = std::iter::repeat_with(|| self.random.digit(10)).take(n_more).collect();
        let number = format!("{begin}{digits}");
        self.needles.add_number(&number);
        number
    }

    /// A body with a member that nobody reads, as it is sent.
    fn body(&mut self, mut event: Value) -> String {
        let word = self.word();
        self.needles.add(Kind::Body, &word);
        event["unheardOf"] = word.into();
        let body = event.to_string();
        self.needles.add(Kind::Body, &body);
        body
    }

    /// An event, signed; what proves that it is Sinch's is private.
    fn signed(&mut self, event: Value, at: Timestamp) -> Sent {
        let body = self.body(event);
        self.sent(Sent::signed(PATH, body, at))
    }

    fn sent(&mut self, sent: Sent) -> Sent {
        for credential in sent.credentials().filter(|credential| credential.len() >= 12) {
            self.needles.add_in_pieces(Kind::Signature, credential);
        }
        sent
    }

    /// The request of a person, with a `custom` of each kind.
    fn request(&mut self, id: &str, number: &str) -> Value {
        let mut event = request(id, number);
        let (device, free) = (self.word(), self.word());
        self.needles.add(Kind::Custom, &device);
        self.needles.add(Kind::Custom, &free);
        event["custom"] = match self.random.u8(..4) {
            0 => format!("free text, \"{free}\" & more").into(),
            1 => json!({ "device": device, "tier": "suspect", "note": free }).to_string().into(),
            _ => json!({ "device": device, "note": free }).to_string().into(),
        };
        event
    }

    /// What happens around one verification: its request, copies of it, what became of it, and forgeries.
    pub(super) fn verification(&mut self, now: Timestamp) -> Vec<Sent> {
        let number = self.number();
        let id = format!("v{}", self.word());
        let asked = self.request(&id, &number);
        let first = self.signed(asked.clone(), now);
        let mut sent = vec![first.clone(), first, self.signed(asked.clone(), now)];
        // Another verification with the same `custom`, whose quota is full then; and of the same number.
        let mut other = self.request(&format!("o{id}"), &number);
        other["custom"] = asked["custom"].clone();
        sent.push(self.signed(other, now));
        let became = match self.random.u8(..6) {
            0 => result(&id, &number, "FAIL"),
            1 => result(&id, &number, "ERROR"),
            2 => result(&id, &number, "HITHERTO UNKNOWN"),
            3 => delivery(&id, &number, "Failed"),
            _ => result(&id, &number, "SUCCESSFUL"),
        };
        sent.push(self.signed(delivery(&id, &number, "Successful"), now));
        sent.push(self.signed(became.clone(), now));
        sent.push(self.signed(became, now));
        let mut again = self.request(&format!("a{id}"), &number);
        again["custom"] = json!({ "device": self.word() }).to_string().into();
        sent.push(self.signed(again, now));
        sent.push(self.refused(asked, now));
        // Someone whose application has national numbers.
        let national = format!("0{}", &number[3..]);
        let odd = self.request(&format!("n{id}"), &national);
        sent.push(self.signed(odd, now));
        self.numbers.push(number);
        self.ids.push(id);
        sent
    }

    /// The callback in some way in which it is refused, or not understood.
    fn refused(&mut self, event: Value, now: Timestamp) -> Sent {
        let signed = self.signed(event.clone(), now);
        let authorization = signed.authorization();
        let signature = authorization.rsplit(':').next().unwrap().to_owned();
        let cut = signed.body.len() / 2;
        let refused = match self.n_people % 12 {
            0 => signed.with("authorization", &[&format!("Basic {KEY}:{SECRET}")]),
            1 => signed.with("authorization", &[&format!("Application {KEY}:{SECRET}")]),
            2 => signed.with("authorization", &[&format!("Application stranger:{signature}")]),
            3 => signed.with("authorization", &[&authorization, &authorization]),
            4 => signed.with("x-timestamp", &["2026-01-15T09:30:00Z"]),
            5 => Sent { body: signed.body[..cut].to_vec(), ..signed },
            6 => Sent::signed(PATH, signed.body[..cut].to_vec(), now),
            7 => {
                let mut strange = event;
                strange["identity"]["endpoint"] = json!([strange["identity"]["endpoint"]]);
                strange["price"] = strange["custom"].clone();
                self.signed(strange, now)
            }
            8 => {
                let mut strange = event;
                strange["event"] = "EventOfTheFuture".into();
                self.signed(strange, now)
            }
            9 => self.signed(event, now - 10.minutes()),
            10 => Sent { method: "PUT", ..signed },
            _ => signed.with("content-type", &["text/plain"]),
        };
        self.sent(refused)
    }
}
