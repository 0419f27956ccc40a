//! Whom the gate hurt, as far as that can be known.
//!
//! Whoever was denied and verified later is a person for sure. Of a number that was not let in after that
//! nobody can say so; what is known is how many verify of those who were let in at the same place.

use std::collections::BTreeMap;

use super::stats::float;
use super::tried::Tried;
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::Verification;

/// The numbers that the gate denied.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::report) struct Hurt {
    /// Those that verified later, even where they were taken for an attack.
    pub(in crate::report) verified_later: u64,
    /// Those that were denied outside of attacks and let in later, and did not verify.
    pub(in crate::report) let_in_later: u64,
    /// Those that were denied outside of attacks and not let in after that.
    pub(in crate::report) never_let_in: u64,
    /// Denials outside of attacks of numbers that hide their digits.
    pub(in crate::report) hidden: u64,
    /// The share of people who verify of those let in where these numbers are; absent where nobody was.
    pub(in crate::report) verify_there: Option<f64>,
}

/// What became of a number that was denied.
enum Became {
    VerifiedLater,
    LetInLater,
    NeverLetIn(Name),
}

impl Hurt {
    pub(super) fn of(spanned: &Spanned<'_>, is_attack: &[bool]) -> Self {
        let mut hurt = Self::default();
        let mut never: BTreeMap<Name, u64> = BTreeMap::new();
        let number = |place: &u32| spanned.at(*place).map(|one| one.number);
        for places in spanned.by_number.chunk_by(|one, other| number(one) == number(other)) {
            let attempts = places.iter().filter_map(|place| {
                let one = spanned.at(*place)?;
                let is_attack = usize::try_from(*place).ok().and_then(|place| is_attack.get(place));
                Some((one, is_attack.copied().unwrap_or(false)))
            });
            if !attempts.clone().any(|(one, _)| one.is_somebody()) {
                let outside = attempts.filter(|(one, is_attack)| one.is_denied() && !is_attack);
                hurt.hidden += outside.count() as u64;
                continue;
            }
            match became(attempts) {
                Some(Became::VerifiedLater) => hurt.verified_later += 1,
                Some(Became::LetInLater) => hurt.let_in_later += 1,
                Some(Became::NeverLetIn(country)) => *never.entry(country).or_default() += 1,
                None => {}
            }
        }
        hurt.never_let_in = never.values().sum();
        hurt.verify_there = verify(spanned, is_attack, &never);
        let Self { verified_later, let_in_later, never_let_in, hidden, .. } = &mut hurt;
        for count in [verified_later, let_in_later, never_let_in, hidden] {
            *count = count.saturating_mul(spanned.scale);
        }
        hurt
    }
}

/// What became of a number, by its attempts in the order of time and whether each is of an attack; `None`
/// where it was not denied, or only in an attack.
fn became<'v>(attempts: impl Iterator<Item = (&'v Verification, bool)>) -> Option<Became> {
    let (mut is_denied, mut outside, mut was_let_in) = (false, None, false);
    for (one, is_attack) in attempts {
        if one.is_denied() {
            is_denied = true;
            outside = outside.or((!is_attack).then_some(one.country));
        } else if is_denied && one.is_verified() {
            return Some(Became::VerifiedLater);
        } else if outside.is_some() {
            was_let_in = true;
        }
    }
    let country = outside?;
    Some(if was_let_in { Became::LetInLater } else { Became::NeverLetIn(country) })
}

/// The share of people who verify of those let in where these numbers are, each country by how many it has
/// of them. What is known from before says it as well, since an attack takes in vain attempts along.
fn verify(spanned: &Spanned<'_>, is_attack: &[bool], never: &BTreeMap<Name, u64>) -> Option<f64> {
    let of_span = spanned.all.iter().zip(is_attack).filter(|(_, is_attack)| !**is_attack);
    let known = spanned.before_all().chain(of_span.map(|(one, _)| one));
    let is_there = |one: &&Verification| one.is_somebody() && never.contains_key(&one.country);
    let mut known: Vec<&Verification> = known.filter(is_there).collect();
    known.sort_by_key(|one| (one.country, one.number));
    let (mut sum, mut of) = (0.0, 0.0);
    for of_country in known.chunk_by(|one, other| one.country == other.country) {
        let mut tried = Tried::default();
        for attempts in of_country.chunk_by(|one, other| one.number == other.number) {
            tried.add_number(spanned, attempts.iter().copied());
        }
        let country = of_country.first().and_then(|one| never.get(&one.country));
        if let Some(count) = country.filter(|_| tried.people.of > 0) {
            sum += float(*count) * tried.people.value();
            of += float(*count);
        }
    }
    (of > 0.0).then(|| sum / of)
}
