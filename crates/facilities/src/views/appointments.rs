//! `appointments`: one row an appointment, from its booking to its end and after.

use super::{id, optional_id, optional_int, optional_text, optional_time};
use crate::agents::Stage;
use contracts::{
    facility::{Booking, ReleaseReason, YardEvent, facility_of},
    shipment::Window,
};
use kernel::{AppointmentId, DriverId, FacilityId, OrganisationId, ShipmentId, TenantId, Timestamp, YardId};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "appointments",
        version: 2,
        ddl: "CREATE TABLE appointments (
                id TEXT PRIMARY KEY,
                tenant_id TEXT NOT NULL,
                facility_id TEXT NOT NULL,
                carrier_id TEXT NOT NULL,
                shipment_id TEXT,
                driver_id TEXT,
                work TEXT NOT NULL,
                status TEXT NOT NULL,
                dock TEXT,
                from_at BIGINT NOT NULL,
                to_at BIGINT NOT NULL,
                hold_until_at BIGINT,
                eta_at BIGINT,
                arrived_at BIGINT,
                started_at BIGINT,
                finished_at BIGINT,
                differs TEXT,
                late_by_s BIGINT,
                detained_at BIGINT,
                detention_minutes BIGINT
              );
              CREATE INDEX idx_appointments_facility_id_from_at ON appointments (facility_id, from_at);
              CREATE INDEX idx_appointments_carrier_id_from_at ON appointments (carrier_id, from_at);
              CREATE INDEX idx_appointments_tenant_id_status ON appointments (tenant_id, status, from_at);
              CREATE INDEX idx_appointments_shipment_id ON appointments (shipment_id)",
        tables: &["appointments"],
    },
    statements: &[
        &BOOKED,
        &MOVED,
        &STATUS,
        &DISPLACED,
        &ETA,
        &ARRIVED,
        &CALLED,
        &STARTED,
        &FINISHED,
        &DELAYED,
        &DETAINED,
        &PROLONGED,
        &FIND,
        &OF_FACILITY,
        &COUNT_OF_FACILITY,
        &OF_SHIPMENT,
        &WITHOUT_DOCK,
    ],
    project,
};

static BOOKED: Statement = Statement {
    name: "facilities.appointments.booked",
    sql: "INSERT INTO appointments (id, tenant_id, facility_id, carrier_id, shipment_id, driver_id, work, status, dock,
            from_at, to_at, hold_until_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
          ON CONFLICT (id) DO UPDATE SET status = excluded.status, dock = excluded.dock, from_at = excluded.from_at,
            to_at = excluded.to_at, hold_until_at = excluded.hold_until_at",
};
static MOVED: Statement = Statement {
    name: "facilities.appointments.moved",
    sql: "UPDATE appointments SET dock = $2, from_at = $3, to_at = $4,
            status = CASE WHEN status = 'displaced' THEN 'scheduled' ELSE status END WHERE id = $1",
};
static STATUS: Statement = Statement {
    name: "facilities.appointments.status",
    sql: "UPDATE appointments SET status = $2, hold_until_at = NULL WHERE id = $1",
};
static DISPLACED: Statement = Statement {
    name: "facilities.appointments.displaced",
    sql:
        "UPDATE appointments SET dock = NULL, hold_until_at = NULL,
            status = CASE WHEN status IN ('held', 'scheduled') THEN 'displaced' ELSE status END WHERE id = $1",
};
static ETA: Statement = Statement {
    name: "facilities.appointments.eta",
    sql: "UPDATE appointments SET eta_at = $2 WHERE id = $1",
};
static ARRIVED: Statement = Statement {
    name: "facilities.appointments.arrived",
    sql: "UPDATE appointments SET status = 'waiting', arrived_at = $2, differs = $3 WHERE id = $1",
};
static CALLED: Statement = Statement {
    name: "facilities.appointments.called",
    sql: "UPDATE appointments SET status = 'called', dock = $2, from_at = $3, to_at = $4 WHERE id = $1",
};
static STARTED: Statement = Statement {
    name: "facilities.appointments.started",
    sql: "UPDATE appointments SET status = 'in_progress', started_at = $2 WHERE id = $1",
};
static FINISHED: Statement = Statement {
    name: "facilities.appointments.finished",
    sql: "UPDATE appointments SET status = 'completed', finished_at = $2, detention_minutes = $3 WHERE id = $1",
};
static DELAYED: Statement = Statement {
    name: "facilities.appointments.delayed",
    sql: "UPDATE appointments SET late_by_s = $2 WHERE id = $1",
};
static DETAINED: Statement = Statement {
    name: "facilities.appointments.detained",
    sql: "UPDATE appointments SET detained_at = $2 WHERE id = $1",
};
static PROLONGED: Statement = Statement {
    name: "facilities.appointments.prolonged",
    sql: "UPDATE appointments SET to_at = $2 WHERE id = $1",
};

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, tenant_id, facility_id, carrier_id, shipment_id, driver_id, work, status, dock, from_at, to_at,
               hold_until_at, eta_at, arrived_at, started_at, finished_at, differs, late_by_s, detained_at,
               detention_minutes FROM appointments ",
            $rest
        )
    };
}

