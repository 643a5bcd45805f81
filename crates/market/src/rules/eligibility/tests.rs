use super::*;
use crate::fixtures::{HOUR, MILAN, id, morning, profile, requested};

/// The reasons against a truck for a load, after changes to both.
fn reasons_after(change: impl FnOnce(&mut DriverProfile, &mut Requested)) -> Vec<&'static str> {
    let (mut profile, mut request) = (profile(), requested());
    change(&mut profile, &mut request);
    let load = Load::of(&request, 1.0, morning().after(2 * HOUR), morning().after(14 * HOUR));
    codes(&truck(&profile), &load)
}

fn truck(profile: &DriverProfile) -> Truck<'_> {
    Truck { profile, carrier: id(300), position: profile.base, online: true, busy: false, suspended: false }
}

fn codes(truck: &Truck<'_>, load: &Load<'_>) -> Vec<&'static str> {
    reasons(truck, load).into_iter().map(Ineligible::code).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn exactly_85_percent_fits_and_a_gram_more_does_not() {
    assert_eq!(reasons_after(|_, request| request.cargo.weight_kg = 10_200.0), NONE);
    assert_eq!(reasons_after(|_, request| request.cargo.weight_kg = 10_200.001), ["capacity_exceeded"]);
    assert_eq!(reasons_after(|_, request| request.cargo.volume_m3 = 42.5), NONE);
    assert_eq!(reasons_after(|_, request| request.cargo.volume_m3 = 42.501), ["capacity_exceeded"]);
}

#[test]
fn cargo_kinds_need_their_vehicles() {
    assert_eq!(reasons_after(|_, request| request.cargo.kind = "refrigerated".into()), ["vehicle_type"]);
    let cold = |profile: &mut DriverProfile, request: &mut Requested| {
        profile.vehicle.kind = VehicleType::Refrigerated;
        request.cargo.kind = "refrigerated".into();
    };
    assert_eq!(reasons_after(cold), NONE);
    assert_eq!(reasons_after(|_, request| request.cargo.kind = "hazmat".into()), ["feature_missing"]);
    let dangerous = |profile: &mut DriverProfile, request: &mut Requested| {
        profile.vehicle.features.push("adr".into());
        request.cargo.kind = "hazmat".into();
    };
    assert_eq!(reasons_after(dangerous), NONE);
}

#[test]
fn every_required_feature_counts() {
    assert_eq!(reasons_after(|_, request| request.cargo.requires = vec!["lift_gate".into()]), NONE);
    let two = |_: &mut DriverProfile, request: &mut Requested| {
        request.cargo.requires = vec!["lift_gate".into(), "tail_lift".into()];
    };
    assert_eq!(reasons_after(two), ["feature_missing"]);
}

#[test]
fn the_radius_runs_from_where_the_truck_is() {
    let (mut profile, request) = (profile(), requested());
    let load = |factor| Load::of(&request, factor, morning().after(2 * HOUR), morning().after(14 * HOUR));
    let verona = Position { latitude: 45.4384, longitude: 10.9916 };
    let distance = verona.distance_km(MILAN);
    profile.service_radius_km = distance;
    assert_eq!(
        codes(&Truck { position: verona, ..truck(&profile) }, &load(1.0)),
        NONE,
        "the edge itself is inside"
    );
    profile.service_radius_km = distance - 0.001;
    assert_eq!(codes(&Truck { position: verona, ..truck(&profile) }, &load(1.0)), ["out_of_radius"]);
    assert_eq!(
        codes(&Truck { position: verona, ..truck(&profile) }, &load(1.5)),
        NONE,
        "a widened round reaches further"
    );
    assert_eq!(codes(&truck(&profile), &load(1.0)), NONE, "at its base it is next door");
}

#[test]
fn a_declared_area_holds_both_ends() {
    let area = |radius_km| {
        move |profile: &mut DriverProfile, _: &mut Requested| {
            profile.area = Some(ServiceArea { centre: MILAN, radius_km });
        }
    };
    assert_eq!(reasons_after(area(478.0)), NONE, "Rome is 477 km away");
    assert_eq!(reasons_after(area(476.0)), ["out_of_area"]);
}

#[test]
fn papers_last_until_the_delivery() {
    let until = |at: Timestamp| {
        move |profile: &mut DriverProfile, _: &mut Requested| profile.licence_valid_until = at
    };
    assert_eq!(reasons_after(until(morning().after(14 * HOUR))), NONE);
    assert_eq!(reasons_after(until(morning().after(13 * HOUR))), ["licence_expired"]);
    let uninsured =
        |profile: &mut DriverProfile, _: &mut Requested| profile.insurance_valid_until = morning();
    assert_eq!(reasons_after(uninsured), ["insurance_expired"]);
}

#[test]
fn hours_may_run_over_midnight() {
    let works = |from_minute, to_minute, text: &str| {
        works_at(OperatingHours { from_minute, to_minute }, Timestamp::parse(text).unwrap())
    };
    assert!(works(360, 1200, "2026-03-02T06:00:00Z") && !works(360, 1200, "2026-03-02T20:00:00Z"));
    assert!(works(1320, 360, "2026-03-02T23:00:00Z") && works(1320, 360, "2026-03-02T05:59:59Z"));
    assert!(!works(1320, 360, "2026-03-02T06:00:00Z") && !works(1320, 360, "2026-03-02T21:59:00Z"));
    assert!(works(0, 0, "2026-03-02T12:00:00Z") && works(0, 1440, "2026-03-02T23:59:59Z"));
    let night = |profile: &mut DriverProfile, _: &mut Requested| {
        profile.hours = Some(OperatingHours { from_minute: 1320, to_minute: 360 });
    };
    assert_eq!(reasons_after(night), ["outside_hours"]);
}

#[test]
fn every_reason_is_told_at_once() {
    let (mut profile, mut request) = (profile(), requested());
    profile.vehicle.capacity_kg = 1000.0;
    profile.licence_valid_until = morning();
    request.preferences.blocked_carriers = vec![id(300)];
    let load = Load::of(&request, 1.0, morning().after(2 * HOUR), morning().after(14 * HOUR));
    let truck = Truck { online: false, busy: true, suspended: true, ..truck(&profile) };
    let expected = ["capacity_exceeded", "licence_expired", "offline", "busy", "suspended", "blocked"];
    assert_eq!(codes(&truck, &load), expected);
    let refusal = refusal("agent_id", &reasons(&truck, &load)).unwrap();
    assert!(refusal.fields.iter().all(|bad| bad.field == "agent_id" && !bad.detail.is_empty()));
    assert_eq!(refusal.fields.len(), 6);
    assert!(super::refusal("agent_id", &[]).is_none());
}
