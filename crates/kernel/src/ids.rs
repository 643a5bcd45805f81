//! Ids are UUID version 7 behind a typed prefix, such as `shp_01890a5d...` (design, section 5).

use crate::{Entropy, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with `{prefix}_` followed by 32 hexadecimal digits")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// Makes a UUID version 7 from given time and randomness (RFC 9562, section 5.7).
#[must_use]
pub fn uuid_v7(now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0; 10];
    entropy.fill(&mut random);
    let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// When an id was made, to the millisecond, as it says itself; `None` for one that is not of version 7.
#[must_use]
pub fn made_at(id: Uuid) -> Option<Timestamp> {
    let millis = i64::try_from(id.as_u128() >> 80).ok()?;
    (id.get_version_num() == 7).then(|| Timestamp::from_millis(millis))
}

/// One event stream: the kind of agent by its id prefix, and which one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamRef {
    /// The id prefix of the kind, such as `shp`.
    pub prefix: &'static str,
    /// The bare id.
    pub id: Uuid,
}

impl fmt::Display for StreamRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; uuid::fmt::Simple::LENGTH];
        write!(f, "{}_{}", self.prefix, self.id.simple().encode_lower(&mut buffer))
    }
}

impl fmt::Debug for StreamRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What every typed id can do.
pub trait TypedId:
    Copy + Eq + std::hash::Hash + fmt::Display + FromStr<Err = InvalidId> + Send + Sync + 'static
{
    /// The prefix before the underscore, such as `shp`.
    const PREFIX: &'static str;
    /// Wraps a bare UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The bare UUID.
    fn uuid(self) -> Uuid;
    /// The stream that this id names.
    fn stream(self) -> StreamRef {
        StreamRef { prefix: Self::PREFIX, id: self.uuid() }
    }
}

/// Declares a typed id: `id_type!(ShipmentId, "shp", "A shipment.");`
#[macro_export]
macro_rules! id_type {
    ($name:ident, $prefix:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($crate::Uuid);

        impl $name {
            /// A fresh id from given time and randomness.
            #[must_use]
            pub fn generate(now: $crate::Timestamp, entropy: &dyn $crate::Entropy) -> Self {
                Self($crate::uuid_v7(now, entropy))
            }
        }

        impl $crate::TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: $crate::Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> $crate::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&$crate::TypedId::stream(*self), f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::parse_id($prefix, text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::deserialize_id($prefix, deserializer).map(Self)
            }
        }
    };
}

pub use uuid::Uuid;

#[doc(hidden)]
pub fn parse_id(prefix: &'static str, text: &str) -> Result<Uuid, InvalidId> {
    let rest =
        text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(InvalidId { prefix })?;
    let canonical =
        rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !canonical {
        return Err(InvalidId { prefix });
    }
    Uuid::try_parse(rest).map_err(|_| InvalidId { prefix })
}

#[doc(hidden)]
pub fn deserialize_id<'de, D: Deserializer<'de>>(
    prefix: &'static str,
    deserializer: D,
) -> Result<Uuid, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    parse_id(prefix, &text).map_err(D::Error::custom)
}

id_type!(TenantId, "ten", "A tenant: one brokerage's marketplace.");
id_type!(OrganisationId, "org", "An organisation: a shipper, a carrier or a facility's operator.");
id_type!(UserId, "usr", "A user, who acts for one organisation.");
id_type!(PersonId, "per", "A person whose data is kept encrypted outside the log.");
id_type!(SessionId, "ses", "A login: one family of refresh tokens.");
id_type!(ApiKeyId, "key", "An API key.");
id_type!(ShipmentId, "shp", "A shipment.");
id_type!(BidId, "bid", "A bid on a shipment.");
id_type!(DriverId, "drv", "A driver agent with its truck.");
id_type!(ShipperId, "spr", "A shipper's profile agent.");
id_type!(CarrierId, "car", "A carrier's profile agent.");
id_type!(FacilityId, "fac", "A facility.");
id_type!(DeviceId, "dev", "A tracker that is bound to a driver.");
id_type!(PaymentId, "pay", "A payment: the money of one booking.");
id_type!(LedgerId, "led", "A tenant's ledger.");
id_type!(TripId, "trp", "The trip of a booking, as it is watched; its bare id is the bid's.");
id_type!(AlertId, "alr", "Something that is wrong with a running trip, as its positions show.");
id_type!(GeofenceId, "gfc", "A geofence of a tenant.");
id_type!(IncidentId, "inc", "A closure or slowdown of roads, as a tenant's people reported it.");
id_type!(DocumentId, "doc", "A document of a shipment: a photo, a signature, a paper.");
id_type!(IssueId, "iss", "Something that went wrong on a trip, as its driver reported it.");
id_type!(YardId, "yrd", "A facility's docks and appointments; its uuid is the facility's.");
id_type!(AppointmentId, "apt", "A truck's appointment at a dock.");
id_type!(ShareId, "shr", "A link by which a consignee follows a shipment without an account.");
id_type!(PlanId, "pln", "A plan: which truck visits which stops.");
id_type!(EventId, "evt", "An event, by position-independent id.");
id_type!(RequestId, "req", "One request, and the correlation of all that follows from it.");

/// Who caused an event. Personal data never stands here: only ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A signed-in user.
    User(UserId),
    /// An API key.
    Key(ApiKeyId),
    /// The platform itself: a reactor, a timer or an effect's result, by name.
    System(&'static str),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Key(id) => id.fmt(f),
            Self::System(name) => write!(f, "sys_{name}"),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededEntropy;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_text_and_json(bytes in any::<[u8; 16]>()) {
            let id = ShipmentId::from_uuid(Uuid::from_bytes(bytes));
            prop_assert_eq!(id.to_string().parse::<ShipmentId>().unwrap(), id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<ShipmentId>(&json).unwrap(), id);
        }

        #[test]
        fn other_text_is_refused(text in ".{0,40}") {
            prop_assume!(!text.starts_with("shp_"));
            prop_assert!(text.parse::<ShipmentId>().is_err());
        }
    }

    #[test]
    fn ids_of_another_kind_are_refused() {
        let id = BidId::generate(Timestamp::from_micros(1), &SeededEntropy::new(1));
        assert_eq!(id.to_string().parse::<ShipmentId>(), Err(InvalidId { prefix: "shp" }));
        assert_eq!(id.uuid().get_version_num(), 7);
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let id = uuid_v7(Timestamp::from_micros(1_772_352_000_123_456), &SeededEntropy::new(1));
        assert_eq!(made_at(id), Some(Timestamp::from_micros(1_772_352_000_123_000)));
        assert_eq!(made_at(Uuid::from_u128(7)), None);
    }

    #[test]
    fn ids_sort_by_time() {
        let entropy = SeededEntropy::new(1);
        let early = BidId::generate(Timestamp::from_micros(1_000_000), &entropy);
        let late = BidId::generate(Timestamp::from_micros(2_000_000), &entropy);
        assert!(early < late);
    }
}
