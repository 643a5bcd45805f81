//! Facilities: docks as calendars, appointments, the trucks in the yard (issue 5; spec 4, facility agents; annex,
//! section 3; docs/decisions/0080).

pub mod agents;
mod arrivals;
mod facilities;
pub mod reactors;
mod routes;
pub mod rules;
mod sites;
mod topics;
pub mod views;
mod wire;

pub use arrivals::publish_arrivals;
pub use facilities::Facilities;
pub use routes::routes;
pub use sites::Sites;
pub use topics::YardTopics;

use runtime::Context;
use std::sync::Arc;

/// What facilities bring to the house.
#[must_use]
pub fn context(sites: &Arc<Sites>) -> Context {
    Context::new()
        .agent::<agents::Yard>()
        .view(views::facilities::VIEW)
        .view(views::appointments::VIEW)
        .view(views::issues::VIEW)
        .reactor(reactors::Establishing)
        .observer(Arc::clone(sites) as Arc<dyn runtime::Observer>)
}
