//! The quotas under test, used as the gate uses them: what memory refuses asks nothing of the table, and a
//! denial gives back what the other keys had admitted.

use futures_util::future::{join_all, try_join_all};
use jiff::Timestamp;
use rust_decimal::Decimal;
use sinch_gate::quota::{Demand, Measure, Return, Stamp, Window};
use sinch_gate::store::{QuotaKey, StoreError, Take};

use crate::caller::{Ask, Caller, Verdict};

impl Caller {
    pub(crate) async fn by_store(&self, asks: &[Ask], id: &str, now: Timestamp) -> anyhow::Result<Verdict> {
        let stamp = Stamp::new("bench", id);
        let asks: Vec<(QuotaKey, Vec<Demand>)> =
            asks.iter().map(|ask| (key(ask), demand(ask).into_iter().collect())).collect();
        let is_full = |(key, demands): &(QuotaKey, Vec<Demand>)| {
            self.store.quotas().full_in_memory(key, demands, stamp, now).iter().any(Option::is_some)
        };
        if asks.iter().any(is_full) {
            self.record(id, Verdict::Refused).await?;
            return Ok(Verdict::Refused);
        }
        let takes = asks.iter().map(|(key, demands)| self.store.quotas().take(key, demands, stamp, now));
        let (takes, recorded) = tokio::join!(join_all(takes), self.record(id, Verdict::Admitted));
        recorded?;
        let (mut held, mut verdict) = (Vec::new(), Verdict::Admitted);
        for (take, (key, _)) in takes.into_iter().zip(&asks) {
            match take {
                Ok(Take::Held(shares)) => held.push((key, shares.shares)),
                Ok(Take::Refused(_)) => verdict = verdict.max(Verdict::Refused),
                Err(StoreError::Contended(_)) => verdict = Verdict::GaveUp,
                Err(error) => return Err(error.into()),
            }
        }
        if verdict != Verdict::Admitted {
            self.record(id, verdict).await?;
            let returns = held.into_iter().map(|(key, shares)| async move {
                let back = Return { shares, verified: Vec::new(), stamp: Some(stamp) };
                self.store.quotas().give_back(key, &back, now).await
            });
            try_join_all(returns).await?;
        }
        Ok(verdict)
    }
}

/// `None` for a window that no policy may ask for.
fn demand(ask: &Ask) -> Option<Demand> {
    Some(Demand {
        rule: "rule".to_owned(),
        window: Window::new(ask.window)?,
        limit: Decimal::from(ask.limit),
        measure: Measure::Amount { cost: Decimal::ONE, grow: None },
        enforced: true,
    })
}

fn key(ask: &Ask) -> QuotaKey {
    QuotaKey::named(format!("QUOTA#bench#{}#{}", ask.dimension, ask.value))
}
