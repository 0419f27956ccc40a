//! What a reader should know of the data before relying on it.

use jiff::SignedDuration;

use super::gathered::UNKNOWN_RULE;
use super::model::{Intake, Note, NoteKind};
use super::names::Price;
use super::question::Question;
use super::span::Spanned;

/// From this share on verifications without a price are worth a word.
const WITHOUT_PRICE: u64 = 100;

/// How much of a day there is to compare with, at least.
const SHORT: SignedDuration = SignedDuration::from_hours(6 * 24);

/// The notes, the weightiest first.
pub(super) fn of(spanned: &Spanned<'_>, question: &Question, intake: &Intake) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |kind, text: String, hint: Option<&str>| {
        notes.push(Note { kind, text, hint: hint.map(ToOwned::to_owned) });
    };
    let Intake { lines, broken, masked, without_request, .. } = intake;
    if spanned.all.is_empty() {
        let text = match spanned.before.len() as u64 + intake.lines {
            0 => "nothing was read".to_owned(),
            _ => format!("{lines} lines were read, and no request of them is in the span"),
        };
        let hint = "check --from and --to against the times in the traffic, --app against the application \
                    keys, and that the files are what `outcome export` wrote";
        note(NoteKind::NothingInSpan, text, Some(hint));
    }
    if let Some(sampled) = intake.sampled {
        let text = format!(
            "a sample: {} verifications were read, and each stands for {}",
            sampled.read, sampled.scale
        );
        note(NoteKind::Sampled, text, Some("ask for a shorter span, or raise --sample-beyond"));
    }
    if *broken > 0 {
        let text = format!("{broken} of {lines} lines could not be read, and are left out");
        note(NoteKind::BrokenLines, text, Some("`traffic` in the JSON shows the first of them"));
    }
    if !intake.unknown_events.is_empty() {
        let count: u64 = intake.unknown_events.values().sum();
        let text = format!("{count} events are of a kind that this version does not know, and are left out");
        note(NoteKind::UnknownEvents, text, None);
    }
    if *masked > 0 {
        let text = format!("{masked} verifications have a masked number, so people and blocks are not known");
        note(NoteKind::MaskedNumbers, text, None);
    }
    if *without_request > 0 {
        let text = format!("{without_request} outcomes came without their request, and are left out");
        note(NoteKind::WithoutRequest, text, None);
    }
    let unknown = spanned.gathered.names.find(UNKNOWN_RULE);
    if !spanned.all.is_empty() && spanned.all.iter().all(|one| Some(one.rule) == unknown) {
        let text = "callbacks do not say which rule decided, so rules are not compared".to_owned();
        let hint = "read the table itself, or export with `outcome export --stories`";
        note(NoteKind::RulesUnknown, text, Some(hint));
    }
    let without_price = spanned.all.iter().filter(|one| one.price == Price::NONE).count() as u64;
    if without_price > 0 && without_price * WITHOUT_PRICE > spanned.all.len() as u64 {
        let text =
            format!("{} verifications have no price, so spend is too low", without_price * spanned.scale);
        note(NoteKind::WithoutPrice, text, None);
    }
    let open = spanned.all.iter().filter(|one| one.is_open()).count() as u64;
    if open > 0 {
        let text = format!("nothing was heard of {} verifications yet", open * spanned.scale);
        note(NoteKind::StillOpen, text, None);
    }
    if !spanned.all.is_empty() && spanned.known_for() < SHORT {
        let text = "the traffic has fewer than 6 days, so no country can be compared with its usual day";
        note(NoteKind::TooShort, text.to_owned(), Some("give more traffic, and --from for the span"));
    }
    let _ = question;
    notes
}
