//! What the API says about facilities.

mod appointment;
mod dock;
mod facility;

pub(crate) use appointment::{WireAppointment, WireCargo, WireSlot};
pub(crate) use dock::{WireDock, WireDockWork, WireVehicle, WireVehicleClass, is_dock_name};
pub(crate) use facility::{WireDay, WireFacility, WireFacilityDetail, WireRules, WireYard};
