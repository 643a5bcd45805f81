//! One recorded sample of every event of a yard as it lies in the log: whatever changes, these must be read.

use contracts::{Event, facility::YardEvent};

const YARD: &[(&str, &str)] = &[
    (
        "yard.site_written",
        r#"{"tenant":"ten_00000000000000000000000000000001","organisation":"org_00000000000000000000000000000002","reference":"FAC-MIL-X000004","facility_type":"cross_dock","position":{"latitude":45.4642,"longitude":9.19},"docks":4,"state":"operational"}"#,
    ),
    (
        "yard.arranged",
        r#"{"zone":"Europe/Rome","hours":[[{"from_minute":480,"to_minute":1080}],[],[],[],[],[],[]],"rules":{"slot_minutes":15,"usual_minutes":60,"buffer_minutes":10,"lead_minutes":0,"horizon_days":60,"hold_minutes":10,"free_minutes":30}}"#,
    ),
    (
        "dock.configured",
        r#"{"name":"A-12","max_vehicle":"semi_truck","max_length_cm":1650,"max_height_cm":400,"equipment":["lift_gate","cooled"],"works":["loading","unloading"],"retired":false}"#,
    ),
    (
        "dock.closed",
        r#"{"closure":1,"docks":["A-12"],"window":{"from":1772434800000000,"to":1772474400000000},"reason":"maintenance"}"#,
    ),
    ("dock.reopened", r#"{"closure":1}"#),
    (
        "dock.held",
        r#"{"booking":{"appointment":"apt_00000000000000000000000000000001","carrier":"org_00000000000000000000000000000003","work":"loading","truck":{"class":"van","length_cm":700,"height_cm":300,"needs":[]},"minutes":60,"papers":{}},"dock":"A-12","window":{"from":1772434800000000,"to":1772438400000000},"until":1772431200000000}"#,
    ),
    (
        "dock.scheduled",
        r#"{"booking":{"appointment":"apt_00000000000000000000000000000001","carrier":"org_00000000000000000000000000000003","shipment":"shp_00000000000000000000000000000004","driver":"drv_00000000000000000000000000000005","work":"unloading","truck":{"class":"container","length_cm":1650,"height_cm":400,"needs":["hazmat"]},"minutes":60,"earliest":1772431200000000,"papers":{"weight_kg":8000.0,"pieces":33,"reference":"SHM-MIL-000001"}},"dock":"A-12","window":{"from":1772434800000000,"to":1772438400000000}}"#,
    ),
    (
        "dock.rescheduled",
        r#"{"appointment":"apt_00000000000000000000000000000001","shipment":"shp_00000000000000000000000000000004","dock":"2","window":{"from":1772434800000000,"to":1772438400000000},"reason":"late"}"#,
    ),
    ("dock.displaced", r#"{"appointment":"apt_00000000000000000000000000000001","reason":"closure"}"#),
    (
        "dock.missing",
        r#"{"booking":{"appointment":"apt_00000000000000000000000000000001","carrier":"org_00000000000000000000000000000003","shipment":"shp_00000000000000000000000000000004","driver":"drv_00000000000000000000000000000005","work":"loading","truck":{"class":"van","length_cm":700,"height_cm":300,"needs":[]},"minutes":60,"papers":{}},"window":{"from":1772434800000000,"to":1772438400000000},"reason":"none_free"}"#,
    ),
    ("dock.released", r#"{"appointment":"apt_00000000000000000000000000000001","reason":"missed"}"#),
    ("truck.expected", r#"{"appointment":"apt_00000000000000000000000000000001","eta":1772434800000000}"#),
    (
        "truck.checked_in",
        r#"{"appointment":"apt_00000000000000000000000000000001","counted":{"weight_kg":7900.0},"differs":["weight"]}"#,
    ),
    (
        "truck.called",
        r#"{"appointment":"apt_00000000000000000000000000000001","dock":"A-12","window":{"from":1772434800000000,"to":1772438400000000}}"#,
    ),
    ("loading.started", r#"{"appointment":"apt_00000000000000000000000000000001"}"#),
    (
        "loading.completed",
        r#"{"appointment":"apt_00000000000000000000000000000001","shipment":"shp_00000000000000000000000000000004","dock":"A-12","work":"unloading","started_at":1772434800000000,"detention_minutes":35}"#,
    ),
    (
        "delay.reported",
        r#"{"appointment":"apt_00000000000000000000000000000001","shipment":"shp_00000000000000000000000000000004","planned_at":1772434800000000,"late_by_s":1860,"at":1772436660000000}"#,
    ),
    (
        "dock.overdue",
        r#"{"appointment":"apt_00000000000000000000000000000001","expected_until":1772434800000000}"#,
    ),
    ("detention.started", r#"{"appointment":"apt_00000000000000000000000000000001"}"#),
    (
        "facility.capacity_warning",
        r#"{"window":{"from":1772434800000000,"to":1772442000000000},"booked_permille":950,"waiting":2}"#,
    ),
    ("facility.capacity_eased", "{}"),
    ("facility.state_changed", r#"{"state":"at_capacity"}"#),
    (
        "facility.issue_reported",
        r#"{"issue":1,"appointment":"apt_00000000000000000000000000000001","kind":"damage","note":"per_00000000000000000000000000000006","reported_by":"usr_00000000000000000000000000000007"}"#,
    ),
    ("facility.issue_resolved", r#"{"issue":1,"resolved_by":"usr_00000000000000000000000000000007"}"#),
    ("yard.swept", r#"{"next":1772434800000000}"#),
];

#[test]
fn every_recorded_event_is_read() {
    let names: Vec<&str> = YARD.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, YardEvent::TYPES);
    for (name, payload) in YARD {
        let event = YardEvent::decode(name, 1, payload).unwrap();
        assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (*name, *payload));
    }
}
