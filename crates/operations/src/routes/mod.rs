//! The routes of operations, one endpoint a file.

mod agents;
mod create_share;
mod event_search;
mod event_stream;
mod fleet_positions;
mod lanes;
mod list_issues;
mod list_shares;
mod performance;
mod places;
mod public_tracking;
mod queue;
mod report_issue;
mod resolve_issue;
mod revoke_share;
mod scorecards;
mod statements;

use crate::Operations;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Issues, links, public tracking, and what staff look at.
pub fn routes(operations: Operations) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(report_issue::report_issue, list_issues::list_issues))
        .routes(routes!(resolve_issue::resolve_issue))
        .routes(routes!(create_share::create_share, list_shares::list_shares))
        .routes(routes!(revoke_share::revoke_share))
        .routes(routes!(public_tracking::public_tracking))
        .routes(routes!(queue::queue))
        .routes(routes!(event_search::search_events))
        .routes(routes!(event_stream::read_event_stream))
        .routes(routes!(agents::list_agent_kinds))
        .routes(routes!(lanes::list_lanes))
        .routes(routes!(scorecards::list_scorecards))
        .routes(routes!(fleet_positions::fleet_positions))
        .routes(routes!(places::search_places))
        .routes(routes!(statements::read_statement))
        .routes(routes!(performance::read_performance))
        .with_state(operations)
}
