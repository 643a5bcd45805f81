//! What a simulated person asks of the platform.

use contracts::shipment::{Cargo, Preferences, ServiceLevel, ShipmentStatus, Stop};
use kernel::{BidId, DriverId, OrganisationId, Position, ShipmentId, UserId};

/// A shipment that a shipper posts.
#[derive(Debug, Clone)]
pub struct Posting {
    /// Its id.
    pub shipment: ShipmentId,
    /// The shipper's organisation.
    pub shipper: OrganisationId,
    /// The shipper's preferences.
    pub preferences: Preferences,
    /// Where and when to load.
    pub pickup: Stop,
    /// The pickup's address, for people.
    pub pickup_address: String,
    /// Where and when to deliver.
    pub delivery: Stop,
    /// The delivery's address, for people.
    pub delivery_address: String,
    /// What.
    pub cargo: Cargo,
    /// How fast.
    pub service_level: ServiceLevel,
    /// Road distance in km.
    pub road_km: f64,
}

/// One thing that somebody does.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A driver begins to take offers.
    GoOnline(DriverId),
    /// A driver takes no more offers.
    GoOffline(DriverId),
    /// A shipper posts a shipment.
    Post(Box<Posting>),
    /// A shipper selects a bid.
    Select {
        /// Of which shipment.
        shipment: ShipmentId,
        /// Which.
        bid: BidId,
    },
    /// A shipper changes its mind.
    Cancel {
        /// Which shipment.
        shipment: ShipmentId,
    },
    /// A driver takes the job.
    Confirm {
        /// Which shipment.
        shipment: ShipmentId,
        /// Its bid.
        bid: BidId,
        /// The driver.
        driver: DriverId,
        /// What it delivers first.
        after: Option<ShipmentId>,
        /// Where the trip ends.
        ends_at: Position,
    },
    /// A driver reports a step of its trip.
    Advance {
        /// Of which shipment.
        shipment: ShipmentId,
        /// The next status; with `delivered` the translator adds a recipient.
        to: ShipmentStatus,
    },
    /// A shipper rates the driver.
    Rate {
        /// For which shipment.
        shipment: ShipmentId,
        /// 1 to 5.
        stars: u8,
    },
}

/// A deed and who does it.
#[derive(Debug, Clone)]
pub struct Doing {
    /// The user.
    pub user: UserId,
    /// What.
    pub deed: Deed,
}
