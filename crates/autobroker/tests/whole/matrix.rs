//! Every route x every role x whose resource, asked and written down: the table in `snapshots/` is the promise.
//!
//! - `own`: the caller's organisation is party to it (for the tenant's staff: it is the tenant's)
//! - `other`: another organisation's in the same tenant, to which the caller's is not party
//! - `foreign`: another tenant's
//!
//! What is written is `yes` when the request got through to its decision (2xx, or 409 and 422, which speak of the
//! resource's state), else the status. Everything is asked of resources of its own, so the order does not matter.

use crate::{
    api::{Answer, Client},
    brokerage::{
        Brokerage, PASSWORD, bid_body, driver_body, go_online, join, shipment_body, sign_in, text,
    },
    places::Place,
};
use autobroker::Server;
use contracts::ports::Role;
use identity::{NewUser, Placement};
use kernel::TenantId;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _};

/// Where a resource lies from the caller.
const WHOSE: [&str; 3] = ["own", "other", "foreign"];

/// One market with everything that a path may name.
struct World {
    shipper: Client,
    driver: Client,
    agent: String,
    ids: BTreeMap<&'static str, String>,
}

impl World {
    /// A booked shipment with its payment, an open one with a bid, a user, a session and a key.
    async fn build(visitor: &Client, name: &str, admin: &Client) -> Self {
        let shipper = join(visitor, "shipper", &format!("{name} Shipper")).await;
        let driver = join(visitor, "driver", &format!("{name} Driver")).await;
        let agent = go_online(&driver).await;
        let shipment = text(&shipper.post("/api/v1/shipments", shipment_body()).await.data(201), "/id");
        let bid = text(&driver.post("/api/v1/bids", bid_body(&shipment, "820.00")).await.data(201), "/id");
        shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
        driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
        let payments = shipper.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
        let _admin = admin;
        let ids = BTreeMap::from([
            ("shipments", shipment),
            ("bids", bid),
            ("agents", agent.clone()),
            ("payments", text(&payments, "/0/id")),
        ]);
        Self { shipper, driver, agent, ids }
    }
}
