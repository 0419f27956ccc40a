//! The writes that a policy can bring about: takes, give-backs and attempts. Each fits DynamoDB.

use jiff::{SignedDuration, Timestamp};

use super::{app, now};
use crate::attempt::{Attempt, Attempts, Claim, Ending};
use crate::gate::Inquiry;
use crate::quota::{
    Change, Return, Share, Stamp, State, Step, Write, give_back, give_back_unseen, take, take_unseen,
};
use crate::store::measured::{self, Measured};
use crate::store::{Expressions, RecordKey};
use crate::token::Token;

/// What DynamoDB takes, by the page on its quotas.
const LONGEST_EXPRESSION: usize = 4_096;
const MOST_OPERATORS: usize = 300;
const LARGEST_ITEM: usize = 400 * 1_024;

/// How far the verifications of a check are apart: enough for other buckets of most windows.
const APART: SignedDuration = SignedDuration::from_mins(97);

/// Makes every write that verifications bring about who need to know this, with the first of them and later.
pub(super) fn check(inquiry: &Inquiry) {
    let items = inquiry.items.iter().map(|item| {
        let demands = item.demands();
        let (mut state, mut shares): (Option<State>, Vec<Share>) = (None, Vec::new());
        for n in 0..3 {
            let (stamp, at) = (stamp(n), at(n));
            let steps =
                [take(state.as_ref(), &demands, stamp, at), take_unseen(state.as_ref(), &demands, stamp, at)];
            for step in &steps {
                if let Step::Write(Write { change, .. }) = step {
                    fits(&measured::take(change, stamp));
                }
            }
            if let [Step::Write(Write { change, shares: taken, .. }), _] = steps {
                state = Some(change.made_to(state.unwrap_or_default(), stamp));
                // One of them may be denied after all.
                let back = Return { shares: taken.clone(), verified: Vec::new(), stamp: Some(stamp) };
                give_backs(state.as_ref(), &back, at);
                shares.extend(taken);
            }
        }
        let all = Return { shares, verified: Vec::new(), stamp: None };
        give_backs(state.as_ref(), &all, at(3));
        (item.key.name().to_owned(), state)
    });
    let states: Vec<(String, Option<State>)> = items.collect();
    let claims = inquiry.items.iter().flat_map(|item| &item.steps).filter_map(|step| step.claim.clone());
    attempts(&claims.collect::<Vec<_>>(), &states);
}

/// As many attempts as are kept, and one more; the last of them succeeds.
fn attempts(claims: &[Claim], states: &[(String, Option<State>)]) {
    let token = Token::new(u128::MAX);
    let mut known = Attempts::default();
    let mut bytes = 0;
    let last = u8::try_from(Attempts::MOST).unwrap();
    for n in 0..=last {
        let attempt = Attempt { at: at(n), claims: claims.to_vec(), token: token.clone(), released_by: None };
        let record = RecordKey::new(&app(), Some(&"r".repeat(512)), &"v".repeat(512));
        let opened = measured::open(stamp(n), &attempt, &record);
        fits(&opened);
        fits(&measured::amend(stamp(n), &token, claims));
        bytes += opened.bytes;
        known.attempts.insert(stamp(n), attempt);
    }
    assert!(bytes <= LARGEST_ITEM, "{bytes} bytes of attempts");
    known.endings.insert(stamp(last), (Ending::Verified, at(last)));
    let freed = known.freed_by(stamp(last), &token, Timestamp::MAX);
    assert_eq!(freed.len(), Attempts::MOST);
    fits(&measured::release(&freed, &token));
    for (name, back) in known.returns(stamp(last), &freed) {
        let state = states.iter().find(|(known, _)| *known == name).and_then(|(_, state)| state.as_ref());
        for later in [last, last + 9] {
            give_backs(state, &back, at(later));
        }
    }
}

/// Gives back with and without the state.
fn give_backs(state: Option<&State>, back: &Return, at: Timestamp) {
    let seen = state.and_then(|state| give_back(state, back, at));
    for change in [seen, give_back_unseen(back, at)].into_iter().flatten() {
        fits(&measured::give_back(&change));
    }
}

#[track_caller]
fn fits(Measured { texts: Expressions { update, condition, .. }, bytes }: &Measured) {
    for text in [update, condition] {
        assert!(text.len() <= LONGEST_EXPRESSION, "{} bytes in one expression", text.len());
        let n_operators = operators(text);
        assert!(n_operators <= MOST_OPERATORS, "{n_operators} operators in one expression");
    }
    assert!(*bytes <= LARGEST_ITEM, "{bytes} bytes in one write");
}

