//! A part of an attack: what happened in one country, or in some of its blocks, within a stretch of time.

use super::episodes::{Episode, What};
use super::rises::Stretch;
use super::usual::Usually;
use super::{PENDING_AT_THE_END, ended, stats};
use crate::backtest::Share;
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::{Block, Moment};

/// The fewest people of a part by whom it says something.
pub(super) const LEAST_PEOPLE: u64 = 20;

/// The fewest successes that look faked by which it says something.
pub(super) const LEAST_FAKED: u64 = 8;

/// The fewest numbers of a block that the gate denied, where they come back as people do.
pub(super) const LEAST_DENIED: u64 = 50;

/// How many times as many as usual were denied in what the gate stopped.
const BEYOND: f64 = 6.0;

/// How many times as many as usual ask in a country in that time; in a busy hour it is twice as many.
const ASKED_BEYOND: f64 = 3.0;

/// As long as this, in days, is what is short compared with what is usual.
const LEAST_DAYS: f64 = 1.0 / 24.0;

/// Of how many who were denied in an attack one at most comes back as people do, beside those who do not.
const COME_BACK: u64 = 3;

/// What happened.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) country: Name,
    /// The blocks of which it consists, the largest first; none where it is all over the country.
    pub(super) blocks: Vec<Block>,
    pub(super) from: Moment,
    pub(super) to: Moment,
    /// The places of its verifications.
    pub(super) places: Vec<u32>,
    /// Numbers that asked.
    pub(super) numbers: u64,
    /// People who were allowed to try and whose message arrived as far as is known, and those who verified.
    pub(super) people: Share,
    /// How many people more those count as who asked far too often in vain.
    pub(super) repeats: u64,
    /// Those whose messages did not arrive.
    pub(super) undelivered: u64,
    /// Those who were denied whatever they tried, and did not come back as people do.
    pub(super) denied: u64,
    /// Those who were denied and came back as people do, who are not of it unless most were.
    pub(super) turned_away: u64,
    /// The places of their verifications.
    pub(super) turned_away_at: Vec<u32>,
    /// Those who verified as no person does.
    pub(super) faked: u64,
}

