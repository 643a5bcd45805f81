//! Issues, links for consignees, and what staff look at, through the front door.

use crate::{
    brokerage::{Brokerage, join, text},
    places::Place,
};
use contracts::ports::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_reaches_the_queue_until_somebody_settles_it() {
    for place in Place::every("an_issue_reaches_the_queue").await {
        let brokerage = Brokerage::open(&place).await;
        let open = brokerage.post_shipment().await;
        let early = format!("/api/v1/shipments/{open}/issues");
        brokerage.driver.post(&early, json!({ "kind": "delay" })).await.problem(404);
        let (shipment, _) = brokerage.book().await;
        let path = format!("/api/v1/shipments/{shipment}/issues");
        let report =
            json!({ "kind": "breakdown", "description": "Flat tyre near Lodi", "delay_minutes": 90 });
        let bad = json!({ "kind": "delay", "delay_minutes": 0, "document_ids": ["doc_1"] });
        let named = brokerage.driver.post(&path, bad).await.fields();
        assert_eq!(named, ["delay_minutes", "document_ids[0]"]);
        let issue = brokerage.driver.post_once(&path, "k", &report).await.data(201);
        assert_eq!(issue, brokerage.driver.post_once(&path, "k", &report).await.data(201));
        assert_eq!(
            text(&brokerage.shipper.get(&path).await.data(200), "/0/description"),
            "Flat tyre near Lodi"
        );
        brokerage.shipper.post(&path, json!({ "kind": "delay" })).await.problem(403);
        let broker = brokerage.staff(Role::Broker).await;
        let queue = broker.get("/api/v1/operations/queue?kind=issue").await.data(200);
        assert_eq!(queue.as_array().unwrap().len(), 1, "{queue:#}");
        assert_eq!(text(&queue, "/0/shipment_id"), shipment);
        assert_eq!(text(&queue, "/0/reason"), "breakdown");
        let resolve = format!("/api/v1/issues/{}/resolve", text(&issue, "/id"));
        brokerage.driver.post(&resolve, json!({ "resolution": "mended" })).await.problem(403);
        for _ in 0..2 {
            let settled = broker.post(&resolve, json!({ "resolution": "mended" })).await.data(200);
            assert_eq!(
                (text(&settled, "/state"), text(&settled, "/resolution")),
                ("resolved".into(), "mended".into())
            );
        }
        assert_eq!(broker.get("/api/v1/operations/queue").await.data(200), json!([]));
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consignee_follows_without_an_account_and_learns_nothing_else() {
    for place in Place::every("a_consignee_follows").await {
        let brokerage = Brokerage::open(&place).await;
        let (shipment, bid) = brokerage.book().await;
        let shares = format!("/api/v1/shipments/{shipment}/shares");
        brokerage.driver.post(&shares, json!({})).await.problem(403);
        let stranger = join(&brokerage.visitor, "shipper", "Olga Other").await;
        stranger.post(&shares, json!({})).await.problem(404);
        let bad = brokerage.shipper.post(&shares, json!({ "expires_in_hours": 721 })).await;
        assert_eq!(bad.fields(), ["expires_in_hours"]);
        let share =
            brokerage.shipper.post_once(&shares, "k", &json!({ "expires_in_hours": 1 })).await.data(201);
        let (id, path) = (text(&share, "/id"), text(&share, "/path"));
        let seen = brokerage.visitor.get(&path).await.data(200);
        assert_eq!(
            (text(&seen, "/status"), text(&seen, "/pickup/city/name")),
            ("booked".into(), "Milan".into())
        );
        assert_eq!(seen["position"], json!(null), "not before it is on its way");
        brokerage.drive(&shipment, "en_route_pickup").await;
        let seen = brokerage.visitor.get(&path).await.data(200);
        assert_eq!(seen["position"]["latitude"], json!(45.47));
        let steps: Vec<_> =
            seen["timeline"].as_array().unwrap().iter().map(|step| text(step, "/status")).collect();
        assert_eq!(steps, ["requested", "booked", "en_route_pickup"]);
        let shown = seen.to_string();
        for secret in [
            "Via ",
            "820.00",
            "amount",
            "Sara",
            "Dario",
            shipment.as_str(),
            &bid,
            "org_",
            "usr_",
            "drv_",
            "45.4642",
        ] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        // The token is nowhere in what is kept.
        let token = text(&share, "/token");
        let log = brokerage.server.house().runtime().store().read_log(0, 10_000).await.unwrap();
        assert!(log.iter().all(|event| !event.payload.contains(&token)));
        assert!(!brokerage.shipper.get(&shares).await.data(200).to_string().contains(&token));

        brokerage.shipper.raw("DELETE", &format!("/api/v1/shares/{id}"), "").await.data(200);
        let revoked = brokerage.visitor.get(&path).await;
        let unknown = brokerage.visitor.get(&format!("/api/v1/public/tracking/{}", "A".repeat(43))).await;
        for answer in [&revoked, &unknown, &brokerage.visitor.get("/api/v1/public/tracking/x").await] {
            assert_eq!((answer.status, &answer.body["code"]), (404, &json!("not_found")));
        }
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_sees_its_tenant_and_nobody_elses() {
    for place in Place::every("staff_sees_its_tenant").await {
        let brokerage = Brokerage::open(&place).await;
        let (shipment, _) = brokerage.book().await;
        brokerage.drive(&shipment, "in_transit").await;
        let support = brokerage.staff(Role::Support).await;
        let live = support.get("/api/v1/operations/live").await.data(200);
        let truck = json!([brokerage.agent, 45.47, 9.2, null, null, "in_transit", shipment]);
        assert_eq!(live["positions"], json!([truck]));
        brokerage.shipper.get("/api/v1/operations/live").await.problem(403);

        let search = |query: &str| format!("/api/v1/operations/events?{query}");
        let found = support.get(&search(&format!("type=booking&stream={shipment}"))).await.data(200);
        assert_eq!(text(&found, "/events/0/type"), "booking.confirmed");
        assert_eq!(found["events"].as_array().unwrap().len(), 1);
        let by_text = support.get(&search(&format!("q={shipment}&limit=3"))).await.data(200);
        assert_eq!(by_text["events"].as_array().unwrap().len(), 3);
        let next = by_text["next_before"].as_i64().unwrap();
        let older = support.get(&search(&format!("q={shipment}&limit=3&before={next}"))).await.data(200);
        assert!(older["events"][0]["position"].as_i64().unwrap() < next);
        assert_eq!(support.get(&search("q=%25")).await.data(200)["events"], json!([]), "a sign means itself");
        let stream = support.get(&format!("/api/v1/operations/streams/{shipment}")).await.data(200);
        assert_eq!(text(&stream, "/0/type"), "shipment.requested");
        brokerage.staff(Role::Broker).await.get(&search("q=a")).await.problem(403);

        let cards = support.get("/api/v1/operations/scorecards").await.data(200);
        assert_eq!((&cards[0]["drivers"], &cards[0]["acceptance_rate"]), (&json!(1), &json!(1.0)));
        let agents = support.get("/api/v1/operations/agents").await.data(200);
        let kinds: Vec<_> =
            agents["agents"].as_array().unwrap().iter().map(|kind| text(kind, "/kind")).collect();
        assert!(kinds.contains(&"shipment".to_owned()), "{kinds:?}");
        assert_eq!(
            support.get("/api/v1/operations/lanes?from=MIL").await.data(200),
            json!([]),
            "none is completed"
        );
        assert_eq!(support.get("/api/v1/operations/lanes?from=XXX").await.fields(), ["from"]);

        let statement = brokerage.driver.get("/api/v1/statements").await.data(200);
        assert_eq!(statement["lines"][0]["price"]["amount"], json!("820.00"));
        assert_eq!(statement["totals"][0]["outstanding"]["amount"], json!("697.00"));
        let (status, headers, csv) = brokerage.driver.download("/api/v1/statements?format=csv").await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/csv; charset=utf-8"));
        assert!(String::from_utf8(csv).unwrap().contains(",held,"));
        brokerage.shipper.get("/api/v1/statements").await.problem(403);
        let performance = format!("/api/v1/agents/{}/performance", brokerage.agent);
        let done = brokerage.driver.get(&performance).await.data(200);
        assert_eq!((&done["bids"], &done["outstanding"][0]["trips"]), (&json!(1), &json!(1)));
        brokerage.shipper.get(&performance).await.problem(404);

        let places = brokerage.shipper.get("/api/v1/places?q=Milano").await.data(200);
        assert_eq!((text(&places, "/0/name"), text(&places, "/0/country")), ("Milan".into(), "IT".into()));
        assert_eq!(brokerage.shipper.get("/api/v1/places?q=").await.fields(), ["q"]);
        brokerage.server.stop().await;
        place.remove().await;
    }
}

fn table(rows: &[[String; 7]]) -> String {
    let head = "pickup_place,pickup_from,pickup_to,delivery_place,delivery_from,delivery_to,weight_kg";
    let rows: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    format!("{head}\r\n{}\r\n", rows.join("\r\n"))
}

fn row(place: &str, weight: &str) -> [String; 7] {
    let at = crate::brokerage::in_hours;
    [place.to_owned(), at(24), at(26), "Roma".to_owned(), at(34), at(40), weight.to_owned()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_posted_whole_or_not_at_all() {
    for place in Place::every("a_table_is_posted").await {
        let brokerage = Brokerage::open(&place).await;
        let shipper = &brokerage.shipper;
        let import = "/api/v1/shipments/import";
        let bad = table(&[row("Milano", "100"), row("Atlantis", "heavy"), row("Torino", "99999")]);
        let found = shipper
            .upload(&format!("{import}?dry_run=true"), "text/csv", "a", bad.as_bytes())
            .await
            .data(200);
        assert_eq!((&found["rows"], &found["valid"]), (&json!(3), &json!(1)));
        let cells: Vec<_> = found["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| (e["row"].clone(), e["column"].clone()))
            .collect();
        let expected = [(2, "weight_kg"), (2, "pickup_place"), (3, "weight_kg")];
        assert_eq!(cells, expected.map(|(row, column)| (json!(row), json!(column))));
        let refused = shipper.upload(import, "text/csv", "b", bad.as_bytes()).await;
        assert_eq!(refused.fields(), ["rows[2].weight_kg", "rows[2].pickup_place", "rows[3].weight_kg"]);
        assert_eq!(shipper.get("/api/v1/shipments").await.data(200), json!([]), "nothing was posted");
        let good = table(&[row("Milano", "100"), row("Torino", "200")]);
        let posted = shipper.upload(import, "text/csv", "c", good.as_bytes()).await.data(201);
        assert_eq!(posted, shipper.upload(import, "text/csv", "c", good.as_bytes()).await.data(201));
        assert!(text(&posted, "/created/1/reference").starts_with("SHM-TRN-"));
        assert_eq!(shipper.get("/api/v1/shipments").await.data(200).as_array().unwrap().len(), 2);
        brokerage.driver.upload(import, "text/csv", "d", good.as_bytes()).await.problem(403);
        shipper.upload(import, "application/json", "e", good.as_bytes()).await.problem(415);
        let (status, headers, csv) = shipper.download("/api/v1/shipments/export?sort=created_at").await;
        let csv = String::from_utf8(csv).unwrap();
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/csv; charset=utf-8"));
        assert_eq!(csv.lines().count(), 3, "{csv}");
        assert!(csv.contains(&text(&posted, "/created/0/reference")));
        brokerage.server.stop().await;
        place.remove().await;
    }
}
