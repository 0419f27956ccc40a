//! What to write in place of a number that is not E.164, for commands that take one number.

use crate::phone::{Proposal, propose};

/// What was probably meant, as a hint on a line of its own; empty where nothing comes to mind.
pub(super) fn hint_for(text: &str) -> String {
    meant(text).map(|meant| format!("\nhint: {meant}")).unwrap_or_default()
}

fn meant(text: &str) -> Option<String> {
    match propose(text, None)? {
        // These commands have no --country.
        Proposal::WhichCountry { example } => {
            let example = example.map(|(country, number)| format!(" (in {country} it is {number})"));
            let example = example.unwrap_or_default();
            Some(format!("write the calling code, such as +46, in place of the first 0{example}"))
        }
        Proposal::Meant(meant) | Proposal::Unseen { meant: Some(meant), .. } if meant.ends_with('*') => None,
        Proposal::Prefixes(_) | Proposal::LongRange { .. } | Proposal::Mistake(_) => None,
        proposal @ (Proposal::Meant(_) | Proposal::Unseen { .. } | Proposal::Rounded | Proposal::Columns) => {
            Some(proposal.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_form_of_a_number_is_proposed_without_options_that_are_not_there() {
        assert_eq!(hint_for("+46 70-174 06 05"), "\nhint: did you mean `+46701740605`?");
        assert_eq!(
            hint_for("0701740605"),
            "\nhint: write the calling code, such as +46, in place of the first 0 (in SE it is +46701740605)"
        );
        assert!(hint_for("\u{202a}+46701740605").contains("U+202A at position 1"));
        for text in ["elephant", "", "99899394*", "+46701740600-699"] {
            assert_eq!(hint_for(text), "", "{text}");
        }
    }
}
