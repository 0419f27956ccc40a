//! The verifications, as Sinch remembers them.

use serde_json::{Value, json};
use sinch_gate::clock;

/// One verification.
#[derive(Clone, Debug)]
pub(super) struct Verification {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) number: String,
    pub(super) reference: Option<String>,
    pub(super) custom: Option<String>,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) source: Option<String>,
    /// How often it was asked for since it ended.
    pub(super) asked: usize,
}

/// All of them, oldest first.
#[derive(Debug, Default)]
pub(super) struct Ledger(Vec<Verification>);

impl Ledger {
    /// Adds one; an open one of the same number ends, as Sinch lets it.
    pub(super) fn add(&mut self, verification: Verification) {
        let older = self.0.iter_mut().filter(|known| known.number == verification.number);
        for known in older.filter(|known| known.status == "PENDING") {
            known.status = "ABORTED".to_owned();
        }
        self.0.push(verification);
    }

    pub(super) fn by_id(&self, id: &str) -> Option<Verification> {
        self.0.iter().find(|known| known.id == id).cloned()
    }

    pub(super) fn by_reference(&self, reference: &str) -> Option<Verification> {
        self.0.iter().find(|known| known.reference.as_deref() == Some(reference)).cloned()
    }

    /// The latest of a number.
    pub(super) fn by_number(&self, method: &str, number: &str) -> Option<Verification> {
        self.0.iter().rfind(|known| known.method == method && known.number == number).cloned()
    }

    /// Ends one, unless it has ended already.
    pub(super) fn finish(&mut self, id: &str, status: &str, reason: Option<&str>, source: Option<&str>) {
        let open = self.0.iter_mut().find(|known| known.id == id && known.status == "PENDING");
        if let Some(known) = open {
            known.status = status.to_owned();
            known.reason = reason.map(str::to_owned);
            known.source = source.map(str::to_owned);
        }
    }

    /// Counts a question about one that has ended.
    pub(super) fn ask(&mut self, id: &str) -> usize {
        let Some(known) = self.0.iter_mut().find(|known| known.id == id) else { return 0 };
        known.asked += usize::from(known.status != "PENDING");
        known.asked
    }
}

impl Verification {
    /// A new one with an id of its own.
    pub(super) fn new(method: &str, number: &str) -> Self {
        Self {
            id: format!("{:032x}", fastrand::u128(..)),
            method: method.to_owned(),
            number: number.to_owned(),
            reference: None,
            custom: None,
            status: "PENDING".to_owned(),
            reason: None,
            source: None,
            asked: 0,
        }
    }

    fn identity(&self) -> Value {
        json!({"type": "number", "endpoint": self.number})
    }

    /// Members that are there only where they have a value.
    fn with(mut body: Value, members: [(&str, &Option<String>); 4]) -> Value {
        for (name, value) in members {
            if let Some(value) = value {
                body[name] = value.as_str().into();
            }
        }
        body
    }

    /// The answer to its start.
    pub(super) fn started(&self, host: &str) -> Value {
        let href = format!("{host}/verification/v1/verifications/id/{}", self.id);
        let mut started = json!({
            "id": self.id,
            "method": self.method,
            "_links": [
                {"rel": "status", "href": href, "method": "GET"},
                {"rel": "report", "href": href, "method": "PUT"},
            ],
        });
        match self.method.as_str() {
            "sms" => started["sms"] = json!({"template": "Koden är {{CODE}}.", "interceptionTimeout": 298}),
            "flashcall" => {
                started["flashCall"] = json!({
                    "cliFilter": "(.*)9999(.*)", "interceptionTimeout": 45, "reportTimeout": 75,
                    "denyCallAfter": 0,
                });
            }
            "seamless" => started["seamless"] = json!({"targetUri": "https://target-uri.example/"}),
            "whatsapp" => started["whatsapp"] = json!({"codeType": "Numeric"}),
            _ => {}
        }
        started
    }

    /// The answer to a question.
    pub(super) fn state(&self, is_priced: bool) -> Value {
        let mut state = json!({
            "id": self.id,
            "method": self.method,
            "status": self.status,
            "identity": self.identity(),
            "countryId": "SE",
            // Without zone and with seven digits, as Sinch sends it.
            "verificationTimestamp": format!("{:.7}", clock::now()).trim_end_matches('Z'),
        });
        if is_priced {
            state["price"] = json!({"verificationPrice": {"currencyId": "EUR", "amount": 0.0445}});
        }
        let source = if self.method == "callout" { &None } else { &self.source };
        let members =
            [("reference", &self.reference), ("reason", &self.reason), ("source", source), ("custom", &None)];
        Self::with(state, members)
    }

    /// The question whether it may go ahead.
    pub(super) fn request_event(&self) -> Value {
        let event = json!({
            "id": self.id,
            "event": "VerificationRequestEvent",
            "method": self.method,
            "identity": self.identity(),
            "price": {"currencyId": "EUR", "amount": 0.0445},
        });
        let members =
            [("reference", &self.reference), ("custom", &self.custom), ("reason", &None), ("source", &None)];
        Self::with(event, members)
    }

    /// How it ended.
    pub(super) fn result_event(&self) -> Value {
        let event = json!({
            "id": self.id,
            "event": "VerificationResultEvent",
            "method": self.method,
            "identity": self.identity(),
            "status": self.status,
        });
        let members = [
            ("reference", &self.reference),
            ("custom", &self.custom),
            ("reason", &self.reason),
            ("source", &self.source),
        ];
        Self::with(event, members)
    }
}
