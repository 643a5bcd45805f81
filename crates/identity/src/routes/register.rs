//! `POST /api/v1/auth/register`: a shipper, carrier, driver or facility joins by itself.
//!
//! Errors: 409 `account.exists` when the e-mail or phone has an account; 422 with the fields; 503 `login.busy` when too
//! many passwords are being hashed.

use super::RouteState;
use crate::{
    NewUser, Placement,
    wire::{Secret, WireRole},
};
use axum::extract::State;
use contracts::ports::Role;
use edge::{Answer, Body, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who may register without being invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OpenRole {
    /// Posts shipments.
    Shipper,
    /// Runs drivers and trucks.
    Carrier,
    /// Drives its own truck.
    Driver,
    /// Runs docks.
    Facility,
}

impl From<OpenRole> for Role {
    fn from(role: OpenRole) -> Self {
        match role {
            OpenRole::Shipper => Self::Shipper,
            OpenRole::Carrier => Self::Carrier,
            OpenRole::Driver => Self::Driver,
            OpenRole::Facility => Self::Facility,
        }
    }
}

/// Who wants to join.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    role: OpenRole,
    /// The person's name.
    #[schema(min_length = 1, max_length = 200, example = "Example Shipper")]
    name: String,
    /// The person's e-mail address; it or the phone must be given.
    #[schema(max_length = 254, example = "shipper@example.com")]
    email: Option<String>,
    /// The person's phone number, international.
    #[schema(max_length = 64, example = "+390212345678")]
    phone: Option<String>,
    /// 10 to 256 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 256)]
    password: Secret,
    /// The name of the organisation that is founded; the person's own name when absent. A driver's is a carrier with
    /// one driver.
    #[schema(min_length = 1, max_length = 200, example = "Example Shipping")]
    organisation: Option<String>,
    /// The tenant's id; may be absent where there is only one.
    #[schema(example = "ten_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    tenant: Option<String>,
}

/// Who joined.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredUser {
    /// The user's id.
    #[schema(example = "usr_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// Its organisation's id.
    pub(crate) organisation_id: String,
    /// Its tenant's id.
    pub(crate) tenant_id: String,
    /// Its role.
    pub(crate) role: WireRole,
}

