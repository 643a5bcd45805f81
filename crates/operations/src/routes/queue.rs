//! `GET /api/v1/operations/queue`: what needs a person.
//!
//! Errors: 403 for a role that sees none of it, 422 for a bad filter or page.

use crate::{
    Operations,
    views::{issues, reports},
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use facilities::views::appointments;
use kernel::{TenantId, Timestamp};
use movement::views::alerts::{self, AlertFilter};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Entries of one kind, at most.
const OF_A_KIND: i64 = 500;
/// Papers that end within this time are shown.
const PAPERS_WITHIN: Duration = Duration::from_secs(30 * 86_400);
/// An issue should be settled within this time.
const ISSUE_WITHIN: Duration = Duration::from_secs(30 * 60);
/// Somebody should see to an alert within this time.
const ALERT_WITHIN: Duration = Duration::from_secs(15 * 60);
/// A dispute should be settled within this time of the delivery.
const DISPUTE_WITHIN: Duration = Duration::from_secs(72 * 3600);

/// Why something needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueKind {
    /// A shipment for which no carrier was found.
    HandedOver,
    /// A disputed shipment.
    Dispute,
    /// A payment that the gateway declined.
    PaymentDeclined,
    /// A call to the outside that failed for good.
    DeadLetter,
    /// An issue that a driver reported.
    Issue,
    /// Something is wrong with a running trip, as its positions show.
    Alert,
    /// A booked trip that has no place at a dock: none was free, or it lost its own.
    DockMissing,
    /// A driver that may not bid.
    DriverSuspended,
    /// A carrier whose papers have ended or end within 30 days.
    PapersEnding,
}

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    /// Only these.
    #[param(inline)]
    kind: Option<QueueKind>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueEntry {
    /// Why.
    kind: QueueKind,
    /// What it is about: a shipment, payment, effect, issue, appointment, driver or profile.
    id: String,
    /// The short reference for people, where there is one.
    reference: Option<String>,
    /// The shipment, where there is one.
    shipment_id: Option<String>,
    /// A stable code that says more, such as `no_bids`, `card_declined`, `breakdown`.
    reason: String,
    /// Since when.
    #[schema(format = DateTime)]
    since: String,
    /// Until when somebody should have seen to it.
    #[schema(format = DateTime)]
    due_at: Option<String>,
    /// Whether that time has passed.
    overdue: bool,
    #[serde(skip)]
    order: (i64, i64),
}

/// An entry before it is a text.
struct Found {
    kind: QueueKind,
    id: String,
    reference: Option<String>,
    shipment: Option<String>,
    reason: String,
    since: Timestamp,
    due: Option<Timestamp>,
}

impl Found {
    fn entry(self, now: Timestamp) -> QueueEntry {
        QueueEntry {
            kind: self.kind,
            id: self.id,
            reference: self.reference,
            shipment_id: self.shipment,
            reason: self.reason,
            since: self.since.to_string(),
            due_at: self.due.map(|due| due.to_string()),
            overdue: self.due.is_some_and(|due| due <= now),
            order: (self.due.map_or(i64::MAX, Timestamp::micros), self.since.micros()),
        }
    }
}

