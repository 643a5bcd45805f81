//! `yard_issues`: one row an issue of a facility, without what was written about it.

use super::{optional_id, optional_time};
use contracts::facility::{YardEvent, facility_of};
use kernel::{AppointmentId, FacilityId, PersonId, Timestamp, UserId, YardId};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "yard_issues",
        version: 1,
        ddl: "CREATE TABLE yard_issues (
                facility_id TEXT NOT NULL,
                number BIGINT NOT NULL,
                tenant_id TEXT NOT NULL,
                appointment_id TEXT,
                kind TEXT NOT NULL,
                note_id TEXT,
                reported_by TEXT,
                reported_at BIGINT NOT NULL,
                resolved_by TEXT,
                resolved_at BIGINT,
                PRIMARY KEY (facility_id, number)
              )",
        tables: &["yard_issues"],
    },
    statements: &[&REPORTED, &RESOLVED, &OF_FACILITY, &NOTED],
    project,
};

static REPORTED: Statement = Statement {
    name: "facilities.issues.reported",
    sql:
        "INSERT INTO yard_issues (facility_id, number, tenant_id, appointment_id, kind, note_id, reported_by,
            reported_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (facility_id, number) DO NOTHING",
};
static RESOLVED: Statement = Statement {
    name: "facilities.issues.resolved",
    sql: "UPDATE yard_issues SET resolved_by = $3, resolved_at = $4 WHERE facility_id = $1 AND number = $2",
};
static OF_FACILITY: Statement = Statement {
    name: "facilities.issues.of_facility",
    sql: "SELECT number, appointment_id, kind, note_id, reported_by, reported_at, resolved_by, resolved_at
          FROM yard_issues WHERE facility_id = $1 ORDER BY CASE WHEN resolved_at IS NULL THEN 0 ELSE 1 END,
            number DESC LIMIT $2",
};
static NOTED: Statement = Statement {
    name: "facilities.issues.noted",
    sql: "SELECT number, appointment_id, kind, note_id, reported_by, reported_at, resolved_by, resolved_at
          FROM yard_issues WHERE facility_id = $1 AND note_id = $2",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let (Some(happened), Some(yard)) = (event.of::<YardEvent>(), event.id::<YardId>()) else { return };
    let facility = facility_of(yard).to_string();
    match happened {
        YardEvent::IssueReported(reported) => {
            let params = vec![
                facility.into(),
                i64::from(reported.issue).into(),
                event.tenant.to_string().into(),
                reported.appointment.map(|id| id.to_string()).into(),
                reported.kind.name().into(),
                reported.note.map(|id| id.to_string()).into(),
                reported.reported_by.map(|id| id.to_string()).into(),
                event.time().into(),
            ];
            writes.push(Write::new(&REPORTED, params));
        }
        YardEvent::IssueResolved(resolved) => {
            let number = i64::from(resolved.issue).into();
            let by = resolved.resolved_by.to_string().into();
            writes.push(Write::new(&RESOLVED, vec![facility.into(), number, by, event.time().into()]));
        }
        _ => {}
    }
}

/// A row of `yard_issues`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YardIssueRow {
    /// Its number.
    pub number: i64,
    /// With which appointment.
    pub appointment: Option<AppointmentId>,
    /// What, by its name.
    pub kind: String,
    /// The vault's subject that holds what was written.
    pub note: Option<PersonId>,
    /// Who reported it; absent when the facility's agent did.
    pub reported_by: Option<UserId>,
    /// When.
    pub reported_at: Timestamp,
    /// Who settled it.
    pub resolved_by: Option<UserId>,
    /// When.
    pub resolved_at: Option<Timestamp>,
}

impl YardIssueRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.int(0)?,
            appointment: optional_id(row, 1)?,
            kind: row.text(2)?.to_owned(),
            note: optional_id(row, 3)?,
            reported_by: optional_id(row, 4)?,
            reported_at: Timestamp::from_micros(row.int(5)?),
            resolved_by: optional_id(row, 6)?,
            resolved_at: optional_time(row, 7)?,
        })
    }
}

/// The issues of a facility, open ones first, then newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_facility(
    store: &Store,
    facility: FacilityId,
    limit: i64,
) -> Result<Vec<YardIssueRow>, StoreError> {
    let rows =
        store.query(&OF_FACILITY, vec![facility.to_string().into(), limit.into()], Reach::Point).await?;
    rows.iter().map(YardIssueRow::read).collect()
}

/// The issue of a facility that a note was written about.
///
/// # Errors
/// [`StoreError`].
pub async fn noted(
    store: &Store,
    facility: FacilityId,
    note: PersonId,
) -> Result<Option<YardIssueRow>, StoreError> {
    let params = vec![facility.to_string().into(), note.to_string().into()];
    let rows = store.query(&NOTED, params, Reach::Point).await?;
    rows.first().map(YardIssueRow::read).transpose()
}
