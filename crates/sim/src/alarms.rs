//! What the watch over the trips found in a day, against what was so: false alarms, faults that were seen, and how well
//! arrivals were foretold. Taken from the log, and from what the trucks really did: what went wrong, and when they came.

use crate::cast::{Arrivals, Fault, FaultKind};
use contracts::{
    shipment::{ShipmentEvent, ShipmentStatus},
    tracking::{AlertKind, StopKind, TripEvent},
};
use kernel::{DriverId, ShipmentId, Timestamp};
use movement::watch::Outlook;
use parking_lot::Mutex;
use runtime::{Observer, Recorded};
use serde::Serialize;
use std::{collections::BTreeMap, fmt, time::Duration};

/// A delay was told truly when the truck came this much later than promised: half an hour less the ten minutes that an
/// arrival may be off (annex, acceptance).
const TRULY_LATE: Duration = Duration::from_secs(20 * 60);
/// An alert that is raised so long after a fault has ended is still its consequence.
const AFTERMATH: Duration = Duration::from_secs(30 * 60);

/// Collects what the watch says from committed events.
#[derive(Debug, Default)]
pub struct Alarms {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    running: BTreeMap<ShipmentId, DriverId>,
    under_way_since: BTreeMap<ShipmentId, Timestamp>,
    under_way: Duration,
    raised: Vec<Raised>,
    delays: Vec<Delay>,
    foretold: Vec<Foretold>,
}

#[derive(Debug, Clone, Copy)]
struct Raised {
    shipment: ShipmentId,
    kind: AlertKind,
    at: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Delay {
    shipment: ShipmentId,
    stop: StopKind,
    planned_at: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Foretold {
    shipment: ShipmentId,
    outlook: Outlook,
}

/// What the trucks really did.
#[derive(Debug, Clone, Copy)]
pub struct Truth<'a> {
    /// What went wrong on purpose.
    pub faults: &'a [Fault],
    /// When they came to their stops.
    pub arrivals: &'a Arrivals,
}

/// What came of the watch.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct WatchReport {
    /// Hours that trucks were under way to a pickup or a delivery, or at one.
    pub truck_hours: f64,
    /// Alerts by kind.
    pub alerts: BTreeMap<&'static str, u64>,
    /// Of them, those that nothing had caused.
    pub false_alarms: BTreeMap<&'static str, u64>,
    /// False alarms by 1,000 truck-hours.
    pub false_per_1000_truck_hours: f64,
    /// Delays told, and those of them whose truck was late.
    pub delays: (u64, u64),
    /// What went wrong on purpose, by kind.
    pub faults: BTreeMap<&'static str, Detection>,
    /// Arrivals foretold, every five minutes of every way.
    pub estimates: u64,
    /// The share of arrivals within the interval of eight of ten.
    pub within_interval_share: f64,
    /// Half of the estimates were off by no more than this, in minutes.
    pub estimate_error_p50_minutes: f64,
    /// The share of estimates in the last two hours that were off by at most ten minutes (annex: 80 %).
    pub within_ten_minutes_share: f64,
}

/// How a kind of fault was seen.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Detection {
    /// How many there were.
    pub injected: u64,
    /// Of them, those that an alert of a fitting kind followed.
    pub detected: u64,
    /// Half of those were seen within this, in minutes.
    pub delay_p50_minutes: f64,
    /// Nine of ten were seen within this, in minutes.
    pub delay_p90_minutes: f64,
}

impl Alarms {
    /// The trips that are watched now.
    pub fn running(&self) -> Vec<(ShipmentId, DriverId)> {
        self.seen.lock().running.iter().map(|(shipment, driver)| (*shipment, *driver)).collect()
    }

    /// An arrival was foretold.
    pub fn foretold(&self, shipment: ShipmentId, outlook: Outlook) {
        self.seen.lock().foretold.push(Foretold { shipment, outlook });
    }

