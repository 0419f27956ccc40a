//! What a reader should know of the data before relying on it.

use jiff::SignedDuration;

use super::gathered::UNKNOWN_RULE;
use super::model::{Intake, Note, NoteKind, Sampled};
use super::names::Price;
use super::span::Spanned;
use super::verification::Verification;
use super::words::counted;

/// One verification in how many without a price is worth a word.
const WITHOUT_PRICE: u64 = 100;

/// How much traffic it takes to say what a usual day is.
const SHORT: SignedDuration = SignedDuration::from_hours(6 * 24);

/// The notes, the weightiest first.
pub(super) fn of(spanned: &Spanned<'_>, intake: &Intake) -> Vec<Note> {
    let mut notes = Notes(Vec::new());
    notes.of_reading(spanned, intake);
    if !spanned.all.is_empty() {
        notes.of_data(spanned);
    }
    notes.0
}

struct Notes(Vec<Note>);

impl Notes {
    fn add(&mut self, kind: NoteKind, text: impl Into<String>, hint: Option<&str>) {
        self.0.push(Note { kind, text: text.into(), hint: hint.map(ToOwned::to_owned) });
    }

    /// What was not read, or could not be.
    fn of_reading(&mut self, spanned: &Spanned<'_>, intake: &Intake) {
        let Intake { lines, broken, masked, without_request, sampled, .. } = intake;
        if spanned.all.is_empty() {
            let text = match lines {
                0 => "nothing was read".to_owned(),
                lines if lines == broken => "no line could be read".to_owned(),
                lines => {
                    let lines = counted(*lines, "line was", "lines were");
                    format!("{lines} read, and no request of them is in the span")
                }
            };
            let hint = "check --from and --to against the times in the traffic, --app against the \
                        application keys, and that the files are what `outcome export` wrote";
            self.add(NoteKind::NothingInSpan, text, Some(hint));
        }
        if let Some(Sampled { read, scale }) = sampled {
            let text = format!(
                "a sample: {} read, and each stands for {scale}",
                counted(*read, "verification was", "verifications were")
            );
            self.add(NoteKind::Sampled, text, Some("ask for a shorter span, or raise --sample-beyond"));
        }
        if *broken > 0 {
            let text = format!("{broken} of {lines} lines could not be read, and are left out");
            let hint = intake.first_broken.first().map(|first| format!("the first is {first}"));
            self.add(NoteKind::BrokenLines, text, hint.as_deref());
        }
        if !intake.unknown_events.is_empty() {
            let count: u64 = intake.unknown_events.values().sum();
            let events = counted(count, "event is", "events are");
            let text = format!("{events} of a kind that this version does not know, and left out");
            self.add(NoteKind::UnknownEvents, text, None);
        }
        if !intake.not_understood.is_empty() {
            let count = |(member, count): (&String, &u64)| {
                format!("`{member}` in {}", counted(*count, "event", "events"))
            };
            let members: Vec<String> = intake.not_understood.iter().map(count).collect();
            let text = format!("some values were not understood, and are left out: {}", members.join(", "));
            let hint = "see where a status that Sinch does not have, or a price beyond all reason, is from";
            self.add(NoteKind::NotUnderstood, text, Some(hint));
        }
        if *masked > 0 {
            let masked = counted(*masked, "verification has", "verifications have");
            let text = format!("{masked} a masked number, so people and blocks are not known");
            self.add(NoteKind::MaskedNumbers, text, None);
        }
        if let Some(far) = spanned.far.iter().copied().flatten().find_map(|one| one.at) {
            let far_off = counted(intake.far_in_time, "request", "requests");
            let text = format!("{far_off} left out for lying far from all others, such as {:.0}", far.time());
            let hint = "a clock may have been wrong; --from and --to show what lies there";
            self.add(NoteKind::FarInTime, text, Some(hint));
        }
        if *without_request > 0 {
            let text = format!(
                "{} without a request, which are left out",
                counted(*without_request, "outcome came", "outcomes came")
            );
            self.add(NoteKind::WithoutRequest, text, None);
        }
    }

    /// What the verifications do not say.
    fn of_data(&mut self, spanned: &Spanned<'_>) {
        let count = |is: &dyn Fn(&Verification) -> bool| {
            spanned.all.iter().filter(|one| is(one)).count() as u64 * spanned.scale
        };
        let all = count(&|_| true);
        let unknown = spanned.gathered.names.find(UNKNOWN_RULE);
        if count(&|one| Some(one.rule) == unknown) == all {
            let hint = "read the table itself, or export with `outcome export --stories`";
            let text = "callbacks do not say which rule decided, so rules are not compared";
            self.add(NoteKind::RulesUnknown, text, Some(hint));
        }
        let without_price = count(&|one| one.price == Price::NONE);
        if without_price * WITHOUT_PRICE > all {
            let count = counted(without_price, "verification has", "verifications have");
            let text = format!("{count} no price, so spend is too low");
            self.add(NoteKind::WithoutPrice, text, None);
        }
        let open = count(&Verification::is_open);
        if open > 0 {
            let open = counted(open, "verification", "verifications");
            self.add(NoteKind::StillOpen, format!("nothing was heard of {open} yet"), None);
        }
        if spanned.known_for() < SHORT {
            let text = "the traffic has fewer than 6 days, so no country can be compared with its usual day";
            self.add(NoteKind::TooShort, text, Some("give more traffic, and --from for the span"));
        }
    }
}
