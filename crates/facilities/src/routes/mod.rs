//! The routes of facilities, one endpoint a file.

mod arrange_facility;
mod book_appointment;
mod cancel_appointment;
mod check_in;
mod close_docks;
mod configure_dock;
mod confirm_appointment;
mod finish_work;
mod list_appointments;
mod list_docks;
mod list_facilities;
mod list_issues;
mod move_appointment;
mod read_appointment;
mod read_availability;
mod read_facility;
mod read_papers;
mod read_yard;
mod reopen_docks;
mod report_issue;
mod resolve_issue;
mod span;
mod start_work;

use crate::Facilities;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/api/v1/facilities` and `/api/v1/appointments`.
pub fn routes(facilities: Facilities) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list_facilities::list_facilities))
        .routes(routes!(read_facility::read_facility, arrange_facility::arrange_facility))
        .routes(routes!(list_docks::list_docks, configure_dock::configure_dock))
        .routes(routes!(close_docks::close_docks))
        .routes(routes!(reopen_docks::reopen_docks))
        .routes(routes!(read_yard::read_yard))
        .routes(routes!(read_availability::read_availability))
        .routes(routes!(list_appointments::list_appointments, book_appointment::book_appointment))
        .routes(routes!(list_issues::list_facility_issues, report_issue::report_facility_issue))
        .routes(routes!(resolve_issue::resolve_facility_issue))
        .routes(routes!(read_appointment::read_appointment))
        .routes(routes!(read_papers::read_papers))
        .routes(routes!(confirm_appointment::confirm_appointment))
        .routes(routes!(move_appointment::move_appointment))
        .routes(routes!(cancel_appointment::cancel_appointment))
        .routes(routes!(check_in::check_in))
        .routes(routes!(start_work::start_work))
        .routes(routes!(finish_work::finish_work))
        .with_state(facilities)
}
