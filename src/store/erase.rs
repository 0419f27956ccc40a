//! Taking away what the table holds. Only the operator's tool does; the function never deletes.
//!
//! What is held about one number is found by reading the whole table once, since records are keyed by
//! reference and the index knows no numbers. Filtered by DynamoDB, little of it comes over the network; page
//! after page, it loads the table evenly and never much.

mod number_in_keys;

use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::attribute::{Item, text_of};
use super::expression::Placeholders;
use super::form::text;
use super::key::{ItemKey, ItemKind, bounded};
use super::table::{PAGE, patient, read_members};
use super::{Store, StoreError};
use crate::phone::PhoneNumber;
use crate::privacy::{NumberPrivacy, StoredNumber};
use crate::signature::AppKey;
use number_in_keys::NumberInKeys;

/// How many items are deleted at the same time.
const IN_FLIGHT: usize = 8;

/// Whose items to look for.
#[derive(Clone, Debug)]
pub struct Sought<'a> {
    /// The number, as callbacks name it.
    pub number: &'a PhoneNumber,
    /// How the table holds numbers.
    pub privacy: &'a NumberPrivacy,
    /// References of the same person, for records that do not name the number.
    pub references: &'a [String],
    /// The only application to look at; all where there is none.
    pub app: Option<&'a AppKey>,
}

/// An item about the person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Personal {
    /// What it is.
    pub kind: PersonalKind,
    /// The application; none for a list entry, which is for all of them.
    pub app: Option<String>,
    /// The reference or id of a record, the dimensions of a quota, the name of a list.
    pub name: String,
    /// Sinch's id of the verification, for a record.
    pub id: Option<String>,
    key: ItemKey,
}

/// What an item about a person is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PersonalKind {
    /// The record of a verification of the number.
    Record,
    /// A record made from a log, whose masked number may be this one or another.
    MaskedRecord,
    /// The number's attempts.
    Attempts,
    /// A quota that counts by the number.
    Quota,
    /// The number on a list.
    ListEntry,
    /// How the number stood on a list before a change.
    ListChange,
}

/// What came of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// All that there is, in order.
    Found(Vec<Personal>),
    /// The table holds hashed numbers, and no key was given to know this one among them.
    Hashed,
}

/// Without the keys, which name the number.
impl std::fmt::Debug for Personal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} of {:?}", self.kind, self.name, self.app)
    }
}

impl Store {
    /// Finds what the table holds about a person, by reading it from end to end; `read` is called with the
    /// number of items that each page looked at. Everything that was written before the search began is
    /// found.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn find_personal(
        &self,
        sought: &Sought<'_>,
        read: impl Fn(usize),
    ) -> Result<Search, StoreError> {
        let search = Searching::new(sought);
        let scan = self.scan_for(&search)?;
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = scan.clone().set_exclusive_start_key(after);
            let reply = page.customize().config_override(patient()).send().await?;
            let items = reply.items();
            if search.is_without_key() && items.iter().any(has_hash) {
                return Ok(Search::Hashed);
            }
            found.extend(items.iter().filter_map(|item| search.recognise(item)));
            read(usize::try_from(reply.scanned_count).unwrap_or(0));
            after = reply.last_evaluated_key.filter(|key| !key.is_empty());
            if after.is_none() {
                found.sort();
                return Ok(Search::Found(found));
            }
        }
    }

    /// The request for what may be the person's, page by page.
    fn scan_for(&self, search: &Searching<'_>) -> Result<ScanFluentBuilder, StoreError> {
        let mut p = Placeholders::default();
        let filter = search.filter(&mut p);
        let shown = ["pk", "sk", "subject", "entry"].map(|name| p.name(name)).join(", ");
        let unwritable = |problem: serde_json::Error| StoreError::Unwritable(problem.to_string());
        let values = read_members(&p.values.into_members().map_err(unwritable)?)?;
        let scan = self.table.client().scan().table_name(self.table.name()).consistent_read(true);
        let scan = scan
            .limit(PAGE)
            .filter_expression(filter)
            .projection_expression(shown)
            .set_expression_attribute_names(Some(Placeholders::named(p.names)))
            .set_expression_attribute_values(Some(values));
        Ok(scan)
    }

    /// Deletes items that were found, whatever they have become meanwhile: their keys are the person's.
    /// `removed` is called for each.
    ///
    /// # Errors
    /// Where the store fails. What was deleted before stays deleted, and to do all of it again does no harm.
    pub async fn remove_personal(&self, items: &[&Personal], removed: impl Fn()) -> Result<(), StoreError> {
        let deletions = stream::iter(items).map(async |item| {
            self.table.delete(&item.key).customize().config_override(patient()).send().await?;
            removed();
            Ok(())
        });
        deletions.buffer_unordered(IN_FLIGHT).try_collect().await
    }
}

