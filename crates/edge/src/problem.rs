//! Errors as `application/problem+json` (RFC 9457).

use crate::scope::Scope;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{FieldError, Refusal, RefusalKind, RequestId};
use runtime::CommandError;
use serde::Serialize;
use std::{borrow::Cow, fmt::Display};
use store::StoreError;

/// Entries of `errors` at most.
pub(crate) const ERRORS_MAX: usize = 100;
/// Characters of a field's path at most: what a client made up is not sent back at its full length.
const FIELD_CHARS_MAX: usize = 100;
/// Characters of a sentence at most.
const DETAIL_CHARS_MAX: usize = 500;

/// Where the problem types are named; the code follows, with slashes for its dots.
const TYPES: &str = "https://auto-broker.dev/problems/";

/// An error answer: a stable code, a status, a safe sentence, the bad fields.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// The stable code, such as `shipment.wrong_state`; `type` is `https://auto-broker.dev/problems/` and the code with
    /// slashes for its dots.
    pub code: &'static str,
    /// A sentence that a client may see.
    pub detail: String,
    /// The bad fields of the input.
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem without fields.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new() }
    }

    /// 404: another tenant's, an uninvolved organisation's, or nobody's.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such resource")
    }

    /// 403: right tenant, wrong role.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "your role does not allow this")
    }

    /// 401.
    #[must_use]
    pub fn unauthorised(code: &'static str, detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail)
    }

    /// 409: the state does not allow it now.
    #[must_use]
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422 of one field.
    #[must_use]
    pub fn field(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Refusal::field(field, code, detail).into()
    }

    /// 503: nothing was done; the answer carries `Retry-After`.
    #[must_use]
    pub fn unavailable(code: &'static str, detail: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }

    /// 500: logged here, once; the client is only told that it happened.
    #[must_use]
    pub fn defect(error: &dyn Display) -> Self {
        tracing::error!(%error, "a request met a defect");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong on our side; it was recorded",
        )
    }

    /// The document as it is sent, as JSON. Outside a request its id is nil, which shows.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.document()).unwrap_or_default()
    }

    /// The document as it is sent.
    pub(crate) fn document(&self) -> Document<'_> {
        Document {
            kind: format!("{TYPES}{}", self.code.replace('.', "/")),
            title: title(self.code),
            status: self.status.as_u16(),
            detail: cut(&self.detail, DETAIL_CHARS_MAX),
            code: self.code,
            request_id: Scope::stamp().0,
            errors: self.errors.iter().take(ERRORS_MAX).map(Entry::of).collect(),
        }
    }
}

/// The beginning of a text that is too long.
pub(crate) fn cut(text: &str, chars_max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A code as words: `shipment.wrong_state` is `Shipment: wrong state`.
fn title(code: &str) -> String {
    let words = code.replace('_', " ").replace('.', ": ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The members of a problem document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: Cow<'a, str>,
    code: &'static str,
    request_id: RequestId,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Entry<'a>>,
}

/// A bad field.
#[derive(Serialize)]
struct Entry<'a> {
    field: Cow<'a, str>,
    code: &'a str,
    detail: Cow<'a, str>,
}

impl<'a> Entry<'a> {
    fn of(error: &'a FieldError) -> Self {
        let (field, detail) = (cut(&error.field, FIELD_CHARS_MAX), cut(&error.detail, DETAIL_CHARS_MAX));
        Self { field, code: &error.code, detail }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        };
        Self { status, code: refusal.code, detail: refusal.detail.into_owned(), errors: refusal.fields }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Taken { scope } => {
                Self::conflict("taken", format!("this {scope} is already in use"))
            }
            CommandError::KeyReused => Self::key_reused(),
            CommandError::Store(error) => error.into(),
            CommandError::Overloaded => {
                Self::unavailable("overloaded", "too much is waiting; nothing was done")
            }
        }
    }
}

