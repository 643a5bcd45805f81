//! One recorded sample of every event of the market as it lies in the log: whatever changes, these must be read.

use contracts::{
    Event,
    driver::DriverEvent,
    profile::{CarrierEvent, FacilityEvent, ShipperEvent},
    shipment::ShipmentEvent,
};

const SHIPMENT: &[(&str, &str)] = &[
    (
        "shipment.requested",
        r#"{"tenant":"ten_00000000000000000000000000000001","reference":"SHM-MIL-000001","shipper":"org_00000000000000000000000000000002","requested_by":"usr_00000000000000000000000000000003","contact":"per_00000000000000000000000000000004","pickup":{"position":{"latitude":45.4642,"longitude":9.19},"window":{"from":1772434800000000,"to":1772474400000000}},"delivery":{"position":{"latitude":41.9028,"longitude":12.4964},"window":{"from":1772474400000000,"to":1772560800000000}},"cargo":{"weight_kg":8000.0,"volume_m3":30.0,"kind":"general","requires":["lift_gate"],"value":{"minor":10000,"currency":"EUR"}},"service_level":"standard","tender":{"mode":"waterfall","carriers":["org_0000000000000000000000000000012d"],"step_seconds":300},"preferences":{"auto_accept":true,"price_sensitivity":0.5,"prefer_electric":true,"preferred_carriers":["org_0000000000000000000000000000012d"],"blocked_carriers":["org_0000000000000000000000000000012e"],"volume_discount_permille":100},"road_km":620.0}"#,
    ),
    (
        "shipment.amended",
        r#"{"pickup":{"position":{"latitude":45.4642,"longitude":9.19},"window":{"from":1772434800000000,"to":1772474400000000}},"service_level":"express","tender":{"mode":"direct","carrier":"org_0000000000000000000000000000012d"},"road_km":500.5}"#,
    ),
    (
        "shipment.broadcast",
        r#"{"round":1,"radius_factor":1.0,"carrier":null,"drivers":["drv_000000000000000000000000000000c9"]}"#,
    ),
    (
        "shipment.round_due",
        r#"{"round":2,"radius_factor":1.5,"carrier":"org_0000000000000000000000000000012d"}"#,
    ),
    (
        "bid.submitted",
        r#"{"bid":"bid_00000000000000000000000000000065","driver":"drv_000000000000000000000000000000c9","carrier":"org_0000000000000000000000000000012d","price":{"minor":82000,"currency":"EUR"},"pickup_at":1772438400000000,"delivery_at":1772481600000000,"confidence":0.9,"automatic":false,"facts":{"on_time_rate":0.9,"similar_shipments":50,"vehicle_year":2022,"electric":false,"rating":4.0,"approach_km":10.0}}"#,
    ),
    ("bid.withdrawn", r#"{"bid":"bid_00000000000000000000000000000065","reason":"driver_taken"}"#),
    (
        "bids.ranked",
        r#"{"ranking":[{"bid":"bid_00000000000000000000000000000065","rank":1,"score":0.93,"terms":{"price":1.0,"time":1.0,"reliability":0.9,"experience":0.5,"vehicle":1.0},"factor":1.0}]}"#,
    ),
    (
        "bid.selected",
        r#"{"bid":"bid_00000000000000000000000000000065","driver":"drv_000000000000000000000000000000c9","carrier":"org_0000000000000000000000000000012d","price":{"minor":82000,"currency":"EUR"},"by":"next_rank","confirm_by":1772431200000000}"#,
    ),
    (
        "bid.lapsed",
        r#"{"bid":"bid_00000000000000000000000000000065","driver":"drv_000000000000000000000000000000c9","reason":"not_confirmed"}"#,
    ),
    (
        "booking.confirmed",
        r#"{"bid":"bid_00000000000000000000000000000065","driver":"drv_000000000000000000000000000000c9","carrier":"org_0000000000000000000000000000012d","shipper":"org_00000000000000000000000000000002","price":{"minor":82000,"currency":"EUR"},"pickup_at":1772431200000000,"delivery_at":1772431200000000}"#,
    ),
    ("match.failed", r#"{"reason":"no_bids"}"#),
    ("shipment.handed_over", r#"{"reason":"no_bids"}"#),
    ("shipment.taken_over", r#"{"dispatcher":"usr_00000000000000000000000000000003"}"#),
    (
        "shipment.retendered",
        r#"{"tender":{"mode":"direct","carrier":"org_0000000000000000000000000000012d"},"auto_accept":true}"#,
    ),
    (
        "shipment.status_changed",
        r#"{"from":"unloading","to":"delivered","driver":"drv_000000000000000000000000000000c9","proof":"per_00000000000000000000000000000006","on_time":true}"#,
    ),
    (
        "shipment.cancelled",
        r#"{"from":"en_route_pickup","driver":"drv_000000000000000000000000000000c9","fee":{"minor":41000,"currency":"EUR"},"by":"shipper"}"#,
    ),
    ("rating.submitted", r#"{"driver":"drv_000000000000000000000000000000c9","stars":5}"#),
];

const DRIVER: &[(&str, &str)] = &[
    (
        "driver.registered",
        r#"{"tenant":"ten_00000000000000000000000000000001","reference":"DRV-MIL-000001","carrier":"org_0000000000000000000000000000012c","user":"usr_00000000000000000000000000000005","profile":{"vehicle":{"kind":"box_truck","capacity_kg":12000.0,"capacity_m3":50.0,"year":2022,"features":["lift_gate"],"condition":"good"},"base":{"latitude":45.4642,"longitude":9.19},"service_radius_km":300.0,"area":{"centre":{"latitude":45.4642,"longitude":9.19},"radius_km":300.0},"hours":{"from_minute":360,"to_minute":1200},"specializations":["fragile"],"rate_per_km":{"minor":135,"currency":"EUR"},"licence_valid_until":1830297599000000,"insurance_valid_until":1830297599000000,"auto_bid":false}}"#,
    ),
    (
        "driver.profile_changed",
        r#"{"profile":{"vehicle":{"kind":"box_truck","capacity_kg":12000.0,"capacity_m3":50.0,"year":2022,"features":["lift_gate"],"condition":"good"},"base":{"latitude":45.4642,"longitude":9.19},"service_radius_km":300.0,"area":null,"hours":null,"specializations":[],"rate_per_km":null,"licence_valid_until":1830297599000000,"insurance_valid_until":1830297599000000,"auto_bid":false}}"#,
    ),
    ("driver.presence_changed", r#"{"online":true}"#),
    (
        "driver.offered",
        r#"{"shipment":"shp_00000000000000000000000000000001","bid_at":1772431200000000,"return_load":{"after":"shp_00000000000000000000000000000002","free_at":1772431200000000,"approach_km":12.5,"extra_empty_km":-480.5,"extra_cost":{"minor":-45648,"currency":"EUR"}}}"#,
    ),
    ("driver.bid_due", r#"{"shipment":"shp_00000000000000000000000000000001"}"#),
    ("driver.bid_made", r#"{"shipment":"shp_00000000000000000000000000000001"}"#),
    (
        "driver.committed",
        r#"{"shipment":"shp_00000000000000000000000000000001","bid":"bid_00000000000000000000000000000065","after":"shp_00000000000000000000000000000002","ends_at":{"latitude":41.9028,"longitude":12.4964}}"#,
    ),
    (
        "driver.freed",
        r#"{"shipment":"shp_00000000000000000000000000000001","delivered":true,"on_time":true,"cargo_kind":"general","at":{"latitude":41.9028,"longitude":12.4964},"goes_on":"shp_00000000000000000000000000000002"}"#,
    ),
    ("driver.rated", r#"{"shipment":"shp_00000000000000000000000000000001","stars":5}"#),
    ("driver.suspended", r#"{"reason":"low_ratings"}"#),
    ("driver.reinstated", r#"{}"#),
    ("driver.tier_raised", r#"{"tier":"gold"}"#),
];

const SHIPPER: &[(&str, &str)] = &[(
    "shipper.profile_written",
    r#"{"tenant":"ten_00000000000000000000000000000001","organisation":"org_00000000000000000000000000000002","shipper_type":"enterprise","preferences":{"auto_accept":true,"price_sensitivity":0.5,"prefer_electric":true,"preferred_carriers":["org_0000000000000000000000000000012d"],"blocked_carriers":["org_0000000000000000000000000000012e"],"volume_discount_permille":100}}"#,
)];

const CARRIER: &[(&str, &str)] = &[(
    "carrier.profile_written",
    r#"{"tenant":"ten_00000000000000000000000000000001","organisation":"org_00000000000000000000000000000002","licence_number":"IT-1","licence_valid_until":1772431200000000,"insurance_valid_until":1772431200000000}"#,
)];

const FACILITY: &[(&str, &str)] = &[(
    "facility.profile_written",
    r#"{"tenant":"ten_00000000000000000000000000000001","organisation":"org_00000000000000000000000000000002","reference":"FAC-MIL-X000004","facility_type":"cross_dock","position":{"latitude":45.4642,"longitude":9.19},"docks":4,"state":"at_capacity"}"#,
)];

/// Each sample is of schema 1, is read, and is written as it was; none is missing.
fn read<E: Event>(samples: &[(&str, &str)]) {
    let names: Vec<&str> = samples.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, E::TYPES);
    for (name, payload) in samples {
        let event = E::decode(name, 1, payload).unwrap();
        assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (*name, *payload));
    }
}

/// What came to events since, beside what stands above.
const DRIVER_SINCE: &[(&str, &str)] = &[
    (
        "driver.offered",
        r#"{"shipment":"shp_00000000000000000000000000000001","bid_at":null,"part_load":{"along":"shp_00000000000000000000000000000002","extra_km":46.5,"extra_minutes":159,"extra_cost":{"minor":8986,"currency":"EUR"}}}"#,
    ),
    (
        "driver.committed",
        r#"{"shipment":"shp_00000000000000000000000000000001","bid":"bid_00000000000000000000000000000065","ends_at":{"latitude":41.9028,"longitude":12.4964},"stops":[{"shipment":"shp_00000000000000000000000000000001","stop":"pickup"},{"shipment":"shp_00000000000000000000000000000002","stop":"delivery"},{"shipment":"shp_00000000000000000000000000000001","stop":"delivery"}]}"#,
    ),
];

#[test]
fn what_came_to_events_is_read() {
    for (name, payload) in DRIVER_SINCE {
        let event = DriverEvent::decode(name, 1, payload).unwrap();
        assert_eq!(event.encode().unwrap(), *payload);
    }
}

#[test]
fn every_recorded_event_is_read() {
    read::<ShipmentEvent>(SHIPMENT);
    read::<DriverEvent>(DRIVER);
    read::<ShipperEvent>(SHIPPER);
    read::<CarrierEvent>(CARRIER);
    read::<FacilityEvent>(FACILITY);
}
