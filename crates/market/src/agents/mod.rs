//! The market's agents: pure state machines, one file each (design, section 2).

mod carrier;
mod driver;
mod facility;
#[cfg(test)]
mod recorded;
mod shipment;
mod shipper;

pub use carrier::{CarrierCommand, CarrierProfile};
pub use driver::{Driver, DriverCommand, Fit, Job, KnownOffer, OFFERS_REMEMBERED, PARTS_MAX, Turn};
pub use facility::{FacilityCommand, FacilityProfile};
pub use shipment::{
    BID_LIMIT, Bid, BidStatus, Booking, CLOSE_EARLY, CLOSE_FULL, CONFIRM_WITHIN, CancelledBy,
    HAND_OVER_AFTER, NewRound, RATE_WITHIN, Rating, SELECT_WITHIN, Search, Selection, Shipment,
    ShipmentCommand, WIDENED_RADIUS,
};
pub use shipper::{ShipperCommand, ShipperProfile};
