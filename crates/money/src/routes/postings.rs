//! `GET /api/v1/ledger/postings`: every entry, newest posting first.
//!
//! Errors: 403 for a role that does not see the ledger, 422 for a bad filter or page.

use crate::{views::ledger, wire::WirePosting};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Page, Paged, Pagination, Platform, Problem, Search, Session};
use kernel::PaymentId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PostingsQuery {
    /// Only those of this payment.
    #[param(pattern = "^pay_[0-9a-f]{32}$")]
    payment_id: Option<String>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List postings.
///
/// One item an entry; the entries with the same `payment_id` and `version` are one posting and sum to zero.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/postings",
    tag = "ledger",
    params(PostingsQuery),
    responses((status = 200, description = "a page of entries, newest posting first", body = Vec<WirePosting>)),
)]
pub async fn list_postings(
    State(platform): State<Platform>,
    session: Session,
    Search(query): Search<PostingsQuery>,
) -> Result<Paged<WirePosting>, Problem> {
    session.authorise(&platform, permissions::LEDGER_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let mut fields = Fields::new();
    let payment =
        query.payment_id.and_then(|text| fields.take("payment_id", "invalid_id", text.parse::<PaymentId>()));
    fields.finish()?;
    let (store, tenant) = (platform.runtime.store(), session.caller.tenant);
    let (rows, total) = ledger::postings(store, tenant, payment, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(rows.into_iter().map(WirePosting::from).collect(), pagination))
}
