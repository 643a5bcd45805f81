//! `GET /api/v1/ledger/accounts`: the balance of each account.
//!
//! Errors: 403 for a role that does not see the ledger, 422 for a bad filter or page.

use crate::{
    views::ledger,
    wire::{WireAccount, WireAccountKind},
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Page, Paged, Pagination, Platform, Problem, Search, Session};
use serde::Deserialize;
use utoipa::IntoParams;

/// No owner's name is longer, in bytes.
const OWNER_MAX: usize = 64;

/// Which accounts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountsQuery {
    /// Only those of this kind.
    #[param(inline)]
    kind: Option<WireAccountKind>,
    /// Only those of this owner: a payment's or an organisation's id, or `platform`.
    #[param(min_length = 1, max_length = 64)]
    owner: Option<String>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List accounts.
///
/// By kind and owner. A positive balance is a debit, a negative one a credit.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/accounts",
    tag = "ledger",
    params(AccountsQuery),
    responses((status = 200, description = "a page of accounts", body = Vec<WireAccount>)),
)]
pub async fn list_accounts(
    State(platform): State<Platform>,
    session: Session,
    Search(query): Search<AccountsQuery>,
) -> Result<Paged<WireAccount>, Problem> {
    session.authorise(&platform, permissions::LEDGER_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let owner = query.owner.unwrap_or_default();
    let mut fields = Fields::new();
    let readable = owner.len() <= OWNER_MAX && !owner.contains('\0');
    fields.require(readable, "owner", "invalid_owner", "must be an id or `platform`");
    fields.finish()?;
    let kind = query.kind.map_or("", WireAccountKind::name);
    let (store, tenant) = (platform.runtime.store(), session.caller.tenant);
    let (rows, total) = ledger::accounts(store, tenant, kind, &owner, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(rows.into_iter().map(WireAccount::from).collect(), pagination))
}
