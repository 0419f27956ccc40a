//! Traffic in little memory: an event as about a hundred bytes, in place of many small texts.
//!
//! Only what a replay looks at is kept: of results and deliveries neither `custom` nor `source`.

mod fields;

use std::collections::HashMap;

use jiff::Timestamp;

use super::event::{Happens, TrafficEvent};
use crate::event::{SmsDelivered, VerificationRequest, VerificationResult};
use crate::signature::AppKey;
use crate::verdict::Verdict;
use fields::{Fields, Writer};

/// How much is allocated at a time.
const CHUNK: usize = 1 << 20;

const REQUEST: u8 = 0;
const REQUEST_DENIED_THEN: u8 = 1;
const RESULT: u8 = 2;
const DELIVERY: u8 = 3;

/// Packs events and unpacks them. It knows the applications, which events name by their place.
#[derive(Debug, Default)]
pub struct Packer {
    apps: Vec<AppKey>,
    places: HashMap<AppKey, u32>,
}

/// Events, packed one after the other.
#[derive(Debug, Default)]
pub struct PackedTraffic {
    packer: Packer,
    chunks: Vec<Vec<u8>>,
    n_events: usize,
    /// When what counts begins, where not all does.
    counted_from: Option<Timestamp>,
}

impl Packer {
    /// Adds an event to bytes.
    pub fn pack(&mut self, event: &TrafficEvent, bytes: &mut Vec<u8>) {
        let app = self.place_of(&event.app);
        let mut writer = Writer(bytes);
        let kind = match &event.happens {
            Happens::Request(_, Some(Verdict::Deny)) => REQUEST_DENIED_THEN,
            Happens::Request(..) => REQUEST,
            Happens::Result(_) => RESULT,
            Happens::Delivery(_) => DELIVERY,
        };
        writer.byte(kind);
        writer.time(event.at);
        writer.length(app);
        match &event.happens {
            Happens::Request(request, _) => {
                writer.text(request.id.as_str());
                writer.method(&request.method);
                writer.number(Some(&request.number));
                writer.optional(request.reference.as_ref().map(crate::event::Reference::as_str));
                writer.optional(request.custom.as_ref().map(crate::event::Custom::as_str));
                writer.price(request.price);
            }
            Happens::Result(result) => {
                writer.text(result.id.as_str());
                writer.method(&result.method);
                writer.number(result.number.as_ref());
                writer.optional(result.reference.as_ref().map(crate::event::Reference::as_str));
                writer.text(result.status.as_str());
                writer.optional(result.reason.as_deref());
            }
            Happens::Delivery(delivered) => {
                writer.text(delivered.id.as_str());
                writer.method(&delivered.method);
                writer.number(delivered.number.as_ref());
                writer.optional(delivered.reference.as_ref().map(crate::event::Reference::as_str));
                writer.text(delivered.sms_result.as_str());
            }
        }
    }

    fn place_of(&mut self, app: &AppKey) -> usize {
        if let Some(place) = self.places.get(app) {
            return usize::try_from(*place).unwrap_or(usize::MAX);
        }
        let place = self.apps.len();
        self.places.insert(app.clone(), u32::try_from(place).unwrap_or(u32::MAX));
        self.apps.push(app.clone());
        place
    }

    /// Takes the next event from bytes that this packer made; `None` at their end.
    pub fn unpack(&self, bytes: &mut &[u8]) -> Option<TrafficEvent> {
        let mut fields = Fields(bytes);
        let kind = fields.byte()?;
        let at = fields.time()?;
        let app = self.apps.get(fields.length()?)?.clone();
        let happens = match kind {
            REQUEST | REQUEST_DENIED_THEN => {
                let request = VerificationRequest {
                    id: fields.id()?,
                    method: fields.method()?,
                    number: fields.number()??,
                    reference: fields.reference()?,
                    custom: fields.custom()?,
                    price: fields.price()?,
                    unreadable: Vec::new(),
                };
                Happens::Request(Box::new(request), (kind == REQUEST_DENIED_THEN).then_some(Verdict::Deny))
            }
            RESULT => Happens::Result(Box::new(VerificationResult {
                id: fields.id()?,
                method: fields.method()?,
                number: fields.number()?,
                reference: fields.reference()?,
                custom: None,
                status: crate::event::Status::parse(fields.text()?),
                reason: fields.optional()?.map(ToOwned::to_owned),
                source: None,
                unreadable: Vec::new(),
            })),
            _ => Happens::Delivery(Box::new(SmsDelivered {
                id: fields.id()?,
                method: fields.method()?,
                number: fields.number()?,
                reference: fields.reference()?,
                custom: None,
                sms_result: crate::event::SmsResult::parse(fields.text()?),
                unreadable: Vec::new(),
            })),
        };
        Some(TrafficEvent { at, app, happens })
    }
}

impl PackedTraffic {
    /// The same, where what comes before this time only fills the counters of a replay.
    #[must_use]
    pub fn counting_from(self, counted_from: Timestamp) -> Self {
        Self { counted_from: Some(counted_from), ..self }
    }

