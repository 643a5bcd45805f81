//! The routes of identity, one endpoint a file.

mod change_password;
mod cookie;
mod create_api_key;
mod create_user;
mod end_session;
mod erase_user;
mod get_me;
mod get_tenant;
mod get_user;
mod list_api_keys;
mod list_organisations;
mod list_policies;
mod list_sessions;
mod list_users;
mod login;
mod logout;
mod refresh;
mod register;
mod revoke_api_key;
mod update_me;
mod update_tenant;
mod update_user;

#[cfg(test)]
mod house;
#[cfg(test)]
mod two_processes;

pub(crate) use create_api_key::CreatedKey;
pub(crate) use get_me::{Me, MyOrganisation, MyTenant};

use crate::Identity;
use axum::extract::FromRef;
use edge::Platform;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the routes of identity can reach.
#[derive(Clone)]
pub(crate) struct RouteState {
    pub(crate) identity: Identity,
    pub(crate) platform: Platform,
}

impl FromRef<RouteState> for Platform {
    fn from_ref(state: &RouteState) -> Self {
        state.platform.clone()
    }
}

/// All of them.
pub(crate) fn routes(state: RouteState) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(login::login))
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::logout))
        .routes(routes!(change_password::change_password))
        .routes(routes!(get_me::get_me, update_me::update_me))
        .routes(routes!(list_sessions::list_sessions))
        .routes(routes!(end_session::end_session))
        .routes(routes!(list_api_keys::list_api_keys, create_api_key::create_api_key))
        .routes(routes!(revoke_api_key::revoke_api_key))
        .routes(routes!(list_users::list_users, create_user::create_user))
        .routes(routes!(get_user::get_user, update_user::update_user, erase_user::erase_user))
        .routes(routes!(list_organisations::list_organisations))
        .routes(routes!(get_tenant::get_tenant, update_tenant::update_tenant))
        .routes(routes!(list_policies::list_policies))
        .with_state(state)
}
