//! One recorded sample of every event as it lies in the log: whatever changes, these must be read.

use super::{IssueEvent, ShareEvent};
use contracts::Event;

const ISSUE: &[(&str, &str)] = &[
    (
        "issue.reported",
        r#"{"tenant":"ten_00000000000000000000000000000001","shipment":"shp_00000000000000000000000000000001","kind":"breakdown","delay_minutes":90,"note":"per_00000000000000000000000000000001","documents":["doc_00000000000000000000000000000001"],"reported_by":"usr_00000000000000000000000000000001"}"#,
    ),
    ("issue.resolved", r#"{"resolved_by":"usr_00000000000000000000000000000001"}"#),
];

const SHARE: &[(&str, &str)] = &[
    (
        "share.created",
        r#"{"tenant":"ten_00000000000000000000000000000001","shipment":"shp_00000000000000000000000000000001","token_hash":"00ff","expires_at":1772352000000000,"created_by":"usr_00000000000000000000000000000001"}"#,
    ),
    ("share.revoked", "{}"),
];

fn read<E: Event>(samples: &[(&str, &str)]) {
    let names: Vec<&str> = samples.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, E::TYPES);
    for (name, payload) in samples {
        let event = E::decode(name, 1, payload).unwrap();
        assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (*name, *payload));
    }
}

#[test]
fn every_recorded_event_is_still_read() {
    read::<IssueEvent>(ISSUE);
    read::<ShareEvent>(SHARE);
}
