//! The rules of a yard, one by one.

use super::*;
use contracts::facility::{
    DockScheduled, DockWork, Equipment, NoSlot, OpenSpan, ReleaseReason, SlotRules, TruckShape, VehicleClass,
    facility_of,
};
use contracts::profile::FacilityType;
use kernel::{OrganisationId, Position, ShipmentId, TenantId, TypedId, Uuid};

pub(super) const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn appointment(number: u128) -> AppointmentId {
    AppointmentId::from_uuid(Uuid::from_u128(number))
}

/// Monday, 2 March 2026, 08:00 UTC.
pub(super) fn monday() -> Timestamp {
    Timestamp::parse("2026-03-02T08:00:00Z").unwrap()
}

pub(super) fn profile(docks: u32) -> FacilityProfileWritten {
    FacilityProfileWritten {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        organisation: OrganisationId::from_uuid(Uuid::from_u128(2)),
        reference: "FAC-MIL-W000001".to_owned(),
        facility_type: FacilityType::Warehouse,
        position: Position { latitude: 45.4642, longitude: 9.19 },
        docks,
        state: FacilityState::Operational,
    }
}

pub(super) fn truck() -> TruckShape {
    TruckShape { class: VehicleClass::SemiTruck, length_cm: 1650, height_cm: 400, needs: Vec::new() }
}

pub(super) fn booking(number: u128) -> Booking {
    Booking {
        appointment: appointment(number),
        carrier: OrganisationId::from_uuid(Uuid::from_u128(3)),
        shipment: None,
        driver: None,
        work: DockWork::Unloading,
        truck: truck(),
        minutes: 60,
        earliest: None,
        papers: CargoCount::default(),
    }
}

/// A yard under a clock that is turned by hand; its timers fire as the engine would fire them.
#[derive(Clone)]
pub(super) struct Case {
    pub yard: Yard,
    pub now: Timestamp,
    timers: BTreeMap<(&'static str, String), Timestamp>,
}

impl Case {
    pub fn new(docks: u32) -> Self {
        let mut case = Self { yard: Yard::default(), now: monday(), timers: BTreeMap::new() };
        case.ask(YardCommand::Know(Box::new(profile(docks)))).unwrap();
        case
    }

    pub fn ask(&mut self, command: YardCommand) -> Result<Vec<YardEvent>, Refusal> {
        let events = self.yard.decide(&command, self.now)?;
        for event in &events {
            self.yard.evolve(event, self.now);
            for op in self.yard.timers(event, self.now) {
                match op {
                    TimerOp::At { name, key, due } => self.timers.insert((name, key), due),
                    TimerOp::Cancel { name, key } => self.timers.remove(&(name, key)),
                };
            }
        }
        self.is_sound();
        Ok(events)
    }

    pub fn turn(&mut self, by: Duration) -> Vec<YardEvent> {
        let until = self.now.after(by);
        let mut happened = Vec::new();
        while let Some(((name, key), due)) = self.next_timer().filter(|(_, due)| *due <= until) {
            self.timers.remove(&(name, key.clone()));
            self.now = self.now.max(due);
            happened.extend(self.ask(Yard::on_timer(name, &key).unwrap()).unwrap());
        }
        self.now = until;
        happened
    }

