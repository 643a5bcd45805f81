//! `ledger_postings` and `ledger_accounts`: every entry, and each account's balance.

use super::{count_of, parsed};
use contracts::payment::PaymentEvent;
use kernel::{Currency, Money, PaymentId, TenantId, Timestamp};
use runtime::{Recorded, View};
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

/// The view.
pub static LEDGER: View = View {
    schema: ViewSchema {
        name: "ledger",
        version: 1,
        ddl: DDL,
        tables: &["ledger_postings", "ledger_accounts"],
    },
    statements: &[
        &POST,
        &BALANCE,
        &POSTINGS,
        &POSTINGS_COUNT,
        &OF_PAYMENT,
        &OF_PAYMENT_COUNT,
        &ACCOUNTS,
        &ACCOUNTS_COUNT,
        &TRIAL_BALANCE,
    ],
    project,
};

const DDL: &str = "
CREATE TABLE ledger_postings (
    payment_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    line BIGINT NOT NULL,
    tenant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    reason TEXT NOT NULL,
    posted_at BIGINT NOT NULL,
    PRIMARY KEY (payment_id, version, line)
);
CREATE INDEX idx_ledger_postings_tenant_id_posted_at ON ledger_postings (tenant_id, posted_at);
CREATE TABLE ledger_accounts (
    tenant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance_minor BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, owner, currency)
)";

static POST: Statement = Statement {
    name: "money.ledger_postings.post",
    sql: "INSERT INTO ledger_postings (payment_id, version, line, tenant_id, kind, owner, currency, amount_minor, \
          reason, posted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
          ON CONFLICT (payment_id, version, line) DO UPDATE SET amount_minor = excluded.amount_minor",
};
static BALANCE: Statement = Statement {
    name: "money.ledger_accounts.balance",
    sql: "INSERT INTO ledger_accounts AS account (tenant_id, kind, owner, currency, balance_minor, updated_at) \
          VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, kind, owner, currency) DO UPDATE SET \
          balance_minor = account.balance_minor + excluded.balance_minor, updated_at = excluded.updated_at",
};
static POSTINGS: Statement = Statement {
    name: "money.ledger_postings.list",
    sql: "SELECT payment_id, version, line, kind, owner, currency, amount_minor, reason, posted_at \
          FROM ledger_postings WHERE tenant_id = $1 \
          ORDER BY posted_at DESC, payment_id DESC, version DESC, line LIMIT $2 OFFSET $3",
};
static POSTINGS_COUNT: Statement = Statement {
    name: "money.ledger_postings.count",
    sql: "SELECT COUNT(*) FROM ledger_postings WHERE tenant_id = $1",
};
static OF_PAYMENT: Statement = Statement {
    name: "money.ledger_postings.of_payment",
    sql: "SELECT payment_id, version, line, kind, owner, currency, amount_minor, reason, posted_at \
          FROM ledger_postings WHERE payment_id = $2 AND tenant_id = $1 ORDER BY version DESC, line \
          LIMIT $3 OFFSET $4",
};
static OF_PAYMENT_COUNT: Statement = Statement {
    name: "money.ledger_postings.of_payment_count",
    sql: "SELECT COUNT(*) FROM ledger_postings WHERE payment_id = $2 AND tenant_id = $1",
};
static ACCOUNTS: Statement = Statement {
    name: "money.ledger_accounts.list",
    sql: "SELECT kind, owner, currency, balance_minor FROM ledger_accounts WHERE tenant_id = $1 \
          AND ($2 = '' OR kind = $2) AND ($3 = '' OR owner = $3) ORDER BY kind, owner, currency LIMIT $4 OFFSET $5",
};
static ACCOUNTS_COUNT: Statement = Statement {
    name: "money.ledger_accounts.count",
    sql: "SELECT COUNT(*) FROM ledger_accounts WHERE tenant_id = $1 AND ($2 = '' OR kind = $2) \
          AND ($3 = '' OR owner = $3)",
};
// Sums of BIGINT are NUMERIC on PostgreSQL; a tenant's money fits 64 bits because prices are bounded.
static TRIAL_BALANCE: Statement = Statement {
    name: "money.ledger_accounts.trial_balance",
    sql: "SELECT kind, currency, COUNT(*), \
          CAST(SUM(CASE WHEN balance_minor > 0 THEN balance_minor ELSE 0 END) AS BIGINT), \
          CAST(SUM(CASE WHEN balance_minor < 0 THEN -balance_minor ELSE 0 END) AS BIGINT) \
          FROM ledger_accounts WHERE tenant_id = $1 GROUP BY kind, currency ORDER BY currency, kind",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let (Some(PaymentEvent::Posted(posting)), Some(payment)) =
        (event.of::<PaymentEvent>(), event.id::<PaymentId>())
    else {
        return;
    };
    let tenant = event.tenant.to_string();
    let currency = posting.currency().code();
    for (line, entry) in (0_i64..).zip(posting.entries()) {
        let (kind, owner) = (entry.account.kind(), entry.account.owner());
        let posted = vec![
            payment.to_string().into(),
            event.version.into(),
            line.into(),
            tenant.as_str().into(),
            kind.into(),
            owner.as_str().into(),
            currency.into(),
            entry.amount_minor.into(),
            posting.reason().name().into(),
            event.time().into(),
        ];
        let balance = vec![
            tenant.as_str().into(),
            kind.into(),
            owner.into(),
            currency.into(),
            entry.amount_minor.into(),
            event.time().into(),
        ];
        writes.extend([Write::new(&POST, posted), Write::new(&BALANCE, balance)]);
    }
}

