//! A JSON body.

use super::{
    serde_text::{path_before, problem_of},
    shape::{faults, lists_for_objects},
};
use crate::Problem;
use axum::{
    Json,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use kernel::Refusal;
use serde::de::DeserializeOwned;
use std::error::Error as _;
use utoipa::ToSchema;

/// A JSON body: 415 for another content type, 400 for syntax, 422 with one entry a field for wrong types, unknown fields
/// (of types with `deny_unknown_fields`) and missing ones.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + ToSchema + 'static> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "body.not_json",
                "send the body as `Content-Type: application/json`",
            ));
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| unread(rejection.status()))?;
        parse(&bytes).map(Self)
    }
}

/// Why the bytes could not be had.
pub(super) fn unread(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(status, "body.too_large", "the body is larger than this server takes")
    } else {
        Problem::new(StatusCode::BAD_REQUEST, "body.unreadable", "the body ended before its end")
    }
}

/// `application/json` or `application/*+json`, in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next().unwrap_or_default();
    let charset =
        parts.find_map(|part| part.strip_prefix("charset=").map(|name| name.trim_matches('"').to_owned()));
    let subtype = essence.strip_prefix("application/").unwrap_or_default();
    (subtype == "json" || subtype.ends_with("+json")) && charset.is_none_or(|name| name == "utf-8")
}

/// Reads the value. Only a failure pays for finding out where it is, and what else is wrong: the text is read again with
/// its path, and held against the schema.
///
/// Every request is an object, and so is what the schema says is one: serde would also read a struct from a list of its
/// fields, which no document promises.
pub(super) fn parse<T: DeserializeOwned + ToSchema + 'static>(bytes: &[u8]) -> Result<T, Problem> {
    let is_object = bytes.trim_ascii_start().first() == Some(&b'{');
    let error = match serde_json::from_slice(bytes) {
        Ok(value) if is_object => return without_lists_for_objects(value, bytes),
        Ok(_) => return Err(not_an_object()),
        Err(error) => error,
    };
    if !error.is_data() {
        return Err(malformed::<T>(bytes, &error));
    }
    // The first wrong field ends the reading: whether the rest is JSON at all is still to be seen, and syntax goes first.
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        return Err(malformed::<T>(bytes, &error));
    }
    if !is_object {
        return Err(not_an_object());
    }
    let message = error.to_string();
    let whole = match Json::<T>::from_bytes(bytes) {
        Ok(Json(value)) => return Ok(value),
        Err(rejection) => rejection.source().map(ToString::to_string).unwrap_or_default(),
    };
    Err(with_the_rest::<T>(bytes, problem_of(path_before(&whole, &message), &message)))
}

/// Larger bodies are not read twice: what is let through is written oddly, and judged like everything else.
const LISTS_LOOKED_FOR_BYTES: usize = 64 * 1024;

/// Only a body with a list in it is looked at again.
fn without_lists_for_objects<T: ToSchema + 'static>(value: T, bytes: &[u8]) -> Result<T, Problem> {
    let is_looked_at = bytes.len() <= LISTS_LOOKED_FOR_BYTES && bytes.contains(&b'[');
    let found = match is_looked_at.then(|| serde_json::from_slice(bytes)) {
        Some(Ok(body)) => lists_for_objects::<T>(&body),
        Some(Err(_)) | None => Vec::new(),
    };
    if found.is_empty() { Ok(value) } else { Err(Refusal::fields(found).into()) }
}

/// What serde stopped at, in its own words, and every other fault.
fn with_the_rest<T: ToSchema + 'static>(bytes: &[u8], mut problem: Problem) -> Problem {
    let others = serde_json::from_slice(bytes).map(|body| faults::<T>(&body)).unwrap_or_default();
    let named = problem.errors.first().map(|first| first.field.clone());
    problem.errors.extend(others.into_iter().filter(|other| Some(&other.field) != named.as_ref()));
    if problem.errors.len() > 1 {
        problem.detail = Problem::from(Refusal::fields(Vec::new())).detail;
    }
    problem
}

fn not_an_object() -> Problem {
    Problem::field("body", "wrong_type", "the body must be a JSON object")
}

