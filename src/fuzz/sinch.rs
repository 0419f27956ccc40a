//! What Sinch sends: the bodies of events, and the answers of its API.

use super::{app, event_of, now};
use crate::api::{Refusal, Report, Reported, Start, Started, State};
use crate::event::{Custom, Event, SmsResult, Status};
use crate::money::{Currency, Money};
use crate::phone::PhoneNumber;
use crate::policy::{Facts, Policy, StepOutcome};

/// Texts that every print must read back to.
fn check_number(number: &PhoneNumber) {
    assert_eq!(&PhoneNumber::new(number.as_str()), number);
    let masked = number.masked().to_string();
    if let Some(digits) = number.digits() {
        assert!(digits.len() < 8 || !masked.contains(digits), "{masked} shows all digits");
    }
    for digits in 0..10 {
        let _ = number.block(digits);
    }
}

fn check_price(price: &Money) {
    assert!(!price.amount.is_sign_negative(), "{price} is below zero");
    // What Sinch says is kept in a currency that is not listed, too; people cannot write such an amount.
    if price.currency.to_string().parse::<Currency>().is_err() {
        return;
    }
    let shown = price.to_string();
    assert_eq!(shown.parse().as_ref(), Ok(price), "{shown} does not read back");
}

/// The body of an event: what is read from it is evaluated, and prints as it reads.
pub(super) fn event(body: &[u8]) {
    let Some(event) = event_of(body) else { return };
    match &event {
        Event::Request(request) => {
            check_number(&request.number);
            request.price.iter().for_each(check_price);
            let (app, policy) = (app(), Policy::starter());
            let facts =
                Facts { app: app.as_str(), request, stored_number: request.number.as_str(), now: now() };
            let plan = policy.plan(&facts);
            for outcome in [StepOutcome::Fired, StepOutcome::NotFired, StepOutcome::Unknown] {
                let _ = plan.conclude(|_| outcome);
            }
            if let Some(custom) = &request.custom {
                assert_eq!(Custom::new(custom.as_str()).as_str(), custom.as_str());
            }
        }
        Event::Result(result) => {
            result.number.iter().for_each(check_number);
            assert_eq!(Status::parse(result.status.as_str()), result.status);
        }
        Event::SmsDelivered(delivered) => {
            delivered.number.iter().for_each(check_number);
            let printed = SmsResult::parse(delivered.sms_result.as_str());
            assert_eq!(printed, delivered.sms_result);
        }
        Event::Unknown { .. } => {}
    }
    assert!(!format!("{event:?}").is_empty());
}

/// An answer of Sinch's API, or a body that is sent to it: what is read prints as it reads, and no refusal
/// repeats the secret.
pub(super) fn answer(body: &[u8]) {
    const SECRET: &str = super::SECRET;
    let _ = (Started::read(body).is_ok(), Reported::read(body).is_ok());
    if let Ok(state) = State::read(body) {
        let costs = [state.cost.verification, state.cost.termination];
        costs.iter().flatten().for_each(check_price);
        let _ = state.is_final();
    }
    for status in [400, 401, 404, 429, 500] {
        let refusal = Refusal::read(status, body, Some(SECRET));
        let shown = format!("{refusal} {refusal:?} {} {:?}", refusal.what(), refusal.meaning());
        assert!(!shown.contains(SECRET), "the secret is repeated: {shown}");
    }
    if let Ok(start) = Start::from_json(body) {
        assert_eq!(Start::from_json(&start.to_json()).as_ref(), Ok(&start));
    }
    if let Ok(report) = Report::from_json(body) {
        let again = Report::from_json(&report.to_json()).map(|report| report.to_json());
        assert_eq!(again, Ok(report.to_json()));
    }
}
