//! The yard's public language: a facility's docks, who comes when, and how it went (issue 5; annex, section 3).
//!
//! One stream a facility, whose id is the facility's under another prefix. Texts that people wrote about an issue lie in
//! the vault.

use crate::{
    events,
    profile::{FacilityProfileWritten, FacilityState},
    shipment::Window,
};
use kernel::{
    AppointmentId, DriverId, FacilityId, OrganisationId, PersonId, ShipmentId, Timestamp, TypedId, UserId,
    YardId,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The yard of a facility.
#[must_use]
pub fn yard_of(facility: FacilityId) -> YardId {
    YardId::from_uuid(facility.uuid())
}

/// The facility of a yard.
#[must_use]
pub fn facility_of(yard: YardId) -> FacilityId {
    FacilityId::from_uuid(yard.uuid())
}

/// How large a vehicle is, smallest first: a dock that takes one takes the smaller ones (annex, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleClass {
    /// A van or pickup.
    Van,
    /// A rigid truck with a box.
    BoxTruck,
    /// A tractor with a semi-trailer.
    SemiTruck,
    /// A container on its chassis.
    Container,
}

/// What a dock may have and a truck or its cargo may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Equipment {
    /// Lifts to the height of the bed.
    LiftGate,
    /// Kept at 2 to 8 degrees.
    Cooled,
    /// Kept below -18 degrees.
    Frozen,
    /// Forklifts with their drivers.
    Forklift,
    /// A crane.
    Crane,
    /// Dangerous goods may be handled.
    Hazmat,
}

/// What is done at a dock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DockWork {
    /// Goods go onto the truck.
    Loading,
    /// Goods come off the truck.
    Unloading,
}

impl DockWork {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Unloading => "unloading",
        }
    }
}

/// A dock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockSpec {
    /// What it is called on the ground, unique in its facility.
    pub name: Arc<str>,
    /// The largest class it takes.
    pub max_vehicle: VehicleClass,
    /// The longest vehicle in cm.
    pub max_length_cm: u32,
    /// The highest vehicle in cm.
    pub max_height_cm: u32,
    /// What it has.
    pub equipment: Vec<Equipment>,
    /// What may be done there.
    pub works: Vec<DockWork>,
    /// Whether it is out of use for good.
    pub retired: bool,
}

/// A truck as docks see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruckShape {
    /// Its class.
    pub class: VehicleClass,
    /// Its length in cm.
    pub length_cm: u32,
    /// Its height in cm.
    pub height_cm: u32,
    /// What it needs of the dock.
    pub needs: Vec<Equipment>,
}

/// Open from a minute of the local day to another; 0 to 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSpan {
    /// The first minute.
    pub from_minute: u16,
    /// The minute at which it ends; 1440 is the end of the day.
    pub to_minute: u16,
}

/// By what rules a facility gives its slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRules {
    /// Slots begin at multiples of it, by the local clock.
    pub slot_minutes: u16,
    /// How long an appointment lasts that names no length.
    pub usual_minutes: u16,
    /// Kept free between two appointments of a dock.
    pub buffer_minutes: u16,
    /// How long before its beginning a slot must be booked.
    pub lead_minutes: u16,
    /// How far ahead slots can be booked.
    pub horizon_days: u16,
    /// How long a hold lasts.
    pub hold_minutes: u16,
    /// How long beyond its appointment a truck waits for nothing; then detention begins.
    pub free_minutes: u16,
}

impl Default for SlotRules {
    /// Detention after 30 min (annex, section 1, BR5); the others are usual in the trade.
    fn default() -> Self {
        Self {
            slot_minutes: 15,
            usual_minutes: 60,
            buffer_minutes: 0,
            lead_minutes: 0,
            horizon_days: 60,
            hold_minutes: 10,
            free_minutes: 30,
        }
    }
}

/// When a facility is open and by what rules it gives slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrangement {
    /// The IANA name of its time zone.
    pub zone: String,
    /// The open spans of each weekday, Monday first; seven of them.
    pub hours: Vec<Vec<OpenSpan>>,
    /// The rules.
    pub rules: SlotRules,
}

impl Default for Arrangement {
    /// Always open, in UTC: until its operator says otherwise.
    fn default() -> Self {
        let always = vec![OpenSpan { from_minute: 0, to_minute: 1440 }];
        Self { zone: "Etc/UTC".to_owned(), hours: vec![always; 7], rules: SlotRules::default() }
    }
}

/// Docks are closed for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockClosed {
    /// Its number, counted by the facility.
    pub closure: u32,
    /// Which docks; all of them when empty.
    pub docks: Vec<Arc<str>>,
    /// From when to when.
    pub window: Window,
    /// A stable code: `maintenance`, `holiday`, `staff`, `incident`, `other`.
    pub reason: String,
}

