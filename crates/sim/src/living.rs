//! A living market for a demo: the same people as in a simulated day, against a live runtime, at a chosen pace.
//!
//! The people keep their ids over restarts, so that drivers finish the trips they were on.

use crate::{
    cast::{Cast, Deed, Doing, Habits, Noticeboard, Resumed, Sighting},
    clerk::{Clerk, Counts},
    country::Country,
    day::START,
    dice::Dice,
    pace::Pace,
    people::{Census, People},
};
use kernel::{DriverId, OrganisationId, TenantId, Timestamp, TypedId, UserId};
use market::{
    agents::{Driver, FacilityProfile, Shipment},
    views::volumes,
};
use movement::{Positions, Sample};
use runtime::{CommandError, Observer, Order, Runtime, Wait};
use std::{sync::Arc, time::Duration};
use store::{StoreError, Vault};
use tokio::{sync::watch, time::timeout};

/// Trucks that roll are seen this often.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// With so many shipments open, nobody posts another.
const OPEN_MAX: usize = 300;
/// Streams of chance of one seed.
const PEOPLE_CHANCE: u64 = 2;
const LIFE_CHANCE: u64 = 4;

/// How the market lives.
#[derive(Debug, Clone)]
pub struct LivingOptions {
    /// The tenant whose people they are.
    pub tenant: TenantId,
    /// How many drivers.
    pub drivers: u32,
    /// Time between two postings on average, on the clock.
    pub posting_every: Duration,
    /// How fast trucks and people are.
    pub pace: Pace,
    /// Who they are.
    pub seed: u64,
    /// Shipments that are posted at once when the market opens.
    pub opening: u32,
    /// People with a login, in whose names freight moves too.
    pub guests: Guests,
}

/// People with a login of their own. Who signs in as one of them finds a business that runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guests {
    /// Takes the place of the largest shipper, and leaves people time to select a bid themselves.
    pub shipper: Option<Guest>,
    /// Takes the place of the carrier with the largest fleet.
    pub carrier: Option<Guest>,
    /// A driver with a truck that only the person moves.
    pub driver: Option<Guest>,
    /// Has a warehouse where most trucks are based: who carries freight to that city or from it gets a dock there.
    pub facility: Option<Guest>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    /// The user.
    pub user: UserId,
    /// Its organisation.
    pub organisation: OrganisationId,
}

impl Guest {
    /// The agent of the truck that it drives, if it drives one. It follows from the user, so that it is the same after a restart.
    #[must_use]
    pub fn truck(&self) -> DriverId {
        DriverId::from_uuid(self.user.uuid())
    }
}

/// What a living market acts upon.
#[derive(Clone)]
pub struct Platform {
    /// Agents.
    pub runtime: Runtime,
    /// Personal data.
    pub vault: Vault,
    /// Where trucks report.
    pub positions: Positions,
}

/// A market that lives until it is told to stop.
pub struct Living {
    options: LivingOptions,
    cast: Cast,
    notices: Arc<Noticeboard>,
    dice: Dice,
}

impl Living {
    /// Draws the people. Its [`Living::observer`] belongs into the assembly, the country's roads into the market.
    #[must_use]
    pub fn new(options: LivingOptions, country: Arc<Country>) -> Self {
        // Other tenants' people are other people.
        let (high, low) = options.tenant.uuid().as_u64_pair();
        let seed = options.seed ^ high ^ low;
        let dice = Dice::new(seed, PEOPLE_CHANCE);
        let ahead_minutes = country.ahead_of_utc_minutes();
        let census =
            Census { shipments: 1, drivers: options.drivers, start: START, shifts: false, ahead_minutes };
        let mut people = People::draw(census, &country, &dice);
        people.admit(&options.guests);
        let habits = Habits { pace: options.pace, shifts: false, faults: 0.0 };
        let cast = Cast::new(country, people, habits, Dice::new(seed, LIFE_CHANCE), START);
        Self { options, cast, notices: Arc::default(), dice }
    }

    /// Hears the news for its people.
    #[must_use]
    pub fn observer(&self) -> Arc<dyn Observer> {
        self.notices.clone()
    }

    /// Lives until `stop` is true. A store that is away is a pause, not an end.
    ///
    /// # Errors
    /// [`StoreError`] when people cannot be registered or found at the start.
    pub async fn live(
        mut self,
        platform: Platform,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), StoreError> {
        let clerk =
            Clerk::new(self.options.tenant, platform.vault.clone(), Arc::clone(platform.runtime.entropy()));
        self.register(&platform, &clerk).await?;
        self.resume(&platform).await?;
        let mut look_at = platform.runtime.now();
        self.cast.plan_duty(look_at);
        for _ in 0..self.options.opening {
            self.cast.plan_posting(look_at);
        }
        while !*stop.borrow_and_update() {
            let now = platform.runtime.now();
            self.act(&platform, &clerk, now).await;
            if now >= look_at {
                self.cast.look_around(now);
                look_at = now.after(LOOK_EVERY);
            }
            self.report(&platform, now).await;
            self.plan_posting(now);
            let next = self.cast.next_wake().map_or(look_at, |wake| wake.min(look_at));
            let wait = next.since(platform.runtime.now());
            tokio::select! {
                _ = timeout(wait, self.notices.wait()) => {}
                ended = stop.changed() => if ended.is_err() { break },
            }
        }
        Ok(())
    }

