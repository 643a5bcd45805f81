//! All that is wrong with the shape of a body or a query string, at once (design, section 7: one entry a field).
//!
//! serde ends at the first fault. What it has refused is held against the schema of the request, the one that the
//! OpenAPI document shows, to find the others. Requests that are fine never come here.

use crate::problem::{ERRORS_MAX, cut};
use kernel::FieldError;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::{Map, Number, Value, json};
use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, LazyLock},
};
use utoipa::{IntoParams, ToSchema, openapi::path::ParameterIn};

/// Characters of a name that a client made up, as part of a path.
pub(super) const NAME_CHARS_MAX: usize = 100;
/// What stands before the name of a schema that is referred to.
const REFERENCE: &str = "#/components/schemas/";

/// What is said of a list where the schema has an object.
const NOT_A_LIST: &str = "must be an object, not a list";

/// The schema of a request.
struct Shape {
    whole: Value,
    referred: Schemas,
}

impl Shape {
    fn of<T: ToSchema>() -> Self {
        let mut referred = Vec::new();
        T::schemas(&mut referred);
        let referred = referred.into_iter().map(|(name, schema)| (name, as_json(&schema))).collect();
        Self { whole: as_json(&T::schema()), referred: Schemas(referred) }
    }

    /// That of a type, made once.
    fn known<T: ToSchema + 'static>() -> Arc<Self> {
        static KNOWN: LazyLock<RwLock<FxHashMap<TypeId, Arc<Shape>>>> = LazyLock::new(RwLock::default);
        let id = TypeId::of::<T>();
        if let Some(shape) = KNOWN.read().get(&id) {
            return Arc::clone(shape);
        }
        Arc::clone(KNOWN.write().entry(id).or_insert_with(|| Arc::new(Self::of::<T>())))
    }

    fn faults(&self, body: &Value) -> Vec<FieldError> {
        let mut found = Vec::new();
        self.referred.compare(&self.whole, body, "", &mut found);
        found.truncate(ERRORS_MAX);
        found
    }
}

/// What is missing, unknown, of a wrong type, none of the values that there are, or a number out of its range: the whole
/// body through, at most [`ERRORS_MAX`] entries. Texts are judged by those who read them.
pub(super) fn faults<T: ToSchema + 'static>(body: &Value) -> Vec<FieldError> {
    Shape::known::<T>().faults(body)
}

/// The lists that stand where the schema has objects: serde reads a struct also from a list of its fields, which no
/// document promises.
pub(super) fn lists_for_objects<T: ToSchema + 'static>(body: &Value) -> Vec<FieldError> {
    let mut found = faults::<T>(body);
    found.retain(|fault| fault.detail == NOT_A_LIST);
    found
}

/// The same of a query string, whose values are texts: unknown and missing names, names that are given twice, and values
/// that are not of their type or range.
pub(super) fn query_faults<T: IntoParams>(pairs: &[(String, String)]) -> Vec<FieldError> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for parameter in T::into_params(|| Some(ParameterIn::Query)).iter().map(as_json) {
        let Some(name) = parameter["name"].as_str() else { continue };
        properties.insert(name.to_owned(), without_null(&parameter["schema"]));
        if parameter["required"] == true {
            required.push(name.to_owned());
        }
    }
    let (mut asked, mut found) = (Map::new(), Vec::new());
    for (name, text) in pairs {
        let value = properties.get(name).map_or(Value::Null, |schema| read_as(&schema["type"], text));
        if asked.insert(name.clone(), value).is_some() {
            found.push(fault(&member("", name), "duplicate_field", "this field is given twice".to_owned()));
        }
    }
    let schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    Schemas(HashMap::new()).compare(&schema, &Value::Object(asked), "", &mut found);
    for fault in found.iter_mut().filter(|fault| fault.code == "wrong_type") {
        // Everything in a query string is a text; that it is not the right one is what serde says as well.
        fault.code = "invalid_value".into();
    }
    found.truncate(ERRORS_MAX);
    found
}

/// What may be left out is never written as null in a query string.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(kinds) = schema["type"].as_array_mut() {
        kinds.retain(|kind| kind != "null");
    }
    schema
}

/// The value that a text stands for, as far as it does; else the text.
fn read_as(types: &Value, text: &str) -> Value {
    let reads = |kind: &str| match kind {
        "integer" => {
            text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
        }
        "number" => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
        "boolean" => text.parse::<bool>().map(Value::from).ok(),
        _ => None,
    };
    kinds(types).into_iter().find_map(reads).unwrap_or_else(|| text.into())
}

