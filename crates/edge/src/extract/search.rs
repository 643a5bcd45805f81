//! The query string.

use super::{serde_text::problem_of, shape::query_faults};
use crate::Problem;
use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use kernel::{FieldError, Refusal};
use serde::de::DeserializeOwned;
use std::error::Error as _;
use utoipa::IntoParams;

/// The query string: unknown names (of types with `deny_unknown_fields`), missing ones and wrong values are 422, each with
/// its name, all at once.
#[derive(Debug)]
pub struct Search<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + IntoParams> FromRequestParts<S> for Search<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let whole = rejection.source().map_or_else(|| rejection.body_text(), ToString::to_string);
                let (name, message) = split_name(&whole);
                let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
                let found = pairs.map(|Query(pairs)| query_faults::<T>(&pairs)).unwrap_or_default();
                Err(all_of(problem_of(name, message), found))
            }
        }
    }
}

/// What was found, and what serde stopped at when that is not among it.
fn all_of(first: Problem, found: Vec<FieldError>) -> Problem {
    let known = found.iter().any(|fault| first.errors.iter().any(|named| named.field == fault.field));
    let errors = if known { found } else { [first.errors, found].concat() };
    let mut problem = Problem::from(Refusal::fields(errors));
    if let [only] = problem.errors.as_slice() {
        problem.detail = only.detail.clone().into_owned();
    }
    problem
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
    use utoipa::ToSchema;

    #[derive(Debug, Deserialize, PartialEq, IntoParams)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        page: Option<u32>,
        #[param(inline)]
        status: Option<Status>,
        #[param(minimum = -90, maximum = 90)]
        latitude: Option<f64>,
        q: Option<String>,
    }

    #[derive(Debug, Deserialize, PartialEq, ToSchema)]
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
        assert_eq!(
            filter,
            Filter { page: Some(2), status: Some(Status::Booked), latitude: None, q: Some("a b".into()) }
        );
        assert_eq!(read("").await.unwrap(), Filter { page: None, status: None, latitude: None, q: None });
    }

    #[tokio::test]
    async fn what_is_wrong_is_named() {
        for (query, field, code) in [
            ("page=two", "page", "invalid_value"),
            ("page=-1", "page", "out_of_range"),
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

    #[tokio::test]
    async fn everything_wrong_is_told_at_once() {
        let query = "page=two&status=lost&latitude=91&colour=red&q=a&q=b&shade=";
        let problem = read(query).await.unwrap_err();
        let mut named: Vec<_> =
            problem.errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect();
        named.sort();
        let expected = [
            "colour unknown_field",
            "latitude out_of_range",
            "page invalid_value",
            "q duplicate_field",
            "shade unknown_field",
            "status invalid_value",
        ];
        assert_eq!((problem.status.as_u16(), named), (422, expected.map(str::to_owned).to_vec()));
    }

    #[tokio::test]
    async fn only_so_much_is_told() {
        let query: Vec<String> = (0..4_000).map(|n| format!("unknown{n}=1")).collect();
        assert_eq!(read(&query.join("&")).await.unwrap_err().errors.len(), 100);
        let problem = read(&format!("{}=1", "x".repeat(50_000))).await.unwrap_err();
        assert!(problem.errors.iter().all(|error| error.field.len() < 200), "{}", problem.errors.len());
    }
}
