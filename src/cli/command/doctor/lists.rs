//! Lists and the rules in force: entries that no rule asks for, and rules whose list is empty.

use jiff::Timestamp;

use super::check::Check;
use super::table;
use crate::cli::asked_lists::{AskedLists, Mismatch};
use crate::store::Store;

/// Compares them. An empty list is not a finding: the starter policy asks a safelist, and few ever need one.
pub(super) async fn check(store: &Store, now: Timestamp) -> Vec<Check> {
    let compared = async {
        let asked = AskedLists::load(store).await?;
        let mismatches = asked.mismatches(store, now).await?;
        Ok((asked, mismatches))
    };
    match compared.await {
        Ok((asked, mismatches)) => report(&asked, &mismatches),
        Err(error) => {
            let rights = "dynamodb:Query or dynamodb:BatchGetItem";
            vec![table::failure("lists", store.table().name(), &error, rights)]
        }
    }
}

fn report(asked: &AskedLists, mismatches: &[Mismatch]) -> Vec<Check> {
    let of = |mismatch: &Mismatch| match mismatch {
        Mismatch::NotAsked { list, .. } => Check::found(
            "lists",
            mismatch.to_string(),
            format!(
                "name it in a rule, or move its entries: `sinch-gate list export {list}`, then `list import`"
            ),
        ),
        Mismatch::NotAskedFor { list, .. } => Check::note(
            "lists",
            mismatch.to_string(),
            format!("where it shall ask {list}, name it in a rule of that policy"),
        ),
        Mismatch::Empty { .. } => Check::ok("lists", mismatch.to_string()),
    };
    let checks: Vec<Check> = mismatches.iter().map(of).collect();
    if !checks.is_empty() {
        return checks;
    }
    let names: Vec<&str> = asked.names().collect();
    let what = if names.is_empty() {
        "no rule in force asks a list, and none has entries".to_owned()
    } else {
        format!("every list that rules ask has entries: {}", names.join(", "))
    };
    vec![Check::ok("lists", what)]
}
