//! The market's agents: pure state machines, one file each (design, section 2).

mod carrier;
mod driver;
mod facility;
mod shipment;
mod shipper;

pub use carrier::{CarrierCommand, CarrierProfile};
pub use driver::{Driver, DriverCommand, OFFERS_REMEMBERED};
pub use facility::{FacilityCommand, FacilityProfile};
pub use shipment::{
    BID_LIMIT, Bid, BidStatus, Booking, CancelledBy, CLOSE_EARLY, CLOSE_FULL, CONFIRM_WITHIN, HAND_OVER_AFTER, RATE_WITHIN, Rating, Search,
    SELECT_WITHIN, Selection, Shipment, ShipmentCommand, WIDENED_RADIUS,
};
pub use shipper::{ShipperCommand, ShipperProfile};
