use super::*;
use crate::fixtures::{HOUR, morning, requested};
use serde_json::{Value, json};

fn body() -> Value {
    let at = |hours: u32| morning().after(hours * HOUR).to_string();
    json!({
        "pickup": {"latitude": 45.4642, "longitude": 9.19, "address": "Milano", "window": {"from": at(1), "to": at(12)}},
        "delivery": {"latitude": 41.9028, "longitude": 12.4964, "window": {"from": at(12), "to": at(36)}},
        "cargo": {"weight_kg": 8000, "volume_m3": 30, "kind": "general", "requires": []},
        "tender": {"mode": "broadcast"},
        "auto_accept": false
    })
}

/// The bad fields of the body after a change of one member, by JSON pointer.
fn bad(pointer: &str, value: Value) -> Vec<String> {
    let mut body = body();
    match body.pointer_mut(pointer) {
        Some(member) => *member = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let members = body.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
            members.insert(name.to_owned(), value);
        }
    }
    let asked: NewShipment = serde_json::from_value(body).unwrap();
    let refusal = asked.check(morning()).err();
    let fields = refusal.map(|refusal| refusal.fields).unwrap_or_default();
    fields.into_iter().map(|field| format!("{}:{}", field.field, field.code)).collect()
}

fn at(hours: i64) -> Value {
    json!(Timestamp::from_micros(morning().micros() + hours * 3_600_000_000).to_string())
}

#[test]
fn the_example_is_good() {
    let asked: NewShipment = serde_json::from_value(body()).unwrap();
    let checked = asked.check(morning()).unwrap();
    let expected = requested();
    assert_eq!(
        (checked.pickup, checked.delivery, checked.cargo),
        (expected.pickup, expected.delivery, expected.cargo)
    );
    assert_eq!((checked.tender, checked.service_level), (expected.tender, expected.service_level));
}

#[test]
fn every_limit_names_its_field() {
    let long = "x".repeat(201);
    let many = vec!["adr"; 51];
    let usd = json!({"amount": "10.00", "currency": "USD"});
    for (pointer, value, expected) in [
        ("/pickup/latitude", json!(90.1), "pickup.latitude:out_of_range"),
        ("/delivery/longitude", json!(-180.1), "delivery.longitude:out_of_range"),
        ("/pickup/address", json!(long), "pickup.address:too_long"),
        ("/pickup/window/from", json!("soon"), "pickup.window.from:invalid_time"),
        ("/pickup/window/to", at(-1), "pickup.window.to:reversed"),
        ("/pickup/window/to", at(24 * 400), "pickup.window.to:out_of_range"),
        ("/cargo/weight_kg", json!(0), "cargo.weight_kg:out_of_range"),
        ("/cargo/weight_kg", json!(-8000), "cargo.weight_kg:out_of_range"),
        ("/cargo/weight_kg", json!(60_000.1), "cargo.weight_kg:out_of_range"),
        ("/cargo/weight_kg", json!(1e300), "cargo.weight_kg:out_of_range"),
        ("/cargo/volume_m3", json!(200.1), "cargo.volume_m3:out_of_range"),
        ("/cargo/volume_m3", json!(0), "cargo.volume_m3:out_of_range"),
        ("/cargo/volume_m3", json!(-0.0), "cargo.volume_m3:out_of_range"),
        ("/cargo/requires", json!(["adr", "adr"]), "cargo.requires[1]:repeated"),
        ("/pickup/address", json!("Mila\u{0}no"), "pickup.address:invalid_text"),
        ("/cargo/kind", json!("Explosive Stuff"), "cargo.kind:invalid_name"),
        ("/cargo/requires", json!(many), "cargo.requires:too_many"),
        ("/cargo/requires", json!(["", "adr"]), "cargo.requires[0]:invalid_name"),
        ("/cargo/value", usd, "cargo.value.currency:currency_mismatch"),
        ("/cargo/value", json!({"amount": "-1", "currency": "EUR"}), "cargo.value.amount:out_of_range"),
        ("/cargo/value", json!({"amount": "1e9", "currency": "EUR"}), "cargo.value.amount:invalid_amount"),
        ("/tender", json!({"mode": "waterfall"}), "tender.carriers:missing"),
        ("/tender", json!({"mode": "direct", "carrier": "org_1"}), "tender.carrier:invalid_id"),
        (
            "/tender",
            json!({"mode": "broadcast", "step_seconds": 60}),
            "tender.step_seconds:not_for_this_mode",
        ),
    ] {
        assert_eq!(bad(pointer, value), [expected], "{pointer}");
    }
}

#[test]
fn windows_lie_ahead_and_the_delivery_comes_after_the_pickup() {
    let past = json!({"from": at(-5), "to": at(-1)});
    assert_eq!(bad("/pickup/window", past), ["pickup.window.to:in_past"]);
    let begun = json!({"from": at(-5), "to": at(1)});
    assert_eq!(bad("/pickup/window", begun), ["pickup.window.from:in_past"]);
    let just_begun = json!({"from": morning().before(BEGUN_MAX).to_string(), "to": at(1)});
    assert_eq!(bad("/pickup/window", just_begun), [""; 0], "a form takes its time");
    let early = json!({"from": at(0), "to": at(1)});
    assert_eq!(bad("/delivery/window", early), ["delivery.window.to:before_pickup"]);
}

#[test]
fn a_waterfall_names_each_carrier_once() {
    let org = "org_0123456789abcdef0123456789abcdef";
    let tender =
        |carriers: Value, step| json!({"mode": "waterfall", "carriers": carriers, "step_seconds": step});
    assert_eq!(bad("/tender", tender(json!([org]), 60)), [""; 0]);
    assert_eq!(bad("/tender", tender(json!([org, org]), 60)), ["tender.carriers[1]:repeated"]);
    assert_eq!(bad("/tender", tender(json!([org]), 29)), ["tender.step_seconds:out_of_range"]);
}

#[test]
fn a_change_is_checked_against_what_stays() {
    let request = requested();
    let check = |changes: Value| {
        let changes: ShipmentChanges = serde_json::from_value(changes).unwrap();
        changes.check((&request.pickup, &request.delivery), morning())
    };
    assert_eq!(check(json!({})).unwrap(), Amended::default());
    let late =
        json!({"pickup": {"latitude": 45.0, "longitude": 9.0, "window": {"from": at(40), "to": at(41)}}});
    assert_eq!(check(late).unwrap_err().fields[0].field, "delivery.window.to");
    let lighter = check(json!({"cargo": {"weight_kg": 1}})).unwrap().cargo.unwrap();
    assert_eq!((lighter.kind.as_str(), lighter.volume_m3.to_bits()), ("general", 0.0_f64.to_bits()));
}

#[test]
fn unknown_fields_are_refused() {
    for pointer in ["/colour", "/pickup/colour", "/pickup/window/colour", "/cargo/colour", "/tender/colour"] {
        let mut body = body();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), json!("red"));
        assert!(serde_json::from_value::<NewShipment>(body).is_err(), "{pointer}");
    }
}