impl Part {
    /// Of those episodes that begin within a stretch of time. Those who verified are not of the attack, but
    /// they say how many did.
    pub(super) fn of<'e>(
        spanned: &Spanned<'_>,
        country: Name,
        episodes: impl Iterator<Item = &'e Episode<'e>>,
        (from, to): Stretch,
    ) -> Self {
        let mut part = Self {
            country,
            blocks: Vec::new(),
            from,
            to,
            places: Vec::new(),
            numbers: 0,
            people: Share::default(),
            repeats: 0,
            undelivered: 0,
            denied: 0,
            turned_away: 0,
            turned_away_at: Vec::new(),
            faked: 0,
        };
        // What is still open at the end of the span is of an attack that goes on.
        let end = if ended(spanned, to.time()).is_none() { Moment(i64::MAX) } else { to };
        let end = end.min(Moment(to.0.saturating_add(PENDING_AT_THE_END)));
        for episode in episodes.filter(|episode| (from..=end).contains(&episode.at)) {
            part.add(spanned, episode);
        }
        part
    }

    fn add(&mut self, spanned: &Spanned<'_>, episode: &Episode<'_>) {
        match episode.what {
            What::Made => {
                self.people.count += 1;
                self.people.of += 1;
                return;
            }
            What::InVain => self.people.of += 1,
            What::Faked => {
                self.people.of += 1;
                self.faked += 1;
            }
            What::Undelivered => self.undelivered += 1,
            What::Denied => self.denied += 1,
            What::TurnedAway => {
                self.turned_away += 1;
                self.turned_away_at.extend(episode.places);
                return;
            }
            What::Open => {}
        }
        self.numbers += 1;
        self.repeats += episode.people() - 1;
        self.places.extend(episode.places);
        let last = episode.places.last().and_then(|place| spanned.at(*place)?.at);
        self.to = self.to.max(last.unwrap_or(episode.at));
    }

    /// Those who tried and did not make it.
    pub(super) fn in_vain(&self) -> u64 {
        self.people.of - self.people.count + self.repeats
    }

    /// Whether hardly anybody of enough people made it, when each who did outweighs `against` who did not.
    pub(super) fn has_collapsed(&self, against: f64) -> bool {
        let people = Share { count: self.people.count, of: self.people.of + self.repeats };
        self.people.of > 0 && self.in_vain() >= LEAST_PEOPLE && people.interval().1 < 1.0 / (1.0 + against)
    }

    /// The same, where those whose message did not arrive count as well.
    pub(super) fn has_collapsed_with_undelivered(&self, against: f64) -> bool {
        let of = self.people.of + self.repeats + self.undelivered;
        let people = Share { count: self.people.count, of };
        people.of - people.count >= LEAST_PEOPLE && people.interval().1 < 1.0 / (1.0 + against)
    }

    /// Whether the gate stopped an attack: hardly anybody made it, and those denied are far more than usual
    /// and do not come back as people do.
    pub(super) fn is_stopped(&self, usually: &Usually) -> bool {
        // All over a country it takes more where nothing says what is usual there.
        let is_vague = self.blocks.is_empty() && !usually.is_known;
        self.is_denied(if is_vague { LEAST_DENIED } else { LEAST_PEOPLE }) && self.is_denied_beyond(usually)
    }

    /// Whether hardly anybody made it, and of those denied hardly anybody comes back as people do.
    fn is_denied(&self, least: u64) -> bool {
        let denied = self.denied + self.repeats;
        denied >= least
            && self.turned_away * COME_BACK <= denied
            && self.people.count * 10 <= self.people.of + denied + self.turned_away
    }

    /// Whether the gate denied nearly all of this many numbers and more, hardly any of which comes back: in a
    /// block, where nobody has customers so close to each other, it is an attack whatever is usual.
    pub(super) fn is_stopped_for_long(&self) -> bool {
        let (denied, numbers) = (self.denied + self.turned_away, self.numbers + self.turned_away);
        self.is_denied(LEAST_DENIED) && denied * 10 >= numbers * 8
    }

    /// Whether the gate denied nearly all of far more numbers of one block than people have, even where they
    /// come back.
    pub(super) fn is_stopped_block(&self, usually: &Usually) -> bool {
        let (denied, numbers) = (self.denied + self.turned_away, self.numbers + self.turned_away);
        denied >= LEAST_DENIED
            && denied * 10 >= numbers * 8
            && self.people.count * 10 <= numbers
            && self.is_denied_beyond(usually)
    }

    /// Whether far more were denied than usually are in as long a time.
    fn is_denied_beyond(&self, usually: &Usually) -> bool {
        stats::float(self.denied + self.turned_away) > BEYOND * self.days() * usually.denied
    }

    /// Whether far more asked than usually do: where a market is closed from one day to the next, all are
    /// denied who usually are not, and nobody attacks.
    pub(super) fn is_asked_beyond(&self, usually: &Usually) -> bool {
        let asked = self.numbers + self.repeats + self.turned_away + self.people.count;
        stats::float(asked) > ASKED_BEYOND * self.days() * usually.asked
    }

    fn days(&self) -> f64 {
        (self.to.since(self.from).as_secs_f64() / 86_400.0).max(LEAST_DAYS)
    }

    /// Those who were denied and came back belong to it after all.
    pub(super) fn take_turned_away(&mut self) {
        self.places.append(&mut self.turned_away_at);
        self.numbers += self.turned_away;
        self.denied += std::mem::take(&mut self.turned_away);
    }

    /// Adds another of the same country.
    pub(super) fn join(&mut self, other: Self) {
        self.blocks.extend(other.blocks);
        (self.from, self.to) = (self.from.min(other.from), self.to.max(other.to));
        self.places.extend(other.places);
        self.numbers += other.numbers;
        self.people.count += other.people.count;
        self.people.of += other.people.of;
        self.repeats += other.repeats;
        self.undelivered += other.undelivered;
        self.denied += other.denied;
        self.turned_away += other.turned_away;
        self.turned_away_at.extend(other.turned_away_at);
        self.faked += other.faked;
    }

    /// How much of the time that either takes is of both.
    pub(super) fn overlap(&self, (from, to): Stretch) -> f64 {
        let all = self.to.max(to).since(self.from.min(from)).as_secs_f64();
        let both = self.to.min(to).since(self.from.max(from)).as_secs_f64();
        if all > 0.0 { both / all } else { 1.0 }
    }
}
