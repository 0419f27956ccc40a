//! `sinch-gate report` of a table: it asks for what the span needs, and not for every hour of a year.

use jiff::SignedDuration;
use sinch_gate::clock;

use super::recorded::allowed;
use super::use_any_credentials;
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::tool::Tool;

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_year_is_read_at_once_and_whole() {
    let table = TestTable::new().await;
    let store = table.store();
    for (id, days) in [("one", 40), ("two", 20), ("three", 1)] {
        let at = clock::now() - SignedDuration::from_hours(24 * days);
        allowed(id, at).ending(9, "SUCCESSFUL", None).write(&store).await;
    }
    let proxy = Proxy::to(table.endpoint());
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let endpoint = proxy.endpoint();
    let place = ["--table", table.name(), "--endpoint-url", &endpoint];
    let report = |from: &str| tool.run(&[&["report", "--json", "--from", from], &place[..]].concat());

    let json = report("365d").exits(0).json().remove(0);
    assert_eq!((&json["totals"]["requests"], &json["traffic"]["sampled"]), (&3.into(), &().into()));
    let asked = proxy.seen();
    assert!(asked.len() < 40, "{} requests", asked.len());

    // Whoever may not read the index from end to end is answered by its hours.
    proxy.set(|seen| if seen.operation == "Scan" { Fate::Forbidden } else { Fate::Answered });
    let json = report("14d").exits(0).json().remove(0);
    assert_eq!(json["totals"]["requests"], 1);
    assert_eq!(json["before"]["totals"]["requests"], 1);
    assert!(proxy.seen().iter().any(|seen| seen.operation == "Scan"), "the index was never tried");
}
