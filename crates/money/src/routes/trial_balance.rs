//! `GET /api/v1/ledger/trial-balance`: what all accounts of a tenant hold and owe.
//!
//! Errors: 403 for a role that does not see the ledger.

use crate::{views::ledger, wire::WireTrialBalance};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Platform, Problem, Session};

/// Read the trial balance.
///
/// A line for each kind of account and currency; each currency's debits and credits are equal.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/trial-balance",
    tag = "ledger",
    responses((status = 200, description = "the tenant's trial balance", body = WireTrialBalance)),
)]
pub async fn trial_balance(
    State(platform): State<Platform>,
    session: Session,
) -> Result<Answer<WireTrialBalance>, Problem> {
    session.authorise(&platform, permissions::LEDGER_READ, &Resource::default())?;
    let rows = ledger::trial_balance(platform.runtime.store(), session.caller.tenant).await?;
    Ok(Answer::ok(rows.into()))
}
