//! One recorded sample of every event as it lies in the log: whatever changes, these must be read.

use contracts::{Event as _, document::DocumentEvent};

const SAMPLES: &[(&str, &str)] = &[
    (
        "document.uploaded",
        r#"{"tenant":"ten_00000000000000000000000000000001","shipment":"shp_00000000000000000000000000000001","kind":"delivery_photo","content_type":"image/jpeg","bytes":120000,"object":"00ff","subject":"per_00000000000000000000000000000001","uploaded_by":"usr_00000000000000000000000000000001"}"#,
    ),
    ("document.erased", "{}"),
];

#[test]
fn every_recorded_event_is_still_read() {
    let names: Vec<&str> = SAMPLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, DocumentEvent::TYPES);
    for (name, payload) in SAMPLES {
        let event = DocumentEvent::decode(name, 1, payload).unwrap();
        assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (*name, *payload));
    }
}
