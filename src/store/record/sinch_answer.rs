//! What Sinch answered, in the record that it was asked about.

use super::RecordItems;
use super::item::{heard_name, to_json};
use crate::record::{Asked, Cost, Happening, Heard};
use crate::store::expression::Update;
use crate::store::form::Json;
use crate::store::{RecordKey, StoreError};

/// What a question has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// When, and what Sinch said.
    pub asked: Asked,
    /// The result, where the verification is over.
    pub result: Option<Happening>,
    /// What it costs, where that is known by now.
    pub cost: Option<Cost>,
}

impl RecordItems<'_> {
    /// Adds an answer to a record. The result has the fingerprint that its callback would have, so whichever
    /// comes first stays. Says whether there is such a record: none is made, since the one that was asked
    /// about has been forgotten then.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn add_answer(self, key: &RecordKey, answered: &Answered) -> Result<bool, StoreError> {
        let Answered { asked, result, cost } = answered;
        let mut update = Update::default();
        update.set("asked", Json(&to_json(asked)?));
        if let Some(cost) = cost {
            update.set("cost", Json(&to_json(cost)?));
        }
        if let Some(result) = result {
            let heard = Heard { at: asked.at, happening: result.clone(), reconciled: true };
            update.set_once(&heard_name(result), Json(&to_json(&heard)?));
        }
        let subject = update.placeholders.name("subject");
        update.conditions.push(format!("attribute_exists({subject})"));
        Ok(self.table.update(key.item(), update).send().await?.is_done())
    }
}
