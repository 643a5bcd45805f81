//! The configuration is read again while the server runs.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, PASSWORD, sign_in},
    child::ChildServer,
    places::Place,
};
use autobroker::{Options, Server, Settings, Source};
use contracts::ports::Role;
use identity::{NewUser, Placement};
use serde_json::json;
use std::{fs, path::Path, time::Duration};

const PATH: &str = "/api/v1/operations/configuration/reload";

async fn reload(admin: &Client) -> crate::api::Answer {
    admin.post(PATH, json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_change_changes_and_the_rest_is_named() {
    let place = Place::memory();
    let path = place.folder.path().join("autobroker.toml");
    let mut settings = place.settings();
    let fixed = format!("data = {:?}\nstore = \"memory:\"\n", settings.place.data);
    let write = |more: &str| fs::write(&path, format!("{fixed}{more}")).unwrap();
    write("rate_limit_user = 0\nrate_limit_anonymous = 0");
    let options = Options { listen: Some("127.0.0.1:0".to_owned()), ..Options::default() };
    let source = Source { options, path: Some(path.clone()) };
    settings = Settings { dispute_window: Duration::from_secs(24 * 3600), ..settings };
    settings.connections = 10_000;
    settings.header_timeout = Duration::from_secs(30);
    settings.stop_timeout = Duration::from_secs(10);
    let server = Server::start_from(&settings, source).await.unwrap();
    let brokerage = Brokerage::over(server).await;
    let admin = brokerage.staff(Role::Admin).await;
    let nothing = json!({ "applied": [], "needs_restart": [] });
    assert_eq!(reload(&admin).await.data(200), nothing);

    write(
        "rate_limit_user = 0\nrate_limit_anonymous = 3\nagent_idle = \"7m\"\nanswer_timeout = \"2s\"\nbreaker_failures = 2\nconnections = 9\nlisten = \"0.0.0.0:1\"",
    );
    let changed = reload(&admin).await.data(200);
    // The flag wins over the file's address, so that has not changed.
    let expected = json!({
        "applied": ["rate_limit_anonymous", "agent_idle", "answer_timeout", "breaker_failures"],
        "needs_restart": ["connections"],
    });
    assert_eq!(changed, expected);
    let runtime = brokerage.server.house().runtime();
    assert_eq!(runtime.options().idle_after, Duration::from_secs(7 * 60));
    assert_eq!(runtime.options().answer_limit, Duration::from_secs(2));
    let mut refused = 0;
    for _ in 0..10 {
        refused += u32::from(brokerage.visitor.get("/api/v1/me").await.status == 429);
    }
    assert!(refused >= 7, "{refused} of 10");
    // What needs a restart is still named until there was one.
    let again = json!({ "applied": [], "needs_restart": ["connections"] });
    assert_eq!(reload(&admin).await.data(200), again);

    // Anything wrong changes nothing, also what is right beside it.
    for (more, field) in [
        ("agent_idle = \"1m\"\nrate_limit = 7", "rate_limit"),
        ("agent_idle = \"1m\"\nqueue_limit = \"many\"", "queue_limit"),
        ("agent_idle = \"1m\"\nqueue_limit = 0", "queue_limit"),
        ("agent_idle = \"1m\"\nlog_level = \"runtime=loud\"", "log_level"),
        ("agent_idle = \"1m\"\ncors_origin = [\"*\"]", "cors_origin"),
    ] {
        write(more);
        let wrong = reload(&admin).await;
        assert_eq!((wrong.status, wrong.fields()), (422, vec![field.to_owned()]), "{:#}", wrong.body);
        assert_eq!(runtime.options().idle_after, Duration::from_secs(7 * 60));
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(reload(&admin).await.fields(), ["config"]);

    let refused = brokerage.shipper.post(PATH, json!({})).await;
    assert_eq!(refused.status, 403);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_host_tenants_administrators_act_on_the_process() {
    for place in Place::every("only_the_host_tenants_administrators_act_on_the_process").await {
        let brokerage = Brokerage::open(&place).await;
        let host = brokerage.staff(Role::Admin).await;
        let identity = brokerage.server.house().identity();
        let second = identity.create_tenant("Another Brokerage").await.unwrap();
        let guest = NewUser {
            tenant: second,
            role: Role::Admin,
            placement: Placement::Operator,
            name: "Their admin".to_owned(),
            email: Some("admin@another.example.com".to_owned()),
            phone: None,
            password: PASSWORD.to_owned().into(),
        };
        identity.create_user(guest).await.unwrap();
        let guest = sign_in(&brokerage.visitor, "admin@another.example.com").await;
        for path in [PATH, "/api/v1/breakers/payments/reset", "/api/v1/breakers/unknown/reset"] {
            assert_eq!(guest.post(path, json!({})).await.status, 403, "{path}");
        }
        assert_eq!(host.post("/api/v1/breakers/payments/reset", json!({})).await.status, 200);
        assert_eq!(reload(&host).await.status, 200);
        for (admin, is_host) in [(&host, true), (&guest, false)] {
            assert_eq!(admin.get("/api/v1/me").await.data(200)["tenant"]["is_host"], is_host);
        }
        brokerage.server.stop().await;
        place.remove().await;
    }
}

/// Whether a log has a line with all of these texts.
fn logged(log: &Path, texts: &[&str]) -> bool {
    fs::read_to_string(log).unwrap().lines().any(|line| texts.iter().all(|text| line.contains(text)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_changes_what_is_logged_and_limited_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("autobroker.toml"), folder.path().join("log"));
    let fixed = format!("data = {:?}\nlisten = \"127.0.0.1:0\"\nlog = \"json\"\n", folder.path());
    let write = |more: &str| fs::write(&path, format!("{fixed}{more}")).unwrap();
    write("log_level = \"warn\"\nrate_limit_anonymous = 0");
    let config = path.display().to_string();
    let server = ChildServer::start_logging(&["serve", "--config", &config], &log).await;
    let visitor = Client::new(&server.url);
    let ask = async || visitor.get("/api/v1/me").await.status;
    assert_eq!(ask().await, 401);
    assert!(!logged(&log, &["answered"]));

    write("log_level = \"info\"\nrate_limit_anonymous = 2");
    server.signal("HUP");
    eventually("the limit", || async { (ask().await == 429).then_some(()) }).await;
    assert!(logged(&log, &["answered", "\"status\":429", "\"request_id\":\"req_"]));
    assert!(logged(&log, &["the configuration was read again", "rate_limit_anonymous", "log_level"]));

    // What cannot be read changes nothing, and is said.
    write("log_level = \"warn\"\nrate_limit_anonymous = \"many\"");
    server.signal("HUP");
    eventually("the refusal", || async {
        logged(&log, &["the configuration is as it was", "rate_limit_anonymous"]).then_some(())
    })
    .await;
    let before = fs::read_to_string(&log).unwrap().matches("answered").count();
    assert_eq!(ask().await, 429);
    eventually("the line", || async {
        (fs::read_to_string(&log).unwrap().matches("answered").count() > before).then_some(())
    })
    .await;
    server.kill().await;
}
