//! Reading dimensions.

use super::{Dimension, Per};
use crate::policy::limits::{LARGEST_BLOCK, MOST_DIMENSIONS};
use crate::policy::problem::{ProblemReport, error};
use crate::policy::toml_value::{Node, elements, shown, text};
use crate::suggest::nearest;

/// Every form of `per`, for help.
const DIMENSIONS: [&str; 8] =
    ["number", "block:3", "country", "calling_code", "method", "app", "all", "custom.<key>"];

/// One or several dimensions, as the value of `per` or of `distinct`.
pub(in crate::policy) fn dimensions(node: &Node<'_>, key: &str, report: &mut ProblemReport) -> Option<Per> {
    let nodes = elements(node);
    if nodes.is_empty() || nodes.len() > MOST_DIMENSIONS {
        let message = format!("{key} has 1 to {MOST_DIMENSIONS} entries, not {}", nodes.len());
        report.push(error(&node.span(), message));
    }
    let mut dimensions = Vec::new();
    for node in nodes.iter().take(MOST_DIMENSIONS) {
        let Some(dimension) = dimension(node, key, report) else { continue };
        if dimensions.contains(&dimension) {
            report.push(error(&node.span(), format!("{key} names `{dimension}` twice")));
        }
        if dimension == Dimension::All && nodes.len() > 1 {
            let message = "`all` counts everything in one, so it cannot be combined";
            report.push(error(&node.span(), message).help("remove `all`, or the other entries"));
        }
        dimensions.push(dimension);
    }
    Some(Per::new(dimensions))
}

fn dimension(node: &Node<'_>, key: &str, report: &mut ProblemReport) -> Option<Dimension> {
    let written = text(node, key, report)?;
    let help = match written.split_once([':', '.']) {
        Some(("block", digits)) => {
            let digits = digits.parse().ok().filter(|digits| (1..=LARGEST_BLOCK).contains(digits));
            if let Some(digits) = digits.filter(|digits| written == format!("block:{digits}")) {
                return Some(Dimension::Block(digits));
            }
            format!("a block is `block:1` to `block:{LARGEST_BLOCK}`: the digits to leave out")
        }
        Some(("custom", key)) if written.starts_with("custom.") => match key.parse() {
            Ok(key) => return Some(Dimension::Custom(key)),
            Err(wrong) => wrong.to_string(),
        },
        _ => match written {
            "number" => return Some(Dimension::Number),
            "country" => return Some(Dimension::Country),
            "calling_code" => return Some(Dimension::CallingCode),
            "method" => return Some(Dimension::Method),
            "app" => return Some(Dimension::App),
            "all" => return Some(Dimension::All),
            _ => match nearest(written, DIMENSIONS) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", DIMENSIONS.map(|name| format!("`{name}`")).join(", ")),
            },
        },
    };
    report.push(error(&node.span(), format!("{key} does not know `{}`", shown(written))).help(help));
    None
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;
    use crate::policy::sample::one_rule;

    fn problems(per: &str) -> String {
        let quota = format!("quota = {{ per = {per}, limit = 9, window = \"1d\" }}");
        Policy::compile(&one_rule(&quota)).map_or_else(|problems| problems.to_string(), |_| String::new())
    }

    #[test]
    fn a_quota_counts_by_one_thing_to_four() {
        assert_eq!(problems(r#"["number", "country", "method", "app"]"#), "");
        let five = problems(r#"["number", "country", "method", "app", "block:3"]"#);
        assert!(five.contains("has 1 to 4 entries, not 5"), "{five}");
        assert!(problems("[]").contains("has 1 to 4 entries, not 0"));
    }

    #[test]
    fn a_member_of_custom_and_a_block_are_written_in_one_way() {
        assert_eq!(problems(r#""custom.plan""#), "");
        for wrong in ["custom:plan", "custom.", "block.3", "block:03", "block:0", "block:9"] {
            assert!(
                problems(&format!("\"{wrong}\"")).contains(&format!("does not know `{wrong}`")),
                "{wrong}"
            );
        }
    }
}
