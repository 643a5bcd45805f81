//! `GET /api/v1/me`: who am I?

use super::RouteState;
use crate::wire::UserView;
use axum::extract::State;
use edge::{Answer, Problem, Session};
use serde::Serialize;
use utoipa::ToSchema;

/// The caller itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// The user.
    #[serde(flatten)]
    pub(crate) user: UserView,
    /// Its organisation.
    pub(crate) organisation: MyOrganisation,
    /// Its tenant.
    pub(crate) tenant: MyTenant,
}

/// The caller's organisation.
#[derive(Serialize, ToSchema)]
pub(crate) struct MyOrganisation {
    /// Its id.
    pub(crate) id: String,
    /// `shipper`, `carrier`, `facility` or `operator`.
    pub(crate) kind: String,
    /// Its name.
    pub(crate) name: String,
}

/// The caller's tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyTenant {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Whether the installation is this tenant's: it is the first one. Only its administrators may act on the process that
    /// all tenants share.
    pub(crate) is_host: bool,
}

/// Who am I?
///
/// For everybody who is signed in.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    tag = "identity",
    responses((status = 200, description = "the caller", body = Me)),
)]
pub(crate) async fn get_me(State(state): State<RouteState>, session: Session) -> Result<Answer<Me>, Problem> {
    Ok(Answer::ok(state.identity.me(session.caller.user).await?))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::House;
    use contracts::ports::Role;

    #[tokio::test]
    async fn everybody_knows_itself() {
        let house = House::new().await;
        let token = house.token(Role::Broker, "ada").await;
        let (status, mut me) = house.call("GET", "/api/v1/me").bearer(&token).empty().await;
        assert_eq!(status, 200);
        for id in [
            "/data/id",
            "/data/organisation_id",
            "/data/organisation/id",
            "/data/tenant/id",
            "/meta/request_id",
        ] {
            *me.pointer_mut(id).unwrap() = "an id".into();
        }
        insta::assert_json_snapshot!(me, @r#"
        {
          "data": {
            "id": "an id",
            "organisation_id": "an id",
            "role": "broker",
            "state": "active",
            "created_at": "2026-03-01T08:00:00Z",
            "name": "ada",
            "email": "ada@example.com",
            "organisation": {
              "id": "an id",
              "kind": "operator",
              "name": "Auto-Broker"
            },
            "tenant": {
              "id": "an id",
              "name": "Auto-Broker",
              "is_host": true
            }
          },
          "meta": {
            "request_id": "an id",
            "timestamp": "2026-03-01T08:00:00Z"
          }
        }
        "#);
    }

    #[tokio::test]
    async fn nobody_is_nobody() {
        let house = House::new().await;
        assert_eq!(house.call("GET", "/api/v1/me").empty().await.0, 401);
        assert_eq!(house.call("GET", "/api/v1/me").bearer("abc.def.ghi").empty().await.0, 401);
    }
}
