//! `payments`: one row a booking's payment.

use super::{count_of, optional_text, parsed};
use crate::agents::payment::while_moving;
use contracts::payment::{PaymentEvent, PaymentPurpose, PaymentRequested, PaymentStatus, Transfer};
use kernel::{BidId, Currency, Money, OrganisationId, PaymentId, ShipmentId, TenantId, Timestamp};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub static PAYMENTS: View = View {
    schema: ViewSchema { name: "payments", version: 4, ddl: DDL, tables: &["payments"] },
    statements: &[
        &REQUESTED,
        &HELD,
        &FAILED,
        &STATUS,
        &RELEASE_AT,
        &DELAYED,
        &MOVING,
        &REFUNDING,
        &REFUSED,
        &REFUNDED,
        &RESOLVED,
        &FIND,
        &OF_SHIPMENT,
        &OF_SHIPMENT_COUNT,
        &OF_TENANT,
        &OF_TENANT_COUNT,
        &OF_ORGANISATION,
        &OF_ORGANISATION_COUNT,
    ],
    project,
};

const DDL: &str = "
CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    bid_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    shipper_id TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    commission_minor BIGINT NOT NULL,
    carrier_amount_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    reason TEXT,
    transfer TEXT,
    requested_at BIGINT NOT NULL,
    delayed_at BIGINT,
    held_at BIGINT,
    release_at BIGINT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX idx_payments_shipment_id ON payments (shipment_id);
CREATE INDEX idx_payments_tenant_id_requested_at ON payments (tenant_id, requested_at);
CREATE INDEX idx_payments_shipper_id_requested_at ON payments (shipper_id, requested_at);
CREATE INDEX idx_payments_carrier_id_requested_at ON payments (carrier_id, requested_at)";

static REQUESTED: Statement = Statement {
    name: "money.payments.requested",
    sql: "INSERT INTO payments (id, tenant_id, shipment_id, bid_id, shipper_id, carrier_id, status, currency, \
          amount_minor, commission_minor, carrier_amount_minor, refunded_minor, fee_minor, requested_at, updated_at, \
          purpose) VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10, 0, 0, $11, $11, $12) \
          ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at",
};
static HELD: Statement = Statement {
    name: "money.payments.held",
    sql: "UPDATE payments SET status = CASE WHEN status = 'disputed' THEN status ELSE 'held' END, held_at = $2, \
          updated_at = $2 WHERE id = $1",
};
static FAILED: Statement = Statement {
    name: "money.payments.failed",
    sql: "UPDATE payments SET status = 'failed', reason = $2, updated_at = $3 WHERE id = $1",
};
static STATUS: Statement = Statement {
    name: "money.payments.status",
    sql: "UPDATE payments SET status = $2, transfer = NULL, reason = NULL, updated_at = $3 WHERE id = $1",
};
static RELEASE_AT: Statement = Statement {
    name: "money.payments.release_at",
    sql: "UPDATE payments SET release_at = $2, updated_at = $3 WHERE id = $1",
};
static DELAYED: Statement = Statement {
    name: "money.payments.delayed",
    sql: "UPDATE payments SET delayed_at = $2, updated_at = $2 WHERE id = $1",
};
static MOVING: Statement = Statement {
    name: "money.payments.moving",
    sql: "UPDATE payments SET transfer = $2, reason = NULL, status = $4, updated_at = $3 WHERE id = $1",
};
static REFUNDING: Statement = Statement {
    name: "money.payments.refunding",
    sql: "UPDATE payments SET transfer = 'refund', reason = NULL, status = 'refunding', commission_minor = 0, \
          carrier_amount_minor = $2, updated_at = $3 WHERE id = $1",
};
static REFUSED: Statement = Statement {
    name: "money.payments.refused",
    sql: "UPDATE payments SET reason = $2, updated_at = $3 WHERE id = $1",
};
static REFUNDED: Statement = Statement {
    name: "money.payments.refunded",
    sql: "UPDATE payments SET status = 'refunded', transfer = NULL, reason = NULL, refunded_minor = $2, \
          fee_minor = $3, commission_minor = 0, carrier_amount_minor = $3, updated_at = $4 WHERE id = $1",
};
static RESOLVED: Statement = Statement {
    name: "money.payments.resolved",
    sql: "UPDATE payments SET status = CASE WHEN status = 'failed' THEN status WHEN held_at IS NULL THEN 'pending' \
          ELSE 'held' END, updated_at = $2 WHERE id = $1",
};

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, tenant_id, shipment_id, bid_id, shipper_id, carrier_id, status, currency, amount_minor, \
             commission_minor, carrier_amount_minor, refunded_minor, fee_minor, reason, transfer, requested_at, \
             delayed_at, held_at, release_at, updated_at, purpose FROM payments ",
            $rest
        )
    };
}

