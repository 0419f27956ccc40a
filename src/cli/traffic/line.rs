//! One line of recorded traffic.

use jiff::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::backtest::{Happens, TrafficEvent};
use crate::event::json_object::{JsonObject, scalar};
use crate::event::{self, Event, EventError};
use crate::phone::{NumberType, PhoneNumber};
use crate::privacy::{Block, NumberPrivacy};
use crate::record::{Story, traffic};
use crate::signature::{AppKey, VerifiedBody};
use crate::store::exported_story;
use crate::verdict::Verdict;

/// Whose traffic it is where a line does not say.
const NO_APP: &str = "unnamed";

/// The longest line that is read: an item of DynamoDB has 400 KB at most, and its JSON a few times as much.
pub(super) const LONGEST_LINE: u64 = 4 << 20;

/// What a line holds.
pub(crate) enum Line {
    /// A callback, as `outcome export` writes it.
    Callback(Box<TrafficEvent>),
    /// The callbacks of a whole story, as `outcome export --stories` writes it.
    Story(Vec<TrafficEvent>),
    /// The same, from an item of DynamoDB's export.
    Exported(Vec<TrafficEvent>),
    /// An item that is not a record.
    Nothing,
    /// An event of a kind that this version does not know, by name.
    Unknown(String),
}

/// What a line holds, with a story as it is.
pub(super) enum Whole {
    /// A callback, as `outcome export` writes it.
    Callback(Box<TrafficEvent>),
    /// A story, as `outcome export --stories` writes it.
    Story(Box<Story>),
    /// The same, as an item of DynamoDB's export.
    Exported(Box<Story>),
    /// An item that is not a record.
    Nothing,
    /// An event of a kind that this version does not know, by name.
    Unknown(String),
}

/// Why a line cannot be used. It is never quoted, since it holds a number.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("longer than {} MB, which no record is, so all of the line is left out", LONGEST_LINE >> 20)]
    TooLong,
    #[error("not a JSON object, from column {0} on")]
    NotJson(usize),
    #[error("has neither `event`, as `outcome export` writes it, nor `Item`, as DynamoDB's export does")]
    NoTraffic,
    #[error("`at` is not a time in RFC 3339")]
    NoTime,
    #[error("`app` is not an application key")]
    NoApp,
    #[error("`event`: {0}")]
    Event(#[from] EventError),
    #[error("the record cannot be read: {0}")]
    Record(String),
}

impl Line {
    pub(crate) fn read(line: &[u8]) -> Result<Self, Broken> {
        Ok(match Whole::read(line)? {
            Whole::Callback(event) => Self::Callback(event),
            Whole::Story(story) => Self::Story(events_of(&story)?),
            Whole::Exported(story) => Self::Exported(events_of(&story)?),
            Whole::Nothing => Self::Nothing,
            Whole::Unknown(name) => Self::Unknown(name),
        })
    }
}

impl Whole {
    pub(super) fn read(line: &[u8]) -> Result<Self, Broken> {
        if line.len() as u64 > LONGEST_LINE {
            return Err(Broken::TooLong);
        }
        let members = JsonObject::read(line).map_err(|error| Broken::NotJson(error.column()))?;
        if let Some(event) = members.get("event") {
            return callback(&members, event);
        }
        if let Some(item) = members.get("Item") {
            let item: Value = serde_json::from_str(item.get()).map_err(|error| of_record(&error))?;
            let story = exported_story(&item).map_err(Broken::Record)?;
            return Ok(story.map_or(Self::Nothing, |story| Self::Exported(Box::new(story))));
        }
        if members.get("heard").is_some() {
            let story = serde_json::from_slice(line).map_err(|error| of_record(&error))?;
            return Ok(Self::Story(story));
        }
        Err(Broken::NoTraffic)
    }
}

fn of_record(error: &serde_json::Error) -> Broken {
    // The text of the error may quote what it stumbled over.
    Broken::Record(format!("column {}", error.column()))
}

fn text(members: &JsonObject<'_>, name: &str) -> Option<String> {
    members.get(name).and_then(scalar)
}

fn callback(members: &JsonObject<'_>, event: &RawValue) -> Result<Whole, Broken> {
    let at: Timestamp = text(members, "at").and_then(|at| at.parse().ok()).ok_or(Broken::NoTime)?;
    let app = text(members, "app").unwrap_or_else(|| NO_APP.to_owned());
    let app: AppKey = app.parse().map_err(|_| Broken::NoApp)?;
    let then = text(members, "verdict").filter(|verdict| verdict == "deny").map(|_| Verdict::Deny);
    let known = Known {
        country: text(members, "country"),
        number_type: text(members, "number_type"),
        block: members.get("block").and_then(|block| serde_json::from_str(block.get()).ok()),
    };
    read_event(event.get().as_bytes(), at, app, then, &known)
}

/// What is known of a number that is hashed.
struct Known {
    country: Option<String>,
    number_type: Option<String>,
    block: Option<Block>,
}

impl Known {
    fn put_into(&self, number: &mut PhoneNumber) {
        if NumberPrivacy::is_hash(number.as_str()) {
            let country = self.country.as_ref().and_then(|country| country.parse().ok());
            let number_type = self.number_type.as_ref().and_then(|number_type| number_type.parse().ok());
            let number_type = number_type.unwrap_or(NumberType::Unknown);
            let block = self.block.as_ref().map(Block::parts);
            *number = PhoneNumber::hashed(number.as_str(), country, number_type, block);
        }
    }
}

fn read_event(
    body: &[u8],
    at: Timestamp,
    app: AppKey,
    then: Option<Verdict>,
    known: &Known,
) -> Result<Whole, Broken> {
    let event = event::parse(&VerifiedBody::trust_without_verification(body, app.clone()))?;
    let happens = match event {
        Event::Request(mut request) => {
            known.put_into(&mut request.number);
            Happens::Request(Box::new(request), then)
        }
        Event::Result(result) => Happens::Result(Box::new(result)),
        Event::SmsDelivered(delivered) => Happens::Delivery(Box::new(delivered)),
        Event::Unknown { name } => return Ok(Whole::Unknown(name)),
    };
    Ok(Whole::Callback(Box::new(TrafficEvent { at, app, happens })))
}

/// The callbacks of a story.
pub(super) fn events_of(story: &Story) -> Result<Vec<TrafficEvent>, Broken> {
    let mut events = Vec::new();
    for one in traffic(story) {
        let body = serde_json::to_vec(&one.event).map_err(|error| of_record(&error))?;
        let country = one.country.map(Into::into);
        let known = Known { country, number_type: one.number_type, block: one.block };
        if let Whole::Callback(event) = read_event(&body, one.at, one.app, one.verdict, &known)? {
            events.push(*event);
        }
    }
    Ok(events)
}