static FIND: Statement = Statement { name: "facilities.appointments.find", sql: columns!("WHERE id = $1") };
static OF_FACILITY: Statement = Statement {
    name: "facilities.appointments.of_facility",
    sql: columns!(
        "WHERE facility_id = $1 AND from_at < $2 AND to_at > $3 AND ($4 = '' OR carrier_id = $4)
           AND ($5 = '' OR status = $5) ORDER BY from_at, id LIMIT $6 OFFSET $7"
    ),
};
static COUNT_OF_FACILITY: Statement = Statement {
    name: "facilities.appointments.count_of_facility",
    sql: "SELECT COUNT(*) FROM appointments WHERE facility_id = $1 AND from_at < $2 AND to_at > $3
            AND ($4 = '' OR carrier_id = $4) AND ($5 = '' OR status = $5)",
};
static OF_SHIPMENT: Statement = Statement {
    name: "facilities.appointments.of_shipment",
    sql: columns!("WHERE shipment_id = $1 ORDER BY from_at, id LIMIT 20"),
};

static WITHOUT_DOCK: Statement = Statement {
    name: "facilities.appointments.without_dock",
    sql: columns!("WHERE tenant_id = $1 AND status = 'displaced' ORDER BY from_at, id LIMIT $2"),
};

fn booked(
    event: &Recorded,
    facility: FacilityId,
    booking: &Booking,
    (dock, window): (Option<&str>, Window),
    held: Option<Timestamp>,
) -> Write {
    let stage = match (dock, held) {
        (None, _) => Stage::Displaced,
        (Some(_), Some(_)) => Stage::Held,
        (Some(_), None) => Stage::Scheduled,
    };
    let params: Vec<Value> = vec![
        booking.appointment.to_string().into(),
        event.tenant.to_string().into(),
        facility.to_string().into(),
        booking.carrier.to_string().into(),
        booking.shipment.map(|id| id.to_string()).into(),
        booking.driver.map(|id| id.to_string()).into(),
        booking.work.name().into(),
        stage.name().into(),
        dock.map(str::to_owned).into(),
        window.from.into(),
        window.to.into(),
        held.into(),
    ];
    Write::new(&BOOKED, params)
}

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let (Some(happened), Some(yard)) = (event.of::<YardEvent>(), event.id::<YardId>()) else { return };
    let facility = facility_of(yard);
    let key = |id: AppointmentId| Value::from(id.to_string());
    let write = match happened {
        YardEvent::Held(held) => {
            booked(event, facility, &held.booking, (Some(&held.dock), held.window), Some(held.until))
        }
        YardEvent::Scheduled(scheduled) => {
            booked(event, facility, &scheduled.booking, (Some(&scheduled.dock), scheduled.window), None)
        }
        YardEvent::Missing(missing) => {
            booked(event, facility, &missing.booking, (None, missing.window), None)
        }
        YardEvent::Rescheduled(moved) => {
            let (dock, window) = (Value::from(&*moved.dock), moved.window);
            Write::new(&MOVED, vec![key(moved.appointment), dock, window.from.into(), window.to.into()])
        }
        YardEvent::Displaced(displaced) => Write::new(&DISPLACED, vec![key(displaced.appointment)]),
        YardEvent::Released(released) => {
            let stage = match released.reason {
                ReleaseReason::Expired => Stage::Expired,
                ReleaseReason::Cancelled => Stage::Cancelled,
                ReleaseReason::Missed => Stage::Missed,
            };
            Write::new(&STATUS, vec![key(released.appointment), stage.name().into()])
        }
        YardEvent::Expected(expected) => {
            Write::new(&ETA, vec![key(expected.appointment), expected.eta.into()])
        }
        YardEvent::CheckedIn(checked) => {
            let params =
                vec![key(checked.appointment), event.time().into(), checked.differs.join(" ").into()];
            Write::new(&ARRIVED, params)
        }
        YardEvent::Called(called) => {
            let (dock, window) = (Value::from(&*called.dock), called.window);
            Write::new(&CALLED, vec![key(called.appointment), dock, window.from.into(), window.to.into()])
        }
        YardEvent::Started(started) => {
            Write::new(&STARTED, vec![key(started.appointment), event.time().into()])
        }
        YardEvent::Completed(done) => {
            let minutes = i64::from(done.detention_minutes);
            Write::new(&FINISHED, vec![key(done.appointment), event.time().into(), minutes.into()])
        }
        YardEvent::Delayed(delay) => {
            Write::new(&DELAYED, vec![key(delay.appointment), i64::from(delay.late_by_s).into()])
        }
        YardEvent::Detention(detention) => {
            Write::new(&DETAINED, vec![key(detention.appointment), event.time().into()])
        }
        YardEvent::Overdue(overdue) => {
            Write::new(&PROLONGED, vec![key(overdue.appointment), overdue.expected_until.into()])
        }
        _ => return,
    };
    writes.push(write);
}

