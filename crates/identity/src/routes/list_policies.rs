//! `GET /api/v1/policies`: who may what, as the policies say now.
//!
//! Errors: 403 for roles that may not read it.

use super::RouteState;
use crate::wire::Grant;
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Problem, Session};

/// Read who may what.
///
/// For supervisors, auditors and administrators.
#[utoipa::path(
    get,
    path = "/api/v1/policies",
    tag = "identity",
    responses((status = 200, description = "every role's permissions", body = Vec<Grant>)),
)]
pub(crate) async fn list_policies(
    State(state): State<RouteState>,
    session: Session,
) -> Result<Answer<Vec<Grant>>, Problem> {
    session.authorise(&state.platform, permissions::POLICIES_READ, &Resource::default())?;
    Ok(Answer::ok(state.identity.grants()))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::House;
    use contracts::ports::Role;
    use serde_json::json;

    #[tokio::test]
    async fn who_may_what_can_be_read() {
        let house = House::new().await;
        let auditor = house.token(Role::Auditor, "auditor").await;
        let (status, answer) = house.call("GET", "/api/v1/policies").bearer(&auditor).empty().await;
        let grant = json!({ "role": "driver", "permission": "bid:submit", "reach": "own", "by_key": true });
        assert_eq!(status, 200);
        assert!(answer["data"].as_array().unwrap().contains(&grant));
        let driver = house.token(Role::Driver, "driver").await;
        assert_eq!(house.call("GET", "/api/v1/policies").bearer(&driver).empty().await.0, 403);
    }
}
