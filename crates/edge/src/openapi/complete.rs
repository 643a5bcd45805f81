//! Completes every operation with what holds for all of them.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Statuses of problems and what they mean here (design, section 7).
const PROBLEMS: [(u16, &str); 13] = [
    (400, "The body is not JSON"),
    (401, "No valid token"),
    (403, "The role does not allow it"),
    (404, "There is no such resource for this caller"),
    (405, "Another method is needed"),
    (408, "The body did not come in time"),
    (409, "The state does not allow it, or another got there first"),
    (413, "The body is too large"),
    (415, "The body is not declared as JSON"),
    (422, "A field cannot be accepted"),
    (426, "It takes a WebSocket"),
    (429, "Too many requests"),
    (503, "Not available now"),
];
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
/// Operations that need no credential.
const PUBLIC: [&str; 3] = ["/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/auth/refresh"];

/// `components.responses`: one for each problem status.
pub(super) fn problem_responses() -> Value {
    let mut responses = Map::new();
    for (status, description) in PROBLEMS {
        responses.insert(
            format!("Problem{status}"),
            json!({ "description": description, "content": problem_content() }),
        );
    }
    Value::Object(responses)
}

fn problem_content() -> Value {
    json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
}

/// Completes the operations below `/api`.
pub(super) fn every_operation(paths: &mut Map<String, Value>, schemas: &Map<String, Value>) {
    for (path, item) in paths.iter_mut().filter(|(path, _)| path.starts_with("/api/")) {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            let public = PUBLIC.contains(&path.as_str());
            let secured = secure(operation, public);
            if method == "post" && !path.starts_with("/api/v1/auth/") {
                push(operation, "parameters", json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
            }
            let expected = problems_of(method, operation, secured);
            let responses = operation.entry("responses").or_insert_with(|| json!({}));
            if let Some(responses) = responses.as_object_mut() {
                envelope(responses, schemas);
                add_problems(responses, &expected);
            }
        }
    }
}

/// Gives the operation its credentials unless it says itself that it needs none; answers whether it needs some.
fn secure(operation: &mut Map<String, Value>, public: bool) -> bool {
    let default = if public { json!([]) } else { json!([{ "bearer": [] }, { "api_key": [] }]) };
    let security = operation.entry("security").or_insert(default);
    // utoipa writes "none" as one empty requirement.
    if *security == json!([{}]) {
        *security = json!([]);
    }
    security.as_array().is_some_and(|list| !list.is_empty())
}

fn push(operation: &mut Map<String, Value>, list: &str, value: Value) {
    if let Some(list) = operation.entry(list).or_insert_with(|| json!([])).as_array_mut() {
        list.push(value);
    }
}

/// The problems that an operation may answer with.
fn problems_of(method: &str, operation: &Map<String, Value>, secured: bool) -> Vec<u16> {
    let writes = !matches!(method, "get" | "head" | "options");
    let has_body = operation.contains_key("requestBody");
    let has_parameters =
        operation.get("parameters").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let mut statuses = vec![429, 503];
    if secured {
        statuses.extend([401, 403, 404]);
    }
    if writes {
        statuses.extend([400, 401, 403, 404, 408, 409, 413, 422]);
    }
    if has_body {
        statuses.push(415);
    }
    if has_parameters {
        statuses.push(422);
    }
    statuses
}

/// Adds the problems that are missing and the schema to those that have a description only.
fn add_problems(responses: &mut Map<String, Value>, expected: &[u16]) {
    for (status, response) in responses.iter_mut() {
        let is_error = status.starts_with(['4', '5']);
        let Some(response) = response.as_object_mut() else { continue };
        if is_error {
            response.entry("content").or_insert_with(problem_content);
        }
        if response.get("description").is_none_or(|text| text == "") && !response.contains_key("$ref") {
            response.insert("description".to_owned(), phrase(status).into());
        }
    }
    for status in expected {
        let reference = || json!({ "$ref": format!("#/components/responses/Problem{status}") });
        responses.entry(status.to_string()).or_insert_with(reference);
    }
}

/// What a status is called, for answers that say no more about themselves (OpenAPI demands a description).
fn phrase(status: &str) -> &'static str {
    let code = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
    code.and_then(|code| code.canonical_reason()).unwrap_or("An answer")
}

/// Wraps the JSON bodies of success into the envelope, unless a route describes the envelope itself.
fn envelope(responses: &mut Map<String, Value>, schemas: &Map<String, Value>) {
    for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        let Some(schema) = response.pointer_mut("/content/application~1json/schema") else { continue };
        if !is_envelope(schema, schemas) {
            let data = schema.take();
            let properties = json!({ "data": data, "meta": { "$ref": "#/components/schemas/Meta" } });
            *schema = json!({ "type": "object", "required": ["data", "meta"], "properties": properties });
        }
    }
}

fn is_envelope(schema: &Value, schemas: &Map<String, Value>) -> bool {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    let schema = name.and_then(|name| schemas.get(name)).unwrap_or(schema);
    ["data", "meta"].iter().all(|member| schema.pointer(&format!("/properties/{member}")).is_some())
}

/// Makes the operation ids unique: a name that is already taken is made of the method and the path.
pub(super) fn operation_ids(paths: &mut Map<String, Value>) {
    let mut taken = HashSet::new();
    for (path, item) in paths.iter_mut() {
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
            let own = operation.get("operationId").and_then(Value::as_str).map(str::to_owned);
            let id = own.filter(|id| !taken.contains(id)).unwrap_or_else(|| id_of(method, path));
            operation.insert("operationId".to_owned(), Value::String(id.clone()));
            taken.insert(id);
        }
    }
}

fn id_of(method: &str, path: &str) -> String {
    let words: Vec<&str> = path.split(['/', '{', '}', '-']).filter(|word| !word.is_empty()).collect();
    format!("{method}_{}", words.join("_"))
}
