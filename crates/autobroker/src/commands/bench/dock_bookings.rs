//! Booking appointments at a facility with a thousand docks, each booked durably before the next.

use super::figure::{Budget, Figure};
use crate::{failure::Failure, stopwatch::Stopwatch};
use contracts::{
    facility::{Booking, CargoCount, DockWork, TruckShape, VehicleClass, yard_of},
    profile::{FacilityProfileWritten, FacilityState, FacilityType},
};
use facilities::agents::{How, Yard, YardCommand};
use kernel::{
    Actor, AppointmentId, Clock, Entropy, FacilityId, OrganisationId, Position, RequestId, SeededEntropy,
    TenantId, Timestamp, TypedId as _, Uuid,
};
use runtime::{Assembly, Order, Origin, Runtime, RuntimeOptions, SystemClock, SystemEntropy, Wait};
use std::{path::Path, sync::Arc, time::Duration};
use store::{Store, StoreUrl};
use tokio::task::JoinSet;

const DOCKS: u32 = 1000;
/// Appointments that are there before the first is measured.
const BEFORE: u32 = 10_000;
/// Who books them.
const BOOKERS: u32 = 64;
const MEASURED: u32 = 2000;
const DAYS: f64 = 20.0;
const SEED: u64 = 80;

/// The group `docks`.
pub async fn measure(folder: &Path) -> Result<Vec<Figure>, Failure> {
    let store = Store::open(&StoreUrl::Sqlite(folder.join("docks"))).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let assembly = Assembly::new().with(facilities::context(&Arc::default()));
    let runtime = Runtime::start(assembly, store, clock, entropy, RuntimeOptions::default()).await?;
    let bench = Bench {
        runtime,
        places: Arc::new(SeededEntropy::new(SEED)),
        facility: FacilityId::from_uuid(Uuid::from_u128(1)),
    };
    bench.submit(YardCommand::Know(Box::new(profile()))).await?;
    bench.fill().await?;
    let mut times = Vec::new();
    for number in BEFORE..BEFORE + MEASURED {
        let watch = Stopwatch::start();
        bench.book(number).await?;
        times.push(watch.elapsed());
    }
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    bench.runtime.stop().await;
    Ok(vec![
        Figure::new("appointment booking, 1,000 docks, 10,000 booked, p50", p50, "ms", Budget::Free),
        Figure::new("appointment booking, 1,000 docks, 10,000 booked, p99", p99, "ms", Budget::AtMost(5.0)),
    ])
}

/// In milliseconds.
fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

#[derive(Clone)]
struct Bench {
    runtime: Runtime,
    places: Arc<SeededEntropy>,
    facility: FacilityId,
}

impl Bench {
    /// Books what is there before, many at once, so that their commits are shared.
    async fn fill(&self) -> Result<(), Failure> {
        let mut bookers: JoinSet<Result<(), Failure>> = JoinSet::new();
        for first in 0..BOOKERS {
            let bench = self.clone();
            bookers.spawn(async move {
                for number in (first..BEFORE).step_by(BOOKERS as usize) {
                    bench.book(number).await?;
                }
                Ok(())
            });
        }
        while let Some(booked) = bookers.join_next().await {
            booked.map_err(|error| Failure::Refused(format!("a booker: {error}")))??;
        }
        Ok(())
    }

    /// Books an hour at a quarter of an hour drawn from the next weeks, or the first free one after it.
    async fn book(&self, number: u32) -> Result<(), Failure> {
        let minutes = (DAYS * 1440.0 * self.places.unit()) as u64;
        let from = self.runtime.now().after(Duration::from_secs(3600 + 60 * minutes));
        let booking = booking(number, from);
        self.submit(YardCommand::Book { booking: Box::new(booking), dock: None, from, how: How::FirstFree })
            .await
    }

    async fn submit(&self, command: YardCommand) -> Result<(), Failure> {
        let origin = Origin {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            actor: Actor::System("bench"),
            correlation: RequestId::from_uuid(Uuid::from_u128(1)),
            idempotency: None,
        };
        let order = Order::new::<Yard>(yard_of(self.facility), command).wait(Wait::Durable);
        let receipt = self.runtime.submit(&origin, order).await;
        let receipt = receipt.map_err(|error| Failure::Refused(format!("a booking: {error}")))?;
        if receipt.changed { Ok(()) } else { Err(Failure::Refused("a booking did nothing".to_owned())) }
    }
}

fn booking(number: u32, earliest: Timestamp) -> Booking {
    Booking {
        appointment: AppointmentId::from_uuid(Uuid::from_u128(u128::from(number))),
        carrier: OrganisationId::from_uuid(Uuid::from_u128(u128::from(number % 500))),
        shipment: None,
        driver: None,
        work: if number.is_multiple_of(2) { DockWork::Loading } else { DockWork::Unloading },
        truck: TruckShape {
            class: VehicleClass::SemiTruck,
            length_cm: 1650,
            height_cm: 400,
            needs: Vec::new(),
        },
        minutes: 60,
        earliest: Some(earliest),
        papers: CargoCount::default(),
    }
}

fn profile() -> FacilityProfileWritten {
    FacilityProfileWritten {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        organisation: OrganisationId::from_uuid(Uuid::from_u128(1)),
        reference: "FAC-MIL-W000001".to_owned(),
        facility_type: FacilityType::Warehouse,
        position: Position { latitude: 45.4642, longitude: 9.19 },
        docks: DOCKS,
        state: FacilityState::Operational,
    }
}
