//! Where a change took effect, and from when on the gates follow it.

use std::fmt;
use std::path::PathBuf;

use super::Place;
use crate::config::POLICY_TTL;
use crate::store::Store;

/// Where a table is, so that nobody takes one for another: staging for production, say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Whereabouts {
    /// A file of the embedded engine.
    File(PathBuf),
    /// A table at an endpoint that was named.
    Endpoint { table: String, url: String },
    /// A table of AWS; what DynamoDB does not say is left out.
    Aws { table: String, region: Option<String>, account: Option<String> },
}

impl Place {
    /// Where the table is. DynamoDB knows region and account best; where it does not say, since the right to
    /// describe the table is missing, the region is the one that was asked.
    pub(in crate::cli) async fn whereabouts(&self, store: &Store) -> Whereabouts {
        let table = store.table().name().to_owned();
        match (&self.data, &self.endpoint_url) {
            (Some(file), _) => Whereabouts::File(file.clone()),
            (None, Some(url)) => Whereabouts::Endpoint { table, url: url.clone() },
            (None, None) => {
                let arn = store.table().describe().await.ok().and_then(|described| described.arn);
                let part = |index| arn.as_deref().and_then(|arn| part_of_arn(arn, index));
                let region = part(REGION).or_else(|| store.table().region());
                Whereabouts::Aws { table, region, account: part(ACCOUNT) }
            }
        }
    }
}

/// From when on a change of policies or of prefixes on lists counts, in words.
pub(in crate::cli) fn when_in_force() -> String {
    format!("gates follow it within {} s, or the POLICY_TTL that they were given", POLICY_TTL.as_secs())
}

/// The places of an ARN's parts: `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME`.
const REGION: usize = 3;
const ACCOUNT: usize = 4;

fn part_of_arn(arn: &str, index: usize) -> Option<String> {
    arn.split(':').nth(index).filter(|part| !part.is_empty()).map(str::to_owned)
}

impl fmt::Display for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Endpoint { table, url } => write!(f, "table {table} at {url}"),
            Self::Aws { table, region, account } => {
                write!(f, "table {table}")?;
                region.iter().try_for_each(|region| write!(f, " in {region}"))?;
                account.iter().try_for_each(|account| write!(f, ", account {account}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_with_the_region_and_the_account_that_are_known() {
        let aws = |region: Option<&str>, account: Option<&str>| {
            let [region, account] = [region, account].map(|part| part.map(str::to_owned));
            Whereabouts::Aws { table: "gate".to_owned(), region, account }.to_string()
        };
        assert_eq!(
            aws(Some("eu-west-1"), Some("123456789012")),
            "table gate in eu-west-1, account 123456789012"
        );
        assert_eq!(aws(Some("eu-west-1"), None), "table gate in eu-west-1");
        assert_eq!(aws(None, None), "table gate");
    }

    #[test]
    fn an_arn_says_region_and_account() {
        let arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/gate";
        assert_eq!(part_of_arn(arn, REGION).as_deref(), Some("eu-west-1"));
        assert_eq!(part_of_arn(arn, ACCOUNT).as_deref(), Some("123456789012"));
        assert_eq!(part_of_arn("arn:aws:dynamodb::", REGION), None);
        assert_eq!(part_of_arn("", ACCOUNT), None);
    }
}
