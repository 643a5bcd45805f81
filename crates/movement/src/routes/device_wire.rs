//! What the device routes share on the wire.

use crate::{agents::DeviceTerms, views::DeviceRow};
use kernel::DeviceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a device speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WireProtocol {
    /// Teltonika codecs 8, 8 extended and 16.
    Teltonika,
    /// GT06 and its relatives.
    Gt06,
    /// H02, text and binary.
    H02,
    /// OsmAnd and the Traccar client, over HTTP or MQTT.
    Osmand,
}

impl WireProtocol {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Teltonika => devices::Protocol::Teltonika.name(),
            Self::Gt06 => devices::Protocol::Gt06.name(),
            Self::H02 => devices::Protocol::H02.name(),
            Self::Osmand => devices::Protocol::Osmand.name(),
        }
    }
}

/// A device that reports for a driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireDevice {
    /// Its id.
    #[schema(example = "dev_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    id: String,
    /// What it speaks.
    protocol: String,
    /// What it calls itself.
    identifier: String,
    /// The driver agent.
    agent_id: String,
    /// Whether its reports must bring a secret.
    has_secret: bool,
    /// Minutes by which its clock is ahead of UTC; absent for one that is set to UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    utc_offset_minutes: Option<i16>,
}

impl WireDevice {
    pub(crate) fn of(id: DeviceId, terms: &DeviceTerms) -> Self {
        Self {
            id: id.to_string(),
            protocol: terms.protocol.clone(),
            identifier: terms.identifier.clone(),
            agent_id: terms.driver.to_string(),
            has_secret: terms.secret_hash.is_some(),
            utc_offset_minutes: terms.utc_offset_minutes,
        }
    }
}

impl From<DeviceRow> for WireDevice {
    fn from(row: DeviceRow) -> Self {
        Self {
            id: row.id.to_string(),
            protocol: row.protocol,
            identifier: row.identifier,
            agent_id: row.driver.to_string(),
            has_secret: row.secret_hash.is_some(),
            utc_offset_minutes: row.utc_offset_minutes,
        }
    }
}
