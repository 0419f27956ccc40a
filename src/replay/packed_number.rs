//! What is remembered of a number in some dozen bytes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::key::Key;
use super::live::Ends;
use super::numbers::Number;
use super::packed::{Fields, Names, Writer};
use crate::attempt::{Attempt, Attempts, Claim, Ending};
use crate::token::Token;

/// A number, packed. Claims name the items of quotas by their [`Key`]s. Of tokens only whether there is one
/// is kept, since no handling ever comes again.
#[derive(Clone, Debug)]
pub(super) struct Packed(Box<[u8]>);

impl Ends for Packed {
    fn is_over(&self, now: Timestamp) -> bool {
        Fields(&self.0).bits().is_none_or(|ends| to_second(ends) <= now.as_second())
    }
}

impl Packed {
    pub(super) fn new(number: &Number, names: &mut Names) -> Self {
        let mut bytes = Vec::with_capacity(96);
        let mut writer = Writer(&mut bytes);
        writer.bits(u64::from_le_bytes(number.expires_at.to_le_bytes()));
        let Attempts { verified_at, attempts, endings } = &number.known;
        writer.flag(verified_at.is_some());
        verified_at.iter().for_each(|at| writer.time(*at));
        writer.size(attempts.len());
        for (stamp, attempt) in attempts {
            writer.stamp(*stamp);
            writer.time(attempt.at);
            writer.flag(attempt.released_by.is_some());
            writer.size(attempt.claims.len());
            for claim in &attempt.claims {
                writer.bits(Key::of_text(&claim.key).map_or(0, Key::to_bits));
                writer.size(names.place_of(&claim.rule));
                writer.window(claim.window);
                writer.decimal(claim.cost);
                writer.flag(claim.is_held);
                writer.flag(claim.grows);
            }
        }
        writer.size(endings.len());
        for (stamp, (ending, at)) in endings {
            writer.stamp(*stamp);
            writer.flag(*ending == Ending::Verified);
            writer.time(*at);
        }
        Self(bytes.into())
    }

    /// How much memory it takes elsewhere.
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    pub(super) fn number(&self, names: &Names) -> Option<Number> {
        let mut fields = Fields(&self.0);
        let expires_at = to_second(fields.bits()?);
        let verified_at = if fields.flag()? { Some(fields.time()?) } else { None };
        let mut attempts = BTreeMap::new();
        for _ in 0..fields.size()? {
            let (stamp, at, is_released) = (fields.stamp()?, fields.time()?, fields.flag()?);
            let n_claims = fields.size()?;
            let claims = (0..n_claims).map(|_| claim(&mut fields, names)).collect::<Option<_>>()?;
            let released_by = is_released.then(|| Token::from(""));
            attempts.insert(stamp, Attempt { at, claims, token: Token::from(""), released_by });
        }
        let mut endings = BTreeMap::new();
        for _ in 0..fields.size()? {
            let (stamp, is_verified, at) = (fields.stamp()?, fields.flag()?, fields.time()?);
            let ending = if is_verified { Ending::Verified } else { Ending::Uncharged };
            endings.insert(stamp, (ending, at));
        }
        Some(Number { known: Attempts { verified_at, attempts, endings }, expires_at })
    }
}

fn to_second(bits: u64) -> i64 {
    i64::from_le_bytes(bits.to_le_bytes())
}

fn claim(fields: &mut Fields<'_>, names: &Names) -> Option<Claim> {
    Some(Claim {
        key: Key::from_bits(fields.bits()?).to_text(),
        rule: names.at(fields.size()?)?.to_owned(),
        window: fields.window()?,
        cost: fields.decimal()?,
        is_held: fields.flag()?,
        grows: fields.flag()?,
    })
}
