//! Errors as `application/problem+json` (RFC 9457).

use axum::{http::StatusCode, response::{IntoResponse, Response}};
use kernel::{FieldError, Refusal};
use runtime::CommandError;
use store::StoreError;

/// An error answer: a stable code, a status, a safe sentence, the bad fields.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// The stable code; `type` is `https://auto-broker.dev/problems/{code}`.
    pub code: &'static str,
    /// A sentence that a client may see.
    pub detail: String,
    /// The bad fields of the input.
    pub errors: Vec<FieldError>,
}

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl Problem {
    /// 404: another tenant's, an uninvolved organisation's, or nobody's.
    #[must_use]
    pub fn not_found() -> Self { todo!() }
    /// 403: right tenant, wrong role.
    #[must_use]
    pub fn forbidden() -> Self { todo!() }
    /// 401.
    #[must_use]
    pub fn unauthorised(code: &'static str, detail: &str) -> Self { todo!() }
}

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self { todo!() }
}
#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self { todo!() }
}
#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self { todo!() }
}
#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl IntoResponse for Problem {
    fn into_response(self) -> Response { todo!() }
}