/// A row of `appointments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentRow {
    /// Which.
    pub id: AppointmentId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where.
    pub facility: FacilityId,
    /// Whose truck.
    pub carrier: OrganisationId,
    /// The shipment, when it is one of this marketplace.
    pub shipment: Option<ShipmentId>,
    /// The driver, when known.
    pub driver: Option<DriverId>,
    /// `loading` or `unloading`.
    pub work: String,
    /// Where it stands, by its name.
    pub status: String,
    /// At which dock; none while it has no place.
    pub dock: Option<String>,
    /// When.
    pub window: Window,
    /// Until when it is held.
    pub hold_until: Option<Timestamp>,
    /// When the truck is thought to arrive.
    pub eta: Option<Timestamp>,
    /// When it arrived.
    pub arrived_at: Option<Timestamp>,
    /// When work began.
    pub started_at: Option<Timestamp>,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
    /// In what the cargo differs from its papers.
    pub differs: Option<String>,
    /// By how many seconds the facility was late.
    pub late_by_s: Option<i64>,
    /// Since when its stay is charged.
    pub detained_at: Option<Timestamp>,
    /// For how many minutes it was.
    pub detention_minutes: Option<i64>,
}

impl AppointmentRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let window =
            Window { from: Timestamp::from_micros(row.int(9)?), to: Timestamp::from_micros(row.int(10)?) };
        Ok(Self {
            id: id(row, 0)?,
            tenant: id(row, 1)?,
            facility: id(row, 2)?,
            carrier: id(row, 3)?,
            shipment: optional_id(row, 4)?,
            driver: optional_id(row, 5)?,
            work: row.text(6)?.to_owned(),
            status: row.text(7)?.to_owned(),
            dock: optional_text(row, 8)?,
            window,
            hold_until: optional_time(row, 11)?,
            eta: optional_time(row, 12)?,
            arrived_at: optional_time(row, 13)?,
            started_at: optional_time(row, 14)?,
            finished_at: optional_time(row, 15)?,
            differs: optional_text(row, 16)?,
            late_by_s: optional_int(row, 17)?,
            detained_at: optional_time(row, 18)?,
            detention_minutes: optional_int(row, 19)?,
        })
    }
}

/// One appointment.
///
/// # Errors
/// [`StoreError`].
pub async fn find(store: &Store, id: AppointmentId) -> Result<Option<AppointmentRow>, StoreError> {
    let rows = store.query(&FIND, vec![id.to_string().into()], Reach::Point).await?;
    rows.first().map(AppointmentRow::read).transpose()
}

/// Which appointments of a facility a list shows.
#[derive(Debug, Clone, Copy)]
pub struct AppointmentFilter {
    /// The facility.
    pub facility: FacilityId,
    /// Those that touch this window.
    pub window: Window,
    /// Only this carrier's.
    pub carrier: Option<OrganisationId>,
    /// Only those that stand there.
    pub status: Option<Stage>,
}

/// A page of a facility's appointments by their beginning, and how many there are.
///
/// # Errors
/// [`StoreError`].
pub async fn of_facility(
    store: &Store,
    filter: &AppointmentFilter,
    limit: i64,
    offset: i64,
) -> Result<(Vec<AppointmentRow>, u64), StoreError> {
    let params: Vec<Value> = vec![
        filter.facility.to_string().into(),
        filter.window.to.into(),
        filter.window.from.into(),
        filter.carrier.map_or_else(String::new, |id| id.to_string()).into(),
        filter.status.map_or("", Stage::name).into(),
    ];
    let counted = store.query(&COUNT_OF_FACILITY, params.clone(), Reach::Long).await?;
    let total = counted.first().map_or(Ok(0), |row| row.int(0))?;
    let params = params.into_iter().chain([limit.into(), offset.into()]).collect();
    let rows = store.query(&OF_FACILITY, params, Reach::Long).await?;
    let rows = rows.iter().map(AppointmentRow::read).collect::<Result<_, _>>()?;
    Ok((rows, u64::try_from(total).unwrap_or(0)))
}

/// A tenant's appointments that have no place at a dock, those that are due first.
///
/// # Errors
/// [`StoreError`].
pub async fn without_dock(
    store: &Store,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<AppointmentRow>, StoreError> {
    let rows =
        store.query(&WITHOUT_DOCK, vec![tenant.to_string().into(), limit.into()], Reach::Point).await?;
    rows.iter().map(AppointmentRow::read).collect()
}

/// The appointments of a shipment by their beginning, at most 20.
///
/// # Errors
/// [`StoreError`].
pub async fn of_shipment(store: &Store, shipment: ShipmentId) -> Result<Vec<AppointmentRow>, StoreError> {
    let rows = store.query(&OF_SHIPMENT, vec![shipment.to_string().into()], Reach::Point).await?;
    rows.iter().map(AppointmentRow::read).collect()
}
