//! Whom the gate hurt, in words: what is known, and what nobody can know.

use super::super::find::Hurt;
use super::super::model::{Finding, Kind};
use super::super::words::counted;
use crate::figures::Figures;

/// The line of the first screen.
pub(super) fn in_words(hurt: &Hurt, totals: &Figures, findings: &[Finding]) -> String {
    let outages = findings.iter().filter(|finding| finding.kind == Kind::CarrierOutage);
    let without_message: u64 = outages.filter_map(|outage| outage.people).sum();
    let mut parts = Vec::new();
    if without_message > 0 {
        parts.push(format!("{} whose messages did not arrive", counted(without_message, "person", "people")));
    }
    if hurt.verified_later > 0 {
        let people = counted(hurt.verified_later, "person", "people");
        parts.push(format!("at least {people} who had to wait: denied, and verified later"));
    }
    parts.extend(never_let_in(hurt));
    if hurt.hidden > 0 {
        let denials = counted(hurt.hidden, "denial", "denials");
        parts.push(format!("{denials} of numbers with hidden digits, of which nobody can say more"));
    }
    if let Some(n) = findings.iter().position(super::is_of_denials) {
        parts.push(format!("see finding {}", n + 1));
    }
    if !parts.is_empty() {
        return parts.join("; ");
    }
    match (totals.denied, hurt.let_in_later) {
        (0, _) => "nobody: nothing was denied".to_owned(),
        (_, 0) => "nobody that is known of: all that was denied is of attacks".to_owned(),
        (_, n) => {
            let numbers = counted(n, "number that was", "numbers that were");
            format!("nobody that is known of: {numbers} denied and let in later did not verify")
        }
    }
}

/// Those who never got in, and how many verify where they are.
fn never_let_in(hurt: &Hurt) -> Option<String> {
    let numbers = match hurt.never_let_in {
        0 => return None,
        1 => "1 number was".to_owned(),
        n => format!("{n} numbers were"),
    };
    let compared = hurt.verify_there.map_or_else(
        || "nobody was let in there to compare them with".to_owned(),
        |share| format!("of those let in there, apart from attacks, {:.0} % verified", 100.0 * share),
    );
    let are_people = if hurt.never_let_in == 1 { "this is a person" } else { "these are people" };
    Some(format!(
        "{numbers} denied outside of attacks and not let in after that, so nobody can say whether \
         {are_people}; {compared}"
    ))
}
