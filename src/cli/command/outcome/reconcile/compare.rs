//! Whether an answer is about the verification of a record.

use crate::api::State;
use crate::event::Method;
use crate::phone::PhoneNumber;
use crate::privacy::NumberPrivacy;
use crate::record::Subject;

/// The member in which an answer is not about the verification of the record, or `id` where it does not say
/// which one it is about. What only one of them knows is not a difference.
pub(super) fn mismatch(subject: &Subject, state: &State, privacy: &NumberPrivacy) -> Option<&'static str> {
    let id = state.id.as_ref().map(|id| id.as_str() == subject.id);
    let reference = state.reference.as_ref().zip(subject.reference.as_ref());
    let reference = reference.map(|(said, known)| said.as_str() == known);
    match (id, reference) {
        (None, None) | (Some(false), _) => return Some("id"),
        (_, Some(false)) => return Some("reference"),
        _ => {}
    }
    let method = subject.method.as_deref().map(Method::parse);
    let is_said = !state.method.to_string().is_empty();
    if is_said && method.is_some_and(|method| method != state.method) {
        return Some("method");
    }
    let number = state.number.as_ref().zip(subject.number.as_deref());
    number.and_then(|(said, stored)| {
        (stored_as(said, stored, privacy) != stored).then_some("identity.endpoint")
    })
}

/// Whether the record's number can be compared with what is known here.
pub(super) fn is_comparable(subject: &Subject, privacy: &NumberPrivacy) -> bool {
    !NumberPrivacy::is_hash(subject.number.as_deref().unwrap_or_default())
        || matches!(privacy, NumberPrivacy::Hashed(_))
}

/// A number in the form of one that is stored: a hash, masked where the record was made from the log, or
/// plain.
fn stored_as(number: &PhoneNumber, stored: &str, privacy: &NumberPrivacy) -> String {
    if NumberPrivacy::is_hash(stored) {
        privacy.stored(number)
    } else if stored.contains('*') {
        number.masked().to_string()
    } else {
        number.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::HashKey;

    const NUMBER: &str = "+46701740605";

    fn hashed() -> NumberPrivacy {
        NumberPrivacy::Hashed(HashKey::new(vec![7; 16]).unwrap())
    }

    fn subject(number: Option<&str>) -> Subject {
        Subject {
            app: "app".to_owned(),
            id: "1".to_owned(),
            reference: Some("order-1".to_owned()),
            number: number.map(ToOwned::to_owned),
            country: None,
            number_type: None,
            method: Some("flashcall".to_owned()),
        }
    }

    #[track_caller]
    fn check(stored: Option<&str>, answer: &str, expected: Option<&str>) {
        let state = State::read(answer.as_bytes()).unwrap();
        assert_eq!(mismatch(&subject(stored), &state, &hashed()), expected, "{answer}");
    }

    #[test]
    fn an_answer_is_taken_only_for_the_verification_of_the_record() {
        let plain = Some(NUMBER);
        check(
            plain,
            r#"{"id":"1","reference":"order-1","method":"flashcall","status":"FAIL","identity":{"endpoint":"+46701740605"}}"#,
            None,
        );
        check(plain, r#"{"id":"1","status":"FAIL"}"#, None);
        check(plain, r#"{"reference":"order-1","status":"FAIL"}"#, None);
        check(plain, r#"{"status":"FAIL"}"#, Some("id"));
        check(plain, r#"{"id":"2","reference":"order-1","status":"FAIL"}"#, Some("id"));
        check(plain, r#"{"id":"1","reference":"order-2","status":"FAIL"}"#, Some("reference"));
        check(plain, r#"{"id":"1","method":"sms","status":"FAIL"}"#, Some("method"));
        let other = r#"{"id":"1","status":"FAIL","identity":{"endpoint":"+46701740606"}}"#;
        check(plain, other, Some("identity.endpoint"));
        check(None, other, None);
    }

    #[test]
    fn a_number_is_compared_in_the_form_that_is_stored() {
        let same = r#"{"id":"1","status":"FAIL","identity":{"endpoint":"+46701740605"}}"#;
        let other = r#"{"id":"1","status":"FAIL","identity":{"endpoint":"+46701840699"}}"#;
        let number = PhoneNumber::new(NUMBER);
        for stored in [hashed().stored(&number), number.masked().to_string(), NUMBER.to_owned()] {
            check(Some(&stored), same, None);
            check(Some(&stored), other, Some("identity.endpoint"));
        }
    }

    #[test]
    fn a_hashed_number_needs_its_key() {
        let stored = hashed().stored(&PhoneNumber::new(NUMBER));
        assert!(is_comparable(&subject(Some(&stored)), &hashed()));
        assert!(!is_comparable(&subject(Some(&stored)), &NumberPrivacy::Plain));
        assert!(is_comparable(&subject(Some(NUMBER)), &NumberPrivacy::Plain));
        assert!(is_comparable(&subject(None), &NumberPrivacy::Plain));
    }
}
