//! What `status` finds.
//!
//! `docs/json.md` says what its JSON means.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::lists::{OddList, odd_lists};
use crate::cli::Exit;
use crate::cli::app_filter::AppFilter;
use crate::cli::applications::Applications;
use crate::cli::progress::Progress;
use crate::cli::sample::{self, Most, Sampled, Span};
use crate::figures::{Quotas, Ranking, Summary, Tally};
use crate::phone::Country;
use crate::policy::Policy;
use crate::record::Story;
use crate::signature::{AppKey, AppScope};
use crate::store::{ActivePolicy, Store, StoredPolicies};

/// How many verifications of the span are read, before it is a sample, and of how many shards of hours: a
/// week has fewer, and a month takes too long to ask for all of it, however little there is.
const WANTED: Most = Most { verifications: 4_000, shards_of_hours: Some(6_000) };

/// How many of the span before, of which less is shown.
const WANTED_BEFORE: Most = Most { verifications: 2_000, ..WANTED };

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) span: Span,
    pub(super) app: Option<&'a AppKey>,
    pub(super) country: Option<Country>,
    pub(super) ranking: Ranking,
}

/// The answer.
#[derive(Serialize)]
pub(super) struct Report {
    /// The application that was asked for; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) app: Option<AppKey>,
    /// The country that was asked for; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) country: Option<&'static str>,
    #[serde(flatten)]
    pub(super) period: Period,
    /// The span of the same length before.
    pub(super) before: Period,
    /// The policies in force by application key, or `*`; none where it is the built-in one.
    pub(super) in_force: BTreeMap<String, InForce>,
    /// Lists that do not go with the rules in force.
    pub(super) lists: Vec<OddList>,
    /// Whose numbers these are, where it is one application alone.
    #[serde(skip)]
    pub(super) only_app: Option<AppKey>,
    /// Whether anybody follows the built-in policy.
    #[serde(skip)]
    pub(super) is_built_in: bool,
}

/// What happened in a span.
#[derive(Serialize)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// How much of it was read, where it was not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sampled: Option<Sampled>,
    #[serde(flatten)]
    pub(super) summary: Summary,
}

#[derive(Serialize)]
pub(super) struct InForce {
    pub(super) version: u64,
    pub(super) applied_at: Timestamp,
    pub(super) applied_by: String,
    pub(super) reason: String,
}

impl Report {
    pub(super) async fn make(
        store: &Store,
        question: &Question<'_>,
        now: Timestamp,
    ) -> anyhow::Result<(Self, Exit)> {
        let known = Applications::of(store).await?;
        let app = question.app.map(|app| known.same(app));
        let stored = store.policies().load_all().await?;
        let lists = odd_lists(store, stored.clone(), known.served().clone(), now).await?;
        let (active, is_built_in) = followed(stored, app.as_ref());
        let quotas = quotas(&active, is_built_in);
        let mut only = AppFilter::new(question.app);
        let (span, before) = (question.span, question.span.before());
        let period = question.period(store, span, WANTED, &quotas, &mut only, now).await?;
        let before = question
            .period(store, before, WANTED_BEFORE, &quotas, &mut AppFilter::new(question.app), now)
            .await?;
        let known = known.and(only.seen().cloned());
        let only_app = app.clone().or_else(|| known.single().cloned());
        let exit = only.finish(store).await?;
        let in_force = active.into_iter().map(|(app, active)| (app.to_string(), InForce::of(active)));
        let report = Self {
            app,
            country: question.country.map(Country::code),
            period,
            before,
            in_force: in_force.collect(),
            lists,
            only_app,
            is_built_in,
        };
        Ok((report, exit))
    }
}

impl Question<'_> {
    async fn period(
        &self,
        store: &Store,
        span: Span,
        wanted: Most,
        quotas: &Quotas,
        only: &mut AppFilter<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Period> {
        let Span { from, to } = span;
        let progress = Progress::unknown("verifications");
        let mut tally = Tally::of(from, to);
        let take = |story: &Story| {
            progress.add(1);
            let is_of_country =
                self.country.is_none_or(|wanted| story.subject.country == Some(wanted.into()));
            if only.takes(&story.subject.app) && is_of_country {
                tally.add(story, quotas);
            }
        };
        let sampled = sample::read(store, span, wanted, now, take, |_| {}).await?;
        let scale = sampled.map_or(1, |sampled| sampled.scale);
        Ok(Period { from, to, sampled, summary: tally.finish(quotas, self.ranking, scale) })
    }
}

/// The policies that an application follows, or all applications, and whether the built-in one is among them.
fn followed(stored: StoredPolicies, app: Option<&AppKey>) -> (BTreeMap<AppScope, ActivePolicy>, bool) {
    let StoredPolicies { mut active, unreadable, .. } = stored;
    let has = |scope: &AppScope| active.contains_key(scope) || unreadable.contains_key(scope);
    let own = app.map(|app| AppScope::One(app.clone())).filter(|own| has(own));
    let is_built_in = own.is_none() && !has(&AppScope::All);
    if app.is_some() {
        let followed = own.unwrap_or(AppScope::All);
        active.retain(|scope, _| *scope == followed);
    }
    (active, is_built_in)
}

/// What the policies in force say of their rules.
fn quotas(active: &BTreeMap<AppScope, ActivePolicy>, is_built_in: bool) -> Quotas {
    let mut quotas = Quotas::default();
    if is_built_in {
        quotas.learn(&Policy::starter());
    }
    for policy in active.values().filter_map(|active| Policy::compile(&active.source).ok()) {
        quotas.learn(&policy.policy);
    }
    quotas
}

impl InForce {
    fn of(active: ActivePolicy) -> Self {
        let ActivePolicy { version, applied_at, author, message, .. } = active;
        Self { version, applied_at, applied_by: author, reason: message }
    }
}
