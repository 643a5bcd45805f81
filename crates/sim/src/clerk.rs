//! Turns what people do into the platform's orders: the same commands, claims and writes that the routes send.

use crate::{
    cast::{Deed, Doing, Posting},
    people::{Carrier, Shipper, Trucker},
};
use contracts::{
    driver::Registered,
    gazetteer,
    profile::{CarrierProfileWritten, ShipperProfileWritten, ShipperType},
    shipment::{Requested, SelectedBy, ShipmentStatus, Tender},
};
use kernel::{Actor, DriverId, Entropy, PersonId, Position, RequestId, ShipmentId, TenantId, Timestamp, UserId};
use market::agents::{
    CarrierCommand, CarrierProfile, Driver, DriverCommand, Shipment, ShipmentCommand, ShipperCommand, ShipperProfile,
};
use runtime::{Order, Origin};
use std::sync::Arc;
use store::Vault;

/// Who signs at every delivery: a desk, not a person.
const RECIPIENT: &str = "Goods-in desk";

/// Writes orders for one tenant.
pub struct Clerk {
    tenant: TenantId,
    vault: Vault,
    entropy: Arc<dyn Entropy>,
}

impl Clerk {
    /// A clerk of a tenant.
    #[must_use]
    pub const fn new(tenant: TenantId, vault: Vault, entropy: Arc<dyn Entropy>) -> Self {
        Self { tenant, vault, entropy }
    }

    /// Who asks: a user, in a request of its own.
    #[must_use]
    pub fn origin(&self, user: UserId, now: Timestamp) -> Origin {
        Origin {
            tenant: self.tenant,
            actor: Actor::User(user),
            correlation: RequestId::generate(now, &*self.entropy),
            idempotency: None,
        }
    }

    /// A shipper's profile.
    pub fn register_shipper(&self, shipper: &Shipper) -> Order {
        let written = ShipperProfileWritten {
            tenant: self.tenant,
            organisation: shipper.organisation,
            shipper_type: ShipperType::Business,
            preferences: shipper.preferences.clone(),
        };
        let id = ShipperProfile::id_of(shipper.organisation);
        Order::new::<ShipperProfile>(id, ShipperCommand::Create(Box::new(written)))
    }

    /// A carrier's profile.
    pub fn register_carrier(&self, carrier: &Carrier) -> Order {
        let written = CarrierProfileWritten {
            tenant: self.tenant,
            organisation: carrier.organisation,
            licence_number: None,
            licence_valid_until: carrier.papers_valid_until,
            insurance_valid_until: carrier.papers_valid_until,
        };
        let id = CarrierProfile::id_of(carrier.organisation);
        Order::new::<CarrierProfile>(id, CarrierCommand::Create(Box::new(written)))
    }

    /// A driver agent.
    pub fn register_driver(&self, trucker: &Trucker, number: i64) -> Order {
        let registered = Registered {
            tenant: self.tenant,
            reference: reference("DRV", trucker.profile.base, number),
            carrier: trucker.carrier,
            user: Some(trucker.user),
            profile: trucker.profile.clone(),
        };
        Order::new::<Driver>(trucker.id, DriverCommand::Register(Box::new(registered)))
    }

    /// The order of a deed. `number` is asked for only when the deed needs a reference of its own.
    pub fn order(&self, doing: &Doing, now: Timestamp, number: impl FnOnce() -> i64) -> Order {
        match &doing.deed {
            Deed::GoOnline(driver) => Order::new::<Driver>(*driver, DriverCommand::GoOnline),
            Deed::GoOffline(driver) => Order::new::<Driver>(*driver, DriverCommand::GoOffline),
            Deed::Post(posting) => self.post(posting, doing.user, now, number()),
            Deed::Select { shipment, bid } => {
                Order::new::<Shipment>(*shipment, ShipmentCommand::Select { bid: *bid, by: SelectedBy::Shipper })
            }
            Deed::Confirm { shipment, bid, driver } => confirm(*shipment, *bid, *driver),
            Deed::Advance { shipment, to } => self.advance(*shipment, *to, now),
            Deed::Rate { shipment, stars } => {
                Order::new::<Shipment>(*shipment, ShipmentCommand::Rate { stars: *stars })
            }
        }
    }

    fn post(&self, posting: &Posting, user: UserId, now: Timestamp, number: i64) -> Order {
        let contact = PersonId::generate(now, &*self.entropy);
        let requested = Requested {
            tenant: self.tenant,
            reference: reference("SHM", posting.pickup.position, number),
            shipper: posting.shipper,
            requested_by: user,
            contact,
            pickup: posting.pickup,
            delivery: posting.delivery,
            cargo: posting.cargo.clone(),
            service_level: posting.service_level,
            tender: Tender::Broadcast,
            preferences: posting.preferences.clone(),
            road_km: posting.road_km,
        };
        let addresses = [
            ("pickup_address", posting.pickup_address.as_str()),
            ("delivery_address", posting.delivery_address.as_str()),
        ];
        Order::new::<Shipment>(posting.shipment, ShipmentCommand::Request(Box::new(requested)))
            .write(self.vault.seal_new(self.tenant, contact, &addresses))
    }

    fn advance(&self, shipment: ShipmentId, to: ShipmentStatus, now: Timestamp) -> Order {
        let proof = (to == ShipmentStatus::Delivered).then(|| PersonId::generate(now, &*self.entropy));
        let order = Order::new::<Shipment>(shipment, ShipmentCommand::Advance { to, proof });
        match proof {
            Some(person) => order.write(self.vault.seal_new(self.tenant, person, &[("recipient", RECIPIENT)])),
            None => order,
        }
    }
}

/// The shipment is booked and its driver committed, or neither.
fn confirm(shipment: ShipmentId, bid: kernel::BidId, driver: DriverId) -> Order {
    Order::new::<Shipment>(shipment, ShipmentCommand::Confirm { bid })
        .and::<Driver>(driver, DriverCommand::Commit { shipment })
}

/// A short reference such as `SHM-MIL-000123`.
fn reference(kind: &str, near: Position, number: i64) -> String {
    format!("{kind}-{}-{number:06}", gazetteer::nearest(near).code)
}