/// The forms of what is looked for.
struct Searching<'a> {
    sought: &'a Sought<'a>,
    /// The number, as records may hold it.
    stored: Vec<String>,
    /// The number, as records that were made from a log hold it. Text that is not E.164 has no such form.
    masked: Vec<String>,
    in_keys: NumberInKeys,
    /// The names of partitions whose records may be the person's. A customer may use the number as reference.
    references: Vec<String>,
}

impl<'a> Searching<'a> {
    fn new(sought: &'a Sought<'a>) -> Self {
        let number = sought.number;
        let stored = sought.privacy.forms(number);
        let in_keys = NumberInKeys::new(number, &stored);
        let references = sought.references.iter().map(String::as_str).chain([number.as_str()]).map(bounded);
        Self {
            sought,
            masked: number.digits().map(|_| StoredNumber::masked_forms(number)).unwrap_or_default(),
            in_keys,
            references: references.collect(),
            stored,
        }
    }

    fn is_without_key(&self) -> bool {
        matches!(self.sought.privacy, NumberPrivacy::Plain)
    }

    /// The condition that DynamoDB filters by. It lets through more than is meant, but nothing less.
    fn filter(&self, p: &mut Placeholders) -> String {
        let (pk, sk, number) = (p.name("pk"), p.name("sk"), p.path(["subject", "number"]));
        let mut wanted = Vec::new();
        for known in self.stored.iter().chain(&self.masked) {
            wanted.push(format!("{number} = {}", p.value(text(known))));
        }
        for part in self.in_keys.texts().chain(self.references.iter().map(String::as_str)) {
            wanted.push(format!("contains({pk}, {})", p.value(text(part))));
        }
        let (entry, written) = (p.name("entry"), p.value(text(self.sought.number.as_str())));
        wanted.push(format!("{sk} = {written} OR {entry} = {written}"));
        if self.is_without_key() {
            wanted.push(format!("begins_with({number}, {})", p.value(text(NumberPrivacy::HASH_MARK))));
        }
        wanted.join(" OR ")
    }

    /// The item, where it is the person's.
    fn recognise(&self, item: &Item) -> Option<Personal> {
        let key = ItemKey::of(item);
        let (kind, app, name, id) = match key.kind()? {
            ItemKind::Policy { .. } => return None,
            ItemKind::ListEntry { list, entry } => {
                let is_number = entry == self.sought.number.as_str();
                is_number.then_some((PersonalKind::ListEntry, None, list, None))?
            }
            ItemKind::ListChange { list } => {
                let is_number = text_of(item, "entry") == Ok(self.sought.number.as_str());
                is_number.then_some((PersonalKind::ListChange, None, list, None))?
            }
            ItemKind::Record { app, name, id } => {
                let kind = self.kind_of_record(name, of_subject(item, "number"))?;
                (kind, Some(app), of_subject(item, "reference").unwrap_or(name), Some(id.to_owned()))
            }
            kind @ (ItemKind::Quota { app, dimension, value }
            | ItemKind::Attempts { app, dimension, value }) => {
                let is_quota = matches!(kind, ItemKind::Quota { .. });
                let kind = if is_quota { PersonalKind::Quota } else { PersonalKind::Attempts };
                let is_named = self.in_keys.is_named_by(dimension, value);
                is_named.then_some((kind, Some(app), dimension, None))?
            }
        };
        let is_elsewhere = app.zip(self.sought.app).is_some_and(|(app, wanted)| app != wanted.as_str());
        let (app, name) = (app.map(ToOwned::to_owned), name.to_owned());
        (!is_elsewhere).then(|| Personal { kind, app, name, id, key: key.clone() })
    }

    /// Whether a record under this name and with this number is the person's. A reference alone is never
    /// proof, since others may have been verified under it.
    fn kind_of_record(&self, name: &str, number: Option<&str>) -> Option<PersonalKind> {
        let is_referenced = self.references.iter().any(|reference| reference == name);
        let is_masked = number.is_some_and(|number| self.masked.iter().any(|form| form == number));
        match number {
            Some(number) if self.stored.iter().any(|form| form == number) => Some(PersonalKind::Record),
            _ if is_referenced && (number.is_none() || is_masked) => Some(PersonalKind::Record),
            _ => is_masked.then_some(PersonalKind::MaskedRecord),
        }
    }
}

/// What a record says of the verification that it is about.
fn of_subject<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    text_of(item.get("subject")?.as_m().ok()?, name).ok()
}

/// Whether it is the record of a hashed number.
fn has_hash(item: &Item) -> bool {
    of_subject(item, "number").is_some_and(NumberPrivacy::is_hash)
}
