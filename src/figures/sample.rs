//! Stories for the tests of figures.

use jiff::Timestamp;

use crate::event::{Method, SmsResult};
use crate::phone::PhoneNumber;
use crate::privacy::StoredNumber;
use crate::record::{Decided, Happening, Heard, MonitorHit, Region, Story, Subject, sample};
use crate::verdict::Verdict;

/// A verification by SMS for 0.10 EUR, which the rule `guard` monitors; a denied one, by the rule `blocked`.
pub(crate) fn story(number: &str, verdict: Verdict, results: &[(&str, Option<&str>)]) -> Story {
    let number: StoredNumber = number.to_owned().into();
    let country = number.plain().and_then(PhoneNumber::country).map(Region::from);
    let decided = Decided {
        rule: (verdict == Verdict::Deny).then(|| "blocked".to_owned()),
        monitors: vec![MonitorHit { rule: "guard".to_owned(), verdict: Verdict::Deny }],
        price: Some("0.10 EUR".to_owned()),
        ..sample::decided(verdict)
    };
    let results = results.iter().zip(1..);
    let heard = results.map(|((status, reason), second)| sample::result(second, status, *reason)).collect();
    let method = Some(Method::Sms);
    let subject = Subject { number: Some(number), country, method, ..sample::subject() };
    Story { subject, decision: Some(decided), heard, ..sample::story(verdict) }
}

/// With delivery receipts.
pub(crate) fn delivered(mut story: Story, results: &[&str]) -> Story {
    story.heard.extend(results.iter().map(|result| Heard {
        at: Timestamp::UNIX_EPOCH,
        happening: Happening::Delivery { result: SmsResult::parse(result) },
        reconciled: false,
    }));
    story
}
