//! Two processes over one PostgreSQL: what one voids, the other does not honour.

use super::house::{House, PASSWORD, text};
use contracts::ports::{AuthenticationError, Authenticator as _, Credential, Role};
use serde_json::{Value, json};
use std::time::Duration;
use store::StoreUrl;

/// A database of its own, dropped at the end; `None` when no server is configured.
struct Database {
    server: String,
    name: String,
}

impl Database {
    fn create(test: &str) -> Option<Self> {
        let Ok(server) = std::env::var("AUTOBROKER_TEST_POSTGRES") else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs AUTOBROKER_TEST_POSTGRES");
            println!("SKIPPED: {test} needs AUTOBROKER_TEST_POSTGRES");
            return None;
        };
        let name = format!("identity_{test}_{}", std::process::id());
        let database = Self { server, name };
        on_server(&database.server, &format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    /// Ends all connections and takes none, or takes them again.
    fn shut(&self, shut: bool) {
        let name = &self.name;
        let allowed = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {}", !shut);
        let ended =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        on_server(&self.server, &format!("{allowed}; {ended}"));
    }

    fn url(&self) -> StoreUrl {
        let (base, _) = self.server.rsplit_once('/').unwrap();
        StoreUrl::Postgres(format!("{base}/{}", self.name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        on_server(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// Runs a statement on the server, on a thread of its own: a test's own runtime cannot be waited for when it fails.
fn on_server(url: &str, sql: &str) {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            let driver = tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
            drop(client);
            driver.await.unwrap().unwrap();
        });
    };
    std::thread::scope(|scope| scope.spawn(run).join().unwrap());
}

async fn me(house: &House, header: (&'static str, &str)) -> u16 {
    house.call("GET", "/api/v1/me").header(header.0, header.1).empty().await.0
}

/// Asks until the answer is 401; the other process hears of it a moment later.
async fn falls(house: &House, header: (&'static str, &str)) {
    let asking = async {
        while me(house, header).await != 401 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("the other process never heard of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hears_of_nothing_trusts_no_token_for_more_than_five_minutes() {
    let Some(database) = Database::create("unheard") else { return };
    let house = House::at(&database.url(), 1).await;
    let token = house.token(Role::Broker, "ada").await;
    let asked = || house.identity.authenticate(Credential::Bearer(&token));
    assert!(asked().await.is_ok());
    database.shut(true);
    house.wait(300);
    assert!(asked().await.is_ok());
    house.wait(1);
    assert_eq!(asked().await, Err(AuthenticationError::Unavailable));
    assert_eq!(me(&house, ("authorization", &format!("Bearer {token}"))).await, 503);
    database.shut(false);
    let runtime = &house.platform.runtime;
    let heard = async {
        // After a failure the engine pauses by the clock, which only turns here: a second for each look at the store.
        while runtime.unheard_for() > Duration::from_secs(300) {
            let _ = runtime.store().head().await;
            house.wait(1);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heard).await.expect("the log was never heard of again");
    let fresh = text(&house.login("ada").await["access_token"]);
    assert!(house.identity.authenticate(Credential::Bearer(&fresh)).await.is_ok());
    house.platform.runtime.stop().await;
}

async fn refresh(house: &House, tokens: &Value) -> u16 {
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    let (status, answer) = house.call("POST", "/api/v1/auth/refresh").json(&body).await;
    assert_ne!(status, 503, "{answer}");
    status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_voids_the_other_does_not_honour() {
    let Some(database) = Database::create("voided") else { return };
    let (one, two) = (House::at(&database.url(), 1).await, House::at(&database.url(), 2).await);
    assert_eq!(one.tenant, two.tenant);
    let user = one.user(Role::Broker, "ada").await;
    let (first, second) = (one.login("ada").await, two.login("ada").await);
    let access = |tokens: &Value| format!("Bearer {}", text(&tokens["access_token"]));
    for tokens in [&first, &second] {
        for house in [&one, &two] {
            assert_eq!(me(house, ("authorization", &access(tokens))).await, 200);
        }
    }
    // A logout in one process voids the access token in the other.
    let logout =
        one.call("POST", "/api/v1/auth/logout").header("authorization", &access(&first)).empty().await;
    assert_eq!(logout.0, 200, "{}", logout.1);
    falls(&two, ("authorization", &access(&first))).await;
    assert_eq!(refresh(&two, &first).await, 401);

    // A lock-out voids keys, tokens, refreshes and logins, whatever the other process still had in memory.
    let new_key = two.call("POST", "/api/v1/api-keys").header("authorization", &access(&second));
    let key = text(&new_key.json(&json!({ "name": "x" })).await.1["data"]["key"]);
    assert_eq!(me(&two, ("x-api-key", &key)).await, 200);
    let admin = one.token(Role::Admin, "root").await;
    let path = format!("/api/v1/users/{user}");
    let (status, answer) =
        one.call("PATCH", &path).bearer(&admin).json(&json!({ "state": "disabled" })).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(refresh(&two, &second).await, 401);
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    assert_eq!(two.call("POST", "/api/v1/auth/login").json(&login).await.0, 401);
    falls(&two, ("authorization", &access(&second))).await;
    falls(&two, ("x-api-key", &key)).await;

    // A third process, started now, knows it from the views.
    let three = House::at(&database.url(), 3).await;
    assert_eq!(me(&three, ("authorization", &access(&first))).await, 401);
    assert_eq!(me(&three, ("authorization", &access(&second))).await, 401);
    let (status, list) = three.call("GET", "/api/v1/users?role=broker").bearer(&admin).empty().await;
    assert_eq!((status, &list["data"][0]["state"]), (200, &json!("disabled")), "{list}");
    for house in [one, two, three] {
        house.platform.runtime.stop().await;
    }
}
