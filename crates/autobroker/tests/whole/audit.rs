//! Who looks at other people's data leaves a trace in the log; who looks at its own does not.

use crate::{
    brokerage::{Brokerage, text},
    places::Place,
};
use contracts::ports::Role;
use serde_json::Value;

/// The accesses in the log: by whom (the stream) and to what.
async fn accesses(brokerage: &Brokerage) -> Vec<(String, Value)> {
    let runtime = brokerage.server.house().runtime();
    let events = runtime.events_after(0, 10_000).await.unwrap();
    let accessed = events.iter().filter(|event| event.type_name == "personal_data.accessed");
    accessed
        .map(|event| {
            let history = serde_json::from_str(&event.payload).unwrap();
            (event.stream.to_string(), history)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_that_sees_an_address_is_written_down_once_a_request() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let (shipment, _) = brokerage.book().await;
    let path = format!("/api/v1/shipments/{shipment}");
    for party in [&brokerage.shipper, &brokerage.driver] {
        let seen = party.get(&path).await.data(200);
        assert_eq!(text(&seen, "/pickup/address"), "Via Torino 1, Milano");
    }
    assert_eq!(accesses(&brokerage).await, [], "the parties need it");
    for (number, role) in (1..).zip([Role::Broker, Role::Support, Role::Supervisor, Role::Auditor]) {
        let staff = brokerage.staff(role).await;
        let seen = staff.get(&path).await.data(200);
        assert_eq!(text(&seen, "/pickup/address"), "Via Torino 1, Milano", "{}", role.name());
        let accessed = accesses(&brokerage).await;
        assert_eq!(accessed.len(), number, "{}", role.name());
        let me = text(&staff.get("/api/v1/me").await.data(200), "/id");
        let (by, what) = accessed.last().unwrap();
        assert_eq!((by, &what["purpose"]), (&me, &Value::from("shipment.contact")));
        assert_eq!(what["persons"].as_array().map(Vec::len), Some(1), "{what:#}");
    }
    let finance = brokerage.staff(Role::Finance).await;
    let seen = finance.get(&path).await.data(200);
    assert_eq!(seen.pointer("/pickup/address").filter(|address| !address.is_null()), None);
    assert_eq!(accesses(&brokerage).await.len(), 4, "who sees nothing leaves no trace");
    brokerage.server.stop().await;
}
