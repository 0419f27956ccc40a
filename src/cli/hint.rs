//! Advice in messages: each piece stands on a line of its own after `hint:`, below all that is said of what
//! went wrong.

/// What begins a line of advice.
const MARK: &str = "\nhint: ";

/// A message without its advice, and the advice.
pub(super) fn split(message: &str) -> (&str, Vec<&str>) {
    let mut parts = message.split(MARK);
    (parts.next().unwrap_or_default(), parts.collect())
}

/// Several messages as one: what each of them says, and below that their advice, none of it twice.
pub(super) fn join<T: AsRef<str>>(messages: &[T], separator: &str) -> String {
    let mut said: Vec<&str> = Vec::new();
    let mut advice: Vec<&str> = Vec::new();
    for (what, hints) in messages.iter().map(|message| split(message.as_ref())) {
        said.push(what);
        for hint in hints {
            if !advice.contains(&hint) {
                advice.push(hint);
            }
        }
    }
    let advice = advice.into_iter().map(|hint| format!("{MARK}{hint}"));
    format!("{}{}", said.join(separator), advice.collect::<String>())
}

/// A message with more to say in front of its advice.
pub(super) fn and(message: &str, more: &str) -> String {
    join(&[message, more], "; ")
}

/// An error with all that led to it, from the outermost to the innermost, and the advice of all of them
/// below.
pub(super) fn chained(error: &anyhow::Error) -> String {
    let messages: Vec<String> = error.chain().map(ToString::to_string).collect();
    join(&messages, ": ")
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn the_advice_of_every_error_in_a_chain_comes_last_on_lines_of_its_own() {
        let refused = || anyhow!("DynamoDB refused it\nhint: check the region");
        assert_eq!(chained(&refused()), "DynamoDB refused it\nhint: check the region");
        let outer = Err::<(), _>(refused()).context("3 of 4 removed\nhint: run it again").unwrap_err();
        assert_eq!(
            chained(&outer),
            "3 of 4 removed: DynamoDB refused it\nhint: run it again\nhint: check the region"
        );
        let plain = Err::<(), _>(refused()).context("nothing was removed").unwrap_err();
        assert_eq!(chained(&plain), "nothing was removed: DynamoDB refused it\nhint: check the region");
    }

    #[test]
    fn what_is_added_to_a_message_stands_before_its_advice() {
        assert_eq!(
            and("too many calls\nhint: wait", "trying again"),
            "too many calls; trying again\nhint: wait"
        );
        assert_eq!(and("too many calls", "trying again"), "too many calls; trying again");
    }

    #[test]
    fn advice_that_two_messages_share_is_given_once() {
        let messages = ["a: 401\nhint: check the key", "b: 401\nhint: check the key"];
        assert_eq!(join(&messages, "; "), "a: 401; b: 401\nhint: check the key");
    }
}