    /// The figures, against what was so.
    pub fn report(&self, truth: Truth<'_>) -> WatchReport {
        let seen = self.seen.lock();
        let truck_hours = seen.under_way.as_secs_f64() / 3600.0;
        let (mut alerts, mut false_alarms) = (BTreeMap::new(), BTreeMap::new());
        for raised in &seen.raised {
            *alerts.entry(raised.kind.name()).or_default() += 1;
            if !seen.is_true(raised, truth) {
                *false_alarms.entry(raised.kind.name()).or_default() += 1;
            }
        }
        let count: u64 = false_alarms.values().sum();
        let true_delays = seen.delays.iter().filter(|delay| truth.was_late(delay) != Some(false)).count();
        let kinds =
            FaultKind::ALL.into_iter().filter(|kind| truth.faults.iter().any(|fault| fault.kind == *kind));
        let estimates = seen.estimates(truth.arrivals);
        WatchReport {
            truck_hours,
            alerts,
            false_alarms,
            false_per_1000_truck_hours: share(count as f64 * 1000.0, truck_hours),
            delays: (seen.delays.len() as u64, true_delays as u64),
            faults: kinds.map(|kind| (kind.name(), seen.detection(kind, truth.faults))).collect(),
            ..estimates
        }
    }
}

/// Which alerts a fault may cause, beside the delay that comes of any.
const fn fits(fault: FaultKind, alert: AlertKind) -> bool {
    match fault {
        FaultKind::Breakdown => matches!(alert, AlertKind::LongStop | AlertKind::Stuck | AlertKind::EtaSlip),
        FaultKind::OffRoute => {
            matches!(alert, AlertKind::OffRoute | AlertKind::OppositeDirection | AlertKind::EtaSlip)
        }
        FaultKind::Silence => matches!(alert, AlertKind::Silence | AlertKind::EtaSlip),
    }
}

impl Truth<'_> {
    /// Whether a truck came late that was said to; nobody knows of one that never came.
    fn was_late(&self, delay: &Delay) -> Option<bool> {
        let arrived = self.arrivals.get(&(delay.shipment, delay.stop))?;
        Some(arrived.since(delay.planned_at) >= TRULY_LATE)
    }
}

impl Seen {
    fn take(&mut self, event: &Recorded) {
        let at = event.time();
        if let Some(ShipmentEvent::StatusChanged(changed)) = event.of::<ShipmentEvent>() {
            let Some(shipment) = event.id::<ShipmentId>() else { return };
            if changed.to == ShipmentStatus::EnRoutePickup {
                self.under_way_since.insert(shipment, at);
            } else if !changed.to.is_trip() {
                self.ended(shipment, at);
            }
        } else if let Some(happened) = event.of::<TripEvent>() {
            self.take_trip(happened, at);
        }
    }

    fn take_trip(&mut self, event: &TripEvent, at: Timestamp) {
        match event {
            TripEvent::Begun(begun) => {
                self.running.insert(begun.shipment, begun.driver);
            }
            TripEvent::Ended(ended) => {
                self.running.remove(&ended.shipment);
                self.ended(ended.shipment, at);
            }
            TripEvent::AlertRaised(raised) => {
                self.raised.push(Raised { shipment: raised.shipment, kind: raised.kind, at });
            }
            TripEvent::Delayed(delayed) => self.delays.push(Delay {
                shipment: delayed.shipment,
                stop: delayed.stop,
                planned_at: delayed.planned_at,
            }),
            _ => {}
        }
    }

    fn ended(&mut self, shipment: ShipmentId, at: Timestamp) {
        if let Some(since) = self.under_way_since.remove(&shipment) {
            self.under_way += at.since(since);
        }
    }

    /// An alert is true when a fault has caused it, or when the delay that it foretold came.
    fn is_true(&self, raised: &Raised, truth: Truth<'_>) -> bool {
        let mut own = truth.faults.iter().filter(|fault| fault.shipment == raised.shipment);
        let caused = own.any(|fault| {
            fits(fault.kind, raised.kind)
                && fault.from <= raised.at
                && raised.at <= fault.until.after(AFTERMATH)
        });
        let late = || {
            let mut delays = self.delays.iter().filter(|delay| delay.shipment == raised.shipment);
            delays.any(|delay| truth.was_late(delay) != Some(false))
        };
        caused || (raised.kind == AlertKind::EtaSlip && late())
    }

