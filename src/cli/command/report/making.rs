//! Reading traffic, and what the policies in force say, into a report.

use std::collections::BTreeSet;

use anyhow::bail;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use super::{Report, policy};
use crate::cli::app_filter::AppFilter;
use crate::cli::progress::Progress;
use crate::cli::sample::{self, Most, Span};
use crate::cli::traffic::{Which, gather_files};
use crate::cli::{Exit, input, shell};
use crate::clock;
use crate::figures::Asked;
use crate::policy::Policy;
use crate::record::Story;
use crate::report::model::Intake;
use crate::report::{Gathered, Known, Model, Question};
use crate::signature::{AppKey, AppScope};
use crate::store::{PolicyHistory, Store};

/// What traffic of a pipe is called in commands, which ask to save it first.
const SAVED_AS: &str = "traffic.jsonl";

/// How many verifications are held of files, in about 250 MB.
const MOST_OF_FILES: u64 = 1_250_000;

/// How many are read of a table, where each costs time and money, and how many shards of its hours are asked:
/// all of 65 days and the 65 before. A longer span is read whole where the index is short enough to be read
/// from end to end.
const MOST_OF_A_TABLE: Most = Most { verifications: 300_000, shards_of_hours: Some(100_000) };

impl Report {
    /// Makes the report; `None` where something is wrong that was said.
    pub(super) async fn make(&self) -> anyhow::Result<Option<Model>> {
        let known = match &self.policy {
            None => None,
            Some(file) => match policy::compile_file(file)? {
                Some(policy) => Some(known_of(&policy)),
                None => return Ok(None),
            },
        };
        if !self.which.needs_table() {
            return self.of_files(known);
        }
        if self.place.is_memory() {
            bail!(
                "there is nothing to report on\nhint: give --traffic FILE, or the table with --data FILE or \
                 --table NAME"
            );
        }
        self.place.with_existing_store(async |store| self.of_table(store, known).await).await
    }

    /// How a command names the traffic again, as far as it was asked for. How long ago something was counts
    /// from another moment by then, so times stand there as such.
    fn again(&self, place: &str, asked: &Asked) -> String {
        let mut again = place.to_owned();
        let to = asked.to.map(next_second);
        for (name, at) in [("--from", asked.from), ("--to", to)] {
            at.iter().for_each(|at| again.push_str(&format!(" {name} {at:.0}")));
        }
        if let Some(app) = &self.which.app {
            again.push_str(&format!(" --app {}", shell::word(app.as_str())));
        }
        again
    }

    /// The same of the policy's file.
    fn policy_again(&self) -> Option<String> {
        self.policy.as_deref().map(shell::file)
    }

    /// Whether traffic comes through a pipe, such as standard input, and cannot be read again.
    fn is_piped(&self) -> bool {
        self.which.traffic.iter().any(|file| !input::is_lasting(file))
    }

    fn of_files(&self, known: Option<Known>) -> anyhow::Result<Option<Model>> {
        let now = clock::now();
        let asked = self.which.asked(now)?;
        let most = self.sample_beyond.unwrap_or(MOST_OF_FILES);
        let mut gathered = Gathered::holding(usize::try_from(most).unwrap_or(usize::MAX));
        let mut only = AppFilter::new(self.which.app.as_ref());
        let intake = gather_files(&self.which.traffic, &mut only, &mut gathered)?;
        if !matches!(only.finish_files(), Exit::Done) {
            return Ok(None);
        }
        let names: Vec<String> =
            self.which.traffic.iter().map(|file| input::name(file).into_owned()).collect();
        let words = self
            .which
            .traffic
            .iter()
            .map(|file| if input::is_lasting(file) { shell::file(file) } else { SAVED_AS.to_owned() });
        let place = format!("--traffic {}", words.collect::<Vec<_>>().join(" "));
        Ok(Some(gathered.report(&Question {
            made_at: now,
            sources: names,
            place: self.again(&place, &asked),
            is_piped: self.is_piped(),
            policy: self.policy_again(),
            // A table that the environment names is meant by commands that change one.
            table: if self.place.is_memory() {
                String::new()
            } else {
                format!(" {}", self.place.as_arguments())
            },
            app: self.which.app.as_ref().map(AppKey::to_string),
            from: asked.from,
            to: asked.to,
            complete_from: None,
            reveals_numbers: self.reveal,
            known,
            intake,
            scale: 1,
        })))
    }

