//! `POST /api/v1/auth/login`: with an e-mail address or a phone number.
//!
//! Errors: 401 `login.invalid`, the same and after the same time for an unknown account, a disabled one and a wrong
//! password; 429 `login.locked` after ten failures in 15 minutes; 422 with the fields; 503 `login.busy`.

use super::{RouteState, cookie};
use crate::{
    IdentityError,
    personal::Login,
    wire::{Secret, SessionForm, Tokens, check_email, check_phone},
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use edge::{Answer, Body, Fields, Problem};
use kernel::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

/// Who signs in: by `email` or by `phone`, one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The e-mail address.
    #[schema(max_length = 254, example = "shipper@example.com")]
    email: Option<String>,
    /// The phone number, international.
    #[schema(max_length = 64, example = "+390212345678")]
    phone: Option<String>,
    /// The password.
    #[schema(value_type = String, format = Password, max_length = 256)]
    password: Secret,
    /// Where the refresh token is kept: `body` unless told. `cookie` is for browsers.
    #[schema(nullable = false)]
    session: Option<SessionForm>,
}

impl Credentials {
    fn login(&self) -> Result<Login, Problem> {
        let mut fields = Fields::new();
        let email = check_email(self.email.as_deref(), &mut fields);
        let phone = check_phone(self.phone.as_deref(), &mut fields);
        // No password is longer, so a longer one is wrong; it is not hashed to find that out.
        self.password.check_bound("password", &mut fields);
        fields.finish()?;
        match (email, phone) {
            (Some(email), None) => Ok(Login::Email(email)),
            (None, Some(phone)) => Ok(Login::Phone(phone)),
            _ => {
                Err(Problem::field("email", "missing", "give an e-mail address or a phone number, not both"))
            }
        }
    }
}

/// Why a password was not accepted; a lock says when it ends.
pub(crate) struct LoginProblem {
    problem: Problem,
    retry_after_seconds: Option<u64>,
}

impl LoginProblem {
    pub(crate) fn of(error: IdentityError, now: Timestamp) -> Self {
        let retry_after_seconds = match &error {
            IdentityError::Locked { until } => Some(until.since(now).as_secs() + 1),
            _ => None,
        };
        Self { problem: error.into(), retry_after_seconds }
    }
}

impl From<Problem> for LoginProblem {
    fn from(problem: Problem) -> Self {
        Self { problem, retry_after_seconds: None }
    }
}

impl IntoResponse for LoginProblem {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Sign in.
///
/// For everybody. The access token goes into `Authorization: Bearer ...`. With `"session": "cookie"` the refresh token
/// comes as an `HttpOnly` cookie instead of in the body.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "identity",
    request_body = Credentials,
    responses(
        (status = 200, description = "an access and a refresh token", body = Tokens),
    ),
    security(()),
)]
pub(crate) async fn login(
    State(state): State<RouteState>,
    Body(credentials): Body<Credentials>,
) -> Result<(HeaderMap, Answer<Tokens>), LoginProblem> {
    let login = credentials.login()?;
    let form = credentials.session.unwrap_or_default();
    match state.identity.login(&login, &credentials.password, form).await {
        Ok(tokens) => {
            let (headers, tokens) = cookie::placed(tokens, form);
            Ok((headers, Answer::ok(tokens)))
        }
        Err(error) => Err(LoginProblem::of(error, state.platform.runtime.now())),
    }
}

#[cfg(test)]
mod tests {
    use super::{IdentityError, IntoResponse, LoginProblem, Timestamp, header};
    use crate::routes::house::{House, PASSWORD};
    use contracts::ports::Role;
    use serde_json::{Value, json};

    async fn login(house: &House, email: &str, password: &str) -> (u16, Value) {
        let body = json!({ "email": email, "password": password });
        house.call("POST", "/api/v1/auth/login").json(&body).await
    }

    #[tokio::test]
    async fn a_wrong_password_and_an_unknown_account_get_the_same_answer() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let (known, mut wrong) = login(&house, "ada@example.com", "wrong horse battery").await;
        let (unknown, mut nobody) = login(&house, "nobody@example.com", "wrong horse battery").await;
        assert_eq!((known, unknown), (401, 401));
        for answer in [&mut wrong, &mut nobody] {
            answer.as_object_mut().unwrap().remove("request_id");
        }
        assert_eq!(wrong, nobody);
    }

    #[tokio::test]
    async fn ten_failures_lock_known_and_unknown_logins_alike_for_fifteen_minutes() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        for email in ["ada@example.com", "nobody@example.com"] {
            for _ in 0..10 {
                assert_eq!(login(&house, email, "wrong horse battery").await.0, 401, "{email}");
            }
            let (status, problem) = login(&house, email, PASSWORD).await;
            assert_eq!((status, &problem["code"]), (429, &json!("login.locked")), "{email}");
        }
        house.wait(15 * 60);
        assert_eq!(login(&house, "ada@example.com", PASSWORD).await.0, 200);
        assert_eq!(login(&house, "nobody@example.com", PASSWORD).await.0, 401);
    }

    #[tokio::test]
    async fn a_lock_says_when_it_ends() {
        let until = Timestamp::from_millis(900_000);
        let problem = LoginProblem::of(IdentityError::Locked { until }, Timestamp::from_millis(1_000));
        let response = problem.into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()[header::RETRY_AFTER]),
            (429, &"900".parse().unwrap())
        );
    }

    #[tokio::test]
    async fn failures_of_a_known_account_are_in_its_stream_without_personal_data() {
        let house = House::new().await;
        let user = house.user(Role::Shipper, "ada").await;
        login(&house, "ada@example.com", "wrong horse battery").await;
        login(&house, "nobody@example.com", "wrong horse battery").await;
        // The failure is written after the answer; the next unit of the same stream comes after it.
        let failed = loop {
            let log = house.log().await;
            if let Some(failed) = log.iter().find(|event| event.type_name == "login.failed") {
                break failed.clone();
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(failed.stream.to_string(), user.to_string());
        assert_eq!(&*failed.payload, r#"{"failures":1,"locked_until":null}"#);
        login(&house, "ada@example.com", PASSWORD).await;
        let types = house.types().await;
        assert_eq!(types.iter().filter(|name| **name == "login.failed").count(), 1);
        assert!(types.contains(&"login.failures_forgiven"));
    }

    #[tokio::test]
    async fn a_login_names_one_account_in_one_way() {
        let house = House::new().await;
        for body in [
            json!({ "password": PASSWORD }),
            json!({ "password": PASSWORD, "email": "a@example.com", "phone": "+390212345678" }),
            json!({ "password": PASSWORD, "email": "not an address" }),
            json!({ "password": "x".repeat(257), "email": "a@example.com" }),
        ] {
            assert_eq!(house.call("POST", "/api/v1/auth/login").json(&body).await.0, 422, "{body}");
        }
    }
}