/// A closure was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockReopened {
    /// Its number.
    pub closure: u32,
}

/// What the papers of a cargo say, or what was counted of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CargoCount {
    /// Its weight in kg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_kg: Option<f64>,
    /// Pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pieces: Option<u32>,
    /// The reference on its papers: a shipment's, or an order's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What is wanted of a facility.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// The appointment.
    pub appointment: AppointmentId,
    /// Whose truck comes.
    pub carrier: OrganisationId,
    /// The shipment, when it is one of this marketplace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentId>,
    /// Its driver, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverId>,
    /// What is done.
    pub work: DockWork,
    /// The truck.
    pub truck: TruckShape,
    /// How long it takes, in minutes.
    pub minutes: u16,
    /// From when on the truck could come too, if the facility has a gap to close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Timestamp>,
    /// What the papers say.
    #[serde(default)]
    pub papers: CargoCount,
}

/// A slot is kept for a carrier until it confirms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DockHeld {
    /// For what.
    pub booking: Booking,
    /// At which dock.
    pub dock: Arc<str>,
    /// When.
    pub window: Window,
    /// Until when it is kept.
    pub until: Timestamp,
}

/// A truck is expected at a dock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DockScheduled {
    /// For what.
    pub booking: Booking,
    /// At which dock.
    pub dock: Arc<str>,
    /// When.
    pub window: Window,
}

/// Why an appointment moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// Its carrier asked.
    Carrier,
    /// The facility asked.
    Facility,
    /// The truck will come later.
    Late,
    /// Its dock is closed then, or out of use.
    Closure,
    /// The truck before it takes longer.
    Overrun,
    /// A gap was closed.
    Compaction,
}

/// An appointment moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockRescheduled {
    /// Which.
    pub appointment: AppointmentId,
    /// Its shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentId>,
    /// Its driver, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverId>,
    /// Where it is now.
    pub dock: Arc<str>,
    /// When it is now.
    pub window: Window,
    /// Why.
    pub reason: MoveReason,
}

/// Why an agent found no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSlot {
    /// No dock is free within three days.
    NoneFree,
    /// No dock takes this truck for this work.
    FitsNowhere,
    /// The facility takes no trucks now.
    Closed,
}

impl NoSlot {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoneFree => "none_free",
            Self::FitsNowhere => "fits_nowhere",
            Self::Closed => "closed",
        }
    }
}

/// An agent wanted a slot for a trip that is booked and found none: the appointment has no place, and a person must find
/// one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DockMissing {
    /// For what.
    pub booking: Booking,
    /// When it was wanted.
    pub window: Window,
    /// Why there is none.
    pub reason: NoSlot,
}

/// An appointment lost its place and none was found: a person must find one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockDisplaced {
    /// Which.
    pub appointment: AppointmentId,
    /// Its shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentId>,
    /// Its driver, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverId>,
    /// Why.
    pub reason: MoveReason,
}

/// Why an appointment ended without work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// Its hold ran out.
    Expired,
    /// It was cancelled.
    Cancelled,
    /// The truck did not come within 15 min.
    Missed,
}

/// An appointment ended without work; its place is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockReleased {
    /// Which.
    pub appointment: AppointmentId,
    /// Why.
    pub reason: ReleaseReason,
}

/// When a truck is thought to arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruckExpected {
    /// The appointment.
    pub appointment: AppointmentId,
    /// When.
    pub eta: Timestamp,
}

/// A truck is in the yard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruckCheckedIn {
    /// The appointment.
    pub appointment: AppointmentId,
    /// What was counted of its cargo.
    pub counted: CargoCount,
    /// What the consignment note says that was brought for its shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consignment: Option<CargoCount>,
    /// In what booking, consignment note and count differ: `weight`, `pieces`, `reference`.
    pub differs: Vec<String>,
}

/// A truck may drive to a dock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruckCalled {
    /// The appointment.
    pub appointment: AppointmentId,
    /// To which dock.
    pub dock: Arc<str>,
    /// When it is there.
    pub window: Window,
}

/// Work at a dock began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadingStarted {
    /// The appointment.
    pub appointment: AppointmentId,
}

/// Work at a dock is done; loading or unloading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadingCompleted {
    /// The appointment.
    pub appointment: AppointmentId,
    /// The shipment, when it is one of this marketplace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentId>,
    /// Where.
    pub dock: Arc<str>,
    /// What was done.
    pub work: DockWork,
    /// When it began.
    pub started_at: Timestamp,
    /// How long the truck was kept beyond what is free of charge, in minutes.
    pub detention_minutes: u32,
}

/// A facility keeps a truck waiting that came in time: by more than 30 min.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacilityDelay {
    /// The appointment.
    pub appointment: AppointmentId,
    /// The shipment, when it is one of this marketplace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentId>,
    /// When its work was to begin.
    pub planned_at: Timestamp,
    /// How much later it is, in seconds.
    pub late_by_s: u32,
    /// When this was seen.
    pub at: Timestamp,
}

