//! `geofences`: one row a geofence.

use super::{
    parsed,
    reads::{Part, counted, following, page},
};
use crate::{
    agents::{GeofenceEvent, GeofenceTerms},
    geofences::Shape,
};
use kernel::{GeofenceId, TenantId, Timestamp};
use runtime::{Recorded, View};
use store::{Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub static GEOFENCES: View = View {
    schema: ViewSchema { name: "geofences", version: 1, ddl: DDL, tables: &["geofences"] },
    statements: &[&PUT, &REMOVED, &LIST, &COUNT, &ALL],
    project,
};

const DDL: &str = "
CREATE TABLE geofences (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    shape TEXT NOT NULL,
    dwell_s BIGINT NOT NULL,
    drawn_at BIGINT NOT NULL
);
CREATE INDEX idx_geofences_tenant_id_name ON geofences (tenant_id, name)";

static PUT: Statement = Statement {
    name: "movement.geofences.put",
    sql: "INSERT INTO geofences (id, tenant_id, name, kind, shape, dwell_s, drawn_at) \
          VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
          kind = excluded.kind, shape = excluded.shape, dwell_s = excluded.dwell_s",
};
static REMOVED: Statement =
    Statement { name: "movement.geofences.removed", sql: "DELETE FROM geofences WHERE id = $1" };
static LIST: Statement = Statement {
    name: "movement.geofences.list",
    sql: "SELECT id, tenant_id, name, shape, dwell_s, drawn_at FROM geofences WHERE tenant_id = $1 \
          ORDER BY name, id LIMIT $2 OFFSET $3",
};
static COUNT: Statement = Statement {
    name: "movement.geofences.count",
    sql: "SELECT COUNT(*) FROM geofences WHERE tenant_id = $1",
};
static ALL: Statement = Statement {
    name: "movement.geofences.all",
    sql: "SELECT id, tenant_id, name, shape, dwell_s, drawn_at FROM geofences WHERE id > $1 ORDER BY id LIMIT $2",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(happened) = event.of::<GeofenceEvent>() else { return };
    let id = Value::from(event.stream.to_string());
    writes.push(match happened {
        GeofenceEvent::Drawn(drawn) => put(id, &drawn.terms, event.time()),
        GeofenceEvent::Redrawn(redrawn) => put(id, &redrawn.terms, event.time()),
        GeofenceEvent::Removed(_) => Write::new(&REMOVED, vec![id]),
    });
}

fn put(id: Value, terms: &GeofenceTerms, at: Timestamp) -> Write {
    let kind = match terms.shape {
        Shape::Circle { .. } => "circle",
        Shape::Polygon { .. } => "polygon",
        Shape::Corridor { .. } => "corridor",
    };
    let shape = serde_json::to_string(&terms.shape).unwrap_or_default();
    let params = vec![
        id,
        terms.tenant.to_string().into(),
        terms.name.as_str().into(),
        kind.into(),
        shape.into(),
        i64::from(terms.dwell_s).into(),
        at.into(),
    ];
    Write::new(&PUT, params)
}

/// A row of `geofences`.
#[derive(Debug, Clone, PartialEq)]
pub struct GeofenceRow {
    /// The geofence.
    pub id: GeofenceId,
    /// What it is.
    pub terms: GeofenceTerms,
}

impl GeofenceRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let defect = |error: &dyn std::fmt::Display| StoreError::Defect(format!("geofences: {error}"));
        Ok(Self {
            id: parsed(row, 0)?,
            terms: GeofenceTerms {
                tenant: parsed(row, 1)?,
                name: row.text(2)?.to_owned(),
                shape: serde_json::from_str(row.text(3)?).map_err(|error| defect(&error))?,
                dwell_s: u32::try_from(row.int(4)?).map_err(|error| defect(&error))?,
            },
        })
    }
}

/// A page of a tenant's geofences by name, and how many there are in all.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    store: &Store,
    tenant: TenantId,
    limit: i64,
    offset: i64,
) -> Result<(Vec<GeofenceRow>, u64), StoreError> {
    let filter = vec![tenant.to_string().into()];
    page(store, (&LIST, &COUNT), filter, Part { limit, offset }, GeofenceRow::read).await
}

/// How many geofences a tenant has.
///
/// # Errors
/// [`StoreError`].
pub async fn count(store: &Store, tenant: TenantId) -> Result<u64, StoreError> {
    counted(store, &COUNT, vec![tenant.to_string().into()]).await
}

/// The geofences of all tenants after an id, at most so many.
///
/// # Errors
/// [`StoreError`].
pub async fn all(
    store: &Store,
    after: Option<GeofenceId>,
    limit: i64,
) -> Result<Vec<GeofenceRow>, StoreError> {
    following(store, &ALL, after, limit, GeofenceRow::read).await
}
