//! The sign-in's records for whoever answers reads.

use identity::Identity;
use query_api::{AccountRecord, FindingRecord, RecordUnavailable};
use uuid::Uuid;

/// The records of a sign-in.
pub(super) struct AccountRecords(pub(super) Identity);

impl AccountRecord for AccountRecords {
    fn of(&self, account: Uuid) -> FindingRecord<'_> {
        Box::pin(async move {
            let record = self.0.record(account).await;
            record.map_err(|error| RecordUnavailable(telemetry::chain(&error).to_string()))
        })
    }
}
