//! What a simulated day came to.

use crate::{alarms::WatchReport, audit::Figures, cast::Odometer};
use contracts::shipment::ShipmentStatus;
use kernel::Money;
use rust_decimal::Decimal;
use serde::Serialize;
use std::{collections::BTreeMap, fmt, time::Duration};

/// An amount as on the wire: decimal text and ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// A decimal number.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: &'static str,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { amount: money.to_decimal(), currency: money.currency.code() }
    }
}

/// The report of `simulate`. Everything but `wall_seconds` and `events_per_second` is the same for the same seed and
/// options.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Shipments posted.
    pub shipments: u64,
    /// Of them, booked at least once.
    pub booked: u64,
    /// Of them, delivered.
    pub delivered: u64,
    /// Prices of bookings released to carriers.
    pub paid_out: u64,
    /// Payments for waiting released to carriers.
    pub waiting_paid: u64,
    /// What carriers got for waiting, without commission.
    pub paid_for_waiting: Amount,
    /// Given up because nobody took them.
    pub expired: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// Booked by posted, 0 to 1.
    pub fill_rate: f64,
    /// Mean number of bids.
    pub bids_per_shipment: f64,
    /// Median time from posting to booking, in seconds.
    pub time_to_book_p50_seconds: f64,
    /// Nine of ten were booked within this, in seconds.
    pub time_to_book_p90_seconds: f64,
    /// Bookings that followed a trip under way.
    pub return_loads: u64,
    /// Bookings that were carried along with what a truck had.
    pub part_loads: u64,
    /// What was carried by what could have been, over all km, 0 to 1.
    pub load_factor: f64,
    /// Km without freight by all km, 0 to 1.
    pub empty_km_share: f64,
    /// Km driven with freight.
    pub loaded_km: f64,
    /// Km driven without.
    pub empty_km: f64,
    /// Deliveries in their window by all deliveries, 0 to 1.
    pub on_time_share: f64,
    /// Positions reported.
    pub positions: u64,
    /// What carriers were paid for their trips.
    pub paid: Amount,
    /// What the platform earned.
    pub commission: Amount,
    /// Events in the log of this run.
    pub events: u64,
    /// Simulated time from the first instant to the last payout, in hours.
    pub simulated_hours: f64,
    /// Real time that the run took, in seconds; the checks afterwards are not in it.
    pub wall_seconds: f64,
    /// Events by real time.
    pub events_per_second: f64,
    /// The last value of the chain over the whole log, hexadecimal.
    pub log_hash: String,
    /// What the watch over the trips found.
    pub watch: WatchReport,
    /// The promises that were checked, and whether each held.
    pub invariants: BTreeMap<&'static str, bool>,
}

/// What the log does not tell.
#[derive(Debug, Clone, Copy)]
pub struct Measures {
    /// What the trucks drove.
    pub odometer: Odometer,
    /// Positions reported.
    pub positions: u64,
    /// From the first instant to the last.
    pub simulated: Duration,
    /// How long it took.
    pub wall: Duration,
}