    /// When what counts begins.
    pub(crate) fn counted_from(&self) -> Timestamp {
        self.counted_from.unwrap_or(Timestamp::MIN)
    }

    /// The events of the time that counts.
    pub fn counted(&self) -> impl Iterator<Item = TrafficEvent> {
        self.iter().filter(|event| event.at >= self.counted_from())
    }

    /// Adds an event.
    pub fn push(&mut self, event: &TrafficEvent) {
        let mut packed = Vec::new();
        self.packer.pack(event, &mut packed);
        self.n_events += 1;
        match self.chunks.last_mut().filter(|chunk| chunk.len() + packed.len() <= chunk.capacity()) {
            Some(chunk) => chunk.extend(packed),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK.max(packed.len()));
                chunk.extend(packed);
                self.chunks.push(chunk);
            }
        }
    }

    /// The events, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = TrafficEvent> {
        self.chunks.iter().flat_map(move |chunk| {
            let mut bytes = chunk.as_slice();
            std::iter::from_fn(move || self.packer.unpack(&mut bytes))
        })
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n_events
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n_events == 0
    }

    /// How much memory they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(Vec::capacity).sum()
    }
}

impl<'e> FromIterator<&'e TrafficEvent> for PackedTraffic {
    fn from_iter<I: IntoIterator<Item = &'e TrafficEvent>>(events: I) -> Self {
        let mut packed = Self::default();
        events.into_iter().for_each(|event| packed.push(event));
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Custom, Method, Reference, SmsResult, Status, VerificationId};
    use crate::phone::{NumberType, PhoneNumber};

    fn events() -> Vec<TrafficEvent> {
        let at = |nanosecond| Timestamp::new(1_790_000_000, nanosecond).unwrap();
        let id = |text| VerificationId::new(text).unwrap();
        let block = Some(("+46701740", 3));
        let hashed = PhoneNumber::hashed("hmac:00ff", "SE".parse().ok(), NumberType::Mobile, block);
        let request = VerificationRequest {
            id: id("1"),
            method: Method::FlashCall,
            number: PhoneNumber::new("+46701740605"),
            reference: Reference::new(&"long".repeat(100)),
            custom: Some(Custom::new(r#"{"ip":"192.0.2.1"}"#)),
            price: "0.1234567890123456789012345 EUR".parse().ok(),
            unreadable: Vec::new(),
        };
        let bare = VerificationRequest {
            method: Method::Other("carrier pigeon".to_owned()),
            number: hashed.clone(),
            reference: None,
            custom: None,
            price: None,
            ..request.clone()
        };
        let result = VerificationResult {
            id: id("2"),
            method: Method::Other(String::new()),
            number: Some(hashed),
            reference: None,
            custom: None,
            status: Status::Other("NEW".to_owned()),
            reason: Some("Denied by callback".to_owned()),
            source: None,
            unreadable: Vec::new(),
        };
        let delivered = SmsDelivered {
            id: id("3"),
            method: Method::Sms,
            number: None,
            reference: Reference::new("r"),
            custom: None,
            sms_result: SmsResult::Failed,
            unreadable: Vec::new(),
        };
        let all = [
            Happens::Request(Box::new(request), None),
            Happens::Request(Box::new(bare), Some(Verdict::Deny)),
            Happens::Result(Box::new(result)),
            Happens::Delivery(Box::new(delivered)),
        ];
        let apps = ["one", "other"].map(|app| app.parse::<AppKey>().unwrap());
        let timed = all.into_iter().zip(apps.iter().cycle()).zip(0..);
        timed
            .map(|((happens, app), at_ns)| TrafficEvent { at: at(at_ns), app: app.clone(), happens })
            .collect()
    }

    #[test]
    fn what_is_packed_is_unpacked_as_it_was() {
        let events = events();
        let packed: PackedTraffic = events.iter().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), events);
        assert_eq!(packed.len(), events.len());
    }

    #[test]
    fn bytes_that_broke_off_are_not_an_event() {
        let mut packer = Packer::default();
        for event in events() {
            let mut bytes = Vec::new();
            packer.pack(&event, &mut bytes);
            assert_eq!(packer.unpack(&mut &bytes[..bytes.len() - 1]), None);
        }
    }

    #[test]
    fn a_usual_event_takes_about_a_hundred_bytes() {
        let request = VerificationRequest {
            id: VerificationId::new("0190d2f4-4f0e-7c2b-9d35-2f1b7f3a9c11").unwrap(),
            method: Method::Sms,
            number: PhoneNumber::new("+46701740605"),
            reference: Reference::new("order-1234567"),
            custom: None,
            price: "0.0453 EUR".parse().ok(),
            unreadable: Vec::new(),
        };
        let app = "669E367E-6BBA-48AB-AF15-266871C28135".parse().unwrap();
        let happens = Happens::Request(Box::new(request), None);
        let event = TrafficEvent { at: Timestamp::UNIX_EPOCH, app, happens };
        let mut bytes = Vec::new();
        Packer::default().pack(&event, &mut bytes);
        assert!(bytes.len() < 120, "{}", bytes.len());
    }
}
