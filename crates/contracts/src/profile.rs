//! The profiles of shippers and carriers (spec 4; annex, section 1).

use crate::{events, shipment::Preferences};
use kernel::OrganisationId;
use serde::{Deserialize, Serialize};

/// A shipper's profile was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShipperProfileWritten {
    /// The organisation.
    pub organisation: OrganisationId,
    /// What it prefers.
    pub preferences: Preferences,
}

events! {
    /// What happens to a shipper's profile.
    pub enum ShipperEvent(schema 1) {
        /// Written.
        "shipper.profile_written" => Written(ShipperProfileWritten),
    }
}
