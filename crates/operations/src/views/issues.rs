//! `issues`: one row an issue, without what was written about it.

use super::{id, optional_time};
use crate::agents::IssueEvent;
use kernel::{DocumentId, IssueId, PersonId, ShipmentId, TenantId, Timestamp, UserId};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "issues",
        version: 1,
        ddl: "CREATE TABLE issues (
                id TEXT PRIMARY KEY,
                tenant_id TEXT NOT NULL,
                shipment_id TEXT NOT NULL,
                kind TEXT NOT NULL,
                state TEXT NOT NULL,
                delay_minutes BIGINT,
                note_id TEXT NOT NULL,
                documents TEXT NOT NULL,
                reported_by TEXT NOT NULL,
                reported_at BIGINT NOT NULL,
                resolved_by TEXT,
                resolved_at BIGINT
              );
              CREATE INDEX idx_issues_shipment_id ON issues (shipment_id, reported_at);
              CREATE INDEX idx_issues_tenant_id_state ON issues (tenant_id, state, reported_at)",
        tables: &["issues"],
    },
    statements: &[&INSERT, &RESOLVED, &OF_SHIPMENT, &OPEN],
    project,
};

static INSERT: Statement = Statement {
    name: "operations.issues.insert",
    sql: "INSERT INTO issues (id, tenant_id, shipment_id, kind, state, delay_minutes, note_id, documents, reported_by,
            reported_at) VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
};
static RESOLVED: Statement = Statement {
    name: "operations.issues.resolved",
    sql: "UPDATE issues SET state = 'resolved', resolved_by = $2, resolved_at = $3 WHERE id = $1",
};

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, shipment_id, kind, state, delay_minutes, note_id, documents, reported_by, reported_at,
               resolved_by, resolved_at FROM issues ",
            $rest
        )
    };
}

static OF_SHIPMENT: Statement = Statement {
    name: "operations.issues.of_shipment",
    sql: columns!("WHERE shipment_id = $1 ORDER BY reported_at DESC, id DESC LIMIT $2"),
};
static OPEN: Statement = Statement {
    name: "operations.issues.open",
    sql: columns!("WHERE tenant_id = $1 AND state = 'open' ORDER BY reported_at, id LIMIT $2"),
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(typed) = event.of::<IssueEvent>() else { return };
    let key = event.stream.to_string();
    writes.push(match typed {
        IssueEvent::Reported(reported) => {
            let documents: Vec<String> = reported.documents.iter().map(ToString::to_string).collect();
            Write::new(
                &INSERT,
                vec![
                    key.into(),
                    event.tenant.to_string().into(),
                    reported.shipment.to_string().into(),
                    reported.kind.name().into(),
                    reported.delay_minutes.map(i64::from).into(),
                    reported.note.to_string().into(),
                    documents.join(" ").into(),
                    reported.reported_by.to_string().into(),
                    event.time().into(),
                ],
            )
        }
        IssueEvent::Resolved(resolved) => Write::new(
            &RESOLVED,
            vec![key.into(), resolved.resolved_by.to_string().into(), event.time().into()],
        ),
    });
}

/// A row of `issues`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRow {
    /// Which.
    pub id: IssueId,
    /// On which trip.
    pub shipment: ShipmentId,
    /// What went wrong, by its name.
    pub kind: String,
    /// Whether somebody still has to see to it.
    pub open: bool,
    /// By how much it will be late.
    pub delay_minutes: Option<i64>,
    /// The vault's subject that holds what was written.
    pub note: PersonId,
    /// What shows it.
    pub documents: Vec<DocumentId>,
    /// Who reported it.
    pub reported_by: UserId,
    /// When.
    pub reported_at: Timestamp,
    /// Who settled it.
    pub resolved_by: Option<UserId>,
    /// When.
    pub resolved_at: Option<Timestamp>,
}

impl IssueRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let documents = row.text(6)?.split_whitespace().map(str::parse);
        let documents: Result<Vec<DocumentId>, _> = documents.collect();
        Ok(Self {
            id: id(row, 0)?,
            shipment: id(row, 1)?,
            kind: row.text(2)?.to_owned(),
            open: row.text(3)? == "open",
            delay_minutes: if row.is_null(4) { None } else { Some(row.int(4)?) },
            note: id(row, 5)?,
            documents: documents.map_err(|error| StoreError::Defect(format!("issues: {error}")))?,
            reported_by: id(row, 7)?,
            reported_at: Timestamp::from_micros(row.int(8)?),
            resolved_by: if row.is_null(9) { None } else { Some(id(row, 9)?) },
            resolved_at: optional_time(row, 10)?,
        })
    }
}

/// The issues of a shipment, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_shipment(
    store: &Store,
    shipment: ShipmentId,
    limit: i64,
) -> Result<Vec<IssueRow>, StoreError> {
    let rows =
        store.query(&OF_SHIPMENT, vec![shipment.to_string().into(), limit.into()], Reach::Point).await?;
    rows.iter().map(IssueRow::read).collect()
}

/// The open issues of a tenant, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn open(store: &Store, tenant: TenantId, limit: i64) -> Result<Vec<IssueRow>, StoreError> {
    let rows = store.query(&OPEN, vec![tenant.to_string().into(), limit.into()], Reach::Long).await?;
    rows.iter().map(IssueRow::read).collect()
}
