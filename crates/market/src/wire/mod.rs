//! What the market's routes take and give. Never domain types: each request converts with a check that names every bad
//! field.

pub mod agent;
pub mod bid;
mod checks;
pub mod dispatch;
pub mod driver_fields;
pub mod estimate;
pub mod history;
pub mod shipment;
pub mod shipment_request;
pub mod shipment_table;
pub mod tender;

pub(crate) use checks::{
    check_day, check_name, check_names, check_number, check_organisations, check_text, day,
};
