//! The 32 bits that both forms carry; a cleared bit is what happens.

use crate::Attributes;

pub(super) fn note(status: u32, attributes: &mut Attributes) {
    let quiet = |number: u32| status >> number & 1 == 1;
    let alarm = if !quiet(0) {
        Some("vibration")
    } else if !quiet(1) || !quiet(18) {
        Some("sos")
    } else if !quiet(2) {
        Some("overspeed")
    } else if !quiet(19) {
        Some("power_cut")
    } else {
        None
    };
    if let Some(alarm) = alarm {
        attributes.insert("alarm".to_owned(), alarm.into());
    }
    attributes.insert("ignition".to_owned(), quiet(10).into());
    attributes.insert("status".to_owned(), status.into());
}
