//! `POST /api/v1/breakers/{name}/reset`: close a circuit breaker by hand.
//!
//! Errors: 403 unless an administrator of the host tenant, 404 for an unknown breaker.

use super::Operations;
use axum::extract::{RawPathParams, State};
use contracts::ports::permissions;
use edge::{Answer, NoBody, Problem, Session};
use serde::Serialize;
use utoipa::ToSchema;

/// A breaker that was closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakerReset {
    /// Its name, as `/metrics/circuit_breakers` shows it.
    #[schema(example = "payments")]
    name: String,
    /// 0 closed.
    #[schema(example = 0)]
    state: u8,
}

/// Close a breaker.
///
/// For administrators of the first tenant, whose installation it is: a breaker is one for all tenants. Calls to the
/// outside are tried again at once. A breaker that is closed already stays so.
#[utoipa::path(
    post,
    path = "/api/v1/breakers/{name}/reset",
    tag = "operations",
    params(("name" = String, Path, description = "the breaker's name", example = "payments")),
    responses((status = 200, description = "it is closed", body = BreakerReset)),
)]
pub async fn reset_breaker(
    State(operations): State<Operations>,
    session: Session,
    params: RawPathParams,
    NoBody: NoBody,
) -> Result<Answer<BreakerReset>, Problem> {
    session.authorise_on_process(&operations.platform, permissions::BREAKERS_RESET).await?;
    let name = params.iter().find_map(|(key, value)| (key == "name").then(|| value.to_owned()));
    let name = name.filter(|name| operations.guards.reset(name)).ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(BreakerReset { name, state: 0 }))
}