static FIND: Statement = Statement { name: "money.payments.find", sql: columns!("WHERE id = $1") };
static OF_SHIPMENT: Statement = Statement {
    name: "money.payments.of_shipment",
    sql: columns!(
        "WHERE shipment_id = $1 AND tenant_id = $2 AND ($3 = '' OR status = $3) \
         AND ($4 = '' OR shipper_id = $4 OR carrier_id = $4) ORDER BY requested_at DESC, id DESC LIMIT $5 OFFSET $6"
    ),
};
static OF_SHIPMENT_COUNT: Statement = Statement {
    name: "money.payments.of_shipment_count",
    sql: "SELECT COUNT(*) FROM payments WHERE shipment_id = $1 AND tenant_id = $2 AND ($3 = '' OR status = $3) \
          AND ($4 = '' OR shipper_id = $4 OR carrier_id = $4)",
};
static OF_TENANT: Statement = Statement {
    name: "money.payments.of_tenant",
    sql: columns!(
        "WHERE tenant_id = $1 AND ($2 = '' OR status = $2) ORDER BY requested_at DESC, id DESC LIMIT $3 OFFSET $4"
    ),
};
static OF_TENANT_COUNT: Statement = Statement {
    name: "money.payments.of_tenant_count",
    sql: "SELECT COUNT(*) FROM payments WHERE tenant_id = $1 AND ($2 = '' OR status = $2)",
};
static OF_ORGANISATION: Statement = Statement {
    name: "money.payments.of_organisation",
    sql: columns!(
        "WHERE (shipper_id = $2 OR carrier_id = $2) AND tenant_id = $1 AND ($3 = '' OR status = $3) \
         ORDER BY requested_at DESC, id DESC LIMIT $4 OFFSET $5"
    ),
};
static OF_ORGANISATION_COUNT: Statement = Statement {
    name: "money.payments.of_organisation_count",
    sql: "SELECT COUNT(*) FROM payments WHERE (shipper_id = $2 OR carrier_id = $2) AND tenant_id = $1 \
          AND ($3 = '' OR status = $3)",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let (Some(happened), Some(payment)) = (event.of::<PaymentEvent>(), event.id::<PaymentId>()) else {
        return;
    };
    let (id, at) = (Value::from(payment.to_string()), Value::from(event.time()));
    let write = match happened {
        PaymentEvent::Requested(requested) => requested_row(payment, event, requested),
        PaymentEvent::Delayed(_) => Write::new(&DELAYED, vec![id, at]),
        PaymentEvent::Held(_) => Write::new(&HELD, vec![id, at]),
        PaymentEvent::Failed(failed) => Write::new(&FAILED, vec![id, failed.reason.as_str().into(), at]),
        PaymentEvent::ReleaseScheduled(scheduled) => {
            Write::new(&RELEASE_AT, vec![id, scheduled.release_at.into(), at])
        }
        PaymentEvent::TransferStarted(started) if started.transfer == Transfer::Refund => {
            let fee = started.fee.map_or(0, |fee| fee.minor);
            Write::new(&REFUNDING, vec![id, fee.into(), at])
        }
        PaymentEvent::TransferStarted(started) => {
            let status = while_moving(started.transfer);
            Write::new(&MOVING, vec![id, started.transfer.name().into(), at, status.name().into()])
        }
        PaymentEvent::TransferDeclined(declined) => {
            Write::new(&REFUSED, vec![id, declined.reason.as_str().into(), at])
        }
        PaymentEvent::Released(_) => Write::new(&STATUS, vec![id, PaymentStatus::Released.name().into(), at]),
        PaymentEvent::Refunded(refunded) => {
            Write::new(&REFUNDED, vec![id, refunded.refunded.minor.into(), refunded.fee.minor.into(), at])
        }
        PaymentEvent::FeePaid(_) => Write::new(&STATUS, vec![id, PaymentStatus::Refunded.name().into(), at]),
        PaymentEvent::Disputed(_) => Write::new(&STATUS, vec![id, PaymentStatus::Disputed.name().into(), at]),
        PaymentEvent::DisputeResolved(_) => Write::new(&RESOLVED, vec![id, at]),
        PaymentEvent::RefundRequested(_) | PaymentEvent::Posted(_) => return,
    };
    writes.push(write);
}

fn requested_row(payment: PaymentId, event: &Recorded, requested: &PaymentRequested) -> Write {
    let params = vec![
        payment.to_string().into(),
        event.tenant.to_string().into(),
        requested.shipment.to_string().into(),
        requested.bid.to_string().into(),
        requested.shipper.to_string().into(),
        requested.carrier.to_string().into(),
        requested.amount.currency.code().into(),
        requested.amount.minor.into(),
        requested.commission.minor.into(),
        requested.carrier_amount.minor.into(),
        event.time().into(),
        requested.purpose.name().into(),
    ];
    Write::new(&REQUESTED, params)
}

