//! `POST /api/v1/users`: an administrator creates a user of any role; a carrier creates its drivers.
//!
//! Errors: 403 for other roles and for API keys; 409 `account.exists`; 422 with the fields.

use super::{RouteState, register::RegisteredUser};
use crate::{
    NewUser, Placement,
    agents::OrganisationKind,
    wire::{Secret, WireRole},
};
use axum::extract::State;
use contracts::ports::{Authenticator, Caller, Resource, Role, Verdict, permissions};
use edge::{Answer, Body, Problem, Session};
use serde::Deserialize;
use utoipa::ToSchema;

/// Who is to be a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserRequest {
    /// Staff roles act for the brokerage itself, the others for an organisation.
    role: WireRole,
    /// The person's name.
    #[schema(min_length = 1, max_length = 200, example = "Ada Rossi")]
    name: String,
    /// The person's e-mail address; it or the phone must be given.
    #[schema(max_length = 254, example = "ada@example.com")]
    email: Option<String>,
    /// The person's phone number, international.
    #[schema(max_length = 64, example = "+390212345678")]
    phone: Option<String>,
    /// 10 to 256 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 256)]
    password: Secret,
    /// The name of a new organisation, for the roles of the market.
    #[schema(min_length = 1, max_length = 200)]
    organisation: Option<String>,
    /// An organisation that exists, for the roles of the market; a carrier's drivers join the carrier without it.
    #[schema(example = "org_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    organisation_id: Option<String>,
}

impl UserRequest {
    /// Where the user belongs, when an administrator says so.
    fn placement(&self, role: Role) -> Result<Placement, Problem> {
        let staff = OrganisationKind::of_role(role) == OrganisationKind::Operator;
        match (&self.organisation, &self.organisation_id) {
            (None, None) if staff => Ok(Placement::Operator),
            (Some(_), Some(_)) => Err(Problem::field(
                "organisation_id",
                "ambiguous",
                "name a new organisation or an existing one",
            )),
            (Some(_), None) if staff => {
                Err(Problem::field("organisation", "wrong_kind", "this role acts for the brokerage itself"))
            }
            (name, None) => Ok(Placement::Own(name.clone())),
            (None, Some(text)) => {
                let unknown =
                    |_| Problem::field("organisation_id", "unknown", "there is no such organisation");
                text.parse().map(Placement::Existing).map_err(unknown)
            }
        }
    }
}

/// Create a user.
///
/// For administrators; for carriers, drivers of their own.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    tag = "identity",
    request_body = UserRequest,
    responses((status = 201, description = "the new user", body = RegisteredUser)),
)]
pub(crate) async fn create_user(
    State(state): State<RouteState>,
    session: Session,
    Body(request): Body<UserRequest>,
) -> Result<Answer<RegisteredUser>, Problem> {
    let caller = &session.caller;
    session.authorise(&state.platform, permissions::USER_CREATE, &Resource::default())?;
    let role = Role::from(request.role);
    let placement = if creates_any(&state, caller) {
        request.placement(role)?
    } else {
        own_driver(&request, role, caller)?
    };
    let new = NewUser {
        tenant: caller.tenant,
        role,
        placement,
        name: request.name,
        email: request.email,
        phone: request.phone,
        password: request.password.reveal().clone(),
    };
    let created = state.identity.admit(&session.origin, new).await?;
    Ok(Answer::created(RegisteredUser {
        id: created.user.to_string(),
        organisation_id: created.organisation.to_string(),
        tenant_id: caller.tenant.to_string(),
        role: role.into(),
    }))
}

/// Whether the caller may create users of every organisation in its tenant.
fn creates_any(state: &RouteState, caller: &Caller) -> bool {
    let whole_tenant = Resource { tenant: Some(caller.tenant), ..Resource::default() };
    state.identity.authorise(caller, permissions::USER_CREATE, &whole_tenant) == Verdict::Allow
}

