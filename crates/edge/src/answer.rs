//! Success as `{"data": ..., "meta": {"request_id", "timestamp", "pagination"?}}`.

use crate::{Problem, kept_answers::Keeping, scope::Scope};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{PersonId, RequestId, Timestamp};
use serde::{Serialize, Serializer};

/// One thing in the envelope.
#[derive(Debug)]
pub struct Answer<T> {
    status: StatusCode,
    data: T,
    pagination: Option<Pagination>,
    keeping: Keeping,
}

/// A page of things in the envelope.
pub type Paged<T> = Answer<Vec<T>>;

/// Where a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Pagination {
    /// From 1.
    #[schema(minimum = 1)]
    pub page: u32,
    /// 1 to 100.
    #[schema(minimum = 1, maximum = 100)]
    pub per_page: u32,
    /// How many there are in all.
    pub total: u64,
}

impl<T: Serialize> Answer<T> {
    /// 200.
    pub fn ok(data: T) -> Self {
        Self { status: StatusCode::OK, data, pagination: None, keeping: Keeping::default() }
    }

    /// 201.
    pub fn created(data: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(data) }
    }

    /// 200 with a page.
    pub fn paged(data: T, pagination: Pagination) -> Self {
        Self { pagination: Some(pagination), ..Self::ok(data) }
    }

    /// The answer shows personal data of these persons: under an idempotency key it is kept sealed, as long as none of
    /// them is erased.
    #[must_use]
    pub fn about(mut self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.keeping.about.extend(persons);
        self
    }

    /// The answer shows a secret: under an idempotency key it is kept sealed.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.keeping.secret = true;
        self
    }
}

/// An instant as RFC 3339 text.
pub(crate) struct Rfc3339(pub(crate) Timestamp);

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What accompanies the data of every success.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Meta {
    /// The request that was answered. Under an `Idempotency-Key` that is the first one, also when it is repeated; the
    /// header `X-Request-Id` is always that of the request itself.
    #[schema(value_type = String)]
    request_id: RequestId,
    /// When it was answered, the first time.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pagination: Option<Pagination>,
}

/// The envelope itself. [`Answer`] makes it; a route's documentation may name it (`body = edge::Enveloped<WireThing>`) or
/// only what is inside, which is then put into it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Enveloped<T> {
    data: T,
    meta: Meta,
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let (request_id, time) = Scope::stamp();
        let meta = Meta { request_id, timestamp: Rfc3339(time), pagination: self.pagination };
        let mut response = json(self.status, &Enveloped { data: self.data, meta });
        if self.keeping != Keeping::default() {
            response.extensions_mut().insert(self.keeping);
        }
        response
    }
}

/// A bare JSON answer, without the envelope.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut bytes = Vec::with_capacity(512);
    if let Err(error) = serde_json::to_writer(&mut bytes, body) {
        return Problem::defect(&error).into_response();
    }
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Clock, TypedId, Uuid};
    use std::sync::Arc;

    struct Noon;
    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
        }
    }

    async fn body_of(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn scope() -> Scope {
        Scope { id: RequestId::from_uuid(Uuid::from_u128(7)), clock: Arc::new(Noon) }
    }

    #[tokio::test]
    async fn one_thing_stands_in_the_envelope() {
        let response = scope().run(async { Answer::created(["a"]).into_response() }).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        insta::assert_snapshot!(body_of(response).await, @r#"{"data":["a"],"meta":{"request_id":"req_00000000000000000000000000000007","timestamp":"2026-03-01T12:00:00Z"}}"#);
    }

    #[tokio::test]
    async fn a_page_says_where_it_stands() {
        let pagination = Pagination { page: 2, per_page: 20, total: 21 };
        let response = scope().run(async { Paged::paged(vec![1], pagination).into_response() }).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        insta::assert_snapshot!(body_of(response).await, @r#"{"data":[1],"meta":{"request_id":"req_00000000000000000000000000000007","timestamp":"2026-03-01T12:00:00Z","pagination":{"page":2,"per_page":20,"total":21}}}"#);
    }

    #[tokio::test]
    async fn a_value_that_json_cannot_hold_is_a_safe_problem() {
        let unprintable = std::collections::HashMap::from([((1, 2), 3)]);
        let response = Answer::ok(unprintable).into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body_of(response).await.contains("\"code\":\"internal\""));
    }
}
