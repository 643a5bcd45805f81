//! The whole API of identity over a store in memory and a clock turned by hand, for the tests of the routes.

use crate::{Identity, IdentityOptions, NewUser, Placement};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use contracts::ports::Role;
use edge::{ApiOptions, Platform, RateLimits, serve_api};
use kernel::{SeededEntropy, TenantId, Timestamp, UserId};
use runtime::{Assembly, Runtime, RuntimeOptions, TurnedClock};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{Store, StoreUrl, StoredEvent, Vault};
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct House {
    pub(crate) identity: Identity,
    pub(crate) platform: Platform,
    pub(crate) tenant: TenantId,
    clock: Arc<TurnedClock>,
    router: Router,
}

/// A request under way.
pub(crate) struct Call<'a> {
    house: &'a House,
    method: &'a str,
    path: &'a str,
    headers: Vec<(&'static str, String)>,
}

impl House {
    /// With one tenant and nobody in it.
    pub(crate) async fn new() -> Self {
        Self::at(&StoreUrl::Memory, 1).await
    }

    /// The same at some store; each process of one installation needs a seed of its own.
    pub(crate) async fn at(url: &StoreUrl, seed: u64) -> Self {
        let clock = Arc::new(TurnedClock::at(Timestamp::parse("2026-03-01T08:00:00Z").unwrap()));
        let entropy: Arc<dyn kernel::Entropy> = Arc::new(SeededEntropy::new(seed));
        let options =
            IdentityOptions { signing_key: [7; 32], dispute_window: Duration::from_secs(24 * 3600) };
        let identity = Identity::new(options).unwrap();
        let store = Store::open(url).await.unwrap();
        let vault = Vault::new(store.clone(), [9; 32], Arc::clone(&entropy));
        let assembly = Assembly::new().with(crate::context(&identity));
        let as_clock = Arc::clone(&clock) as Arc<dyn kernel::Clock>;
        let runtime =
            Runtime::start(assembly, store, as_clock, entropy, RuntimeOptions::default()).await.unwrap();
        identity.attach(runtime.clone(), vault.clone()).await.unwrap();
        let platform = Platform { runtime, authenticator: Arc::new(identity.clone()), vault };
        let api = ApiOptions { rate_limits: RateLimits::default(), ..ApiOptions::default() };
        let router = serve_api(&platform, vec![crate::routes(&identity, platform.clone())], api);
        let tenant = identity.ensure_default_tenant().await.unwrap();
        Self { identity, platform, tenant, clock, router }
    }

    /// The same house, for users of another tenant.
    pub(crate) fn in_tenant(self, tenant: TenantId) -> Self {
        Self { tenant, ..self }
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.turn_to(self.platform.runtime.now().after(Duration::from_secs(seconds)));
    }

    pub(crate) fn call<'a>(&'a self, method: &'a str, path: &'a str) -> Call<'a> {
        Call { house: self, method, path, headers: Vec::new() }
    }

    /// A user of a role with the e-mail `<name>@example.com`.
    pub(crate) async fn user(&self, role: Role, name: &str) -> UserId {
        let staff = role.scope() == contracts::ports::Scope::Tenant;
        let new = NewUser {
            tenant: self.tenant,
            role,
            placement: if staff { Placement::Operator } else { Placement::Own(None) },
            name: name.to_owned(),
            email: Some(format!("{name}@example.com")),
            phone: None,
            password: PASSWORD.to_owned().into(),
        };
        self.identity.create_user(new).await.unwrap().user
    }

    /// Signs a user in and gives the whole answer's data.
    pub(crate) async fn login(&self, name: &str) -> Value {
        let body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        let (status, answer) = self.call("POST", "/api/v1/auth/login").json(&body).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }

    /// A new user's access token.
    pub(crate) async fn token(&self, role: Role, name: &str) -> String {
        self.user(role, name).await;
        text(&self.login(name).await["access_token"])
    }

    /// The whole log.
    pub(crate) async fn log(&self) -> Vec<StoredEvent> {
        self.platform.runtime.store().read_log(0, 10_000).await.unwrap()
    }

    /// The types of the events of the whole log.
    pub(crate) async fn types(&self) -> Vec<&'static str> {
        self.log().await.iter().map(|event| event.type_name).collect()
    }
}

impl Call<'_> {
    pub(crate) fn bearer(mut self, token: &str) -> Self {
        self.headers.push(("authorization", format!("Bearer {token}")));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) async fn json(self, body: &Value) -> (u16, Value) {
        let request = self.request().header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        answer(self.house.router.clone(), request).await
    }

    /// With the answer's headers.
    pub(crate) async fn json_whole(self, body: &Value) -> (u16, HeaderMap, Value) {
        let request = self.request().header("content-type", "application/json");
        whole(self.house.router.clone(), request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn empty(self) -> (u16, Value) {
        let request = self.request().body(Body::empty()).unwrap();
        answer(self.house.router.clone(), request).await
    }

    fn request(&self) -> axum::http::request::Builder {
        let request = Request::builder().method(self.method).uri(self.path);
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }
}

async fn answer(router: Router, request: Request<Body>) -> (u16, Value) {
    let (status, _, body) = whole(router, request).await;
    (status, body)
}

async fn whole(router: Router, request: Request<Body>) -> (u16, HeaderMap, Value) {
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let headers = response.headers().clone();
    let bytes = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{}", String::from_utf8_lossy(&bytes));
    (status.as_u16(), headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
