//! Results that never came: what Sinch said when it was asked takes their place.

use super::Gate;
use crate::attempt::Ending;
use crate::privacy::StoredNumber;
use crate::record::Subject;
use crate::store::{Answered, RecordKey, StoreError};

impl Gate {
    /// Takes in what Sinch said about a verification as if its result had come: what an ending frees is given
    /// back to the quotas, then the record has it. Says whether the record still exists.
    ///
    /// It may be repeated, and may cross the result on its way: nothing is given back twice. The record comes
    /// last, since nobody asks again about one that is over; so what is cut off in between is done again.
    ///
    /// # Errors
    /// Where the store fails before all was taken in.
    pub async fn take_in_answer(
        &self,
        key: &RecordKey,
        subject: &Subject,
        answered: &Answered,
    ) -> Result<bool, StoreError> {
        let ending = answered.result.as_ref().and_then(Ending::of);
        // The record's number, as it is stored, is the one that the quotas know. A record that was made from
        // the log has it masked; whether numbers are hashed cannot be seen there, so the answer's is not used
        // instead.
        let number = subject.number.as_ref().and_then(StoredNumber::key);
        if let (Some(ending), Some(number)) = (ending, number) {
            Box::pin(self.close(subject, key, &number, ending, answered.asked.at)).await?;
        }
        self.store.records().add_answer(key, answered).await
    }
}