    fn next_timer(&self) -> Option<((&'static str, String), Timestamp)> {
        self.timers.iter().min_by_key(|(_, due)| **due).map(|(key, due)| (key.clone(), *due))
    }

    pub fn book(&mut self, number: u128, from: Timestamp) -> Result<Vec<YardEvent>, Refusal> {
        self.book_as(booking(number), from, How::Exactly)
    }

    pub fn book_as(
        &mut self,
        booking: Booking,
        from: Timestamp,
        how: How,
    ) -> Result<Vec<YardEvent>, Refusal> {
        self.ask(YardCommand::Book { booking: Box::new(booking), dock: None, from, how })
    }

    pub fn check_in(&mut self, number: u128) -> Vec<YardEvent> {
        let counted = CargoCount::default();
        self.ask(YardCommand::CheckIn { appointment: appointment(number), counted, consignment: None })
            .unwrap()
    }

    pub fn of(&self, number: u128) -> &Appointment {
        self.yard.appointments.get(appointment(number)).unwrap()
    }

    /// What must hold after every step.
    fn is_sound(&self) {
        for dock in self.yard.docks.values() {
            let slots: Vec<_> = dock.slots.iter().collect();
            for pair in slots.windows(2) {
                assert!(pair[0].1.until <= *pair[1].0, "two trucks in one slot: {pair:?}");
            }
            for (from, slot) in slots {
                let known =
                    self.yard.appointments.get(slot.appointment).expect("a slot without an appointment");
                assert_eq!((known.window.from, known.window.to), (*from, slot.until));
                assert_eq!(known.dock.as_deref(), Some(&*dock.spec.name));
            }
        }
        for (id, known) in self.yard.appointments.iter() {
            if let Some(name) = &known.dock {
                let slot = self.yard.docks[name].slots.get(&known.window.from);
                assert_eq!(slot.map(|slot| slot.appointment), Some(id), "an appointment without its slot");
            }
            assert_eq!(known.stage == Stage::Displaced, known.dock.is_none() && known.stage.is_ahead());
            assert_eq!(self.yard.waiting.contains(&id), known.stage == Stage::Waiting);
            let stands = self.yard.docks.values().any(|dock| dock.occupied_by == Some(id));
            assert_eq!(stands, known.stage.is_at_dock());
        }
    }
}

fn code(result: Result<Vec<YardEvent>, Refusal>) -> String {
    let refusal = result.unwrap_err();
    refusal
        .fields
        .first()
        .map_or_else(|| refusal.code.to_owned(), |field| format!("{}:{}", field.field, field.code))
}

fn names(events: &[YardEvent]) -> Vec<&'static str> {
    events.iter().map(contracts::Event::type_name).collect()
}

#[test]
fn a_facility_has_its_docks_at_once_and_is_always_open() {
    let mut case = Case::new(2);
    assert_eq!(case.yard.docks.len(), 2);
    let sunday = Timestamp::parse("2026-03-08T03:00:00Z").unwrap();
    assert_eq!(names(&case.book(1, sunday).unwrap()), ["dock.scheduled"]);
    assert!(case.book(1, sunday).unwrap().is_empty(), "again is nothing new");
    assert!(case.ask(YardCommand::Know(Box::new(profile(2)))).unwrap().is_empty());
    let yard = YardId::from_uuid(Uuid::from_u128(9));
    assert_eq!(facility_of(yard).uuid(), yard.uuid());
}

#[test]
fn two_docks_take_two_trucks_and_the_third_is_told_when() {
    let mut case = Case::new(2);
    let ten = monday().after(2 * HOUR);
    case.book(1, ten).unwrap();
    case.book(2, ten.after(30 * MINUTE)).unwrap();
    let refusal = case.book(3, ten.after(15 * MINUTE)).unwrap_err();
    assert_eq!(refusal.code, "appointment.taken");
    assert!(refusal.detail.ends_with("1 at 2026-03-02T11:00:00Z"), "{}", refusal.detail);
}

#[test]
fn what_cannot_be_is_refused_with_its_field() {
    let mut case = Case::new(1);
    let at = |hours: u32| monday().after(HOUR * hours);
    assert_eq!(code(case.book(1, monday().before(15 * MINUTE))), "from:in_the_past");
    assert_eq!(code(case.book(1, at(61 * 24))), "from:too_far");
    assert_eq!(code(case.book(1, at(2).after(MINUTE))), "from:off_grid");
    let giant = Booking { truck: TruckShape { length_cm: 2999, ..truck() }, ..booking(1) };
    assert_eq!(code(case.book_as(giant, at(2), How::Hold)), "vehicle:fits_nowhere");
    let cooled = Booking { truck: TruckShape { needs: vec![Equipment::Cooled], ..truck() }, ..booking(1) };
    assert_eq!(code(case.book_as(cooled, at(2), How::Exactly)), "vehicle:fits_nowhere");
    let dock = Some("9".into());
    let elsewhere = YardCommand::Book { booking: Box::new(booking(1)), dock, from: at(2), how: How::Exactly };
    assert_eq!(code(case.ask(elsewhere)), "dock:unknown_dock");
    let close = |from, to| YardCommand::Close {
        docks: Vec::new(),
        window: Window { from, to },
        reason: "other".into(),
    };
    assert_eq!(code(case.ask(close(at(3), at(2)))), "to:reversed");
    assert_eq!(code(case.ask(close(at(2).before(48 * HOUR), at(2).before(24 * HOUR)))), "to:in_the_past");
    let zone = Arrangement { zone: "Mars/Olympus".to_owned(), ..Arrangement::default() };
    assert_eq!(code(case.ask(YardCommand::Arrange(Box::new(zone)))), "time_zone:unknown_zone");
    let reversed = Arrangement {
        hours: vec![vec![OpenSpan { from_minute: 600, to_minute: 500 }]; 7],
        ..Arrangement::default()
    };
    assert_eq!(code(case.ask(YardCommand::Arrange(Box::new(reversed)))), "hours.0:reversed");
    assert_eq!(code(Yard::default().decide(&YardCommand::Sweep, monday())), "facility.unknown");
    assert_eq!(code(case.ask(YardCommand::Start(appointment(7)))), "appointment.unknown");
}

#[test]
fn a_hold_runs_out_and_a_confirmed_one_does_not() {
    let mut case = Case::new(1);
    let ten = monday().after(2 * HOUR);
    case.book_as(booking(1), ten, How::Hold).unwrap();
    case.book_as(booking(2), ten.after(HOUR), How::Hold).unwrap();
    assert_eq!(code(case.book(3, ten)), "appointment.taken");
    assert_eq!(names(&case.ask(YardCommand::Confirm(appointment(1))).unwrap()), ["dock.scheduled"]);
    assert!(case.ask(YardCommand::Confirm(appointment(1))).unwrap().is_empty());
    let released = case.turn(10 * MINUTE);
    let expired = |event: &YardEvent| matches!(event, YardEvent::Released(gone) if gone.reason == ReleaseReason::Expired);
    assert_eq!(released.iter().filter(|event| expired(event)).count(), 1);
    assert_eq!(code(case.ask(YardCommand::Confirm(appointment(2)))), "appointment.ended");
    assert_eq!(case.of(1).stage, Stage::Scheduled);
}

#[test]
fn a_carrier_cannot_hold_everything() {
    let mut case = Case::new(50);
    let ten = monday().after(2 * HOUR);
    for number in 0..HOLDS_MAX as u128 {
        case.book_as(booking(number), ten, How::Hold).unwrap();
    }
    assert_eq!(code(case.book_as(booking(99), ten, How::Hold)), "appointment.too_many_holds");
}

#[test]
fn who_does_not_come_within_a_quarter_of_an_hour_has_missed_it() {
    let mut case = Case::new(1);
    case.book(1, monday().after(HOUR)).unwrap();
    assert!(!names(&case.turn(75 * MINUTE - Duration::from_secs(1))).contains(&"dock.released"));
    let released = case.turn(Duration::from_secs(1));
    assert!(
        released
            .iter()
            .any(|event| matches!(event, YardEvent::Released(gone) if gone.reason == ReleaseReason::Missed))
    );
    assert!(case.yard.appointments.is_empty());
}

#[test]
fn a_late_truck_gets_the_next_place_before_it_misses_its_own() {
    let mut case = Case::new(1);
    let ten = monday().after(2 * HOUR);
    case.book(1, ten).unwrap();
    case.book(2, ten.after(2 * HOUR)).unwrap();
    let eta =
        |minutes: u32| YardCommand::Expect { appointment: appointment(1), eta: ten.after(MINUTE * minutes) };
    assert_eq!(names(&case.ask(eta(10)).unwrap()), ["truck.expected"], "ten minutes are waited for");
    assert!(case.ask(eta(12)).unwrap().is_empty(), "two minutes more are no news");
    assert_eq!(names(&case.ask(eta(90)).unwrap()), ["truck.expected", "dock.rescheduled"]);
    assert_eq!(case.of(1).window.from, ten.after(3 * HOUR), "behind the other truck");
    assert!(case.ask(eta(90)).unwrap().is_empty(), "again is nothing new");
}

#[test]
fn a_closure_moves_appointments_or_names_them() {
    let mut case = Case::new(2);
    let ten = monday().after(2 * HOUR);
    case.book(1, ten).unwrap();
    case.book(2, ten).unwrap();
    let first = case.of(1).dock.clone().unwrap();
    let window = Window { from: ten, to: ten.after(HOUR) };
    let moved =
        case.ask(YardCommand::Close { docks: vec![first], window, reason: "maintenance".into() }).unwrap();
    assert_eq!(names(&moved), ["dock.closed", "dock.rescheduled"]);
    assert!(case.of(1).window.from >= ten.after(HOUR), "the other dock is taken, so it comes later");
    let month = Window { from: monday().after(HOUR), to: monday().after(40 * 24 * HOUR) };
    let named =
        case.ask(YardCommand::Close { docks: Vec::new(), window: month, reason: "incident".into() }).unwrap();
    assert_eq!(names(&named), ["dock.closed", "dock.displaced", "dock.displaced"]);
    assert_eq!(case.of(1).stage, Stage::Displaced);
    assert_eq!(code(case.ask(YardCommand::Confirm(appointment(1)))), "appointment.displaced");
    let back = case.ask(YardCommand::Reopen { closure: 2 }).unwrap();
    assert_eq!(names(&back), ["dock.reopened", "dock.rescheduled", "dock.rescheduled"]);
    assert_eq!(case.of(2).stage, Stage::Scheduled);
    assert!(case.ask(YardCommand::Reopen { closure: 2 }).unwrap().is_empty());
    assert_eq!(code(case.ask(YardCommand::Reopen { closure: 3 })), "facility.no_such_closure");
}

#[test]
fn a_trip_without_a_free_dock_has_an_appointment_that_somebody_must_place() {
    let mut case = Case::new(1);
    let ten = monday().after(2 * HOUR);
    let week = Window { from: monday().after(HOUR), to: monday().after(7 * 24 * HOUR) };
    case.ask(YardCommand::Close { docks: Vec::new(), window: week, reason: "incident".into() }).unwrap();
    let wanted = case.book_as(booking(1), ten, How::FirstFree).unwrap();
    let missing = |event: &YardEvent| match event {
        YardEvent::Missing(missing) => Some((missing.window.from, missing.reason)),
        _ => None,
    };
    assert_eq!(missing(&wanted[0]), Some((ten, NoSlot::NoneFree)));
    assert_eq!((case.of(1).stage, &case.of(1).dock), (Stage::Displaced, &None));
    assert!(case.book_as(booking(1), ten, How::FirstFree).unwrap().is_empty(), "once is enough");
    let giant = Booking { truck: TruckShape { length_cm: 2999, ..truck() }, ..booking(2) };
    let nowhere = case.book_as(giant, ten, How::FirstFree).unwrap();
    assert_eq!(missing(&nowhere[0]), Some((ten, NoSlot::FitsNowhere)));
    let back = case.ask(YardCommand::Reopen { closure: 1 }).unwrap();
    assert_eq!(names(&back), ["dock.reopened", "dock.rescheduled"], "the one that fits is placed by itself");
    assert_eq!((case.of(1).stage, case.of(2).stage), (Stage::Scheduled, Stage::Displaced));
}

#[test]
fn who_lost_its_place_and_never_comes_is_given_up_after_a_day() {
    let mut case = Case::new(1);
    let ten = monday().after(2 * HOUR);
    case.book(1, ten).unwrap();
    let month = Window { from: monday().after(HOUR), to: monday().after(30 * 24 * HOUR) };
    case.ask(YardCommand::Close { docks: Vec::new(), window: month, reason: "incident".into() }).unwrap();
    assert_eq!(case.of(1).stage, Stage::Displaced);
    case.turn(24 * HOUR);
    assert_eq!(case.of(1).stage, Stage::Displaced, "it may still come");
    let released = case.turn(4 * HOUR);
    let missed = |event: &&YardEvent| matches!(event, YardEvent::Released(gone) if gone.reason == ReleaseReason::Missed);
    assert_eq!(released.iter().filter(missed).count(), 1);
    assert!(case.yard.appointments.is_empty());
}

#[test]
fn a_truck_goes_from_the_gate_to_the_dock_and_leaves() {
    let mut case = Case::new(1);
    case.book(1, monday().after(HOUR)).unwrap();
    case.book(2, monday().after(2 * HOUR)).unwrap();
    case.turn(50 * MINUTE);
    assert_eq!(names(&case.check_in(1)), ["truck.checked_in", "truck.called", "facility.state_changed"]);
    assert_eq!(case.yard.state, FacilityState::AtCapacity);
    assert_eq!(names(&case.ask(YardCommand::Start(appointment(1))).unwrap()), ["loading.started"]);
    case.turn(45 * MINUTE);
    assert_eq!(names(&case.check_in(2)), ["truck.checked_in"], "all docks are taken");
    assert_eq!(code(case.ask(YardCommand::Start(appointment(2)))), "appointment.no_dock");
    let done = case.ask(YardCommand::Finish(appointment(1))).unwrap();
    assert_eq!(names(&done), ["loading.completed", "truck.called"]);
    assert!(case.ask(YardCommand::Finish(appointment(1))).unwrap().is_empty(), "again is nothing new");
    assert_eq!(case.of(2).stage, Stage::Called);
    assert_eq!(case.yard.rating(), Some(5.0));
}

#[test]
fn cargo_that_is_not_what_its_papers_say_is_an_issue() {
    let mut case = Case::new(1);
    let papers =
        CargoCount { weight_kg: Some(8000.0), pieces: Some(33), reference: Some("SHM-MIL-000001".into()) };
    case.book_as(Booking { papers, ..booking(1) }, monday().after(HOUR), How::Exactly).unwrap();
    let counted =
        CargoCount { weight_kg: Some(8239.0), pieces: Some(32), reference: Some("shm-mil-000001".into()) };
    let check_in = YardCommand::CheckIn { appointment: appointment(1), counted, consignment: None };
    let happened = case.ask(check_in).unwrap();
    let YardEvent::CheckedIn(checked_in) = &happened[0] else { panic!("{happened:?}") };
    assert_eq!(checked_in.differs, ["pieces"], "3 % of weight are within what scales do");
    assert_eq!(names(&happened[1..2]), ["facility.issue_reported"]);
    assert_eq!(case.yard.open_issues.len(), 1);
    let by = UserId::from_uuid(Uuid::from_u128(5));
    case.ask(YardCommand::Resolve { issue: 1, by }).unwrap();
    assert!(case.yard.open_issues.is_empty());
    assert_eq!(code(case.ask(YardCommand::Resolve { issue: 2, by })), "facility.no_such_issue");
}

#[test]
fn booking_consignment_note_and_count_are_compared_with_one_another() {
    let pieces = |pieces| CargoCount { pieces: Some(pieces), ..CargoCount::default() };
    let differs = |booked, note, counted| {
        let mut case = Case::new(1);
        let papers = CargoCount { weight_kg: Some(8000.0), ..booked };
        case.book_as(Booking { papers, ..booking(1) }, monday().after(HOUR), How::Exactly).unwrap();
        let consignment = Some(note);
        case.ask(YardCommand::CheckIn { appointment: appointment(1), counted, consignment })
            .unwrap()
            .into_iter()
            .find_map(|event| match event {
                YardEvent::CheckedIn(checked_in) => Some(checked_in.differs),
                _ => None,
            })
            .unwrap()
    };
    let nothing = CargoCount::default();
    assert_eq!(differs(pieces(33), pieces(33), pieces(33)), Vec::<String>::new());
    assert_eq!(differs(nothing.clone(), pieces(33), pieces(32)), ["pieces"], "the note is of another cargo");
    let light = CargoCount { weight_kg: Some(7000.0), ..pieces(33) };
    assert_eq!(differs(pieces(33), light, nothing), ["weight"], "the papers contradict one another");
}

#[test]
fn work_that_takes_too_long_alerts_and_moves_who_comes_next() {
    let mut case = Case::new(1);
    let nine = monday().after(HOUR);
    case.book(1, nine).unwrap();
    case.book(2, nine.after(HOUR)).unwrap();
    case.book(3, nine.after(3 * HOUR)).unwrap();
    case.turn(HOUR);
    case.check_in(1);
    case.ask(YardCommand::Start(appointment(1))).unwrap();
    case.turn(55 * MINUTE);
    case.check_in(2);
    let happened = case.turn(70 * MINUTE);
    let seen = names(&happened);
    assert!(seen.contains(&"dock.overdue"), "{seen:?}");
    assert!(seen.contains(&"delay.reported"), "the second truck waits: {seen:?}");
    assert!(seen.contains(&"detention.started"), "{seen:?}");
    let done = case.ask(YardCommand::Finish(appointment(1))).unwrap();
    let YardEvent::Completed(completed) = &done[0] else { panic!("{done:?}") };
    assert_eq!(completed.detention_minutes, 35, "125 minutes here, 60 planned, 30 free");
    assert_eq!(case.of(2).stage, Stage::Called);
    case.ask(YardCommand::Start(appointment(2))).unwrap();
    case.ask(YardCommand::Finish(appointment(2))).unwrap();
    assert_eq!(case.yard.rating(), Some(3.0), "one of two was kept waiting");
}

#[test]
fn a_facility_is_closed_while_its_docks_are_or_its_operator_says_so() {
    let mut case = Case::new(1);
    let window = Window { from: monday().after(HOUR), to: monday().after(3 * HOUR) };
    case.ask(YardCommand::Close { docks: Vec::new(), window, reason: "holiday".into() }).unwrap();
    assert_eq!(case.yard.state, FacilityState::Operational, "not yet");
    case.turn(HOUR);
    assert_eq!(case.yard.state, FacilityState::Closed);
    case.turn(2 * HOUR);
    assert_eq!(case.yard.state, FacilityState::Operational);
    for declared in [FacilityState::Maintenance, FacilityState::Closed] {
        let written = FacilityProfileWritten { state: declared, ..profile(1) };
        case.ask(YardCommand::Know(Box::new(written))).unwrap();
        assert_eq!(case.yard.state, declared);
        assert_eq!(code(case.book(1, monday().after(5 * HOUR))), "facility.closed");
    }
}

#[test]
fn full_docks_are_warned_of_once_until_they_ease() {
    let mut case = Case::new(1);
    for number in 0..3 {
        case.book(number, monday().after(HOUR * (2 + number as u32))).unwrap();
    }
    let seen =
        names(&case.turn(2 * HOUR + 14 * MINUTE)).into_iter().filter(|name| name.starts_with("facility.cap"));
    assert_eq!(seen.collect::<Vec<_>>(), ["facility.capacity_warning"]);
    let seen = names(&case.turn(3 * HOUR));
    assert!(seen.contains(&"facility.capacity_eased"), "{seen:?}");
}

#[test]
fn a_gap_is_closed_by_who_may_come_earlier() {
    let mut case = Case::new(1);
    let noon = monday().after(4 * HOUR);
    case.book(1, noon).unwrap();
    let flexible = Booking { earliest: Some(monday()), ..booking(2) };
    case.book_as(flexible, noon.after(3 * HOUR), How::Exactly).unwrap();
    case.turn(2 * HOUR + MINUTE);
    assert_eq!(case.of(2).window.from, noon.after(HOUR), "right behind the first");
    assert_eq!(case.of(1).window.from, noon, "who did not offer it stays");
}

#[test]
fn a_shipment_has_one_appointment_for_each_work() {
    let mut case = Case::new(4);
    let shipment = Some(ShipmentId::from_uuid(Uuid::from_u128(77)));
    let of = |number, work| Booking { shipment, work, ..booking(number) };
    case.book_as(of(1, DockWork::Loading), monday().after(HOUR), How::Exactly).unwrap();
    case.book_as(of(2, DockWork::Unloading), monday().after(HOUR), How::Exactly).unwrap();
    let again = case.book_as(of(3, DockWork::Loading), monday().after(5 * HOUR), How::Exactly);
    assert_eq!(code(again), "appointment.exists");
}

#[test]
fn outside_hours_nobody_is_booked_and_agents_wait_for_the_morning() {
    let mut case = Case::new(1);
    let office = vec![vec![OpenSpan { from_minute: 8 * 60, to_minute: 18 * 60 }]; 7];
    let rome = Arrangement { zone: "Europe/Rome".to_owned(), hours: office, rules: SlotRules::default() };
    case.book(1, monday().after(12 * HOUR)).unwrap();
    let moved = case.ask(YardCommand::Arrange(Box::new(rome))).unwrap();
    assert_eq!(names(&moved), ["yard.arranged", "dock.rescheduled"], "it lay outside the new hours");
    let tuesday = Timestamp::parse("2026-03-03T07:00:00Z").unwrap();
    assert_eq!(case.of(1).window.from, tuesday, "eight in Rome");
    assert_eq!(code(case.book(2, monday().after(9 * HOUR))), "from:outside_hours");
    let found = case.book_as(booking(3), monday().after(9 * HOUR), How::FirstFree).unwrap();
    assert!(
        matches!(&found[0], YardEvent::Scheduled(DockScheduled { window, .. }) if window.from == tuesday.after(HOUR))
    );
}

#[test]
fn ten_thousand_appointments_are_kept_and_a_closure_loses_none() {
    let mut yard = Yard::default();
    let mut now = monday();
    let run = |yard: &mut Yard, command: YardCommand, now| {
        for event in yard.decide(&command, now).unwrap() {
            yard.evolve(&event, now);
        }
    };
    run(&mut yard, YardCommand::Know(Box::new(profile(100))), now);
    for number in 0..10_000_u128 {
        let from = monday().after(HOUR * (1 + (number / 100) as u32));
        let (dock, window) = ((number % 100 + 1).to_string().into(), Window { from, to: from.after(HOUR) });
        yard.evolve(&DockScheduled { booking: booking(number), dock, window }.into(), now);
    }
    assert_eq!(yard.appointments.len(), 10_000);
    let window = Window { from: monday(), to: monday().after(24 * HOUR) };
    run(&mut yard, YardCommand::Close { docks: Vec::new(), window, reason: "incident".into() }, now);
    assert_eq!(yard.appointments.len(), 10_000, "none is lost");
    let displaced =
        |yard: &Yard| yard.appointments.iter().filter(|(_, known)| known.stage == Stage::Displaced).count();
    let first = displaced(&yard);
    assert!((1..2300).contains(&first), "{first}");
    now = now.after(SWEEP_EVERY);
    run(&mut yard, YardCommand::Sweep, now);
    assert!(displaced(&yard) < first, "the next look finds places for more");
}
