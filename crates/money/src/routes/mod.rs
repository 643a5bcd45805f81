//! The routes of payments and the ledger.

mod accounts;
mod payment;
mod payments;
mod postings;
mod resolve_payment;
mod retry_payment;
#[cfg(test)]
mod route_tests;
mod trial_balance;

use edge::Platform;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `GET /api/v1/payments`, `/payments/{id}`, `POST /payments/{id}/retry`, `/payments/{id}/resolve`, `GET /ledger/trial-balance`, `/ledger/accounts`, `/ledger/postings`.
pub fn routes(platform: Platform) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(payments::list_payments))
        .routes(routes!(payment::get_payment))
        .routes(routes!(retry_payment::retry_payment))
        .routes(routes!(resolve_payment::resolve_payment))
        .routes(routes!(trial_balance::trial_balance))
        .routes(routes!(accounts::list_accounts))
        .routes(routes!(postings::list_postings))
        .with_state(platform)
}
