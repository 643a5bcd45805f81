//! The parts of the document that no context owns.

use serde_json::{Map, Value, json};

/// The document's head.
pub(super) fn skeleton(version: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Auto-Broker",
            "version": version,
            "description": "A freight brokerage that runs itself. Success is `{\"data\", \"meta\"}`; an error is \
                `application/problem+json` (RFC 9457) with a stable `code`. Every answer carries `X-Request-Id`; \
                limited ones `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`.",
            "license": { "name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only" },
        },
        "servers": [{ "url": "/" }],
    })
}

/// How a caller says who it is.
pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": { "type": "http", "scheme": "bearer", "description": "The access token of a login." },
        "api_key": { "type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "A key of a user." },
    })
}

/// Parameters that many operations share.
pub(super) fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "The same key and request give the first answer again, byte for byte; another request under the key is a 409. \
                            Only answers that went well are kept, for 24 hours.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]([ -~]*[!-~])?$" },
        },
    })
}

/// Schemas that every answer uses.
pub(super) fn schemas() -> Map<String, Value> {
    let schemas = json!({
        "Problem": {
            "type": "object",
            "description": "An error (RFC 9457).",
            "required": ["type", "title", "status", "detail", "code", "request_id"],
            "properties": {
                "type": { "type": "string", "format": "uri" },
                "title": { "type": "string" },
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "detail": { "type": "string", "description": "A sentence for people." },
                "code": { "type": "string", "description": "Stable, for programs." },
                "request_id": { "type": "string" },
                "errors": { "type": "array", "items": { "$ref": "#/components/schemas/FieldError" } },
            },
        },
        "FieldError": {
            "type": "object",
            "required": ["field", "code", "detail"],
            "properties": {
                "field": { "type": "string", "description": "The field's path, such as `pickup.window.to`." },
                "code": { "type": "string" },
                "detail": { "type": "string" },
            },
        },
        "Meta": {
            "type": "object",
            "required": ["request_id", "timestamp"],
            "properties": {
                "request_id": { "type": "string" },
                "timestamp": { "type": "string", "format": "date-time" },
                "pagination": { "$ref": "#/components/schemas/Pagination" },
            },
        },
        "Pagination": {
            "type": "object",
            "required": ["page", "per_page", "total"],
            "properties": {
                "page": { "type": "integer", "minimum": 1 },
                "per_page": { "type": "integer", "minimum": 1, "maximum": 100 },
                "total": { "type": "integer", "minimum": 0 },
            },
        },
        "Health": {
            "type": "object",
            "required": ["status", "timestamp", "version", "dependencies"],
            "properties": {
                "status": {
                    "type": "string",
                    "enum": ["healthy", "degraded", "unhealthy", "alive", "ready", "not_ready"],
                },
                "timestamp": { "type": "string", "format": "date-time" },
                "version": { "type": "string" },
                "dependencies": {
                    "type": "object",
                    "required": ["database", "engine"],
                    "properties": {
                        "database": { "type": "string", "enum": ["connected", "read_only", "disconnected"] },
                        "engine": { "type": "string", "enum": ["running", "stalled"] },
                    },
                },
                "problems": {
                    "type": "array",
                    "description": "What a person must look after; absent when there is nothing.",
                    "items": {
                        "type": "object",
                        "required": ["code", "reader", "position"],
                        "properties": {
                            "code": { "type": "string", "enum": ["event.undecodable"] },
                            "reader": { "type": "string", "description": "Who stands before the event." },
                            "position": { "type": "integer", "description": "The event's position in the log." },
                        },
                    },
                },
            },
        },
    });
    super::object(schemas)
}

/// The operational paths.
pub(super) fn paths() -> Map<String, Value> {
    let health = |summary: &str, failing: bool| {
        let body = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Health" } } });
        let mut responses = json!({ "200": { "description": "It is well enough", "content": body } });
        if failing {
            responses["503"] = json!({ "description": "It is not", "content": body });
        }
        json!({ "get": { "tags": ["operations"], "summary": summary, "responses": responses, "security": [] } })
    };
    let page = |summary: &str, kind: &str| {
        let content = json!({ kind: { "schema": {} } });
        let responses = json!({ "200": { "description": "The page", "content": content } });
        json!({ "get": { "tags": ["operations"], "summary": summary, "responses": responses, "security": [] } })
    };
    let paths = json!({
        "/health": health("How the platform is", true),
        "/health/live": health("Whether the process answers", false),
        "/health/ready": health("Whether it can read and write", true),
        "/metrics": page("Prometheus metrics", "application/openmetrics-text"),
        "/metrics/circuit_breakers": page("The breakers of all ports", "application/json"),
        "/api/v1/ws": socket(),
    });
    super::object(paths)
}

fn socket() -> Value {
    let problem = |status: &str| json!({ "$ref": format!("#/components/responses/Problem{status}") });
    json!({ "get": {
        "tags": ["live"],
        "summary": "Live events over a WebSocket",
        "description": "The first message is `{\"type\":\"auth\",\"token\":\"...\"}`. Then \
            `{\"type\":\"subscribe\",\"topic\":\"shipment:shp_...\",\"after\":\"<id of the last event seen>\"}`. Events \
            are `{\"type\":\"event\",\"topic\",\"id\",\"data\"}`. Binary frames carry positions. \
            `subscribe` and a newer `auth` count as requests of the user; over the limit they are answered with the error \
            `rate_limited`. A WebSocket has 10 seconds to authenticate; of those that have not, 2,000 may wait at once and \
            100 from one address (503). A user has at most 2,000 WebSockets at once (`sockets.too_many`), a WebSocket 100 \
            subscriptions (`subscriptions.too_many`). `after` reaches back 20,000 events of the whole log \
            (`resume.too_old`), and those who resume may have 400 batches of up to 500 events of a topic read a minute \
            (`resume.rate_limited`): then read the present state and subscribe without `after`. Close codes: 1001 the \
            server stops, 1009 too big, 1013 come back later or elsewhere, 4400 malformed, 4401 not authenticated, 4408 \
            silent, 4429 too slow.",
        "responses": {
            "101": { "description": "The connection is a WebSocket now" },
            "426": problem("426"),
            "503": problem("503"),
        },
        "security": [],
    } })
}
