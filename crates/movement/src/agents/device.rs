//! The device: a tracker that is bound to a driver's truck, or no longer.

use contracts::events;
use kernel::{DeviceId, DriverId, OrganisationId, Refusal, TenantId, Timestamp};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// What a device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceTerms {
    /// The tenant.
    pub tenant: TenantId,
    /// The driver's carrier.
    pub carrier: OrganisationId,
    /// Whose positions it reports.
    pub driver: DriverId,
    /// What it speaks, by the protocol's name.
    pub protocol: String,
    /// What it calls itself: an IMEI, a serial number. It names equipment, no person.
    pub identifier: String,
    /// SHA-256, hex, of the device's id and its secret; absent where the protocol has no place for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_hash: Option<String>,
    /// Minutes by which its clock is ahead of UTC; absent for one that is set to UTC, as its protocol asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset_minutes: Option<i16>,
}

/// A device was bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceBound {
    /// What it is.
    pub terms: DeviceTerms,
}

/// A device was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceUnbound {}

events! {
    /// What happens to a device.
    pub enum DeviceEvent(schema 1) {
        /// It reports for a driver.
        "device.bound" => Bound(DeviceBound),
        /// It reports for nobody.
        "device.unbound" => Unbound(DeviceUnbound),
    }
}

/// What a device can be asked.
#[derive(Debug, Clone)]
pub enum DeviceCommand {
    /// Report for a driver.
    Bind(Box<DeviceTerms>),
    /// Report no more.
    Unbind,
}

/// A device's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Absent until it is bound.
    pub terms: Option<DeviceTerms>,
    /// Whether it was taken away. It is never bound again: another one is made.
    pub unbound: bool,
}

impl Agent for Device {
    type Id = DeviceId;
    type Command = DeviceCommand;
    type Event = DeviceEvent;
    const KIND: &'static str = "device";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &DeviceCommand, _now: Timestamp) -> Result<Vec<DeviceEvent>, Refusal> {
        match (command, &self.terms) {
            (DeviceCommand::Bind(terms), None) => Ok(vec![DeviceBound { terms: (**terms).clone() }.into()]),
            (DeviceCommand::Bind(_), Some(_)) => {
                Err(Refusal::conflict("device.exists", "the device exists already"))
            }
            (DeviceCommand::Unbind, None) => {
                Err(Refusal::not_found("device.unknown", "there is no such device"))
            }
            (DeviceCommand::Unbind, Some(_)) if self.unbound => Ok(Vec::new()),
            (DeviceCommand::Unbind, Some(_)) => Ok(vec![DeviceUnbound {}.into()]),
        }
    }

    fn evolve(&mut self, event: &DeviceEvent, _at: Timestamp) {
        match event {
            DeviceEvent::Bound(bound) => self.terms = Some(bound.terms.clone()),
            DeviceEvent::Unbound(_) => self.unbound = true,
        }
    }

    fn state_name(&self) -> &'static str {
        match (&self.terms, self.unbound) {
            (None, _) => "",
            (Some(_), false) => "bound",
            (Some(_), true) => "unbound",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::Event as _;
    use kernel::{TypedId, Uuid};

    const NOW: Timestamp = Timestamp::from_micros(1);

    fn terms() -> DeviceTerms {
        DeviceTerms {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            carrier: OrganisationId::from_uuid(Uuid::from_u128(2)),
            driver: DriverId::from_uuid(Uuid::from_u128(3)),
            protocol: "gt06".to_owned(),
            identifier: "353376110023196".to_owned(),
            secret_hash: None,
            utc_offset_minutes: None,
        }
    }

    #[test]
    fn a_device_is_bound_once_and_unbound_for_good() {
        let mut device = Device::default();
        let bind = DeviceCommand::Bind(Box::new(terms()));
        assert_eq!(device.decide(&DeviceCommand::Unbind, NOW).unwrap_err().code, "device.unknown");
        for command in [&bind, &DeviceCommand::Unbind] {
            device.decide(command, NOW).unwrap().iter().for_each(|event| device.evolve(event, NOW));
        }
        assert_eq!(device, Device { terms: Some(terms()), unbound: true });
        assert_eq!(device.decide(&bind, NOW).unwrap_err().code, "device.exists");
        assert!(device.decide(&DeviceCommand::Unbind, NOW).unwrap().is_empty());
    }

    /// One recorded sample of every event as it lies in the log: whatever changes, these must be read.
    #[test]
    fn every_recorded_event_is_still_read() {
        let samples = [
            (
                "device.bound",
                r#"{"terms":{"tenant":"ten_00000000000000000000000000000001","carrier":"org_00000000000000000000000000000002","driver":"drv_00000000000000000000000000000003","protocol":"gt06","identifier":"353376110023196"}}"#,
            ),
            ("device.unbound", "{}"),
        ];
        assert_eq!(samples.map(|(name, _)| name), DeviceEvent::TYPES);
        for (name, payload) in samples {
            let event = DeviceEvent::decode(name, 1, payload).unwrap();
            assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (name, payload));
        }
    }
}
