//! `traffic_incidents`: one row an incident that is not over.

use super::{
    parsed,
    reads::{Part, counted, following, page},
};
use crate::agents::{IncidentEvent, IncidentTerms};
use contracts::ports::Incident;
use kernel::{IncidentId, TenantId, Timestamp};
use runtime::{Recorded, View};
use store::{Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub static INCIDENTS: View = View {
    schema: ViewSchema { name: "traffic_incidents", version: 1, ddl: DDL, tables: &["traffic_incidents"] },
    statements: &[&PUT, &LIFTED, &LIST, &COUNT, &ALL],
    project,
};

const DDL: &str = "
CREATE TABLE traffic_incidents (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    effect TEXT NOT NULL,
    cause TEXT NOT NULL,
    terms TEXT NOT NULL,
    reported_by TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    reported_at BIGINT NOT NULL
);
CREATE INDEX idx_traffic_incidents_tenant_id_from_at ON traffic_incidents (tenant_id, from_at)";

static PUT: Statement = Statement {
    name: "movement.traffic_incidents.put",
    sql: "INSERT INTO traffic_incidents \
          (id, tenant_id, effect, cause, terms, reported_by, from_at, until_at, reported_at) \
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET terms = excluded.terms",
};
static LIFTED: Statement = Statement {
    name: "movement.traffic_incidents.lifted",
    sql: "DELETE FROM traffic_incidents WHERE id = $1",
};
static LIST: Statement = Statement {
    name: "movement.traffic_incidents.list",
    sql: "SELECT id, terms, reported_by, reported_at FROM traffic_incidents WHERE tenant_id = $1 \
          ORDER BY from_at DESC, id DESC LIMIT $2 OFFSET $3",
};
static COUNT: Statement = Statement {
    name: "movement.traffic_incidents.count",
    sql: "SELECT COUNT(*) FROM traffic_incidents WHERE tenant_id = $1",
};
static ALL: Statement = Statement {
    name: "movement.traffic_incidents.all",
    sql: "SELECT id, terms, reported_by, reported_at FROM traffic_incidents WHERE id > $1 ORDER BY id LIMIT $2",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(happened) = event.of::<IncidentEvent>() else { return };
    let id = Value::from(event.stream.to_string());
    match happened {
        IncidentEvent::Reported(reported) => {
            let terms = &reported.terms;
            let params = vec![
                id,
                terms.tenant.to_string().into(),
                terms.effect.name().into(),
                terms.cause.name().into(),
                serde_json::to_string(terms).unwrap_or_default().into(),
                event.meta.actor.to_string().into(),
                terms.from.into(),
                terms.until.map_or(Value::Null, Value::from),
                event.time().into(),
            ];
            writes.push(Write::new(&PUT, params));
        }
        IncidentEvent::Lifted(_) => writes.push(Write::new(&LIFTED, vec![id])),
    }
}

/// A row of `traffic_incidents`.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentRow {
    /// The incident.
    pub id: IncidentId,
    /// What it is.
    pub terms: IncidentTerms,
    /// Who reported it: a user or an API key.
    pub reported_by: String,
    /// When.
    pub reported_at: Timestamp,
}

impl IncidentRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let terms = serde_json::from_str(row.text(1)?);
        Ok(Self {
            id: parsed(row, 0)?,
            terms: terms.map_err(|error| StoreError::Defect(format!("traffic_incidents: {error}")))?,
            reported_by: row.text(2)?.to_owned(),
            reported_at: Timestamp::from_micros(row.int(3)?),
        })
    }
}

/// What planners need of an incident.
#[must_use]
pub fn incident_of(id: IncidentId, terms: IncidentTerms) -> Incident {
    let IncidentTerms { effect, place, from, until, .. } = terms;
    Incident { id, effect, place, from, until }
}

/// A page of a tenant's incidents, the latest first, and how many there are in all.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    store: &Store,
    tenant: TenantId,
    limit: i64,
    offset: i64,
) -> Result<(Vec<IncidentRow>, u64), StoreError> {
    let filter = vec![tenant.to_string().into()];
    page(store, (&LIST, &COUNT), filter, Part { limit, offset }, IncidentRow::read).await
}

/// How many incidents a tenant has that are not over.
///
/// # Errors
/// [`StoreError`].
pub async fn count(store: &Store, tenant: TenantId) -> Result<u64, StoreError> {
    counted(store, &COUNT, vec![tenant.to_string().into()]).await
}

/// The incidents of all tenants after an id, at most so many.
///
/// # Errors
/// [`StoreError`].
pub async fn all(
    store: &Store,
    after: Option<IncidentId>,
    limit: i64,
) -> Result<Vec<IncidentRow>, StoreError> {
    following(store, &ALL, after, limit, IncidentRow::read).await
}