    /// Signs everybody up who is not yet.
    async fn register(&self, platform: &Platform, clerk: &Clerk) -> Result<(), StoreError> {
        let people = self.cast.people();
        for shipper in &people.shippers {
            carry_out(platform, clerk, shipper.user, clerk.register_shipper(shipper)).await?;
        }
        for carrier in &people.carriers {
            carry_out(platform, clerk, carrier.user, clerk.register_carrier(carrier)).await?;
        }
        if let (Some(guest), Some(position)) = (self.options.guests.facility, people.busiest_base()) {
            let id = Clerk::site_of(guest.user);
            if platform.runtime.state::<FacilityProfile>(id).await?.is_none() {
                let number = platform.runtime.store().next_number(&Clerk::sequence_of_site(position)).await?;
                let site = clerk.register_site(id, guest.organisation, position, number);
                carry_out(platform, clerk, guest.user, site).await?;
            }
        }
        let truck = self.options.guests.driver.and_then(|guest| people.guest_trucker(guest));
        for trucker in people.truckers.iter().chain(&truck) {
            if platform.runtime.state::<Driver>(trucker.id).await?.is_none() {
                let number =
                    platform.runtime.store().next_number(&Clerk::sequence_of_driver(trucker)).await?;
                let order = clerk.register_driver(trucker, number);
                // A guest finds its truck by itself; nobody signs in as the others.
                let is_guest = truck.as_ref().is_some_and(|guest| guest.id == trucker.id);
                let order = match is_guest {
                    true => order.claim(market::claim_of_driver(trucker.user, trucker.id)),
                    false => order,
                };
                carry_out(platform, clerk, trucker.user, order).await?;
            }
        }
        Ok(())
    }

    /// Puts drivers back on the trips that they were on.
    async fn resume(&mut self, platform: &Platform) -> Result<(), StoreError> {
        let drivers: Vec<DriverId> = self.cast.people().truckers.iter().map(|trucker| trucker.id).collect();
        let now = platform.runtime.now();
        for driver in drivers {
            let Some(state) = platform.runtime.state::<Driver>(driver).await? else { continue };
            for id in state.booked_for() {
                let Some(shipment) = platform.runtime.state::<Shipment>(id).await? else { continue };
                let Some(request) = &shipment.request else { continue };
                let seen = platform.positions.latest(driver, now);
                let resumed = Resumed {
                    shipment: id,
                    status: shipment.status,
                    pickup: request.pickup,
                    delivery: request.delivery,
                    weight_kg: request.cargo.weight_kg,
                    stops: state.stops.to_vec(),
                    seen_at: seen.map(|seen| seen.sample.position),
                };
                self.cast.resume(driver, &resumed, now);
            }
        }
        Ok(())
    }

    /// Lets people hear the news and do what is due.
    async fn act(&mut self, platform: &Platform, clerk: &Clerk, now: Timestamp) {
        loop {
            self.hear(now);
            let Some(doing) = self.cast.next(now) else { return };
            let accepted = match perform(platform, clerk, &doing, now).await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a simulated person could not act");
                    false
                }
            };
            self.hear(now);
            self.cast.done(&doing.deed, accepted, now);
        }
    }

    fn hear(&mut self, now: Timestamp) {
        while let Some(notice) = self.notices.take() {
            self.cast.hear(&notice, now);
        }
    }

    async fn report(&mut self, platform: &Platform, now: Timestamp) {
        for sighting in self.cast.take_sightings() {
            let Sighting { driver, at, position, speed_kmh, heading } = sighting;
            let sample = Sample { position, at, speed_kmh: Some(speed_kmh), heading, mocked: None };
            if let Err(error) = platform.positions.record(self.options.tenant, driver, &[sample], now).await {
                tracing::debug!(%error, "a simulated position was not stored");
            }
        }
    }

    /// Shippers come by chance, independently of one another: the gaps are exponential.
    fn plan_posting(&mut self, now: Timestamp) {
        if self.cast.to_post() == 0 && self.cast.open_shipments() < OPEN_MAX {
            let gap = self.options.posting_every.mul_f64(-(1.0 - self.dice.between(0.0, 1.0)).ln());
            self.cast.plan_posting(now.after(gap));
        }
    }
}

/// Does what somebody does; whether the platform accepted it.
async fn perform(
    platform: &Platform,
    clerk: &Clerk,
    doing: &Doing,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let counts = match &doing.deed {
        Deed::Post(posting) => {
            let store = platform.runtime.store();
            Counts {
                number: store.next_number(&Clerk::sequence_of_shipment(posting)).await?,
                posted_this_month: volumes::posted(store, posting.shipper, now).await?,
            }
        }
        _ => Counts::default(),
    };
    carry_out(platform, clerk, doing.user, clerk.order(doing, counts, now)).await
}

async fn carry_out(
    platform: &Platform,
    clerk: &Clerk,
    user: UserId,
    order: Order,
) -> Result<bool, StoreError> {
    let origin = clerk.origin(user, platform.runtime.now());
    match platform.runtime.submit(&origin, order.wait(Wait::Durable)).await {
        Ok(_) => Ok(true),
        Err(CommandError::Store(error)) => Err(error),
        Err(error) => {
            tracing::debug!(%error, "a simulated person was refused");
            Ok(false)
        }
    }
}

#[cfg(test)]
#[path = "living_tests.rs"]
mod tests;