/// List what needs a person.
///
/// For the tenant's staff: what is due first comes first. At most 500 of each kind.
#[utoipa::path(
    get,
    path = "/api/v1/operations/queue",
    tag = "operations",
    params(QueueQuery),
    responses((status = 200, description = "a page, what is due first", body = Vec<QueueEntry>)),
)]
pub async fn queue(
    State(operations): State<Operations>,
    session: Session,
    Search(query): Search<QueueQuery>,
) -> Result<Paged<QueueEntry>, Problem> {
    session.authorise(&operations.platform, permissions::OPERATIONS_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let now = operations.platform.runtime.now();
    let found = everything(&operations, session.caller.tenant, now).await?;
    let wanted = found.into_iter().filter(|found| query.kind.is_none_or(|kind| kind == found.kind));
    let mut entries: Vec<QueueEntry> = wanted.map(|found| found.entry(now)).collect();
    entries.sort_by_key(|entry| entry.order);
    let total = entries.len() as u64;
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let entries = entries.into_iter().skip(skip).take(page.per_page as usize).collect();
    Ok(Answer::paged(entries, Pagination { page: page.page, per_page: page.per_page, total }))
}

async fn everything(
    operations: &Operations,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Vec<Found>, Problem> {
    let mut found = shipments(operations, tenant).await?;
    found.extend(money(operations, tenant).await?);
    found.extend(trips(operations, tenant).await?);
    found.extend(carriers(operations, tenant, now).await?);
    Ok(found)
}

async fn shipments(operations: &Operations, tenant: TenantId) -> Result<Vec<Found>, Problem> {
    let store = operations.platform.runtime.store();
    let rows = reports::shipments_waiting(store, tenant, OF_A_KIND).await?;
    let entry = |row: reports::WaitingShipment| {
        let (kind, reason, since, due) = if row.disputed {
            let since = row.delivered_at.unwrap_or(row.requested_at);
            (QueueKind::Dispute, "disputed", since, since.after(DISPUTE_WITHIN))
        } else {
            (QueueKind::HandedOver, "no_carrier", row.requested_at, row.pickup_from)
        };
        let (id, reason) = (row.shipment.to_string(), reason.to_owned());
        Found {
            kind,
            shipment: Some(id.clone()),
            id,
            reference: Some(row.reference),
            reason,
            since,
            due: Some(due),
        }
    };
    Ok(rows.into_iter().map(entry).collect())
}

async fn money(operations: &Operations, tenant: TenantId) -> Result<Vec<Found>, Problem> {
    let store = operations.platform.runtime.store();
    let declined = reports::payments_waiting(store, tenant, OF_A_KIND).await?.into_iter().map(|row| Found {
        kind: QueueKind::PaymentDeclined,
        id: row.payment,
        reference: row.reference,
        shipment: Some(row.shipment.to_string()),
        reason: row.reason,
        since: row.since,
        due: None,
    });
    let limit = u32::try_from(OF_A_KIND).unwrap_or(u32::MAX);
    let letters = store.dead_letters(tenant, limit).await?.into_iter().map(|letter| Found {
        kind: QueueKind::DeadLetter,
        id: letter.id,
        reference: None,
        shipment: None,
        reason: letter.kind,
        since: letter.due,
        due: None,
    });
    Ok(declined.chain(letters).collect())
}

async fn trips(operations: &Operations, tenant: TenantId) -> Result<Vec<Found>, Problem> {
    let store = operations.platform.runtime.store();
    let mut found = Vec::new();
    for row in issues::open(store, tenant, OF_A_KIND).await? {
        found.push(Found {
            kind: QueueKind::Issue,
            id: row.id.to_string(),
            reference: reports::reference_of(store, row.shipment).await?,
            shipment: Some(row.shipment.to_string()),
            reason: row.kind,
            since: row.reported_at,
            due: Some(row.reported_at.after(ISSUE_WITHIN)),
        });
    }
    let open = AlertFilter { tenant, shipment: None, state: Some("open"), kind: None };
    for row in alerts::list(store, open, OF_A_KIND, 0).await?.0 {
        found.push(Found {
            kind: QueueKind::Alert,
            id: row.id.to_string(),
            reference: reports::reference_of(store, row.shipment).await?,
            shipment: Some(row.shipment.to_string()),
            reason: row.kind,
            since: row.raised_at,
            due: Some(row.raised_at.after(ALERT_WITHIN)),
        });
    }
    for row in appointments::without_dock(store, tenant, OF_A_KIND).await? {
        let reference = match row.shipment {
            Some(shipment) => reports::reference_of(store, shipment).await?,
            None => None,
        };
        found.push(Found {
            kind: QueueKind::DockMissing,
            id: row.id.to_string(),
            reference,
            shipment: row.shipment.map(|shipment| shipment.to_string()),
            reason: row.work,
            since: row.window.from,
            due: Some(row.window.from),
        });
    }
    Ok(found)
}

async fn carriers(operations: &Operations, tenant: TenantId, now: Timestamp) -> Result<Vec<Found>, Problem> {
    let store = operations.platform.runtime.store();
    let suspended =
        reports::drivers_suspended(store, tenant, OF_A_KIND).await?.into_iter().map(|row| Found {
            kind: QueueKind::DriverSuspended,
            id: row.driver.to_string(),
            reference: Some(row.reference),
            shipment: None,
            reason: "suspended".to_owned(),
            since: row.registered_at,
            due: None,
        });
    let soon = now.after(PAPERS_WITHIN);
    let papers = reports::papers_ending(store, tenant, soon, OF_A_KIND).await?.into_iter().map(|row| Found {
        kind: QueueKind::PapersEnding,
        id: row.profile,
        reference: None,
        shipment: None,
        reason: if row.until <= now { "ended" } else { "ending" }.to_owned(),
        since: row.shown_at,
        due: Some(row.until),
    });
    Ok(suspended.chain(papers).collect())
}
