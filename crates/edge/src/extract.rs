//! What a handler takes out of a request; every failure is a problem that names what is wrong.

use crate::{Platform, Problem};
use axum::{extract::{FromRef, FromRequest, FromRequestParts, Request}, http::request::Parts};
use contracts::ports::{Caller, Permission, Resource};
use kernel::TypedId;
use runtime::Origin;
use serde::de::DeserializeOwned;

/// An authenticated request.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub caller: Caller,
    /// What the runtime is told: tenant, actor, correlation, idempotency key.
    pub origin: Origin,
}

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl Session {
    /// May the caller do this? Default deny.
    ///
    /// # Errors
    /// 403 or 404.
    pub fn authorise(&self, platform: &Platform, permission: Permission, resource: &Resource) -> Result<(), Problem> { todo!() }
}

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl<S: Send + Sync> FromRequestParts<S> for Session where Platform: FromRef<S> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> { todo!() }
}

/// A JSON body: 400 for syntax, 422 with the field's path for a wrong type or an unknown field.
#[derive(Debug)]
pub struct Body<T>(pub T);

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> { todo!() }
}

/// The `{id}` of the path: a text that is not such an id is 404.
#[derive(Debug, Clone, Copy)]
pub struct PathId<I>(pub I);

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl<S: Send + Sync, I: TypedId> FromRequestParts<S> for PathId<I> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> { todo!() }
}

/// The query string: unknown names and wrong values are 422 with the name.
#[derive(Debug)]
pub struct Search<T>(pub T);

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Search<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> { todo!() }
}

/// Paging, to be used as two fields of a query: `page` from 1, `per_page` 20 unless told, at most 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub page: u32,
    /// 1 to 100.
    pub per_page: u32,
}

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl Page {
    /// Checks what was asked.
    ///
    /// # Errors
    /// 422 with `page` or `per_page`.
    pub fn of(page: Option<u32>, per_page: Option<u32>) -> Result<Self, Problem> { todo!() }
    /// `LIMIT`.
    #[must_use]
    pub fn limit(self) -> i64 { i64::from(self.per_page) }
    /// `OFFSET`.
    #[must_use]
    pub fn offset(self) -> i64 { i64::from(self.page - 1) * i64::from(self.per_page) }
}