/// A row of `payments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// The payment.
    pub id: PaymentId,
    /// Its tenant.
    pub tenant: TenantId,
    /// The shipment.
    pub shipment: ShipmentId,
    /// The booked bid.
    pub bid: BidId,
    /// What for.
    pub purpose: PaymentPurpose,
    /// Who pays.
    pub shipper: OrganisationId,
    /// Who is paid.
    pub carrier: OrganisationId,
    /// Where the money stands.
    pub status: PaymentStatus,
    /// The whole price.
    pub amount: Money,
    /// The platform's part: as agreed, nothing once the money goes back.
    pub commission: Money,
    /// The carrier's part: as agreed, its fee once the money goes back.
    pub carrier_amount: Money,
    /// What went back to the shipper.
    pub refunded: Money,
    /// What the carrier gets as a cancellation fee.
    pub fee: Money,
    /// Why the gateway last refused something, as a stable code.
    pub reason: Option<String>,
    /// The movement that the gateway is being asked for.
    pub transfer: Option<Transfer>,
    /// When the booking asked for it.
    pub requested_at: Timestamp,
    /// Since when the gateway is known to be slow, if it was.
    pub delayed_at: Option<Timestamp>,
    /// Since when it is held.
    pub held_at: Option<Timestamp>,
    /// When it is released unless disputed.
    pub release_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl PaymentRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let defect = |what: &str| StoreError::Defect(format!("payments: unknown {what}"));
        let currency = Currency::from_code(row.text(7)?).ok_or_else(|| defect("currency"))?;
        let money = |column| row.int(column).map(|minor| Money::new(minor, currency));
        let time = |column| row.int(column).map(Timestamp::from_micros);
        let optional_time = |column| if row.is_null(column) { Ok(None) } else { time(column).map(Some) };
        let stands = row.text(6)?;
        let status = PaymentStatus::ALL.into_iter().find(|status| status.name() == stands);
        let what_for = row.text(20)?;
        let purpose = PaymentPurpose::ALL.into_iter().find(|purpose| purpose.name() == what_for);
        let transfer = optional_text(row, 14)?;
        let transfer = Transfer::ALL.into_iter().find(|known| transfer.as_deref() == Some(known.name()));
        Ok(Self {
            id: parsed(row, 0)?,
            tenant: parsed(row, 1)?,
            shipment: parsed(row, 2)?,
            bid: parsed(row, 3)?,
            purpose: purpose.ok_or_else(|| defect("purpose"))?,
            shipper: parsed(row, 4)?,
            carrier: parsed(row, 5)?,
            status: status.ok_or_else(|| defect("status"))?,
            amount: money(8)?,
            commission: money(9)?,
            carrier_amount: money(10)?,
            refunded: money(11)?,
            fee: money(12)?,
            reason: optional_text(row, 13)?,
            transfer,
            requested_at: time(15)?,
            delayed_at: optional_time(16)?,
            held_at: optional_time(17)?,
            release_at: optional_time(18)?,
            updated_at: time(19)?,
        })
    }
}

/// Which payments a list shows.
#[derive(Debug, Clone, Copy)]
pub struct PaymentFilter {
    /// Of this tenant.
    pub tenant: TenantId,
    /// Only those that this organisation pays or is paid by; all when absent.
    pub organisation: Option<OrganisationId>,
    /// Only those of this shipment.
    pub shipment: Option<ShipmentId>,
    /// Only those that stand here.
    pub status: Option<PaymentStatus>,
}

impl PaymentFilter {
    /// The page's statement, the count's statement and the parameters that they share.
    fn statements(&self) -> (&'static Statement, &'static Statement, Vec<Value>) {
        let tenant = Value::from(self.tenant.to_string());
        let status = Value::from(self.status.map_or("", PaymentStatus::name));
        let organisation = self.organisation.map(|id| id.to_string());
        match (self.shipment, organisation) {
            (Some(shipment), organisation) => {
                let params = vec![
                    shipment.to_string().into(),
                    tenant,
                    status,
                    organisation.unwrap_or_default().into(),
                ];
                (&OF_SHIPMENT, &OF_SHIPMENT_COUNT, params)
            }
            (None, Some(organisation)) => {
                (&OF_ORGANISATION, &OF_ORGANISATION_COUNT, vec![tenant, organisation.into(), status])
            }
            (None, None) => (&OF_TENANT, &OF_TENANT_COUNT, vec![tenant, status]),
        }
    }
}

/// One payment.
///
/// # Errors
/// [`StoreError`].
pub async fn find(store: &Store, id: PaymentId) -> Result<Option<PaymentRow>, StoreError> {
    let rows = store.query(&FIND, vec![id.to_string().into()], Reach::Point).await?;
    rows.first().map(PaymentRow::read).transpose()
}

/// A page of payments, newest first, and how many there are in all.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    store: &Store,
    filter: &PaymentFilter,
    limit: i64,
    offset: i64,
) -> Result<(Vec<PaymentRow>, u64), StoreError> {
    let (page, count, params) = filter.statements();
    let reach = if filter.shipment.is_some() { Reach::Point } else { Reach::Long };
    let total = count_of(&store.query(count, params.clone(), reach).await?)?;
    let params = params.into_iter().chain([limit.into(), offset.into()]).collect();
    let rows = store.query(page, params, reach).await?;
    Ok((rows.iter().map(PaymentRow::read).collect::<Result<_, _>>()?, total))
}
