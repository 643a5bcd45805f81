//! What the market's routes share: loading what a request is about, and who has to do with it.

use crate::{
    access,
    agents::{Bid, Driver, Shipment},
    market::Market,
    readiness::{Known, Readiness},
    views,
    wire::{
        bid::{WireBid, ranked},
        shipment::{Contact, WireShipment},
    },
};
use axum::extract::FromRef;
use contracts::{
    driver::Registered,
    ports::{Caller, Resource, Scope, permissions},
    shipment::{Requested, Tender},
};
use edge::{Answer, Platform, Problem, Session};
use kernel::{BidId, DriverId, OrganisationId, PersonId, Personal, ShipmentId, UserId};
use std::{collections::HashMap, sync::Arc};

/// The names of the vault's fields.
pub(super) const PICKUP_ADDRESS: &str = "pickup_address";
pub(super) const DELIVERY_ADDRESS: &str = "delivery_address";
pub(super) const RECIPIENT: &str = "recipient";

/// The state of the market's routes.
#[derive(Clone)]
pub(crate) struct MarketState {
    pub(crate) platform: Platform,
    pub(crate) market: Market,
}

impl FromRef<MarketState> for Platform {
    fn from_ref(state: &MarketState) -> Self {
        state.platform.clone()
    }
}

/// A shipment that exists.
pub(crate) struct Found {
    pub(crate) id: ShipmentId,
    pub(crate) shipment: Arc<Shipment>,
    pub(crate) request: Arc<Requested>,
}

/// A driver that exists.
pub(crate) struct FoundDriver {
    pub(crate) id: DriverId,
    pub(crate) driver: Arc<Driver>,
    pub(crate) registered: Arc<Registered>,
}

impl FoundDriver {
    /// What a driver is for the policies: its own user and its carrier are its parties.
    pub(crate) fn resource(&self) -> Resource {
        Resource {
            tenant: Some(self.registered.tenant),
            organisations: vec![self.registered.carrier],
            users: self.registered.user.into_iter().collect(),
            driver: Some(self.id),
        }
    }
}

impl Found {
    /// For what only the shipper and the tenant's staff may do. `also` may know of it.
    pub(super) fn shipper_resource(&self, also: Option<OrganisationId>) -> Resource {
        Resource {
            tenant: Some(self.request.tenant),
            organisations: std::iter::once(self.request.shipper).chain(also).collect(),
            ..Resource::default()
        }
    }

    /// Whose personal data an answer about it may show.
    pub(super) fn persons(&self) -> impl Iterator<Item = PersonId> + use<> {
        std::iter::once(self.request.contact).chain(self.shipment.proof)
    }

    pub(super) fn bid(&self, id: BidId) -> Result<&Bid, Problem> {
        self.shipment.bid(id).ok_or_else(Problem::not_found)
    }
}

impl MarketState {
    pub(crate) const fn new(platform: Platform, market: Market) -> Self {
        Self { platform, market }
    }

    pub(crate) async fn shipment(&self, id: ShipmentId) -> Result<Found, Problem> {
        let shipment = self.platform.runtime.state::<Shipment>(id).await?.ok_or_else(Problem::not_found)?;
        let request = shipment.request.clone().ok_or_else(Problem::not_found)?;
        Ok(Found { id, shipment, request })
    }

    /// The shipment that a bid was made on.
    pub(super) async fn shipment_of_bid(&self, bid: BidId) -> Result<Found, Problem> {
        let id = views::bids::shipment_of(self.platform.runtime.store(), bid).await?;
        self.shipment(id.ok_or_else(Problem::not_found)?).await
    }

    pub(crate) async fn driver(&self, id: DriverId) -> Result<FoundDriver, Problem> {
        let driver = self.platform.runtime.state::<Driver>(id).await?.ok_or_else(Problem::not_found)?;
        let registered = driver.registered.clone().ok_or_else(Problem::not_found)?;
        Ok(FoundDriver { id, driver, registered })
    }