    async fn of_table(&self, store: &Store, known: Option<Known>) -> anyhow::Result<Option<Model>> {
        let now = clock::now();
        let asked = self.which.asked(now)?;
        let to = asked.to.unwrap_or(now).min(now);
        let from = Which::from_of_table(asked, now)?;
        if from >= to {
            bail!("--from {from:.0} is not before {to:.0}");
        }
        let known = match known {
            Some(known) => Some(known),
            None => known_of_table(store, self.which.app.as_ref()).await?,
        };
        // The span before is read with it, so that both are samples of the same kind.
        let span = Span { from: Span { from, to }.before().from, to };
        let mut gathered = Gathered::holding(usize::MAX);
        let mut only = AppFilter::new(self.which.app.as_ref());
        let mut intake = Intake::default();
        let progress = Progress::of_span(span.from, span.to);
        let most = match self.sample_beyond {
            // Whoever says how much to read gets it, however long that takes.
            Some(verifications) => Most { verifications, shards_of_hours: None },
            None => MOST_OF_A_TABLE,
        };
        let take = |story: &Story| {
            intake.lines += 1;
            if only.takes(&story.subject.app) {
                gathered.take_story(story);
            }
        };
        let reach = |to: Timestamp| progress.reach(to.duration_since(span.from));
        let sampled = sample::read(store, span, most, now, take, reach).await?;
        drop(progress);
        if !matches!(only.finish(store).await?, Exit::Done) {
            return Ok(None);
        }
        let place = self.place.as_arguments();
        Ok(Some(gathered.report(&Question {
            made_at: now,
            sources: vec![place.clone()],
            table: format!(" {place}"),
            place: self.again(&place, &asked),
            is_piped: false,
            policy: self.policy_again(),
            app: self.which.app.as_ref().map(AppKey::to_string),
            from: Some(from),
            to: Some(to),
            complete_from: Some(span.from),
            reveals_numbers: self.reveal,
            known,
            intake,
            scale: sampled.map_or(1, |sampled| sampled.scale),
        })))
    }
}

/// What a policy says of its rules.
fn known_of(policy: &Policy) -> Known {
    let mut known = Known::default();
    known.learn(policy, |_| None);
    known
}

/// What the stored policies say of their rules. `None` where somebody follows none of them: a gate without a
/// stored policy may have one from a file, or the built-in one, and the table does not say which.
async fn known_of_table(store: &Store, app: Option<&AppKey>) -> anyhow::Result<Option<Known>> {
    let stored = store.policies().load_all().await?;
    let own = app.map(|app| AppScope::One(app.clone())).filter(|own| stored.active.contains_key(own));
    if own.is_none() && !stored.active.contains_key(&AppScope::All) {
        return Ok(None);
    }
    let mut known = Known::default();
    for (scope, active) in &stored.active {
        let is_followed = match (&own, app) {
            (Some(own), _) => own == scope,
            (None, Some(_)) => *scope == AppScope::All,
            (None, None) => true,
        };
        let Some(compiled) = Policy::compile(&active.source).ok().filter(|_| is_followed) else { continue };
        let history = store.policies().history(scope).await?;
        known.learn(&compiled.policy, |rule| since(&history, rule));
    }
    Ok(Some(known))
}

/// The first whole second that is not before a time.
fn next_second(at: Timestamp) -> Timestamp {
    at.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Ceil)).unwrap_or(at)
}

/// Since when a rule has been in force without a break.
fn since(history: &PolicyHistory, rule: &str) -> Option<Timestamp> {
    let mut since = None;
    for version in history.was_in_force().filter_map(|version| history.version(version)) {
        let rules = Policy::compile(&version.source).ok()?.policy;
        let ids: BTreeSet<&str> = rules.rules().iter().map(|rule| rule.id.as_str()).collect();
        if !ids.contains(rule) {
            break;
        }
        since = Some(version.applied_at);
    }
    since
}
