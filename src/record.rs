//! The story of one verification, as it is recorded.
//!
//! A record is a set of facts that only grows: what was asked, what was decided and why, every delivery
//! receipt, every result. What follows from them, such as how the verification ended, is derived when the
//! story is read and never stored, so events may come in any order, repeatedly, or without the request.
//!
//! Where a result never came, Sinch can be asked instead. Its answer is a result like any other, marked as
//! `reconciled`; when and what it was asked last, and what it says of the price, stand beside it.

mod decided;
mod export_format;
mod heard;
mod region;
#[cfg(test)]
pub(crate) mod sample;
mod sinch_answer;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{Method, Reference, Status, VerificationId};
use crate::phone::{CallingCode, PhoneNumber};
use crate::privacy::{Block, NumberPrivacy, StoredNumber};
use crate::signature::AppKey;

pub use decided::{Decided, MonitorHit, QuotaReading};
pub use export_format::{Callback, Traffic, traffic};
pub use heard::{Happening, Heard, in_order};
pub use region::Region;
pub use sinch_answer::{Asked, Cost, Said};

/// The one verification that a record is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The application key.
    pub app: AppKey,
    /// Sinch's id of the verification.
    pub id: String,
    /// The customer's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The number as `NUMBER_PRIVACY` wants it stored; absent where the event named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<StoredNumber>,
    /// The number's block, where the number is stored as a hash, which does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
    /// Region of the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Region>,
    /// Type of the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_type: Option<String>,
    /// How it is verified; absent where the event did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
}

impl Subject {
    /// The verification that an event is about, as far as the event names it; its method is left out.
    #[must_use]
    pub fn of(
        app: &AppKey,
        id: &VerificationId,
        reference: Option<&Reference>,
        number: Option<&PhoneNumber>,
        privacy: &NumberPrivacy,
    ) -> Self {
        let stored = number.map(|number| privacy.stored(number));
        let is_hashed = matches!(stored, Some(StoredNumber::Hashed(_)));
        Self {
            app: app.clone(),
            id: id.as_str().to_owned(),
            reference: reference.map(|reference| reference.as_str().to_owned()),
            number: stored,
            block: number.filter(|_| is_hashed).and_then(Block::of),
            country: number.and_then(PhoneNumber::country).map(Region::from),
            number_type: number.map(|number| number.number_type().to_string()),
            method: None,
        }
    }

    /// The number without some of its last digits, as far as it is known.
    #[must_use]
    pub fn block(&self, digits: u8) -> Option<String> {
        match self.number.as_ref().and_then(StoredNumber::plain) {
            Some(number) => number.block(digits).map(ToOwned::to_owned),
            None => self.block.as_ref()?.without(digits),
        }
    }

    /// The calling code of the number, as far as it is known.
    #[must_use]
    pub fn calling_code(&self) -> Option<CallingCode> {
        match self.number.as_ref().and_then(StoredNumber::plain) {
            Some(number) => number.calling_code(),
            None => self.block.as_ref()?.number().calling_code(),
        }
    }

    /// The number as people may see it: its block where it is a hash, and masked where it is in clear.
    #[must_use]
    pub fn shown_number(&self) -> Option<String> {
        match (&self.number, &self.block) {
            (Some(StoredNumber::Plain(_)), _) | (_, None) => self.number.as_ref().map(StoredNumber::shown),
            (_, Some(block)) => Some(block.to_string()),
        }
    }

    /// The number that an event names, as a log may show it. What is stored as a hash shows its block, as its
    /// record does, and no digit more: the last ones beside it would give most of the number away.
    #[must_use]
    pub fn logged_number(&self, number: &PhoneNumber) -> StoredNumber {
        match &self.block {
            Some(block) => StoredNumber::Masked(block.to_string()),
            None => StoredNumber::masked(number),
        }
    }
}

/// The whole story of one verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// Which verification it is.
    #[serde(flatten)]
    pub subject: Subject,
    /// The decision; absent where no request was seen, since its callback was lost or is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decided>,
    /// Deliveries and results, in the order they were first heard of.
    pub heard: Vec<Heard>,
    /// The last question to Sinch and its answer; absent where it was never asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// What it costs, as Sinch said when it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

impl Story {
    /// When it was asked for, or else first heard of.
    #[must_use]
    pub fn begun(&self) -> Option<Timestamp> {
        let heard = || self.heard.first().map(|heard| heard.at);
        self.decision.as_ref().map(|decided| decided.at).or_else(heard)
    }

