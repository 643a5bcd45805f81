//! No body.

use super::body::parse;
use crate::Problem;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::Deserialize;
use utoipa::ToSchema;

/// The body of a route that wants none: absent, blank or `{}`. Anything else is refused like the body of any other
/// route, so that a client whose fields count for nothing hears of it: 400 for syntax, 422 with the field's name.
#[derive(Debug)]
pub struct NoBody;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| super::body::unread(rejection.status()))?;
        if !bytes.trim_ascii().is_empty() {
            let Nothing {} = parse(&bytes)?;
        }
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: &'static str) -> Result<NoBody, Problem> {
        NoBody::from_request(Request::post("/").body(body.into()).unwrap(), &()).await
    }

    #[tokio::test]
    async fn nothing_and_an_empty_object_are_fine() {
        for body in ["", " \n", "{}", " { } "] {
            assert!(read(body).await.is_ok(), "{body:?}");
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused_by_name() {
        for (body, status, field) in [
            ("{", 400, "body"),
            ("nothing", 400, "body"),
            (r#"{"price":1}"#, 422, "price"),
            ("[]", 422, "body"),
            ("null", 422, "body"),
        ] {
            let problem = read(body).await.unwrap_err();
            let named = problem.errors.first().map(|error| error.field.as_ref());
            assert_eq!((problem.status.as_u16(), named), (status, Some(field)), "{body}");
        }
    }
}