/// The text is not JSON: where it stops being so, and inside which field as far as serde got.
fn malformed<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let whole = match Json::<T>::from_bytes(bytes) {
        Ok(_) => String::new(),
        Err(rejection) => rejection.source().map(ToString::to_string).unwrap_or_default(),
    };
    let field = match path_before(&whole, &message) {
        "" | "." => "body",
        path => path,
    };
    let (line, column) = (error.line(), error.column());
    let what = message.split(" at line ").next().unwrap_or_default();
    let mut problem = Problem::field(
        field.to_owned(),
        "malformed",
        format!("not JSON from line {line} column {column} on: {what}"),
    );
    problem.status = StatusCode::BAD_REQUEST;
    problem.code = "body.malformed";
    problem.detail = format!("the body is not JSON: there is an error at line {line} column {column}");
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Load {
        weight_kg: u32,
        pickup: Place,
        stops: Option<Vec<Place>>,
        via: Option<Place>,
        level: Option<Level>,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Level {
        Standard,
        Express,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Place {
        #[schema(minimum = -90, maximum = 90)]
        latitude: f64,
    }

    async fn read(content_type: Option<&str>, body: &[u8]) -> Result<Load, Problem> {
        let mut request = Request::builder().method("POST").uri("/");
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let request = request.body(body.to_vec().into()).unwrap();
        Body::<Load>::from_request(request, &()).await.map(|body| body.0)
    }

    const JSON: Option<&str> = Some("application/json");

    #[tokio::test]
    async fn a_good_body_is_read_under_any_json_type() {
        let body = br#"{"weight_kg":8000,"pickup":{"latitude":45.4}}"#;
        for content_type in
            ["application/json", "application/json; charset=UTF-8", "application/merge-patch+json"]
        {
            assert!(read(Some(content_type), body).await.is_ok(), "{content_type}");
        }
        for content_type in
            [None, Some("text/plain"), Some("application/json; charset=latin-1"), Some("json")]
        {
            assert_eq!(read(content_type, body).await.unwrap_err().status.as_u16(), 415, "{content_type:?}");
        }
    }

    #[tokio::test]
    async fn syntax_is_400() {
        let deep = [b"{\"weight_kg\":".as_slice(), &[b'['; 10_000]].concat();
        for body in [
            &b""[..],
            b"{",
            b"{\"a\":",
            b"{\"weight_kg\":\"x\"",
            b"{\"weight_kg\":}",
            b"\xff\xfe",
            b"{\"weight_kg\":1,\"pickup\":{\"latitude\":1}} {}",
            b"{\"weight_kg\":1e999}",
        ] {
            let problem = read(JSON, body).await.unwrap_err();
            assert_eq!((problem.status.as_u16(), problem.code), (400, "body.malformed"), "{problem:?}");
            assert!(problem.errors[0].detail.contains("line 1 column "), "{problem:?}");
        }
        let problem = read(JSON, br#"{"weight_kg":1,"pickup":{"latitude":oops}}"#).await.unwrap_err();
        assert_eq!(problem.errors[0].field, "pickup.latitude");
        assert_eq!(read(JSON, &deep).await.unwrap_err().status.as_u16(), 400, "depth costs nothing");
    }

    #[tokio::test]
    async fn what_is_wrong_is_named_by_its_path() {
        for (body, field, code) in [
            (r#"{"pickup":{"latitude":1}}"#, "weight_kg", "missing"),
            (r#"{"weight_kg":1,"pickup":{}}"#, "pickup.latitude", "missing"),
            (r#"{"weight_kg":"x","pickup":{"latitude":1}}"#, "weight_kg", "wrong_type"),
            (r#"{"weight_kg":-1,"pickup":{"latitude":1}}"#, "weight_kg", "out_of_range"),
            (r#"{"weight_kg":1,"pickup":{"latitude":1,"height":2}}"#, "pickup.height", "unknown_field"),
            (r#"{"weight_kg":1,"pickup":{"latitude":1},"colour":2}"#, "colour", "unknown_field"),
            (
                r#"{"weight_kg":1,"pickup":{"latitude":1},"stops":[{"latitude":1},{"latitude":null}]}"#,
                "stops[1].latitude",
                "wrong_type",
            ),
            (r#"{"weight_kg":1,"weight_kg":2,"pickup":{"latitude":1}}"#, "weight_kg", "duplicate_field"),
            (r#"[1,{"latitude":1},null]"#, "body", "wrong_type"),
            ("7", "body", "wrong_type"),
            ("null", "body", "wrong_type"),
        ] {
            let problem = read(JSON, body.as_bytes()).await.unwrap_err();
            let error = &problem.errors[0];
            assert_eq!(
                (problem.status.as_u16(), error.field.as_ref(), error.code.as_ref()),
                (422, field, code),
                "{body}"
            );
        }
    }
    /// What is wrong with each field, sorted.
    async fn wrong(body: &str) -> Vec<String> {
        let problem = read(JSON, body.as_bytes()).await.unwrap_err();
        assert_eq!(problem.status.as_u16(), 422, "{body}");
        let mut named: Vec<String> =
            problem.errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect();
        named.sort();
        named
    }

    #[tokio::test]
    async fn everything_wrong_is_told_at_once() {
        assert_eq!(wrong("{}").await, ["pickup missing", "weight_kg missing"]);
        let everything = r#"{
            "weight_kg": "heavy", "pickup": {"latitude": 91, "height": 2}, "level": "fast", "colour": 1,
            "stops": [{"latitude": 1}, {"latitude": null}, 7, {}], "via": {"latitude": "north"}
        }"#;
        let expected = [
            "colour unknown_field",
            "level invalid_value",
            "pickup.height unknown_field",
            "pickup.latitude out_of_range",
            "stops[1].latitude wrong_type",
            "stops[2] wrong_type",
            "stops[3].latitude missing",
            "via.latitude wrong_type",
            "weight_kg wrong_type",
        ];
        assert_eq!(wrong(everything).await, expected);
        // What may be null or left out is no fault beside one.
        let body = r#"{"weight_kg":1.5,"pickup":{"latitude":1},"stops":null,"via":null,"level":null}"#;
        assert_eq!(wrong(body).await, ["weight_kg wrong_type"]);
    }

    #[tokio::test]
    async fn a_list_is_no_object() {
        assert_eq!(wrong(r#"{"weight_kg":1,"pickup":[45.4]}"#).await, ["pickup wrong_type"]);
        let several = r#"{"weight_kg":1,"pickup":{"latitude":1},"stops":[{"latitude":1},[2]],"via":[3]}"#;
        assert_eq!(wrong(several).await, ["stops[1] wrong_type", "via wrong_type"]);
        let fine = r#"{"weight_kg":1,"pickup":{"latitude":1},"stops":[{"latitude":1}],"via":null}"#;
        assert!(read(JSON, fine.as_bytes()).await.is_ok());
    }

    #[tokio::test]
    async fn an_answer_names_so_many_fields_at_most() {
        let stops = vec!["{}"; 10_000].join(",");
        let body = format!(r#"{{"weight_kg":1,"pickup":{{}},"stops":[{stops}]}}"#);
        assert_eq!(read(JSON, body.as_bytes()).await.unwrap_err().errors.len(), 100);
    }
}
