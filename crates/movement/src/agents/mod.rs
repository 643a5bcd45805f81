//! What decides in this context.

mod device;

pub use device::{Device, DeviceCommand, DeviceEvent, DeviceTerms};
