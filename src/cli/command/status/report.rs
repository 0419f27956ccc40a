//! What `status` finds.
//!
//! `docs/json.md` says what its JSON means.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::sample::{self, Sampled, Span};
use crate::cli::Exit;
use crate::cli::app_filter::AppFilter;
use crate::cli::progress::Progress;
use crate::figures::{Quotas, Ranking, Summary, Tally};
use crate::phone::Country;
use crate::policy::Policy;
use crate::signature::{AppKey, AppScope};
use crate::store::{ActivePolicy, Store};

/// How many verifications of the span are read, before it is a sample.
const WANTED: u64 = 4_000;

/// How many of the span before, of which less is shown.
const WANTED_BEFORE: u64 = 2_000;

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
    /// The policies in force by application key, or `*`; none where it is the starter policy.
    pub(super) in_force: BTreeMap<String, InForce>,
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
        let apps: Vec<AppKey> = question.app.into_iter().cloned().collect();
        let active = store.policies().load(&apps).await?.active;
        let quotas = quotas(&active);
        let mut only = AppFilter::new(question.app);
        let (span, before) = (question.span, question.span.before());
        let period = question.period(store, span, WANTED, &quotas, &mut only, now).await?;
        let before = question
            .period(store, before, WANTED_BEFORE, &quotas, &mut AppFilter::new(question.app), now)
            .await?;
        let exit = only.finish(store).await?;
        let in_force = active.into_iter().map(|(app, active)| (app.to_string(), InForce::of(active)));
        let report = Self {
            app: question.app.cloned(),
            country: question.country.map(Country::code),
            period,
            before,
            in_force: in_force.collect(),
        };
        Ok((report, exit))
    }
}

impl Question<'_> {
    async fn period(
        &self,
        store: &Store,
        span: Span,
        wanted: u64,
        quotas: &Quotas,
        only: &mut AppFilter<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Period> {
        let Span { from, to } = span;
        let progress = Progress::unknown("verifications");
        let mut tally = Tally::of(from, to);
        let read = sample::read(store, span, wanted, now, |story| {
            progress.add(1);
            let is_of_country =
                self.country.is_none_or(|wanted| story.subject.country == Some(wanted.into()));
            if only.takes(&story.subject.app) && is_of_country {
                tally.add(story, quotas);
            }
        });
        let sampled = read.await?;
        let scale = sampled.map_or(1, |sampled| sampled.scale);
        Ok(Period { from, to, sampled, summary: tally.finish(quotas, self.ranking, scale) })
    }
}

/// What the policies in force say of their rules; the starter policy where there is none.
fn quotas(active: &BTreeMap<AppScope, ActivePolicy>) -> Quotas {
    let mut quotas = Quotas::default();
    if active.is_empty() {
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