impl Report {
    /// Puts the figures together.
    #[must_use]
    pub fn new(
        figures: &Figures,
        measures: Measures,
        watch: WatchReport,
        log_hash: [u8; 32],
        invariants: BTreeMap<&'static str, bool>,
    ) -> Self {
        let shipments = figures.count(|_| true);
        let booked = figures.count(|fate| fate.booked_at.is_some());
        let delivered = figures.count(|fate| fate.on_time.is_some());
        let on_time = figures.count(|fate| fate.on_time == Some(true));
        let bids: u64 = figures.fates().map(|fate| fate.bids).sum();
        let times = figures.times_to_book();
        let Odometer { empty_km, loaded_km, carried_kg_km, capacity_kg_km } = measures.odometer;
        let wall_seconds = measures.wall.as_secs_f64();
        Self {
            shipments,
            booked,
            delivered,
            paid_out: figures.releases(),
            waiting_paid: figures.waiting_releases(),
            paid_for_waiting: figures.paid_for_waiting().into(),
            expired: figures.count(|fate| fate.status == ShipmentStatus::Expired),
            cancelled: figures.count(|fate| fate.status == ShipmentStatus::Cancelled),
            fill_rate: share(booked as f64, shipments as f64),
            bids_per_shipment: share(bids as f64, shipments as f64),
            time_to_book_p50_seconds: quantile(&times, 0.5),
            time_to_book_p90_seconds: quantile(&times, 0.9),
            return_loads: figures.return_loads(),
            part_loads: figures.part_loads(),
            load_factor: share(carried_kg_km, capacity_kg_km),
            empty_km_share: share(empty_km, empty_km + loaded_km),
            loaded_km,
            empty_km,
            on_time_share: share(on_time as f64, delivered as f64),
            positions: measures.positions,
            paid: figures.paid().into(),
            commission: figures.commission().into(),
            events: figures.events(),
            simulated_hours: measures.simulated.as_secs_f64() / 3600.0,
            wall_seconds,
            events_per_second: share(figures.events() as f64, wall_seconds),
            log_hash: log_hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            watch,
            invariants,
        }
    }

    /// Whether every promise held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.invariants.values().all(|held| *held)
    }
}

/// A part of a whole; 0 of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The smallest value that so many of the values do not exceed, in seconds; 0 of nothing.
fn quantile(sorted: &[Duration], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).map_or(0.0, Duration::as_secs_f64)
}

/// Lines for people.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let lines = [
            ("shipments", self.shipments.to_string()),
            ("booked", format!("{} (fill rate {})", self.booked, percent(self.fill_rate))),
            ("delivered", format!("{} ({} on time)", self.delivered, percent(self.on_time_share))),
            ("paid out", self.paid_out.to_string()),
            (
                "paid for waiting",
                format!(
                    "{} times, {} {}",
                    self.waiting_paid, self.paid_for_waiting.amount, self.paid_for_waiting.currency
                ),
            ),
            ("expired, cancelled", format!("{}, {}", self.expired, self.cancelled)),
            ("bids a shipment", format!("{:.1}", self.bids_per_shipment)),
            (
                "time to book",
                format!(
                    "p50 {:.0} s, p90 {:.0} s",
                    self.time_to_book_p50_seconds, self.time_to_book_p90_seconds
                ),
            ),
            ("return loads", self.return_loads.to_string()),
            ("part loads", self.part_loads.to_string()),
            (
                "empty kilometres",
                format!("{} of {:.0} km", percent(self.empty_km_share), self.empty_km + self.loaded_km),
            ),
            ("capacity used", format!("{} over all km", percent(self.load_factor))),
            ("paid to carriers", format!("{} {}", self.paid.amount, self.paid.currency)),
            ("commission", format!("{} {}", self.commission.amount, self.commission.currency)),
            ("positions", self.positions.to_string()),
            ("simulated", format!("{:.1} h", self.simulated_hours)),
            (
                "events",
                format!("{} in {:.2} s ({:.0}/s)", self.events, self.wall_seconds, self.events_per_second),
            ),
            ("log hash", self.log_hash.clone()),
        ];
        for (name, value) in lines {
            writeln!(f, "{name:<20} {value}")?;
        }
        write!(f, "{}", self.watch)?;
        for (name, held) in &self.invariants {
            writeln!(f, "{name:<20} {}", if *held { "holds" } else { "BROKEN" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        let times: Vec<Duration> = (1..=10).map(Duration::from_secs).collect();
        assert!((quantile(&times, 0.5) - 5.0).abs() < 1e-9 && (quantile(&times, 0.9) - 9.0).abs() < 1e-9);
        assert!(quantile(&[], 0.5).abs() < 1e-9 && (quantile(&times[..1], 0.5) - 1.0).abs() < 1e-9);
    }
}