    fn detection(&self, kind: FaultKind, faults: &[Fault]) -> Detection {
        let mut delays = Vec::new();
        let mut injected = 0;
        for fault in faults.iter().filter(|fault| fault.kind == kind) {
            injected += 1;
            let follows = |raised: &&Raised| {
                raised.shipment == fault.shipment
                    && raised.kind != AlertKind::EtaSlip
                    && fits(kind, raised.kind)
                    && fault.from <= raised.at
                    && raised.at <= fault.until.after(AFTERMATH)
            };
            delays.extend(self.raised.iter().filter(follows).map(|raised| raised.at.since(fault.from)).min());
        }
        delays.sort_unstable();
        Detection {
            injected,
            detected: delays.len() as u64,
            delay_p50_minutes: quantile_minutes(&delays, 0.5),
            delay_p90_minutes: quantile_minutes(&delays, 0.9),
        }
    }

    fn estimates(&self, arrivals: &Arrivals) -> WatchReport {
        let (mut count, mut within, mut near, mut near_right) = (0_u64, 0_u64, 0_u64, 0_u64);
        let mut errors = Vec::new();
        for Foretold { shipment, outlook } in &self.foretold {
            let Some(arrived) = arrivals.get(&(*shipment, outlook.stop)) else { continue };
            let eta = outlook.eta;
            let error = arrived.since(eta.at).max(eta.at.since(*arrived));
            count += 1;
            within += u64::from(eta.earliest <= *arrived && *arrived <= eta.latest);
            if arrived.since(outlook.seen_at) <= Duration::from_secs(7200) {
                near += 1;
                near_right += u64::from(error <= Duration::from_secs(600));
            }
            errors.push(error);
        }
        errors.sort_unstable();
        WatchReport {
            estimates: count,
            within_interval_share: share(within as f64, count as f64),
            estimate_error_p50_minutes: quantile_minutes(&errors, 0.5),
            within_ten_minutes_share: share(near_right as f64, near as f64),
            ..WatchReport::default()
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn quantile_minutes(sorted: &[Duration], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).map_or(0.0, |span| span.as_secs_f64() / 60.0)
}

impl Observer for Alarms {
    fn committed(&self, event: &Recorded) {
        self.seen.lock().take(event);
    }
}

/// Lines for people.
impl fmt::Display for WatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &BTreeMap<&'static str, u64>| {
            let each: Vec<String> = counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            if each.is_empty() { "none".to_owned() } else { each.join(", ") }
        };
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let mut lines = vec![
            ("watched", format!("{:.0} truck-hours", self.truck_hours)),
            ("alerts", list(&self.alerts)),
            (
                "false alarms",
                format!(
                    "{} ({:.2} per 1,000 truck-hours)",
                    list(&self.false_alarms),
                    self.false_per_1000_truck_hours
                ),
            ),
            ("delays told", format!("{}, of which {} came", self.delays.0, self.delays.1)),
            (
                "arrivals foretold",
                format!(
                    "{} times: {} within the interval of 80 %, half off by at most {:.1} min; in the last two hours {} off by at most 10 min",
                    self.estimates,
                    percent(self.within_interval_share),
                    self.estimate_error_p50_minutes,
                    percent(self.within_ten_minutes_share)
                ),
            ),
        ];
        for (kind, seen) in &self.faults {
            let text = format!(
                "{} of {} seen, after p50 {:.0} min, p90 {:.0} min",
                seen.detected, seen.injected, seen.delay_p50_minutes, seen.delay_p90_minutes
            );
            lines.push((kind, text));
        }
        lines.iter().try_for_each(|(name, value)| writeln!(f, "{name:<20} {value}"))
    }
}
