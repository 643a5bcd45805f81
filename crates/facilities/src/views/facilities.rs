//! `facilities`: one row a facility, so that lists need not load agents.

use super::id;
use contracts::{
    facility::{YardEvent, facility_of},
    profile::{FacilityState, FacilityType},
};
use kernel::{FacilityId, OrganisationId, Position, TenantId, YardId};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "facilities",
        version: 1,
        ddl: "CREATE TABLE facilities (
                id TEXT PRIMARY KEY,
                tenant_id TEXT NOT NULL,
                organisation_id TEXT NOT NULL,
                reference TEXT NOT NULL,
                kind TEXT NOT NULL,
                latitude DOUBLE PRECISION NOT NULL,
                longitude DOUBLE PRECISION NOT NULL,
                time_zone TEXT NOT NULL,
                state TEXT NOT NULL
              );
              CREATE INDEX idx_facilities_tenant_id ON facilities (tenant_id, reference)",
        tables: &["facilities"],
    },
    statements: &[&UPSERT, &ZONE, &STATE, &LIST, &COUNT, &PLACES],
    project,
};

static UPSERT: Statement = Statement {
    name: "facilities.facilities.upsert",
    sql: "INSERT INTO facilities (id, tenant_id, organisation_id, reference, kind, latitude, longitude, time_zone,
            state) VALUES ($1, $2, $3, $4, $5, $6, $7, 'Etc/UTC', $8)
          ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, latitude = excluded.latitude,
            longitude = excluded.longitude",
};
static ZONE: Statement = Statement {
    name: "facilities.facilities.zone",
    sql: "UPDATE facilities SET time_zone = $2 WHERE id = $1",
};
static STATE: Statement =
    Statement { name: "facilities.facilities.state", sql: "UPDATE facilities SET state = $2 WHERE id = $1" };
static LIST: Statement = Statement {
    name: "facilities.facilities.list",
    sql: "SELECT id, tenant_id, organisation_id, reference, kind, latitude, longitude, time_zone, state FROM facilities
          WHERE tenant_id = $1 AND ($2 = '' OR organisation_id = $2) ORDER BY reference, id LIMIT $3 OFFSET $4",
};
static COUNT: Statement = Statement {
    name: "facilities.facilities.count",
    sql: "SELECT COUNT(*) FROM facilities WHERE tenant_id = $1 AND ($2 = '' OR organisation_id = $2)",
};
static PLACES: Statement = Statement {
    name: "facilities.facilities.places",
    sql: "SELECT id, tenant_id, latitude, longitude FROM facilities ORDER BY id",
};

/// The wire and view name of a state.
#[must_use]
pub const fn state_name(state: FacilityState) -> &'static str {
    match state {
        FacilityState::Operational => "operational",
        FacilityState::AtCapacity => "at_capacity",
        FacilityState::Maintenance => "maintenance",
        FacilityState::Closed => "closed",
    }
}

/// The wire and view name of a kind of facility.
#[must_use]
pub const fn type_name(kind: FacilityType) -> &'static str {
    match kind {
        FacilityType::Warehouse => "warehouse",
        FacilityType::Depot => "depot",
        FacilityType::Terminal => "terminal",
        FacilityType::CrossDock => "cross_dock",
    }
}

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let (Some(happened), Some(yard)) = (event.of::<YardEvent>(), event.id::<YardId>()) else { return };
    let facility = facility_of(yard).to_string();
    match happened {
        YardEvent::Site(written) => {
            let site = &written.0;
            let params = vec![
                facility.into(),
                site.tenant.to_string().into(),
                site.organisation.to_string().into(),
                site.reference.as_str().into(),
                type_name(site.facility_type).into(),
                site.position.latitude.into(),
                site.position.longitude.into(),
                state_name(site.state).into(),
            ];
            writes.push(Write::new(&UPSERT, params));
        }
        YardEvent::Arranged(arranged) => {
            writes.push(Write::new(&ZONE, vec![facility.into(), arranged.0.zone.as_str().into()]));
        }
        YardEvent::StateChanged(changed) => {
            writes.push(Write::new(&STATE, vec![facility.into(), state_name(changed.state).into()]));
        }
        _ => {}
    }
}

/// A row of `facilities`.
#[derive(Debug, Clone, PartialEq)]
pub struct FacilityRow {
    /// Which.
    pub id: FacilityId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its operator.
    pub organisation: OrganisationId,
    /// What people call it.
    pub reference: String,
    /// Its kind, by its name.
    pub kind: String,
    /// Where.
    pub position: Position,
    /// The IANA name of its time zone.
    pub time_zone: String,
    /// Its state, by its name.
    pub state: String,
}

impl FacilityRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row, 0)?,
            tenant: id(row, 1)?,
            organisation: id(row, 2)?,
            reference: row.text(3)?.to_owned(),
            kind: row.text(4)?.to_owned(),
            position: Position { latitude: row.real(5)?, longitude: row.real(6)? },
            time_zone: row.text(7)?.to_owned(),
            state: row.text(8)?.to_owned(),
        })
    }
}

/// A page of a tenant's facilities by their references, and how many there are; of one operator or all.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    store: &Store,
    tenant: TenantId,
    operator: Option<OrganisationId>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<FacilityRow>, u64), StoreError> {
    let operator = operator.map_or_else(String::new, |id| id.to_string());
    let counted =
        store.query(&COUNT, vec![tenant.to_string().into(), operator.as_str().into()], Reach::Long).await?;
    let total = counted.first().map_or(Ok(0), |row| row.int(0))?;
    let params = vec![tenant.to_string().into(), operator.into(), limit.into(), offset.into()];
    let rows = store.query(&LIST, params, Reach::Long).await?;
    let rows = rows.iter().map(FacilityRow::read).collect::<Result<_, _>>()?;
    Ok((rows, u64::try_from(total).unwrap_or(0)))
}

/// Where every facility is.
///
/// # Errors
/// [`StoreError`].
pub async fn places(store: &Store) -> Result<Vec<(FacilityId, TenantId, Position)>, StoreError> {
    let rows = store.query(&PLACES, Vec::new(), Reach::Long).await?;
    let place = |row: &Row| {
        let position = Position { latitude: row.real(2)?, longitude: row.real(3)? };
        Ok((id(row, 0)?, id(row, 1)?, position))
    };
    rows.iter().map(place).collect()
}