    /// How the verification ended so far: SUCCESSFUL is final, else the latest result counts.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        let mut statuses = self.heard.iter().filter_map(Heard::status);
        statuses.clone().find(|status| **status == Status::Successful).or_else(|| statuses.next_back())
    }

    /// The different ends that were heard of, where one of them is what Sinch said when it was asked; else
    /// none. A callback may well correct an earlier one, but an answer was final when it was given. A wrong
    /// code contradicts nothing.
    #[must_use]
    pub fn contradiction(&self) -> Vec<&Status> {
        let ends =
            || self.heard.iter().filter(|heard| heard.final_status().is_some() && !heard.is_wrong_code());
        let mut statuses: Vec<&Status> = Vec::new();
        for status in ends().filter_map(Heard::status) {
            if !statuses.contains(&status) {
                statuses.push(status);
            }
        }
        if statuses.len() > 1 && ends().any(|heard| heard.reconciled) { statuses } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::sample::check_kept;
    use super::*;
    use crate::verdict::Verdict;

    /// A story of results, a second apart; those with a question mark came as answers.
    fn story(statuses: &[&str]) -> Story {
        let heard = statuses.iter().zip(0..).map(|(status, second)| Heard {
            reconciled: status.ends_with('?'),
            ..sample::result(second, status.trim_end_matches('?'), None)
        });
        Story { heard: in_order(heard.collect()), ..sample::story(Verdict::Allow) }
    }

    #[test]
    fn successful_is_final_and_else_the_latest_result_counts() {
        assert_eq!(story(&[]).status(), None);
        assert_eq!(story(&["PENDING", "FAIL"]).status(), Some(&Status::Fail));
        assert_eq!(story(&["SUCCESSFUL", "FAIL"]).status(), Some(&Status::Successful));
        assert_eq!(story(&["FAIL?", "SUCCESSFUL"]).status(), Some(&Status::Successful));
    }

    #[test]
    fn an_answer_and_a_callback_that_differ_contradict_each_other() {
        assert_eq!(story(&["FAIL?", "SUCCESSFUL"]).contradiction(), [&Status::Fail, &Status::Successful]);
        assert_eq!(
            story(&["SUCCESSFUL?", "FAIL", "FAIL"]).contradiction(),
            [&Status::Successful, &Status::Fail]
        );
        for fine in [&["FAIL", "SUCCESSFUL"][..], &["FAIL?", "FAIL"], &["FAIL?", "PENDING"], &["FAIL?"], &[]]
        {
            assert_eq!(story(fine).contradiction(), Vec::<&Status>::new(), "{fine:?}");
        }
    }

    #[test]
    fn a_hashed_number_shows_its_block_and_no_digit_more() {
        let number = PhoneNumber::new("+46701740605");
        let hashed: Subject = check_kept(serde_json::json!({
            "app": "app", "id": "1", "number": "hmac:00ff", "block": "+46701740",
        }));
        assert_eq!(hashed.shown_number().as_deref(), Some("+46701740***"));
        assert_eq!(hashed.logged_number(&number).as_str(), "+46701740***");
        assert_eq!(hashed.block(4).as_deref(), Some("+4670174"));
        assert_eq!(hashed.calling_code(), number.calling_code());
        assert_eq!(number.calling_code().map(|code| code.to_string()).as_deref(), Some("46"));
        let of_before = Subject { block: None, ..hashed };
        assert_eq!(of_before.shown_number().as_deref(), Some("hmac:00ff"));
        assert_eq!((of_before.block(3), of_before.calling_code()), (None, None));
        let plain = Subject { number: Some(StoredNumber::Plain(number.clone())), ..of_before };
        assert_eq!(plain.shown_number().as_deref(), Some("+4670*****05"));
        assert_eq!(plain.logged_number(&number).as_str(), "+4670*****05");
        assert_eq!(plain.block(3).as_deref(), Some("+46701740"));
        assert_eq!(plain.calling_code(), number.calling_code());
    }

    #[test]
    fn a_story_begins_with_its_request_or_else_with_what_was_heard_first() {
        let second = |second| Some(Timestamp::from_second(second).unwrap());
        let heard = Story { decision: None, heard: vec![sample::result(7, "FAIL", None)], ..story(&[]) };
        assert_eq!(heard.begun(), second(7));
        assert_eq!(Story { decision: story(&[]).decision, ..heard.clone() }.begun(), second(0));
        assert_eq!(Story { heard: Vec::new(), ..heard }.begun(), None);
    }

    #[test]
    fn words_of_a_later_version_are_kept_as_they_came() {
        let subject: Subject = check_kept(serde_json::json!({
            "app": "app", "id": "1", "number": "hmac:00ff", "country": "QQ", "number_type": "hologram",
            "method": "Carrier-Pigeon",
        }));
        assert_eq!(subject.method, Some(Method::Other("Carrier-Pigeon".to_owned())));
        assert_eq!(subject.country, Some(Region::Other("QQ".to_owned())));
        let heard: Heard = check_kept(serde_json::json!({
            "at": "2026-01-15T09:30:00Z", "kind": "result", "status": "LOST", "reason": "Eaten",
        }));
        assert_eq!(heard.status(), Some(&Status::Other("LOST".to_owned())));
        assert_eq!(heard.final_status(), None);
        let delivery =
            serde_json::json!({"at": "2026-01-15T09:30:00Z", "kind": "delivery", "result": "Bounced"});
        check_kept::<Heard>(delivery);
        check_kept::<Asked>(
            serde_json::json!({"at": "2026-01-15T09:30:00Z", "said": "status", "status": "LOST"}),
        );
    }
}
