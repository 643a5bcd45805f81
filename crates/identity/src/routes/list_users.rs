//! `GET /api/v1/users`: the users of the tenant, or of a carrier's own organisation. Whoever is shown names of others
//! is written down (`personal_data.accessed`) before the answer.
//!
//! Errors: 403 for a role that may not; 422 for the query.

use super::RouteState;
use crate::wire::{UserView, WireRole};
use axum::extract::State;
use contracts::ports::{Authenticator, Resource, Verdict, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which users, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersQuery {
    /// Only those of this role.
    #[param(inline)]
    role: Option<WireRole>,
    /// From 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// 20 unless told, at most 100.
    #[param(minimum = 1, maximum = 100)]
    per_page: Option<u32>,
}

/// List users.
///
/// For staff, and for carriers their own. Names need `personal:read` and are recorded.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    tag = "identity",
    params(UsersQuery),
    responses((status = 200, description = "users, newest first", body = Vec<UserView>)),
)]
pub(crate) async fn list_users(
    State(state): State<RouteState>,
    session: Session,
    Search(query): Search<UsersQuery>,
) -> Result<Paged<UserView>, Problem> {
    let page = Page::of(query.page, query.per_page)?;
    let caller = &session.caller;
    session.authorise(&state.platform, permissions::USER_READ, &Resource::default())?;
    let whole_tenant = Resource { tenant: Some(caller.tenant), ..Resource::default() };
    let sees_all = state.identity.authorise(caller, permissions::USER_READ, &whole_tenant) == Verdict::Allow;
    let organisation = (!sees_all).then_some(caller.organisation);
    let role = query.role.map(Into::into);
    let (users, total) = state.identity.list_users(&session, role, organisation, page).await?;
    Ok(Answer::paged(users, Pagination { page: page.page, per_page: page.per_page, total }))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::House;
    use contracts::ports::Role;
    use serde_json::json;

    #[tokio::test]
    async fn whoever_sees_names_of_others_is_written_down() {
        let house = House::new().await;
        let shipper = house.user(Role::Shipper, "ada").await;
        let admin = house.user(Role::Admin, "admin").await;
        let token = super::super::house::text(&house.login("admin").await["access_token"]);
        let (status, list) = house.call("GET", "/api/v1/users").bearer(&token).empty().await;
        assert_eq!((status, &list["meta"]["pagination"]["total"]), (200, &json!(2)));
        assert!(list["data"].as_array().unwrap().iter().all(|user| user["email"].is_string()));
        let log = house.log().await;
        let accessed = log.iter().find(|event| event.type_name == "personal_data.accessed").unwrap();
        assert_eq!(accessed.stream.to_string(), admin.to_string());
        assert_eq!(
            accessed.payload.to_string(),
            format!(r#"{{"subjects":["{shipper}"],"purpose":"users.list"}}"#)
        );
        let (_, list) = house.call("GET", "/api/v1/users?role=admin").bearer(&token).empty().await;
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        assert_eq!(house.types().await.iter().filter(|name| **name == "personal_data.accessed").count(), 1);
    }

    #[tokio::test]
    async fn a_dispatcher_sees_whom_to_call_and_is_written_down_and_a_shipper_sees_nobody() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let broker = house.token(Role::Broker, "broker").await;
        let (status, list) = house.call("GET", "/api/v1/users?role=shipper").bearer(&broker).empty().await;
        assert_eq!((status, &list["data"][0]["name"]), (200, &json!("ada")));
        assert!(house.types().await.contains(&"personal_data.accessed"));
        let ada = super::super::house::text(&house.login("ada").await["access_token"]);
        assert_eq!(house.call("GET", "/api/v1/users").bearer(&ada).empty().await.0, 403);
    }

    #[tokio::test]
    async fn another_tenants_users_are_not_in_the_list() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let second = house.identity.create_tenant("Second").await.unwrap();
        let house = house.in_tenant(second);
        let admin = house.token(Role::Admin, "second").await;
        let (_, list) = house.call("GET", "/api/v1/users").bearer(&admin).empty().await;
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
    }
}