/// A row of `ledger_postings`: one entry of a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingRow {
    /// The payment that moved.
    pub payment: PaymentId,
    /// The posting's place in the payment's stream.
    pub version: i64,
    /// The entry's place in the posting, from 0.
    pub line: i64,
    /// The account's kind.
    pub kind: String,
    /// The account's owner: an id or `platform`.
    pub owner: String,
    /// Positive is a debit, negative a credit.
    pub amount: Money,
    /// What for.
    pub reason: String,
    /// When.
    pub posted_at: Timestamp,
}

/// A row of `ledger_accounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The kind.
    pub kind: String,
    /// The owner: an id or `platform`.
    pub owner: String,
    /// Positive is a debit balance, negative a credit balance.
    pub balance: Money,
}

/// All accounts of one kind and currency together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialBalanceRow {
    /// The kind.
    pub kind: String,
    /// How many accounts there are of it.
    pub accounts: i64,
    /// The sum of the debit balances, 0 or more.
    pub debit: Money,
    /// The sum of the credit balances, 0 or more.
    pub credit: Money,
}

fn currency_of(row: &Row, column: usize) -> Result<Currency, StoreError> {
    Currency::from_code(row.text(column)?)
        .ok_or_else(|| StoreError::Defect("ledger: unknown currency".to_owned()))
}

fn posting_row(row: &Row) -> Result<PostingRow, StoreError> {
    Ok(PostingRow {
        payment: parsed(row, 0)?,
        version: row.int(1)?,
        line: row.int(2)?,
        kind: row.text(3)?.to_owned(),
        owner: row.text(4)?.to_owned(),
        amount: Money::new(row.int(6)?, currency_of(row, 5)?),
        reason: row.text(7)?.to_owned(),
        posted_at: Timestamp::from_micros(row.int(8)?),
    })
}

fn account_row(row: &Row) -> Result<AccountRow, StoreError> {
    let balance = Money::new(row.int(3)?, currency_of(row, 2)?);
    Ok(AccountRow { kind: row.text(0)?.to_owned(), owner: row.text(1)?.to_owned(), balance })
}

fn trial_balance_row(row: &Row) -> Result<TrialBalanceRow, StoreError> {
    let currency = currency_of(row, 1)?;
    Ok(TrialBalanceRow {
        kind: row.text(0)?.to_owned(),
        accounts: row.int(2)?,
        debit: Money::new(row.int(3)?, currency),
        credit: Money::new(row.int(4)?, currency),
    })
}

/// A page of a tenant's entries, newest posting first, and how many there are in all.
///
/// # Errors
/// [`StoreError`].
pub async fn postings(
    store: &Store,
    tenant: TenantId,
    payment: Option<PaymentId>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<PostingRow>, u64), StoreError> {
    let tenant = Value::from(tenant.to_string());
    let (page, count, params) = match payment {
        Some(payment) => (&OF_PAYMENT, &OF_PAYMENT_COUNT, vec![tenant, payment.to_string().into()]),
        None => (&POSTINGS, &POSTINGS_COUNT, vec![tenant]),
    };
    let total = count_of(&store.query(count, params.clone(), Reach::Long).await?)?;
    let params = params.into_iter().chain([limit.into(), offset.into()]).collect();
    let rows = store.query(page, params, Reach::Long).await?;
    Ok((rows.iter().map(posting_row).collect::<Result<_, _>>()?, total))
}

/// A page of a tenant's accounts by kind and owner, and how many there are in all.
///
/// # Errors
/// [`StoreError`].
pub async fn accounts(
    store: &Store,
    tenant: TenantId,
    kind: &str,
    owner: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<AccountRow>, u64), StoreError> {
    let params = vec![tenant.to_string().into(), kind.into(), owner.into()];
    let total = count_of(&store.query(&ACCOUNTS_COUNT, params.clone(), Reach::Long).await?)?;
    let params = params.into_iter().chain([limit.into(), offset.into()]).collect();
    let rows = store.query(&ACCOUNTS, params, Reach::Long).await?;
    Ok((rows.iter().map(account_row).collect::<Result<_, _>>()?, total))
}

/// A tenant's trial balance: a line for each kind and currency.
///
/// # Errors
/// [`StoreError`].
pub async fn trial_balance(store: &Store, tenant: TenantId) -> Result<Vec<TrialBalanceRow>, StoreError> {
    let rows = store.query(&TRIAL_BALANCE, vec![tenant.to_string().into()], Reach::Long).await?;
    rows.iter().map(trial_balance_row).collect()
}
