//! When the trucks of appointments will arrive, by their newest positions: in answers, and told to those who follow a
//! facility.

use crate::{
    agents::{Appointment, Stage, Yard},
    topics::YardTopics,
    views::appointments::AppointmentRow,
    wire::WireExpectedTruck,
};
use contracts::{
    facility::{DockWork, yard_of},
    ports::{ArrivalForecast, ExpectedArrival},
    tracking::StopKind,
};
use edge::ws::{Audience, Hub};
use kernel::{AppointmentId, FacilityId, Timestamp};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Between two looks at what is expected.
const PERIOD: Duration = Duration::from_secs(5);
/// Smaller changes of an arrival are not told.
const NEWS: Duration = Duration::from_secs(60);

/// The stop of a trip at which this is done.
const fn stop_of(work: DockWork) -> StopKind {
    match work {
        DockWork::Loading => StopKind::Pickup,
        DockWork::Unloading => StopKind::Delivery,
    }
}

/// What is expected of the truck of a row, if it has not come.
pub(crate) fn of_row(forecast: &dyn ArrivalForecast, row: &AppointmentRow) -> Option<ExpectedArrival> {
    let is_ahead = Stage::ALL.into_iter().any(|stage| stage.is_ahead() && stage.name() == row.status);
    let work = [DockWork::Loading, DockWork::Unloading].into_iter().find(|work| work.name() == row.work)?;
    let expected = forecast.next_arrival(row.driver.filter(|_| is_ahead)?, row.shipment?)?;
    (expected.stop == stop_of(work)).then_some(expected)
}

fn of_appointment(forecast: &dyn ArrivalForecast, known: &Appointment) -> Option<ExpectedArrival> {
    let booking = &known.booking;
    let expected = forecast.next_arrival(booking.driver?, booking.shipment?)?;
    (expected.stop == stop_of(booking.work)).then_some(expected)
}

/// What followers of a facility were told last.
pub(crate) type Told = FxHashMap<AppointmentId, Timestamp>;

/// The arrivals that differ from what was told; from then on they are told.
pub(crate) fn news(
    yard: &Yard,
    forecast: &dyn ArrivalForecast,
    told: &mut Told,
) -> Vec<(AppointmentId, ExpectedArrival)> {
    let mut news = Vec::new();
    for (id, known) in yard.appointments.iter().filter(|(_, known)| known.stage.is_ahead()) {
        let Some(expected) = of_appointment(forecast, known) else { continue };
        let apart = |before: &Timestamp| before.since(expected.at).max(expected.at.since(*before));
        if told.get(&id).is_none_or(|before| apart(before) >= NEWS) {
            told.insert(id, expected.at);
            news.push((id, expected));
        }
    }
    told.retain(|id, _| yard.appointments.get(*id).is_some_and(|known| known.stage.is_ahead()));
    news.sort_unstable_by_key(|(id, _)| *id);
    news
}

fn message(facility: FacilityId, news: Vec<(AppointmentId, ExpectedArrival)>, now: Timestamp) -> Value {
    let arrival = |(id, expected): (AppointmentId, ExpectedArrival)| json!({ "appointment_id": id, "expected": WireExpectedTruck::from(expected) });
    json!({
        "type": "arrivals.expected",
        "subject": facility,
        "time": now.to_string(),
        "data": { "arrivals": news.into_iter().map(arrival).collect::<Vec<_>>() },
    })
}

/// Tells those who follow a facility when its trucks will arrive, until the task that runs it ends.
pub async fn publish_arrivals(topics: Arc<YardTopics>, hub: Hub) {
    loop {
        tokio::time::sleep(PERIOD).await;
        let facilities = topics.facilities();
        let runtime = &facilities.platform.runtime;
        let now = runtime.clock().now();
        for facility in topics.followed(now) {
            let yard = match runtime.state::<Yard>(yard_of(facility)).await {
                Ok(Some(yard)) => yard,
                Ok(None) => continue,
                Err(error) => {
                    tracing::debug!(%error, "a yard cannot be looked over now");
                    continue;
                }
            };
            let news = topics.news(facility, &yard);
            if !news.is_empty() {
                hub.publish(&YardTopics::whole(facility), Audience::ALL, || message(facility, news, now));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::{
        facility::{Booking, CargoCount, DockScheduled, TruckCheckedIn, TruckShape, VehicleClass},
        shipment::Window,
    };
    use kernel::{DriverId, OrganisationId, ShipmentId, TypedId, Uuid};
    use runtime::Agent as _;
    use std::cell::Cell;

    const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn id<I: TypedId>(number: u128) -> I {
        I::from_uuid(Uuid::from_u128(number))
    }

    /// One truck drives to its pickup.
    struct Driving(std::sync::Mutex<Cell<Timestamp>>);

    impl ArrivalForecast for Driving {
        fn next_arrival(&self, driver: DriverId, shipment: ShipmentId) -> Option<ExpectedArrival> {
            let at = self.0.lock().unwrap().get();
            let expected = ExpectedArrival {
                stop: StopKind::Pickup,
                at,
                earliest: at.before(NEWS),
                latest: at.after(NEWS),
                seen_at: NOW,
            };
            (driver == id(1) && shipment == id(2)).then_some(expected)
        }
    }

    fn booked(number: u128, driver: u128, work: DockWork) -> DockScheduled {
        let truck =
            TruckShape { class: VehicleClass::Van, length_cm: 600, height_cm: 250, needs: Vec::new() };
        let booking = Booking {
            appointment: id(number),
            carrier: id::<OrganisationId>(3),
            shipment: Some(id(2)),
            driver: Some(id(driver)),
            work,
            truck,
            minutes: 60,
            earliest: None,
            papers: CargoCount::default(),
        };
        let window = Window { from: NOW.after(HOUR * 2), to: NOW.after(HOUR * 4) };
        DockScheduled { booking, dock: "1".into(), window }
    }

    #[test]
    fn an_arrival_is_told_when_it_changes_by_a_minute_and_until_the_truck_is_there() {
        let mut yard = Yard::default();
        // The truck's own unloading elsewhere, and another truck, are not what it drives to now.
        for scheduled in [
            booked(10, 1, DockWork::Loading),
            booked(11, 1, DockWork::Unloading),
            booked(12, 9, DockWork::Loading),
        ] {
            yard.evolve(&scheduled.into(), NOW);
        }
        let driving = Driving(std::sync::Mutex::new(Cell::new(NOW.after(HOUR * 2))));
        let mut told = Told::default();
        let mut heard = |yard: &Yard| -> Vec<AppointmentId> {
            news(yard, &driving, &mut told).into_iter().map(|(id, _)| id).collect()
        };
        assert_eq!(heard(&yard), [id(10)]);
        assert_eq!(heard(&yard), [], "nothing is new");
        driving.0.lock().unwrap().set(NOW.after(HOUR * 2 + NEWS));
        assert_eq!(heard(&yard), [id(10)]);
        let here = TruckCheckedIn {
            appointment: id(10),
            counted: CargoCount::default(),
            consignment: None,
            differs: Vec::new(),
        };
        yard.evolve(&here.into(), NOW);
        driving.0.lock().unwrap().set(NOW.after(HOUR * 4));
        assert_eq!(heard(&yard), [], "it is there");
    }
}