/// A carrier creates drivers, for itself.
fn own_driver(request: &UserRequest, role: Role, caller: &Caller) -> Result<Placement, Problem> {
    let own = caller.organisation.to_string();
    let elsewhere =
        request.organisation.is_some() || request.organisation_id.as_ref().is_some_and(|id| *id != own);
    if role != Role::Driver || elsewhere {
        return Err(Problem::forbidden());
    }
    Ok(Placement::Existing(caller.organisation))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, PASSWORD, text};
    use contracts::ports::Role;
    use serde_json::{Value, json};

    fn request(role: &str, name: &str) -> Value {
        json!({ "role": role, "name": name, "email": format!("{name}@example.com"), "password": PASSWORD })
    }

    async fn create(house: &House, token: &str, body: &Value) -> (u16, Value) {
        house.call("POST", "/api/v1/users").bearer(token).json(body).await
    }

    #[tokio::test]
    async fn an_administrator_creates_every_role() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "root").await;
        for role in Role::ALL {
            let (status, answer) = create(&house, &admin, &request(role.name(), role.name())).await;
            assert_eq!((status, &answer["data"]["role"]), (201, &json!(role.name())), "{answer}");
            house.login(role.name()).await;
        }
        assert_eq!(create(&house, &admin, &request("broker", "broker")).await.0, 409);
    }

    #[tokio::test]
    async fn a_carrier_creates_drivers_of_its_own_and_nobody_else() {
        let house = House::new().await;
        let carrier = house.token(Role::Carrier, "carrier").await;
        let (_, me) = house.call("GET", "/api/v1/me").bearer(&carrier).empty().await;
        let (status, answer) = create(&house, &carrier, &request("driver", "dan")).await;
        assert_eq!(
            (status, &answer["data"]["organisation_id"]),
            (201, &me["data"]["organisation_id"]),
            "{answer}"
        );
        assert_eq!(create(&house, &carrier, &request("carrier", "eve")).await.0, 403);
        assert_eq!(create(&house, &carrier, &request("admin", "eve")).await.0, 403);
        let mut elsewhere = request("driver", "eve");
        elsewhere["organisation_id"] = "org_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b".into();
        assert_eq!(create(&house, &carrier, &elsewhere).await.0, 403);
        let (_, list) = house.call("GET", "/api/v1/users").bearer(&carrier).empty().await;
        assert_eq!(list["data"].as_array().unwrap().len(), 2);
        for role in [Role::Shipper, Role::Driver, Role::Broker, Role::Auditor] {
            let token = house.token(role, &format!("other-{}", role.name())).await;
            assert_eq!(create(&house, &token, &request("driver", "eve")).await.0, 403, "{}", role.name());
        }
    }

    #[tokio::test]
    async fn a_user_joins_only_an_organisation_of_its_kind_in_its_tenant() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "root").await;
        let carrier = house.token(Role::Carrier, "carrier").await;
        let (_, me) = house.call("GET", "/api/v1/me").bearer(&carrier).empty().await;
        let join = |role: &str, organisation: &Value| {
            let mut body = request(role, "dan");
            body["organisation_id"] = organisation.clone();
            body
        };
        let own = &me["data"]["organisation_id"];
        for (body, field) in [
            (join("shipper", own), "organisation_id"),
            (join("broker", own), "organisation_id"),
            (join("driver", &json!("org_0")), "organisation_id"),
            (join("driver", &json!("org_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")), "organisation_id"),
        ] {
            let (status, problem) = create(&house, &admin, &body).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{body}");
        }
        assert_eq!(create(&house, &admin, &join("driver", own)).await.0, 201);
    }

    #[tokio::test]
    async fn a_repeated_request_creates_one_user() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "root").await;
        let post = |body: Value| {
            let call = house.call("POST", "/api/v1/users").bearer(&admin).header("idempotency-key", "once");
            async move { call.json(&body).await }
        };
        let (first, second) = (post(request("broker", "dan")).await, post(request("broker", "dan")).await);
        assert_eq!((first.0, second.0), (201, 201), "{}", second.1);
        assert_eq!(text(&first.1["data"]["id"]), text(&second.1["data"]["id"]));
        assert_eq!(post(request("broker", "eve")).await.0, 409);
    }
}