impl Problem {
    /// 409: the idempotency key came with another request before.
    pub(crate) fn key_reused() -> Self {
        Self::conflict("idempotency.key_reused", "this idempotency key was used with another request")
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(%error, "the store is away");
                Self::unavailable("store.unavailable", "the database cannot be reached; nothing was done")
            }
            StoreError::ReadOnly(_) => {
                tracing::warn!(%error, "the store is read-only");
                Self::unavailable("store.read_only", "nothing can be written now; nothing was done")
            }
            StoreError::Defect(_) | StoreError::Open(_) => Self::defect(&error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.to_json().into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body_of(problem: Problem) -> serde_json::Value {
        let bytes = axum::body::to_bytes(problem.into_response().into_body(), 10_000).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_refusal_names_its_fields() {
        let problem = Problem::field("pickup.window.to", "in_the_past", "the window has passed");
        assert_eq!(problem.status, StatusCode::UNPROCESSABLE_ENTITY);
        let body = body_of(problem).await;
        // The order of keys depends on what else is compiled; the test is about names and values.
        let mut settings = insta::Settings::clone_current();
        settings.set_sort_maps(true);
        let _sorted = settings.bind_to_scope();
        insta::assert_json_snapshot!(body, @r#"
        {
          "code": "invalid_input",
          "detail": "the window has passed",
          "errors": [
            {
              "code": "in_the_past",
              "detail": "the window has passed",
              "field": "pickup.window.to"
            }
          ],
          "request_id": "req_00000000000000000000000000000000",
          "status": 422,
          "title": "Invalid input",
          "type": "https://auto-broker.dev/problems/invalid_input"
        }
        "#);
    }

    #[tokio::test]
    async fn what_a_client_made_up_is_not_sent_back_whole() {
        let long = "\u{e8}".repeat(900_000);
        let body =
            body_of(Problem::field(long.clone(), "unknown_field", format!("unknown field `{long}`"))).await;
        let (field, detail) = (&body["errors"][0]["field"], &body["errors"][0]["detail"]);
        assert_eq!(field.as_str().unwrap().chars().count(), 103);
        assert_eq!(detail.as_str().unwrap().chars().count(), 503);
        assert_eq!(body["detail"], *detail);
        let many = (0..10_000).map(|n| FieldError {
            field: format!("stops[{n}]").into(),
            code: "missing".into(),
            detail: "this field is required".into(),
        });
        let problem = Problem::from(Refusal::fields(many.collect()));
        let bytes = axum::body::to_bytes(problem.into_response().into_body(), 20_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(body["errors"].as_array().unwrap().len(), 100);
    }

    #[tokio::test]
    async fn a_conflict_has_a_type_of_its_own() {
        let problem = Problem::from(Refusal::conflict("shipment.wrong_state", "it is already booked"));
        let body = body_of(problem).await;
        // The order of keys depends on what else is compiled; the test is about names and values.
        let mut settings = insta::Settings::clone_current();
        settings.set_sort_maps(true);
        let _sorted = settings.bind_to_scope();
        insta::assert_json_snapshot!(body, @r#"
        {
          "code": "shipment.wrong_state",
          "detail": "it is already booked",
          "request_id": "req_00000000000000000000000000000000",
          "status": 409,
          "title": "Shipment: wrong state",
          "type": "https://auto-broker.dev/problems/shipment/wrong_state"
        }
        "#);
    }

    #[test]
    fn every_error_below_has_its_status() {
        let cases: [(Problem, u16); 10] = [
            (Refusal::not_found("x", "x").into(), 404),
            (Refusal::forbidden("x", "x").into(), 403),
            (Refusal::conflict("x", "x").into(), 409),
            (CommandError::Taken { scope: "login" }.into(), 409),
            (CommandError::KeyReused.into(), 409),
            (CommandError::Overloaded.into(), 503),
            (StoreError::Unavailable("host 10.0.0.7".into()).into(), 503),
            (StoreError::ReadOnly("disk".into()).into(), 503),
            (StoreError::Defect("column 3".into()).into(), 500),
            (StoreError::Open("path".into()).into(), 500),
        ];
        for (problem, status) in cases {
            assert_eq!(problem.status.as_u16(), status, "{}", problem.code);
            for secret in ["10.0.0.7", "disk", "column", "path"] {
                assert!(!problem.detail.contains(secret), "{}", problem.detail);
            }
        }
    }

    #[test]
    fn statuses_bring_their_headers() {
        let response = Problem::unauthorised("token.missing", "sign in first").into_response();
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        let response = Problem::unavailable("overloaded", "later").into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
