//! `GET /api/v1/api-keys`: the caller's keys, or all of the tenant for those who may. Secrets are never shown again.
//!
//! Errors: 422 for the query.

use super::RouteState;
use crate::{
    own_resource,
    personal::{Person, shown},
    views::{self, KeyRow},
    wire::WireRole,
};
use axum::extract::State;
use contracts::ports::{Authenticator, Resource, Verdict, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeysQuery {
    /// From 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// 20 unless told, at most 100.
    #[param(minimum = 1, maximum = 100)]
    per_page: Option<u32>,
}

/// An API key without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyView {
    /// Its id.
    #[schema(example = "key_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// Its owner.
    pub(crate) user_id: String,
    /// The name its owner gave it; shown to the owner alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The role it acts in.
    pub(crate) role: WireRole,
    /// What it is limited to; all of the role's permissions when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scopes: Option<Vec<String>>,
    /// `active` or `revoked`.
    pub(crate) state: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    /// Until when it is good.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
}

/// List API keys.
///
/// One's own; auditors and administrators see all of the tenant.
#[utoipa::path(
    get,
    path = "/api/v1/api-keys",
    tag = "identity",
    params(KeysQuery),
    responses((status = 200, description = "API keys, newest first", body = Vec<KeyView>)),
)]
pub(crate) async fn list_api_keys(
    State(state): State<RouteState>,
    session: Session,
    Search(query): Search<KeysQuery>,
) -> Result<Paged<KeyView>, Problem> {
    let page = Page::of(query.page, query.per_page)?;
    let caller = &session.caller;
    session.authorise(&state.platform, permissions::API_KEY_READ, &own_resource(caller))?;
    let whole_tenant = Resource { tenant: Some(caller.tenant), ..Resource::default() };
    let sees_all =
        state.identity.authorise(caller, permissions::API_KEY_READ, &whole_tenant) == Verdict::Allow;
    let user = (!sees_all).then_some(caller.user);
    let store = state.platform.runtime.store();
    let (rows, total) = views::api_keys(store, caller.tenant, user, page.into()).await?;
    let mine: Vec<_> = rows.iter().filter(|row| row.user == caller.user).map(|row| row.person).collect();
    let mut names = Person::open_many(&state.platform.vault, &mine).await?.into_iter();
    let keys = rows.into_iter().map(|row| {
        let named = (row.user == caller.user).then(|| names.next()).flatten();
        view(row, named.and_then(|person| shown(person.name.as_ref())))
    });
    Ok(Answer::paged(keys.collect(), Pagination { page: page.page, per_page: page.per_page, total }))
}

fn view(row: KeyRow, name: Option<String>) -> KeyView {
    KeyView {
        id: row.id.to_string(),
        user_id: row.user.to_string(),
        name,
        role: row.role.into(),
        scopes: row.scopes,
        state: row.state,
        created_at: row.created_at.to_string(),
        expires_at: row.expires_at.to_string(),
    }
}
