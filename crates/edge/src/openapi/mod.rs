//! The OpenAPI document: what the contexts say about their routes, joined, and completed with what holds for all of
//! them, so that no route has to repeat it: the envelope, the problems, the credentials, the idempotency key.

mod complete;
mod fixed;

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// The joined document.
#[derive(Debug, Clone)]
pub struct ApiDocument {
    document: Value,
    conflicts: Vec<String>,
}

impl ApiDocument {
    /// Joins what the routers say.
    #[must_use]
    pub fn of(routers: &[OpenApiRouter], version: &str) -> Self {
        Self::join(routers.iter().map(|router| router.get_openapi()), version)
    }

    fn join<'a>(parts: impl Iterator<Item = &'a OpenApi>, version: &str) -> Self {
        let mut joined = Joined::default();
        for part in parts {
            joined.take(part);
        }
        let mut document = fixed::skeleton(version);
        let mut paths = joined.paths;
        complete::every_operation(&mut paths, &joined.schemas);
        for (path, item) in fixed::paths() {
            paths.entry(path).or_insert(item);
        }
        complete::operation_ids(&mut paths);
        joined.schemas.extend(fixed::schemas());
        document["paths"] = Value::Object(paths);
        document["components"] = json!({
            "schemas": joined.schemas,
            "responses": complete::problem_responses(),
            "parameters": fixed::parameters(),
            "securitySchemes": fixed::security_schemes(),
        });
        Self { document, conflicts: joined.conflicts }
    }

    /// Schema names or operations that two contexts define differently; one of them is lost. Empty in a sound
    /// assembly, which a test asserts.
    #[must_use]
    pub fn conflicts(&self) -> &[String] {
        &self.conflicts
    }

    /// The document as it is served and committed.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}", self.document)
    }

    /// The document as a value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.document.clone()
    }
}

#[derive(Default)]
struct Joined {
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
    conflicts: Vec<String>,
}

impl Joined {
    fn take(&mut self, part: &OpenApi) {
        let Ok(mut part) = serde_json::to_value(part) else {
            self.conflicts.push("a context's document is not JSON".to_owned());
            return;
        };
        for (name, schema) in object(part["components"]["schemas"].take()) {
            match self.schemas.get(&name) {
                Some(known) if *known != schema => self.conflicts.push(format!("schema {name}")),
                _ => drop(self.schemas.insert(name, schema)),
            }
        }
        for (path, item) in object(part["paths"].take()) {
            let known = self.paths.entry(path.clone()).or_insert_with(|| json!({}));
            for (method, operation) in object(item) {
                if known.get(&method).is_some() {
                    self.conflicts.push(format!("{method} {path}"));
                }
                known[&method] = operation;
            }
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