/// Register.
///
/// For everybody. Signing in works at once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    tag = "identity",
    request_body = Registration,
    responses((status = 201, description = "the new user", body = RegisteredUser)),
    security(()),
)]
pub(crate) async fn register(
    State(state): State<RouteState>,
    Body(registration): Body<Registration>,
) -> Result<Answer<RegisteredUser>, Problem> {
    let tenant = state.identity.resolve_tenant(registration.tenant.as_deref()).await?;
    let role = Role::from(registration.role);
    let new = NewUser {
        tenant,
        role,
        placement: Placement::Own(registration.organisation),
        name: registration.name,
        email: registration.email,
        phone: registration.phone,
        password: registration.password.reveal().clone(),
    };
    let created = state.identity.create_user(new).await?;
    Ok(Answer::created(RegisteredUser {
        id: created.user.to_string(),
        organisation_id: created.organisation.to_string(),
        tenant_id: tenant.to_string(),
        role: role.into(),
    }))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, PASSWORD, text};
    use serde_json::{Value, json};

    fn shipper() -> Value {
        json!({
            "role": "shipper", "name": "Ada Rossi", "email": "Ada@Example.com", "phone": "+39 02 1234 5678",
            "password": PASSWORD, "organisation": "Rossi Spedizioni"
        })
    }

    async fn register(house: &House, body: &Value) -> (u16, Value) {
        house.call("POST", "/api/v1/auth/register").json(body).await
    }

    #[tokio::test]
    async fn who_registers_signs_in_at_once_by_e_mail_or_phone() {
        let house = House::new().await;
        let (status, answer) = register(&house, &shipper()).await;
        assert_eq!((status, &answer["data"]["role"]), (201, &json!("shipper")), "{answer}");
        for login in [json!({ "email": "ada@example.com" }), json!({ "phone": "00390212345678" })] {
            let mut body = login.clone();
            body["password"] = PASSWORD.into();
            let (status, tokens) = house.call("POST", "/api/v1/auth/login").json(&body).await;
            assert_eq!(status, 200, "{login} {tokens}");
            let (status, me) =
                house.call("GET", "/api/v1/me").bearer(&text(&tokens["data"]["access_token"])).empty().await;
            assert_eq!((status, &me["data"]["id"]), (200, &answer["data"]["id"]));
            assert_eq!(me["data"]["organisation"]["name"], "Rossi Spedizioni");
        }
    }

    #[tokio::test]
    async fn nothing_personal_is_in_the_log() {
        let house = House::new().await;
        register(&house, &shipper()).await;
        house.login("ada").await;
        let log: String = house.log().await.iter().map(|event| event.payload.to_string()).collect();
        assert!(log.contains("\"role\":\"shipper\""), "{log}");
        for secret in ["Ada", "ada", "Rossi", "example.com", "3902", "argon2", PASSWORD] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }

    #[tokio::test]
    async fn an_e_mail_or_phone_that_has_an_account_is_a_conflict_and_writes_nothing() {
        let house = House::new().await;
        register(&house, &shipper()).await;
        let before = house.log().await.len();
        for (email, phone) in [("ADA@example.COM", "+39029999999"), ("other@example.com", "+39 0212345678")] {
            let mut body = shipper();
            body["email"] = email.into();
            body["phone"] = phone.into();
            let (status, problem) = register(&house, &body).await;
            assert_eq!((status, &problem["code"]), (409, &json!("account.exists")), "{problem}");
        }
        assert_eq!(house.log().await.len(), before);
    }

    #[tokio::test]
    async fn bad_fields_are_named_all_at_once() {
        let house = House::new().await;
        let body = json!({ "role": "driver", "name": " ", "email": "x", "phone": "12", "password": "short" });
        let (status, problem) = register(&house, &body).await;
        let mut fields: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        fields.sort_unstable();
        assert_eq!((status, fields), (422, vec!["email", "name", "password", "phone"]));
        for (field, value) in [("role", json!("admin")), ("tenant", json!("ten_0")), ("surprise", json!(1))] {
            let mut body = shipper();
            body[field] = value;
            let (status, problem) = register(&house, &body).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
        }
        let mut body = shipper();
        body.as_object_mut().unwrap().retain(|key, _| key != "email" && key != "phone");
        assert_eq!(register(&house, &body).await.0, 422);
    }

    #[tokio::test]
    async fn where_there_are_several_tenants_one_must_be_named() {
        let house = House::new().await;
        let second = house.identity.create_tenant("Second").await.unwrap();
        let (status, problem) = register(&house, &shipper()).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("tenant")));
        let mut body = shipper();
        body["tenant"] = second.to_string().into();
        let (status, answer) = register(&house, &body).await;
        assert_eq!((status, &answer["data"]["tenant_id"]), (201, &json!(second.to_string())));
    }

    #[tokio::test]
    async fn a_lone_driver_is_a_carrier_of_one_and_hostile_names_stay_text() {
        let house = House::new().await;
        let name = "<script>alert(1)</script>'; DROP TABLE users; --";
        let body = json!({ "role": "driver", "name": name, "phone": "+390212345678", "password": PASSWORD });
        assert_eq!(register(&house, &body).await.0, 201);
        let login = json!({ "phone": "+390212345678", "password": PASSWORD });
        let (_, tokens) = house.call("POST", "/api/v1/auth/login").json(&login).await;
        let (_, me) =
            house.call("GET", "/api/v1/me").bearer(&text(&tokens["data"]["access_token"])).empty().await;
        assert_eq!(me["data"]["organisation"]["kind"], "carrier");
        assert_eq!((&me["data"]["name"], &me["data"]["organisation"]["name"]), (&json!(name), &json!(name)));
    }
}
