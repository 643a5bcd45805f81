//! The joined document, over a small API.

use super::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

#[derive(Serialize, ToSchema)]
struct Lamp {
    lumen: u32,
}

#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only its schema is read")]
struct NewLamp {
    lumen: u32,
}

#[derive(Deserialize, IntoParams)]
#[expect(dead_code, reason = "only its schema is read")]
struct Filter {
    page: Option<u32>,
}

#[utoipa::path(post, path = "/api/v1/lamps", request_body = NewLamp, responses(
    (status = 201, body = Lamp), (status = 409, description = "There are too many lamps")))]
async fn create() {}

#[utoipa::path(get, path = "/api/v1/lamps", params(Filter), responses((status = 200, body = Vec<Lamp>)))]
async fn list() {}

#[utoipa::path(post, path = "/api/v1/auth/login", responses((status = 200, body = Lamp)))]
async fn login() {}

#[utoipa::path(get, path = "/api/v1/described", responses((status = 200, body = crate::Enveloped<Vec<Lamp>>)))]
async fn described() {}

fn lamps() -> OpenApiRouter {
    OpenApiRouter::default().routes(routes!(create, list)).routes(routes!(login)).routes(routes!(described))
}

fn document() -> Value {
    ApiDocument::of(&[lamps()], "1.2.3").document
}

fn statuses(operation: &Value) -> Vec<&str> {
    let mut statuses: Vec<&str> =
        operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
    statuses.sort_unstable();
    statuses
}

#[test]
fn success_is_enveloped_and_problems_are_documented() {
    let document = document();
    let create = &document["paths"]["/api/v1/lamps"]["post"];
    let schema = &create["responses"]["201"]["content"]["application/json"]["schema"];
    assert_eq!(schema["properties"]["data"]["$ref"], "#/components/schemas/Lamp");
    assert_eq!(schema["properties"]["meta"]["$ref"], "#/components/schemas/Meta");
    let all = ["201", "400", "401", "403", "404", "408", "409", "413", "415", "422", "429", "503"];
    assert_eq!(statuses(create), all);
    assert_eq!(create["responses"]["409"]["description"], "There are too many lamps");
    assert_eq!(create["responses"]["201"]["description"], "Created", "OpenAPI demands one");
    assert!(create["responses"]["409"]["content"]["application/problem+json"].is_object());
    assert_eq!(create["responses"]["422"]["$ref"], "#/components/responses/Problem422");
    let described = &document["paths"]["/api/v1/described"]["get"]["responses"]["200"]["content"];
    let name =
        described["application/json"]["schema"]["$ref"].as_str().expect("a reference, not a second envelope");
    let envelope = document.pointer(name.trim_start_matches('#')).unwrap();
    assert_eq!(envelope["properties"]["data"]["type"], "array");
    assert_eq!(envelope["properties"]["meta"]["$ref"], "#/components/schemas/Meta");
    let list = &document["paths"]["/api/v1/lamps"]["get"];
    assert_eq!(statuses(list), ["200", "401", "403", "404", "422", "429", "503"]);
}

#[test]
fn credentials_and_the_idempotency_key_stand_where_they_count() {
    let document = document();
    let create = &document["paths"]["/api/v1/lamps"]["post"];
    assert_eq!(create["security"], json!([{ "bearer": [] }, { "api_key": [] }]));
    assert_eq!(create["parameters"][0]["$ref"], "#/components/parameters/IdempotencyKey");
    let login = &document["paths"]["/api/v1/auth/login"]["post"];
    assert_eq!(login["security"], json!([]));
    assert!(login.get("parameters").is_none());
    assert!(document["components"]["securitySchemes"]["bearer"].is_object());
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(path)) = map.get("$ref") {
                    found.push(path.clone());
                }
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let mut ids: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| {
            item.as_object().unwrap().values().map(|operation| operation["operationId"].as_str().unwrap())
        })
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn two_meanings_of_one_name_are_reported() {
    mod other {
        #[derive(utoipa::ToSchema)]
        #[expect(dead_code, reason = "only its schema is read")]
        pub struct Lamp {
            pub colour: String,
        }
        #[utoipa::path(get, path = "/api/v1/other", responses((status = 200, body = Lamp)))]
        pub async fn list() {}
    }
    let others = OpenApiRouter::default().routes(routes!(other::list));
    let joined = ApiDocument::of(&[lamps(), others], "1");
    assert_eq!(joined.conflicts(), ["schema Lamp"]);
    let paths = &joined.to_value()["paths"];
    assert_ne!(paths["/api/v1/lamps"]["get"]["operationId"], paths["/api/v1/other"]["get"]["operationId"]);
    assert_eq!(ApiDocument::of(&[lamps()], "1").conflicts(), [""; 0]);
}