/// Work at a dock takes more than 1.5 times as long as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockOverdue {
    /// The appointment.
    pub appointment: AppointmentId,
    /// Until when the dock is thought to be taken now.
    pub expected_until: Timestamp,
}

/// A truck is kept longer than is free of charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetentionStarted {
    /// The appointment.
    pub appointment: AppointmentId,
}

/// The next two hours are nearly full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityWarning {
    /// The two hours.
    pub window: Window,
    /// How much of the docks' time is booked, in thousandths.
    pub booked_permille: u16,
    /// Trucks that wait.
    pub waiting: u32,
}

/// The next two hours have room again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityEased {}

/// A facility's state changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacilityStateChanged {
    /// To what.
    pub state: FacilityState,
}

/// What is wrong at a facility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YardIssueKind {
    /// The cargo is not what its papers say.
    CargoMismatch,
    /// The cargo is damaged.
    Damage,
    /// Papers are missing.
    Papers,
    /// A dock or its equipment is broken.
    Equipment,
    /// Somebody was endangered.
    Safety,
    /// Anything else.
    Other,
}

impl YardIssueKind {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CargoMismatch => "cargo_mismatch",
            Self::Damage => "damage",
            Self::Papers => "papers",
            Self::Equipment => "equipment",
            Self::Safety => "safety",
            Self::Other => "other",
        }
    }
}

/// Something is wrong at a facility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YardIssueReported {
    /// Its number, counted by the facility.
    pub issue: u32,
    /// With which appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentId>,
    /// What.
    pub kind: YardIssueKind,
    /// The vault's subject that holds what was written about it; absent when the facility's agent reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<PersonId>,
    /// Who reported it; absent when the facility's agent did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_by: Option<UserId>,
}

/// Somebody settled an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YardIssueResolved {
    /// Its number.
    pub issue: u32,
    /// Who.
    pub resolved_by: UserId,
}

/// The yard was looked over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YardSwept {
    /// When it is looked over next; not before something is booked when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

/// The facility's profile as its yard knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct YardSiteWritten(pub FacilityProfileWritten);

/// Opening hours and rules were set; the whole new arrangement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct YardArranged(pub Arrangement);

/// A dock was added or changed; the whole new dock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DockConfigured(pub DockSpec);

events! {
    /// Everything that happens at a facility's docks.
    pub enum YardEvent(schema 1) {
        /// It exists, or its profile changed.
        "yard.site_written" => Site(YardSiteWritten),
        /// Hours and rules were set.
        "yard.arranged" => Arranged(YardArranged),
        /// A dock was added or changed.
        "dock.configured" => Configured(DockConfigured),
        /// Docks are closed for a time.
        "dock.closed" => Closed(DockClosed),
        /// A closure was taken back.
        "dock.reopened" => Reopened(DockReopened),
        /// A slot is kept.
        "dock.held" => Held(DockHeld),
        /// A truck is expected.
        "dock.scheduled" => Scheduled(DockScheduled),
        /// An appointment moved.
        "dock.rescheduled" => Rescheduled(DockRescheduled),
        /// An appointment lost its place.
        "dock.displaced" => Displaced(DockDisplaced),
        /// A trip has no place at a dock.
        "dock.missing" => Missing(DockMissing),
        /// An appointment ended without work.
        "dock.released" => Released(DockReleased),
        /// A truck's arrival is foreseen.
        "truck.expected" => Expected(TruckExpected),
        /// A truck is in the yard.
        "truck.checked_in" => CheckedIn(TruckCheckedIn),
        /// A truck may drive to a dock.
        "truck.called" => Called(TruckCalled),
        /// Work began.
        "loading.started" => Started(LoadingStarted),
        /// Work is done.
        "loading.completed" => Completed(LoadingCompleted),
        /// The facility keeps a truck waiting.
        "delay.reported" => Delayed(FacilityDelay),
        /// Work takes too long.
        "dock.overdue" => Overdue(DockOverdue),
        /// A truck is kept too long.
        "detention.started" => Detention(DetentionStarted),
        /// The next two hours are nearly full.
        "facility.capacity_warning" => CapacityWarning(CapacityWarning),
        /// They have room again.
        "facility.capacity_eased" => CapacityEased(CapacityEased),
        /// The facility's state changed.
        "facility.state_changed" => StateChanged(FacilityStateChanged),
        /// Something is wrong.
        "facility.issue_reported" => IssueReported(YardIssueReported),
        /// It was settled.
        "facility.issue_resolved" => IssueResolved(YardIssueResolved),
        /// The yard was looked over.
        "yard.swept" => Swept(YardSwept),
    }
}
