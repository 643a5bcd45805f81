//! Success as `{"data": ..., "meta": {"request_id", "timestamp", "pagination"?}}`.

use axum::{http::StatusCode, response::{IntoResponse, Response}};
use serde::Serialize;

/// One thing in the envelope.
#[derive(Debug)]
pub struct Answer<T> {
    status: StatusCode,
    data: T,
    pagination: Option<Pagination>,
}

/// A page of things in the envelope.
pub type Paged<T> = Answer<Vec<T>>;

/// Where a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Pagination {
    /// From 1.
    pub page: u32,
    /// 1 to 100.
    pub per_page: u32,
    /// How many there are in all.
    pub total: u64,
}

impl<T: Serialize> Answer<T> {
    /// 200.
    pub const fn ok(data: T) -> Self {
        Self { status: StatusCode::OK, data, pagination: None }
    }

    /// 201.
    pub const fn created(data: T) -> Self {
        Self { status: StatusCode::CREATED, data, pagination: None }
    }

    /// 200 with a page.
    pub const fn paged(data: T, pagination: Pagination) -> Self {
        Self { status: StatusCode::OK, data, pagination: Some(pagination) }
    }
}

#[allow(clippy::todo, reason = "the body follows")]
impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response { let _ = (&self.status, &self.data, &self.pagination); todo!() }
}