    /// How a driver stands to a shipment now.
    pub(super) async fn readiness<'a>(
        &self,
        driver: &'a FoundDriver,
        found: &Found,
    ) -> Result<Readiness<'a>, Problem> {
        let runtime = &self.platform.runtime;
        let mut carried = Vec::new();
        for shipment in driver.driver.carried() {
            carried.extend(runtime.state::<Shipment>(shipment).await?);
        }
        let now = runtime.now();
        let live = self.market.drivers.live_position(driver.id, now);
        let known = Known { driver: &driver.driver, carried: &carried, live, now };
        let options = self.market.options.on_the_way;
        known.readiness(found.id, &found.request, options).ok_or_else(Problem::not_found)
    }

    /// The driver agent of a user, if it has made one.
    pub(super) async fn driver_of(&self, user: UserId) -> Result<Option<DriverId>, Problem> {
        Ok(access::driver_of_user(&self.platform.runtime, user).await?)
    }

    /// What a shipment is for the policies, as far as this caller is concerned: the shipper is a party; so is the caller's
    /// organisation when it was asked to bid or bid, as long as nobody is booked, and the booked carrier from then on.
    pub(crate) fn resource(&self, found: &Found, caller: &Caller) -> Resource {
        let involved = caller.organisation != found.request.shipper
            && caller.role.scope() == Scope::Organisation
            && self.involves(&found.shipment, &found.request, caller.organisation);
        found.shipper_resource(involved.then_some(caller.organisation))
    }

    fn involves(&self, shipment: &Shipment, request: &Requested, organisation: OrganisationId) -> bool {
        if let Some(booking) = &shipment.booking {
            return booking.carrier == organisation;
        }
        let bid = shipment.bids.iter().any(|bid| bid.offer.carrier == organisation);
        let named = match &request.tender {
            Tender::Broadcast => false,
            Tender::Direct { .. } | Tender::Waterfall { .. } => shipment.invites(organisation),
        };
        let offered = |driver: &DriverId| self.market.drivers.carrier_of(*driver) == Some(organisation);
        bid || named || (shipment.takes_bids() && shipment.search.offered.iter().any(offered))
    }

    /// For what the driver of a bid and its carrier do. The shipper may know of it.
    pub(super) async fn bidder_resource(&self, found: &Found, bid: &Bid) -> Result<Resource, Problem> {
        let driver = self.driver(bid.offer.driver).await?;
        Ok(Resource {
            tenant: Some(found.request.tenant),
            organisations: vec![found.request.shipper, bid.offer.carrier],
            users: driver.registered.user.into_iter().collect(),
            driver: Some(driver.id),
        })
    }

    /// Addresses and the recipient's name, for those who need them: the shipper, the booked carrier, and staff that may
    /// read personal data.
    pub(super) async fn contact(&self, found: &Found, session: &Session) -> Result<Contact, Problem> {
        let organisation = session.caller.organisation;
        let booked = found.shipment.booking.is_some_and(|booking| booking.carrier == organisation);
        let party = organisation == found.request.shipper || booked;
        let resource = found.shipper_resource(None);
        if !party && session.authorise(&self.platform, permissions::PERSONAL_READ, &resource).is_err() {
            return Ok(Contact::default());
        }
        let persons: Vec<PersonId> = found.persons().collect();
        if !party {
            session.record_access(&self.platform, persons.clone(), "shipment.contact").await?;
        }
        let mut contact = Contact::default();
        for fields in self.platform.vault.open_many(&persons).await? {
            for (name, value) in fields {
                fill(&mut contact, &name, value);
            }
        }
        Ok(contact)
    }

    /// Says beside each bid which driver makes it and, to those who may know, what its carrier is called. The shipper
    /// chooses whom it deals with and a carrier sees its own; that staff sees a name is written down.
    pub(super) async fn name_bidders(
        &self,
        found: &Found,
        session: &Session,
        bids: &mut [WireBid],
    ) -> Result<(), Problem> {
        let mut carriers = Vec::with_capacity(bids.len());
        for line in &mut *bids {
            let Some(bid) = line.id.parse().ok().and_then(|id| found.shipment.bid(id)) else { continue };
            line.driver_reference = Some(self.driver(bid.offer.driver).await?.registered.reference.clone());
            carriers.push(bid.offer.carrier);
        }
        carriers.sort_unstable();
        carriers.dedup();
        let names = self.names_for(found, session, &carriers).await?;
        for line in bids {
            line.carrier_name = names.get(&line.carrier_id).cloned();
        }
        Ok(())
    }

    /// What carriers are called, by their ids, as far as the caller may know.
    async fn names_for(
        &self,
        found: &Found,
        session: &Session,
        carriers: &[OrganisationId],
    ) -> Result<HashMap<String, String>, Problem> {
        let resource = found.shipper_resource(None);
        let own = session.caller.organisation;
        let party = own == found.request.shipper || carriers.iter().all(|carrier| *carrier == own);
        if !party && session.authorise(&self.platform, permissions::PERSONAL_READ, &resource).is_err() {
            return Ok(HashMap::new());
        }
        let names = self.platform.authenticator.organisation_names(carriers).await;
        if !party {
            let persons: Vec<PersonId> = names.iter().flatten().map(|known| known.person).collect();
            session.record_access(&self.platform, persons, "bid.carrier").await?;
        }
        let named = carriers.iter().zip(names);
        Ok(named.filter_map(|(id, known)| Some((id.to_string(), known?.name.reveal().clone()))).collect())
    }

    /// The shipment as it stands now, for this caller.
    pub(super) async fn show(&self, found: &Found, session: &Session) -> Result<WireShipment, Problem> {
        let contact = self.contact(found, session).await?;
        Ok(WireShipment::of(found.id, &found.shipment, &found.request, &contact))
    }

    /// The answer of a route that changed a shipment: as it stands afterwards.
    pub(super) async fn changed(
        &self,
        id: ShipmentId,
        session: &Session,
    ) -> Result<Answer<WireShipment>, Problem> {
        let found = self.shipment(id).await?;
        Ok(Answer::ok(self.show(&found, session).await?).about(found.persons()))
    }

    /// A bid as it stands now.
    pub(super) async fn shown_bid(&self, id: ShipmentId, bid: BidId) -> Result<WireBid, Problem> {
        let found = self.shipment(id).await?;
        let text = bid.to_string();
        let bids = ranked(id, &found.shipment, self.platform.runtime.now());
        bids.into_iter().find(|shown| shown.id == text).ok_or_else(Problem::not_found)
    }
}

fn fill(contact: &mut Contact, name: &str, value: Personal<String>) {
    match name {
        PICKUP_ADDRESS => contact.pickup_address = Some(value),
        DELIVERY_ADDRESS => contact.delivery_address = Some(value),
        RECIPIENT => contact.recipient = Some(value),
        _ => {}
    }
}