/// A schema that cannot be written down finds no fault.
fn as_json(schema: &impl Serialize) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

/// The schemas that are referred to, by name. No request contains itself, so that a walk is as long as the body.
struct Schemas(HashMap<String, Value>);

impl Schemas {
    fn compare(&self, schema: &Value, value: &Value, path: &str, found: &mut Vec<FieldError>) {
        let schema = self.resolved(schema);
        if let Some(choices) = schema["oneOf"].as_array() {
            return found.extend(self.nearest(choices, value, path));
        }
        if value.is_array() && is_object_only(&schema["type"]) {
            return found.push(fault(path, "wrong_type", NOT_A_LIST.to_owned()));
        }
        if !takes(&schema["type"], value) {
            return found.push(fault(path, "wrong_type", format!("must be {}", words(&schema["type"]))));
        }
        if let Some(values) = schema["enum"].as_array()
            && !values.contains(value)
        {
            let values: Vec<String> = values.iter().map(Value::to_string).collect();
            return found.push(fault(path, "invalid_value", format!("must be one of {}", values.join(", "))));
        }
        match value {
            Value::Object(members) => self.compare_members(schema, members, path, found),
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    if found.len() >= ERRORS_MAX {
                        break;
                    }
                    self.compare(&schema["items"], item, &format!("{path}[{place}]"), found);
                }
            }
            Value::Number(number) => found.extend(out_of_range(schema, number, path)),
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }

    fn compare_members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        path: &str,
        found: &mut Vec<FieldError>,
    ) {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| !members.contains_key(*name)) {
            found.push(fault(&member(path, name), "missing", "this field is required".to_owned()));
        }
        for (name, value) in members {
            match (&schema["properties"][name], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) if found.len() < ERRORS_MAX => {
                    found.push(fault(
                        &member(path, name),
                        "unknown_field",
                        "there is no such field".to_owned(),
                    ));
                }
                (Value::Null, others) => self.compare(others, value, &member(path, name), found),
                (known, _) => self.compare(known, value, &member(path, name), found),
            }
        }
    }

    /// The faults by the alternative with the fewest: that one was meant.
    fn nearest(&self, choices: &[Value], value: &Value, path: &str) -> Vec<FieldError> {
        let wanted = choices.iter().filter(|choice| value.is_null() || choice["type"] != "null");
        let compared = wanted.map(|choice| {
            let mut found = Vec::new();
            self.compare(choice, value, path, &mut found);
            found
        });
        compared.min_by_key(Vec::len).unwrap_or_default()
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix(REFERENCE));
        name.map_or(schema, |name| self.0.get(name).unwrap_or(&Value::Null))
    }
}

fn fault(path: &str, code: &'static str, detail: String) -> FieldError {
    let field = if path.is_empty() { "body" } else { path };
    FieldError { field: field.to_owned().into(), code: code.into(), detail: detail.into() }
}

fn member(path: &str, name: &str) -> String {
    let name = cut(name, NAME_CHARS_MAX);
    if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") }
}

fn out_of_range(schema: &Value, number: &Number, path: &str) -> Option<FieldError> {
    let (number, bound) = (number.as_f64()?, |name: &str| schema[name].as_f64());
    if let Some(minimum) = bound("minimum").filter(|minimum| number < *minimum) {
        return Some(fault(path, "out_of_range", format!("must be at least {minimum}")));
    }
    let maximum = bound("maximum").filter(|maximum| number > *maximum)?;
    Some(fault(path, "out_of_range", format!("must be at most {maximum}")))
}

/// The types that a schema names: one, several, or none when it takes everything.
fn kinds(types: &Value) -> Vec<&str> {
    match types {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_object_only(types: &Value) -> bool {
    let kinds = kinds(types);
    kinds.contains(&"object") && !kinds.contains(&"array")
}

fn takes(types: &Value, value: &Value) -> bool {
    let kinds = kinds(types);
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    kinds.is_empty() || kinds.iter().any(is)
}

fn words(types: &Value) -> String {
    let word = |kind: &str| match kind {
        "object" => "an object",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        _ => "null",
    };
    kinds(types).into_iter().map(word).collect::<Vec<_>>().join(" or ")
}
