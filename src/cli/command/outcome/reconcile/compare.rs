//! Whether an answer is about the verification of a record.

use crate::api::State;
use crate::privacy::{NumberPrivacy, StoredNumber};
use crate::record::Subject;

/// The member in which an answer is not about the verification of the record, or `id` where it does not say
/// which one it is about. What only one of them knows makes no difference.
pub(super) fn mismatch(subject: &Subject, state: &State, privacy: &NumberPrivacy) -> Option<&'static str> {
    let id = state.id.as_ref().map(|id| id.as_str() == subject.id);
    let reference = state.reference.as_ref().zip(subject.reference.as_ref());
    let reference = reference.map(|(said, known)| said.as_str() == known);
    match (id, reference) {
        (None, None) | (Some(false), _) => return Some("id"),
        (_, Some(false)) => return Some("reference"),
        _ => {}
    }
    let is_said = !state.method.as_str().is_empty();
    if is_said && subject.method.as_ref().is_some_and(|method| *method != state.method) {
        return Some("method");
    }
    let number = state.number.as_ref().zip(subject.number.as_ref());
    number.and_then(|(said, stored)| (!stored.may_be(said, privacy)).then_some("identity.endpoint"))
}

/// Whether the record's number can be compared with what is known here.
pub(super) fn is_comparable(subject: &Subject, privacy: &NumberPrivacy) -> bool {
    !matches!(subject.number, Some(StoredNumber::Hashed(_))) || matches!(privacy, NumberPrivacy::Hashed(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Method;
    use crate::phone::PhoneNumber;
    use crate::privacy::HashKey;
    use crate::record::sample;

    const NUMBER: &str = "+46701740605";

    fn hashed() -> NumberPrivacy {
        NumberPrivacy::Hashed(HashKey::new([7; 16]).unwrap())
    }

    fn subject(number: Option<&str>) -> Subject {
        Subject {
            reference: Some("order-1".to_owned()),
            number: number.map(|text| text.to_owned().into()),
            method: Some(Method::FlashCall),
            ..sample::subject()
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
        for stored in
            [hashed().stored(&number), StoredNumber::masked(&number), NumberPrivacy::Plain.stored(&number)]
        {
            check(Some(stored.as_str()), same, None);
            check(Some(stored.as_str()), other, Some("identity.endpoint"));
        }
    }

    #[test]
    fn a_hashed_number_needs_its_key() {
        let stored = hashed().stored(&PhoneNumber::new(NUMBER));
        assert!(is_comparable(&subject(Some(stored.as_str())), &hashed()));
        assert!(!is_comparable(&subject(Some(stored.as_str())), &NumberPrivacy::Plain));
        assert!(is_comparable(&subject(Some(NUMBER)), &NumberPrivacy::Plain));
        assert!(is_comparable(&subject(None), &NumberPrivacy::Plain));
    }
}
