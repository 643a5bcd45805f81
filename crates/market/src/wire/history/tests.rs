use super::*;
use crate::fixtures::{id, morning, offer, requested};
use contracts::shipment::{
    BidSelected, BidWithdrawn, BidsRanked, Broadcast, HandedOver, SelectedBy, WithdrawReason,
};
use kernel::{RequestId, ShipmentId, TypedId};
use store::EventMeta;

fn stored(events: Vec<ShipmentEvent>) -> Vec<StoredEvent> {
    let stored = |(event, version): (ShipmentEvent, i64)| StoredEvent {
        position: 10 + version,
        stream: id::<ShipmentId>(9).stream(),
        version,
        tenant: id(1),
        type_name: event.type_name(),
        schema: 1,
        payload: event.encode().unwrap().into(),
        meta: EventMeta {
            actor: "usr_x".into(),
            correlation: id::<RequestId>(7),
            causation: 0,
            time: morning(),
        },
    };
    events.into_iter().zip(1..).map(stored).collect()
}

fn a_whole_tender() -> Vec<StoredEvent> {
    let selected = BidSelected {
        bid: id(102),
        driver: id(202),
        carrier: id(302),
        price: offer(2, 800).price,
        by: SelectedBy::Shipper,
        confirm_by: morning(),
    };
    stored(vec![
        requested().into(),
        Broadcast { round: 1, radius_factor: 1.0, carrier: None, drivers: vec![id(201), id(202)] }.into(),
        offer(1, 820).into(),
        offer(2, 800).into(),
        BidWithdrawn { bid: id(101), reason: WithdrawReason::Bidder }.into(),
        BidsRanked { ranking: Vec::new() }.into(),
        selected.into(),
        HandedOver { reason: "no_bids".into() }.into(),
    ])
}

fn kinds(reader: Reader) -> Vec<&'static str> {
    reader.shown(&a_whole_tender()).unwrap().into_iter().map(|event| event.kind).collect()
}

#[test]
fn a_carrier_never_sees_the_bids_of_others() {
    assert_eq!(kinds(Reader::Whole).len(), 8);
    let loser = ["shipment.requested", "shipment.broadcast", "bid.submitted", "bid.withdrawn"];
    assert_eq!(kinds(Reader::Carrier(id(301))), loser);
    let winner = ["shipment.requested", "shipment.broadcast", "bid.submitted", "bid.selected"];
    assert_eq!(kinds(Reader::Carrier(id(302))), winner);
    let text = serde_json::to_string(&Reader::Carrier(id(302)).shown(&a_whole_tender()).unwrap()).unwrap();
    let inward = [id::<kernel::BidId>(101).to_string(), id::<kernel::DriverId>(201).to_string()];
    assert!(!inward.iter().any(|id| text.contains(id.as_str())), "{text}");
    assert!(!text.contains("preferences") && !text.contains("contact"));
}

#[test]
fn times_and_money_are_shown_as_everywhere_in_the_api() {
    let shown = Reader::Whole.shown(&a_whole_tender()).unwrap();
    let bid = &shown[2].data;
    assert_eq!(bid["price"], serde_json::json!({"amount": "820.00", "currency": "EUR"}));
    assert_eq!(bid["pickup_at"], "2026-03-02T08:00:00Z");
    assert_eq!(shown[0].data["pickup"]["window"]["from"], "2026-03-02T07:00:00Z");
    assert_eq!(
        (shown[0].position, shown[0].version, shown[0].time.as_str()),
        (11, 1, "2026-03-02T06:00:00Z")
    );
}
