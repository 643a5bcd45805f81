//! The commands, each in a process of its own, and what their exit codes say.

use crate::{
    api::Client,
    brokerage::{PASSWORD, sign_in, text},
    child::{ChildServer, autobroker, autobroker_finding_frozen, autobroker_reading, stdout},
    places::Place,
};
use serde_json::{Value, json};
use std::{ffi::OsStr, path::Path, process::Output};

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_made_and_signs_in() {
    for place in Place::lasting("an_administrator_is_made_and_signs_in").await {
        let (data, store) = (place.folder.path().display().to_string(), place.store_option());
        let create = |email: &str, password: &str| {
            let arguments = [
                "user",
                "create",
                "--role",
                "admin",
                "--email",
                email,
                "--password-stdin",
                "--data",
                &data,
                "--store",
                &store,
            ];
            autobroker_reading(&arguments, password)
        };
        let made = create("ada@example.com", &format!("{PASSWORD}\n"));
        assert!(stdout(&made).starts_with("usr_"));
        let twice = create("ada@example.com", PASSWORD);
        assert_eq!(code(&twice), Some(1), "{}", stderr(&twice));
        let short = create("bo@example.com", "short");
        assert_eq!(code(&short), Some(1));
        assert!(stderr(&short).contains("password"), "{}", stderr(&short));

        let arguments = ["serve", "--data", &data, "--store", &store, "--listen", "127.0.0.1:0"];
        let server = ChildServer::start(&arguments).await;
        let admin = sign_in(&Client::new(&server.url), "ada@example.com").await;
        assert_eq!(text(&admin.get("/api/v1/me").await.data(200), "/role"), "admin");
        server.kill().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_not_served_with_other_keys_than_its_own() {
    for place in Place::lasting("a_store_is_not_served_with_other_keys_than_its_own").await {
        let (data, store) = (place.folder.path().display().to_string(), place.store_option());
        let create = |data: &str, email: &str| {
            let arguments = ["user", "create", "--role", "admin", "--password-stdin", "--store", &store];
            let arguments = [&arguments[..], &["--data", data, "--email", email]].concat();
            autobroker_reading(&arguments, PASSWORD)
        };
        stdout(&create(&data, "ada@example.com"));
        let elsewhere = tempfile::tempdir().unwrap();
        let refused = create(&elsewhere.path().display().to_string(), "bo@example.com");
        assert_eq!(code(&refused), Some(2), "{}", stderr(&refused));
        assert!(stderr(&refused).contains("another master key"), "{}", stderr(&refused));
        let serve = ["serve", "--data", &data, "--store", &store, "--listen", "127.0.0.1:0"];
        let server = ChildServer::start(&serve).await;
        sign_in(&Client::new(&server.url), "ada@example.com").await;
        server.kill().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_first_starts_with_different_keys_one_is_refused() {
    let Some(place) = Place::postgres("of_two_first_starts_with_different_keys_one_is_refused").await else {
        return;
    };
    let (store, elsewhere) = (place.store_option(), tempfile::tempdir().unwrap());
    let first_start = |data: &Path| {
        let data = data.display().to_string();
        let store = store.clone();
        move || autobroker(&["tenant", "create", "Nord", "--data", &data, "--store", &store])
    };
    let (here, there) = (first_start(place.folder.path()), first_start(elsewhere.path()));
    let (one, two) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(here), scope.spawn(there));
        (one.join().unwrap(), two.join().unwrap())
    });
    let mut codes = [code(&one), code(&two)];
    codes.sort();
    assert_eq!(codes, [Some(0), Some(2)], "{}{}", stderr(&one), stderr(&two));
    let refused = if code(&one) == Some(2) { &one } else { &two };
    assert!(stderr(refused).contains("another master key"), "{}", stderr(refused));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_verified_and_accounts_are_listed_beside_a_running_server() {
    for place in Place::lasting("the_log_is_verified_beside_a_running_server").await {
        let (data, store) = (place.folder.path().display().to_string(), place.store_option());
        let tenant = stdout(&autobroker(&["tenant", "create", "Nord", "--data", &data, "--store", &store]));
        let arguments = ["serve", "--data", &data, "--store", &store, "--listen", "127.0.0.1:0"];
        let server = ChildServer::start(&arguments).await;
        let account = json!({
            "role": "shipper", "name": "Sara", "email": "sara@example.com", "password": PASSWORD,
            "tenant": tenant.trim(),
        });
        Client::new(&server.url).post("/api/v1/auth/register", account).await.data(201);
        let whole = stdout(&autobroker(&["log", "verify", "--store", &store]));
        assert!(whole.starts_with("whole: "), "{whole}");
        let views = stdout(&autobroker(&["log", "verify", "--views", "--store", &store]));
        assert!(views.contains("views: ") && views.contains("equal to a rebuild"), "{views}");
        let tenants = stdout(&autobroker(&["tenant", "list", "--store", &store]));
        assert!(
            tenants.lines().any(|line| line.starts_with(tenant.trim()) && line.ends_with("Nord")),
            "{tenants}"
        );
        let users = stdout(&autobroker(&["user", "list", "--store", &store, "--tenant", tenant.trim()]));
        assert!(
            users.starts_with("usr_") && users.contains("shipper") && users.contains("active"),
            "{users}"
        );
        assert!(!users.contains("Sara") && !users.contains("sara@"), "a list for the terminal names nobody");
        server.kill().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_event_is_named_and_the_exit_code_says_so() {
    let place = Place::sqlite();
    let (data, store) = (place.folder.path().display().to_string(), place.store_option());
    stdout(&autobroker(&["tenant", "create", "Nord", "--data", &data]));
    let whole = stdout(&autobroker(&["log", "verify", "--views", "--store", &store]));
    let head = whole.lines().next().and_then(|line| line.rsplit_once("head ")).unwrap().1.to_owned();
    stdout(&autobroker(&["tenant", "create", "Sud", "--data", &data]));
    stdout(&autobroker(&["log", "verify", "--store", &store, "--expect", &head]));

    let log = rusqlite::Connection::open(place.folder.path().join("log.db")).unwrap();
    log.execute("UPDATE events SET payload = payload || ' ' WHERE position = 1", []).unwrap();
    drop(log);
    let broken = autobroker(&["log", "verify", "--store", &store]);
    assert_eq!(code(&broken), Some(3));
    assert!(
        stderr(&broken).contains("position 1 ") && stderr(&broken).contains("altered"),
        "{}",
        stderr(&broken)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_and_closed_again_is_betrayed_by_a_noted_head() {
    let place = Place::sqlite();
    let (data, store) = (place.folder.path().display().to_string(), place.store_option());
    stdout(&autobroker(&["tenant", "create", "Nord", "--data", &data]));
    let other = Place::sqlite();
    let copied = place.folder.path().join("log.db");
    let short = other.folder.path().join("log.db");
    std::fs::copy(&copied, &short).unwrap();
    stdout(&autobroker(&["tenant", "create", "Sud", "--data", &data]));
    let whole = stdout(&autobroker(&["log", "verify", "--store", &store]));
    let head = whole.lines().next().and_then(|line| line.rsplit_once("head ")).unwrap().1.to_owned();
    // The older copy is whole in itself, but it is not the log that the head was noted from.
    stdout(&autobroker(&["log", "verify", "--store", &other.store_option()]));
    let cut = autobroker(&["log", "verify", "--store", &other.store_option(), "--expect", &head]);
    assert_eq!(code(&cut), Some(3), "{}", stderr(&cut));
    assert!(stderr(&cut).contains("truncated"), "{}", stderr(&cut));
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_that_cannot_be_written_is_verified_where_it_lies() {
    let place = Place::sqlite();
    let folder = place.folder.path();
    let (data, store) = (folder.display().to_string(), place.store_option());
    stdout(&autobroker(&["tenant", "create", "Nord", "--data", &data]));
    let verify = || autobroker_finding_frozen(folder, &["log", "verify", "--store", &store]);
    let Some(whole) = verify() else { return };
    assert_eq!(stdout(&whole), stdout(&autobroker(&["log", "verify", "--store", &store])));
    let files = |folder: &Path| {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let log = rusqlite::Connection::open(folder.join("log.db")).unwrap();
    log.execute("UPDATE events SET payload = payload || ' ' WHERE position = 1", []).unwrap();
    log.execute("UPDATE events SET payload = rtrim(payload) WHERE position = 1", []).unwrap();

    // What a killed server leaves behind is read with what lies beside the file.
    let copy = tempfile::tempdir().unwrap();
    let left = files(folder);
    assert!(left.contains(OsStr::new("log.db-wal")), "{left:?}");
    for name in &left {
        std::fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    let url = format!("sqlite:{}", copy.path().display());
    let verify_copy = || autobroker_finding_frozen(copy.path(), &["log", "verify", "--store", &url]).unwrap();
    assert_eq!(stdout(&verify_copy()), stdout(&whole));
    // Without its index nothing could tell whether the rest is a part of the log.
    std::fs::remove_file(copy.path().join("log.db-shm")).unwrap();
    let refused = verify_copy();
    assert_eq!(code(&refused), Some(4));
    assert!(stderr(&refused).contains("copy the folder"), "{}", stderr(&refused));

    log.execute("UPDATE events SET payload = payload || ' ' WHERE position = 1", []).unwrap();
    drop(log);
    let broken = verify().unwrap();
    assert_eq!((code(&broken), stderr(&broken).contains("altered")), (Some(3), true), "{}", stderr(&broken));
}

#[test]
fn mistakes_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let missing = format!("sqlite:{}/missing", folder.path().display());
    for (arguments, expected) in [
        (&["serve", "--listne", "127.0.0.1:0"][..], 2),
        (&["serve", "--dispute-window", "soon"], 2),
        (&["serve", "--store", "mysql://x"], 2),
        (&["serve", "--tls-cert", "cert.pem"], 2),
        (&["serve", "--store", "memory:", "--listen", "256.0.0.1:1"], 5),
        (&["log", "verify", "--store", &missing], 4),
        (&["log", "verify", "--store", "memory:"], 2),
        (&["breakers", "reset", "payments", "--server", "http://127.0.0.1:1", "--token", "t"], 5),
        (&["simulate", "--country", "XX", "--shipments", "1", "--drivers", "1"], 2),
    ] {
        let output = autobroker(arguments);
        assert_eq!(code(&output), Some(expected), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn help_teaches() {
    let help = stdout(&autobroker(&["--help"]));
    for part in ["Examples:", "Exit codes:", "autobroker demo", "AUTOBROKER_CONFIG"] {
        assert!(help.contains(part), "{part}\n{help}");
    }
    let serve = stdout(&autobroker(&["help", "serve"])).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["--dispute-window", "AUTOBROKER_DISPUTE_WINDOW", "[default: 24h]", "Examples:"] {
        assert!(serve.contains(part), "{part}\n{serve}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_log_on_every_store() {
    let play = |more: &[&str]| -> Value {
        let arguments =
            [&["simulate", "--shipments", "12", "--drivers", "10", "--seed", "3", "--json"], more].concat();
        serde_json::from_str(&stdout(&autobroker(&arguments))).unwrap()
    };
    let memory = play(&[]);
    assert_eq!(memory["shipments"], json!(12));
    assert!(memory["paid_out"].as_u64().is_some_and(|paid| paid > 0), "{memory:#}");
    let invariants = memory["invariants"].as_object().unwrap();
    assert!(!invariants.is_empty() && invariants.values().all(|held| held == true), "{memory:#}");
    for place in Place::lasting("the_same_seed_gives_the_same_log_on_every_store").await {
        let store = place.store_option();
        let keys = tempfile::tempdir().unwrap();
        let data = keys.path().display().to_string();
        let lasting = play(&["--data", &data, "--store", &store]);
        assert_eq!(lasting["log_hash"], memory["log_hash"]);
        assert_eq!(lasting["invariants"], memory["invariants"]);
        let verified = stdout(&autobroker(&["log", "verify", "--views", "--store", &store]));
        assert!(verified.contains(memory["log_hash"].as_str().unwrap()), "{verified}");
        let again = autobroker(&["simulate", "--shipments", "1", "--drivers", "1", "--store", &store]);
        assert_eq!(code(&again), Some(1), "a store that is not empty is left alone: {}", stderr(&again));
        let serve = ["serve", "--data", &data, "--store", &store, "--listen", "127.0.0.1:0"];
        ChildServer::start(&serve).await.kill().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_day_is_gone_on_with_by_its_folder_and_by_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let (data, store) = (folder.path().display().to_string(), format!("sqlite:{}", folder.path().display()));
    stdout(&autobroker(&["simulate", "--shipments", "2", "--drivers", "2", "--store", &store]));
    for place in [["--data", &data], ["--store", &store]] {
        let serve = [&["serve", "--listen", "127.0.0.1:0"][..], &place].concat();
        ChildServer::start(&serve).await.kill().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_prints_a_login_for_every_role_and_lives() {
    let server =
        ChildServer::start(&["demo", "--listen", "127.0.0.1:0", "--speed", "3600", "--drivers", "10"]).await;
    let visitor = Client::new(&server.url);
    let login = json!({ "email": "broker@demo.example", "password": "autobroker demo" });
    let session = crate::api::eventually("the demo's login", || async {
        let answer = visitor.post("/api/v1/auth/login", login.clone()).await;
        (answer.status == 200).then_some(answer)
    })
    .await;
    let broker = visitor.with_token(&text(&session.data(200), "/access_token"));
    crate::api::eventually("a bid in the living market", || async {
        let shipments = broker.get("/api/v1/shipments?per_page=100").await.data(200);
        let statuses: Vec<_> =
            shipments.as_array()?.iter().map(|shipment| text(shipment, "/status")).collect();
        statuses.iter().any(|status| status != "requested").then_some(())
    })
    .await;
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_server_well() {
    let place = Place::sqlite();
    let data = place.folder.path().display().to_string();
    let mut server = ChildServer::start(&["serve", "--data", &data, "--listen", "127.0.0.1:0"]).await;
    let id = server.process.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let status = server.process.wait().await.unwrap();
    assert!(status.success(), "{status}");
}
