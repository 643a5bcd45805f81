use super::*;
use crate::routes::tests::{Api, CARRIER, DRIVER, OTHER_SHIPPER, RIVAL, SHIPPER, SUPPORT, caller};
use edge::ws::TopicMessage;
use runtime::Recorded;
use std::collections::BTreeMap;

struct Ears {
    api: Api,
    sources: Vec<Arc<dyn TopicSource>>,
}

impl Ears {
    async fn new() -> Self {
        let api = Api::new().await;
        let sources = topics(api.platform.clone(), api.market.clone());
        Self { api, sources }
    }

    fn source(&self, topic: &str) -> &dyn TopicSource {
        let source = self.sources.iter().find(|source| topic.starts_with(&format!("{}:", source.prefix())));
        source.unwrap().as_ref()
    }

    /// The groups of a caller, or the status of the refusal.
    async fn groups(&self, who: &str, topic: &str) -> Result<u32, u16> {
        let caller = caller(who).unwrap();
        let answer = self.source(topic).authorise(&caller, topic).await;
        answer.map(|audience| audience.0).map_err(|problem| problem.status.as_u16())
    }

    async fn log(&self) -> Vec<Recorded> {
        self.api.platform.runtime.events_after(0, 1000).await.unwrap()
    }

    /// The messages of one topic by event type.
    async fn messages(&self, topic: &str) -> BTreeMap<&'static str, TopicMessage> {
        let mut heard = BTreeMap::new();
        for event in self.log().await {
            let all = self.source(topic).messages(&event);
            heard.extend(
                all.into_iter().filter(|said| said.topic == topic).map(|said| (event.type_name, said)),
            );
        }
        heard
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bids_are_for_the_shipper_and_the_course_for_everybody() {
    let ears = Ears::new().await;
    let (shipment, bid) = ears.api.booked().await;
    let heard = ears.messages(&format!("shipment:{shipment}")).await;
    for (kind, audience) in [
        ("shipment.requested", Audience::ALL),
        ("shipment.broadcast", OWNER),
        ("bid.submitted", OWNER),
        ("bids.ranked", OWNER),
        ("bid.selected", OWNER),
        ("booking.confirmed", FOLLOWERS),
    ] {
        assert_eq!(heard[kind].audience, audience, "{kind}");
    }
    let said = &heard["bid.submitted"].data;
    assert_eq!((&said["type"], &said["data"]["bid"]), (&"bid.submitted".into(), &bid.as_str().into()));
    assert_eq!(said["data"]["price"]["amount"], "820.00");
    assert!(heard["shipment.requested"].data["data"].get("preferences").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_follow_a_shipment_changes_with_the_booking() {
    let ears = Ears::new().await;
    ears.api.online(RIVAL).await;
    let (booked, _) = ears.api.booked().await;
    let topic = format!("shipment:{booked}");
    assert_eq!(ears.groups(SHIPPER, &topic).await, Ok(OWNER.0));
    assert_eq!(ears.groups(SUPPORT, &topic).await, Ok(OWNER.0));
    assert_eq!(ears.groups(DRIVER, &topic).await, Ok(BOOKED.0));
    assert_eq!(ears.groups(RIVAL, &topic).await, Err(404));
    assert_eq!(ears.groups(OTHER_SHIPPER, &topic).await, Err(404));
    let open = format!("shipment:{}", ears.api.posted().await);
    assert_eq!(ears.groups(RIVAL, &open).await, Ok(INVITED.0));
    for nonsense in ["shipment:", "shipment:shp_1", "driver:drv_1", "driver:"] {
        assert_eq!(ears.groups(SHIPPER, nonsense).await, Err(404), "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_hears_of_its_offers_and_jobs() {
    let ears = Ears::new().await;
    let (shipment, _) = ears.api.booked().await;
    let agent = ears.log().await.iter().find_map(|event| event.id::<kernel::DriverId>()).unwrap();
    let topic = format!("driver:{agent}");
    assert_eq!(ears.groups(DRIVER, &topic).await, Ok(u32::MAX));
    assert_eq!(ears.groups(CARRIER, &topic).await, Ok(u32::MAX));
    assert_eq!(ears.groups(RIVAL, &topic).await, Err(404));
    let heard = ears.messages(&topic).await;
    let kinds: Vec<_> = heard.keys().copied().collect();
    assert_eq!(
        kinds,
        [
            "bid.selected",
            "booking.confirmed",
            "driver.bid_made",
            "driver.committed",
            "driver.offered",
            "driver.presence_changed",
            "driver.registered"
        ]
    );
    assert_eq!(heard["driver.offered"].data["data"]["shipment"], shipment.as_str());
    let by = heard["bid.selected"].data["data"]["confirm_by"].as_str().unwrap();
    assert!(by.ends_with('Z'), "a time as text: {by}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_resumes_finds_every_event_that_its_topic_is_told() {
    let ears = Ears::new().await;
    let (shipment, _) = ears.api.booked().await;
    let log = ears.log().await;
    let agent = log.iter().find_map(|event| event.id::<kernel::DriverId>()).unwrap();
    let mut mentioned = 0;
    for topic in [format!("shipment:{shipment}"), format!("driver:{agent}")] {
        let source = ears.source(&topic);
        let own = source.stream(&topic);
        let elsewhere = source.elsewhere(&topic, 0, 1000).await.unwrap();
        mentioned += elsewhere.len();
        for event in &log {
            let is_told = source.messages(event).iter().any(|said| said.topic == topic);
            let is_found = own == Some(event.stream) || elsewhere.contains(&event.position);
            assert!(is_found || !is_told, "{topic} misses {} at {}", event.type_name, event.position);
            assert!(
                is_told || !elsewhere.contains(&event.position),
                "{topic} reads {} in vain",
                event.type_name
            );
        }
        let last = elsewhere.last().copied().unwrap_or(0);
        assert_eq!(source.elsewhere(&topic, last, 1000).await.unwrap(), [0; 0], "after the last one");
    }
    assert!(mentioned >= 2, "the selection and the booking are told to the driver: {mentioned}");
}
