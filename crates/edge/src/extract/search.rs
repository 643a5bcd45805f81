//! The query string.

use super::serde_text::problem_of;
use crate::Problem;
use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use std::error::Error as _;

/// The query string: unknown names (of types with `deny_unknown_fields`) and wrong values are 422 with the name.
#[derive(Debug)]
pub struct Search<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Search<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let whole = rejection.source().map_or_else(|| rejection.body_text(), ToString::to_string);
                let (path, message) = split_name(&whole);
                Err(problem_of(path, message))
            }
        }
    }
}

/// `page: invalid digit found in string` is the name and the sentence. A name holds no colon and no space; a sentence
/// that stands alone starts with words.
fn split_name(whole: &str) -> (&str, &str) {
    match whole.split_once(": ") {
        Some((name, message)) if !name.contains([' ', '`']) => (name, message),
        _ => ("", whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        page: Option<u32>,
        status: Option<Status>,
        q: Option<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Status {
        Booked,
    }

    async fn read(query: &str) -> Result<Filter, Problem> {
        let (mut parts, ()) = Request::get(format!("/x?{query}")).body(()).unwrap().into_parts();
        Search::<Filter>::from_request_parts(&mut parts, &()).await.map(|search| search.0)
    }

    #[tokio::test]
    async fn what_is_asked_is_read() {
        let filter = read("page=2&status=booked&q=a%20b").await.unwrap();
        assert_eq!(filter, Filter { page: Some(2), status: Some(Status::Booked), q: Some("a b".into()) });
        assert_eq!(read("").await.unwrap(), Filter { page: None, status: None, q: None });
    }

    #[tokio::test]
    async fn what_is_wrong_is_named() {
        for (query, field, code) in [
            ("page=two", "page", "invalid_value"),
            ("page=-1", "page", "invalid_value"),
            ("page=", "page", "invalid_value"),
            ("status=lost", "status", "invalid_value"),
            ("colour=red", "colour", "unknown_field"),
            ("page=1&page=2", "page", "duplicate_field"),
        ] {
            let problem = read(query).await.unwrap_err();
            let error = &problem.errors[0];
            assert_eq!(
                (problem.status.as_u16(), error.field.as_ref(), error.code.as_ref()),
                (422, field, code),
                "{query}"
            );
        }
    }
}