/// Comparisons, connectives and functions.
fn operators(text: &str) -> usize {
    let is_operator =
        |word: &str| matches!(word, "=" | "<>" | "<" | "<=" | ">" | ">=" | "+" | "-" | "AND" | "OR");
    let words = text.split([' ', '(', ')']);
    words.filter(|word| is_operator(word) || word.ends_with("exists")).count()
}

fn stamp(n: u8) -> Stamp {
    Stamp::new(app().as_str(), &n.to_string())
}

fn at(n: u8) -> Timestamp {
    now() + APART * i32::from(n)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::event::{Custom, VerificationRequest};
    use crate::fuzz::requests;
    use crate::policy::{Facts, Policy};
    use crate::quota::{ByName, Member, ValueMark, Values, Window};
    use crate::store::PrefixLengths;

    /// Checks a policy with these quotas for one verification.
    fn check_quotas(quotas: impl Iterator<Item = String>) {
        let mut source = "schema = 1\ndefault = \"allow\"\n".to_owned();
        for (n, quota) in quotas.enumerate() {
            let name = format!("rule-{n:0>35}");
            write!(source, "[[rules]]\nid = \"{name}\"\nverdict = \"deny\"\nquota = {{ {quota} }}\n")
                .unwrap();
        }
        let policy = Policy::compile(&source).unwrap_or_else(|problems| panic!("{problems}")).policy;
        // Characters that keys write as three.
        let [value, name] = ["|".repeat(64), "k".repeat(63)];
        let custom =
            format!(r#"{{"{name}0":"{value}","{name}1":"{value}","{name}2":"{value}","{name}3":"{value}"}}"#);
        let request = requests().remove(0);
        let request = VerificationRequest { custom: Some(Custom::new(&custom)), ..request };
        let stored_number = request.number.as_str();
        let app = app();
        let facts = Facts { app: app.as_str(), request: &request, stored_number, now: now() };
        check(&Inquiry::new(&policy.plan(&facts), &PrefixLengths::default(), &facts));
    }

    #[test]
    fn two_hundred_quotas_of_one_key_make_writes_that_fit() {
        check_quotas((0..200).map(|n| format!("per = \"country\", limit = 9, window = \"{}d\"", 1 + n % 31)));
    }

    #[test]
    fn as_many_releases_as_there_may_be_make_writes_that_fit() {
        let key = "k".repeat(63);
        let per: Vec<String> = (0..4).map(|n| format!("\"custom.{key}{n}\"")).collect();
        let release = "release = \"verified\", grow = 1.5";
        let quota = |n| format!("per = [{}], limit = 9, window = \"{}d\", {release}", per.join(", "), 1 + n);
        check_quotas((0..20).map(quota));
        check_quotas(
            (0..20).map(|n| format!("per = \"country\", limit = 9, window = \"{}d\", {release}", 1 + n)),
        );
    }

    #[test]
    fn as_many_different_values_as_there_may_be_fit_one_item() {
        let quota =
            |n| format!("per = \"country\", distinct = \"number\", limit = 100, window = \"{}d\"", 1 + n);
        check_quotas((0..30).map(quota));
        let window = Window::new(std::time::Duration::from_secs(86_400)).unwrap();
        let member = Member { bucket: u64::MAX, last: stamp(0), first: stamp(1) };
        let members = (0..100).map(|n| (ValueMark::new(&n.to_string()), member)).collect();
        let values = Values { window, bucket: u64::MAX, members };
        let all: ByName<Values> = (0..30).map(|n| (format!("rule-{n:0>35}"), values.clone())).collect();
        let state = State { values: all, ..State::default() };
        fits(&measured::take(&Change::Replace { seen: Some(1), state: Box::new(state) }, stamp(0)));
    }

    #[test]
    fn however_many_attempts_a_number_has_they_are_forgotten() {
        let attempt = |n: u16| Attempt {
            at: now() + SignedDuration::from_secs(i64::from(n)),
            claims: Vec::new(),
            token: Token::new(1),
            released_by: None,
        };
        let stamp_of = |n: u16| Stamp::new("app", &n.to_string());
        let attempts = (0..2_000).map(|n| (stamp_of(n), attempt(n))).collect();
        let mut known = Attempts { attempts, ..Attempts::default() };
        while known.attempts.len() > Attempts::MOST {
            let surplus = known.surplus();
            assert!(!surplus.is_empty());
            fits(&measured::forget(&surplus));
            known.attempts.retain(|stamp, _| !surplus.contains(stamp));
        }
    }
}
