//! The model, filled from what was gathered.

mod places;
mod rules;
mod times;

use std::collections::BTreeMap;

use super::find;
use super::gathered::Gathered;
use super::model::{Before, Intake, Model, Sampled};
use super::names::Name;
use super::notes;
use super::question::Question;
use super::span::Spanned;
use super::summary;
use super::verification::Verification;
use crate::figures::{Figures, Group, Steps};

/// The most steps that a span is cut into: ten days of hours.
const MOST_STEPS: i64 = 240;

impl Gathered {
    /// The report on what was gathered.
    #[must_use]
    pub fn report(mut self, question: &Question) -> Model {
        self.all.sort_unstable_by_key(|one| one.at);
        let spanned = Spanned::of(&self, question);
        let totals = spanned.figures(spanned.all);
        let mut steps = Steps::at_most(MOST_STEPS, spanned.span.from, spanned.span.to);
        for one in spanned.all {
            if let Some(at) = one.at {
                steps.add(at.time(), &spanned.counted(one));
            }
        }
        let before = spanned.has_before.then(|| {
            let length = spanned.span.to.duration_since(spanned.span.from);
            let from = spanned.span.from.saturating_sub(length).unwrap_or(spanned.span.from);
            let span = super::model::Span { from, to: spanned.span.from };
            Before { span, totals: spanned.figures(spanned.before) }
        });
        let (findings, attacks, hurt) = find::all(&spanned, question, &totals);
        let intake = intake(&spanned, question);
        Model {
            made_at: question.made_at,
            sources: question.sources.clone(),
            app: question.app.clone(),
            reveals_numbers: question.reveals_numbers,
            span: spanned.span,
            summary: summary::of(&spanned, &totals, before.as_ref(), &findings, &hurt, &intake),
            attacks,
            step_seconds: steps.length().as_secs(),
            countries: places::countries(&spanned, &steps, &totals, question.reveals_numbers),
            steps: steps.finish(spanned.scale),
            methods: methods(&spanned),
            hours: times::hours(&spanned),
            rules: rules::rules(&spanned, question.known.as_ref()),
            monitored: rules::monitored(&spanned),
            time_to_verify: times::time_to_verify(&spanned),
            notes: notes::of(&spanned, &intake),
            traffic: intake,
            before,
            findings,
            totals,
        }
    }
}

impl Spanned<'_> {
    /// The figures of some verifications.
    pub(super) fn figures<'v>(&self, some: impl IntoIterator<Item = &'v Verification>) -> Figures {
        let mut figures = Figures::default();
        some.into_iter().for_each(|one| figures.count(&self.counted(one)));
        figures.scale(self.scale);
        figures
    }
}

fn methods(spanned: &Spanned<'_>) -> Vec<Group> {
    let mut methods: BTreeMap<Name, Figures> = BTreeMap::new();
    for one in spanned.all {
        methods.entry(one.method).or_default().count(&spanned.counted(one));
    }
    let mut groups: Vec<Group> = methods
        .into_iter()
        .map(|(name, mut figures)| {
            figures.scale(spanned.scale);
            Group { name: spanned.gathered.names.text(name).to_owned(), figures }
        })
        .collect();
    groups.sort_by(|one, other| {
        other.figures.requests.cmp(&one.figures.requests).then_with(|| one.name.cmp(&other.name))
    });
    groups
}

fn intake(spanned: &Spanned<'_>, question: &Question) -> Intake {
    let masked = spanned.all.iter().filter(|one| one.is_masked).count() as u64;
    let read = (spanned.all.len() + spanned.before.len()) as u64;
    Intake {
        masked,
        not_understood: spanned.gathered.not_understood.counts().clone(),
        without_request: spanned.without_request,
        far_in_time: spanned.far.iter().map(|far| far.len() as u64).sum::<u64>() * spanned.scale,
        sampled: (spanned.scale > 1).then_some(Sampled { scale: spanned.scale, read }),
        ..question.intake.clone()
    }
}
