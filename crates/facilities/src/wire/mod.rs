//! What the API says about facilities.

mod appointment;
mod dock;
mod facility;

pub(crate) use appointment::{WireAppointment, WireDockCargo, WireExpectedTruck, WireSlot, WireStatedCargo};
pub(crate) use dock::{WireDock, WireDockVehicle, WireDockWork, WireVehicleClass, is_dock_name};
pub(crate) use facility::{WireDay, WireFacility, WireFacilityDetail, WireRules, WireYard};
