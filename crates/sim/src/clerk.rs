//! Turns what people do into the platform's orders: the same commands, claims and writes that the routes send.

use crate::{
    cast::{Deed, Doing, Posting},
    people::{Carrier, Shipper, Trucker},
};
use contracts::{
    driver::Registered,
    profile::{
        CarrierProfileWritten, FacilityProfileWritten, FacilityState, FacilityType, ShipperProfileWritten,
        ShipperType,
    },
    shipment::{Preferences, Requested, SelectedBy, ShipmentStatus, Tender},
};
use kernel::{
    Actor, Entropy, FacilityId, OrganisationId, PersonId, Position, RequestId, ShipmentId, TenantId,
    Timestamp, TypedId as _, UserId,
};
use market::{
    agents::{
        CancelledBy, CarrierCommand, CarrierProfile, Driver, DriverCommand, FacilityCommand, FacilityProfile,
        Shipment, ShipmentCommand, ShipperCommand, ShipperProfile, Turn,
    },
    rules::{reference, volume::discount_permille},
};
use runtime::{Order, Origin};
use std::sync::Arc;
use store::Vault;

/// Who signs at every delivery: a desk, not a person.
const RECIPIENT: &str = "Goods-in desk";
/// What references begin with.
const DRIVER: &str = "DRV";
const SHIPMENT: &str = "SHM";
const SITE: &str = "FAC";
/// Of a guest's warehouse.
const DOCKS: u32 = 6;

/// What a posting's route counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// The shipment's number in its sequence.
    pub number: i64,
    /// How many its shipper has posted this month, before this one.
    pub posted_this_month: i64,
}

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

    /// The site of a facility's user; the same after a restart.
    #[must_use]
    pub fn site_of(user: UserId) -> FacilityId {
        FacilityId::from_uuid(user.uuid())
    }

    /// The sequence that numbers a site's reference.
    #[must_use]
    pub fn sequence_of_site(position: Position) -> String {
        reference::sequence(SITE, reference::place_code(position))
    }

    /// A warehouse, with its number in its sequence.
    pub fn register_site(
        &self,
        id: FacilityId,
        organisation: OrganisationId,
        position: Position,
        number: i64,
    ) -> Order {
        let kind = FacilityType::Warehouse;
        let written = FacilityProfileWritten {
            tenant: self.tenant,
            organisation,
            reference: reference::facility(kind, reference::place_code(position), number),
            facility_type: kind,
            position,
            docks: DOCKS,
            state: FacilityState::default(),
        };
        Order::new::<FacilityProfile>(id, FacilityCommand::Create(Box::new(written)))
    }

    /// The sequence that numbers a driver's reference.
    #[must_use]
    pub fn sequence_of_driver(trucker: &Trucker) -> String {
        reference::sequence(DRIVER, reference::place_code(trucker.profile.base))
    }

    /// A driver agent, with its number in its sequence.
    pub fn register_driver(&self, trucker: &Trucker, number: i64) -> Order {
        let registered = Registered {
            tenant: self.tenant,
            reference: reference::of(DRIVER, reference::place_code(trucker.profile.base), number),
            carrier: trucker.carrier,
            user: Some(trucker.user),
            profile: trucker.profile.clone(),
        };
        Order::new::<Driver>(trucker.id, DriverCommand::Register(Box::new(registered)))
    }

    /// The sequence that numbers a shipment's reference.
    #[must_use]
    pub fn sequence_of_shipment(posting: &Posting) -> String {
        reference::sequence(SHIPMENT, reference::place_code(posting.pickup.position))
    }

    /// The order of a deed. `counts` matter only to a posting.
    pub fn order(&self, doing: &Doing, counts: Counts, now: Timestamp) -> Order {
        match &doing.deed {
            Deed::GoOnline(driver) => Order::new::<Driver>(*driver, DriverCommand::GoOnline),
            Deed::GoOffline(driver) => Order::new::<Driver>(*driver, DriverCommand::GoOffline),
            Deed::Post(posting) => self.post(posting, doing.user, counts, now),
            Deed::Select { shipment, bid } => Order::new::<Shipment>(
                *shipment,
                ShipmentCommand::Select { bid: *bid, by: SelectedBy::Shipper },
            ),
            Deed::Cancel { shipment } => {
                Order::new::<Shipment>(*shipment, ShipmentCommand::Cancel { by: CancelledBy::Shipper })
            }
            // The shipment is booked and its driver committed, or neither.
            Deed::Confirm { shipment, bid, driver, after, ends_at } => {
                let (shipment, bid, ends_at) = (*shipment, *bid, *ends_at);
                let turn = after.map_or(Turn::Now, Turn::After);
                Order::new::<Shipment>(shipment, ShipmentCommand::Confirm { bid })
                    .and::<Driver>(*driver, DriverCommand::Commit { shipment, bid, turn, ends_at })
            }
            Deed::Advance { shipment, to } => self.advance(*shipment, *to, now),
            Deed::Rate { shipment, stars } => {
                Order::new::<Shipment>(*shipment, ShipmentCommand::Rate { stars: *stars })
            }
        }
    }

    fn post(&self, posting: &Posting, user: UserId, counts: Counts, now: Timestamp) -> Order {
        let contact = PersonId::generate(now, &*self.entropy);
        let place = reference::place_code(posting.pickup.position);
        let requested = Requested {
            tenant: self.tenant,
            reference: reference::of(SHIPMENT, place, counts.number),
            shipper: posting.shipper,
            requested_by: user,
            contact,
            pickup: posting.pickup,
            delivery: posting.delivery,
            cargo: posting.cargo.clone(),
            service_level: posting.service_level,
            tender: Tender::Broadcast,
            preferences: Preferences {
                volume_discount_permille: discount_permille(counts.posted_this_month),
                ..posting.preferences.clone()
            },
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
            Some(person) => {
                order.write(self.vault.seal_new(self.tenant, person, &[("recipient", RECIPIENT)]))
            }
            None => order,
        }
    }
}
