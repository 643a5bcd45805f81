//! The profiles of shippers, carriers and facilities.

use contracts::profile::{CarrierEvent, FacilityEvent, ShipperEvent};
use kernel::{FacilityId, OrganisationId, Timestamp};
use runtime::{Recorded, View};
use store::{Reach, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "profiles",
        version: 1,
        ddl: "CREATE TABLE profiles (
                profile TEXT PRIMARY KEY,
                tenant TEXT NOT NULL,
                kind TEXT NOT NULL,
                organisation TEXT NOT NULL,
                papers_until BIGINT,
                latitude DOUBLE PRECISION,
                longitude DOUBLE PRECISION,
                written_at BIGINT NOT NULL
              );
              CREATE INDEX idx_profiles_kind_organisation ON profiles (kind, organisation)",
        tables: &["profiles"],
    },
    statements: &[&UPSERT, &PAPERS, &FACILITIES],
    project,
};

static UPSERT: Statement = Statement {
    name: "market.profiles.upsert",
    sql: "INSERT INTO profiles (profile, tenant, kind, organisation, papers_until, latitude, longitude, written_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
          ON CONFLICT (profile) DO UPDATE SET papers_until = excluded.papers_until, latitude = excluded.latitude,
            longitude = excluded.longitude, written_at = excluded.written_at",
};

static PAPERS: Statement = Statement {
    name: "market.profiles.papers",
    sql: "SELECT organisation, papers_until FROM profiles WHERE kind = 'carrier'",
};

static FACILITIES: Statement = Statement {
    name: "market.profiles.facilities",
    sql: "SELECT profile FROM profiles WHERE kind = 'facility' AND organisation = $1 ORDER BY profile LIMIT 100",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    if let Some(ShipperEvent::Written(written)) = event.of() {
        writes.push(upsert(event, "shipper", written.organisation, None, None));
    } else if let Some(CarrierEvent::Written(written)) = event.of() {
        let until = written.licence_valid_until.min(written.insurance_valid_until);
        writes.push(upsert(event, "carrier", written.organisation, Some(until), None));
    } else if let Some(FacilityEvent::Written(written)) = event.of() {
        writes.push(upsert(event, "facility", written.organisation, None, Some(written.position)));
    }
}

fn upsert(
    event: &Recorded,
    kind: &'static str,
    organisation: OrganisationId,
    papers_until: Option<Timestamp>,
    position: Option<kernel::Position>,
) -> Write {
    let params: Vec<Value> = vec![
        event.stream.to_string().into(),
        event.tenant.to_string().into(),
        kind.into(),
        organisation.to_string().into(),
        papers_until.into(),
        position.map(|position| position.latitude).into(),
        position.map(|position| position.longitude).into(),
        event.time().into(),
    ];
    Write::new(&UPSERT, params)
}

/// Until when the papers of every carrier last that has shown them.
///
/// # Errors
/// [`StoreError`].
pub async fn papers(store: &Store) -> Result<Vec<(OrganisationId, Timestamp)>, StoreError> {
    let rows = store.query(&PAPERS, Vec::new(), Reach::Long).await?;
    rows.iter().map(|row| Ok((super::id(row, 0)?, super::time(row, 1)?))).collect()
}

/// The facilities of an organisation, oldest first, at most 100.
///
/// # Errors
/// [`StoreError`].
pub async fn facilities(store: &Store, organisation: OrganisationId) -> Result<Vec<FacilityId>, StoreError> {
    let rows = store.query(&FACILITIES, vec![organisation.to_string().into()], Reach::Point).await?;
    rows.iter().map(|row| super::id(row, 0)).collect()
}
