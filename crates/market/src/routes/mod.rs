//! The routes of agents, shipments and bids (issue 2, the API), one file each.

mod agent_create;
mod agent_list;
mod agent_offers;
mod agent_offline;
mod agent_online;
mod agent_own;
mod agent_read;
mod agent_reinstate;
mod agent_update;
mod bid_confirm;
mod bid_read;
mod bid_select;
mod bid_submit;
mod bid_withdraw;
mod shipment_amend;
mod shipment_assign;
mod shipment_bids;
mod shipment_cancel;
mod shipment_create;
mod shipment_estimate;
mod shipment_events;
mod shipment_export;
mod shipment_hand_over;
mod shipment_import;
mod shipment_list;
mod shipment_rate;
mod shipment_read;
mod shipment_retender;
mod shipment_status;
mod shipment_take_over;
mod state;
#[cfg(test)]
pub(crate) mod tests;

use crate::market::Market;
use edge::Platform;
pub(crate) use state::MarketState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/api/v1/agents...`, `/api/v1/shipments...` and `/api/v1/bids...`, but for the positions.
pub fn routes(platform: Platform, market: Market) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(agent_create::create_agent, agent_list::list_agents))
        .routes(routes!(agent_own::own_agents))
        .routes(routes!(agent_read::read_agent, agent_update::update_agent))
        .routes(routes!(agent_online::go_online))
        .routes(routes!(agent_offline::go_offline))
        .routes(routes!(agent_reinstate::reinstate))
        .routes(routes!(agent_offers::list_offers))
        .routes(routes!(shipment_create::create_shipment, shipment_list::list_shipments))
        .routes(routes!(shipment_read::read_shipment, shipment_amend::amend_shipment))
        .routes(routes!(shipment_import::import_shipments))
        .routes(routes!(shipment_export::export_shipments))
        .routes(routes!(shipment_estimate::estimate_shipment))
        .routes(routes!(shipment_hand_over::hand_over))
        .routes(routes!(shipment_take_over::take_over))
        .routes(routes!(shipment_retender::retender))
        .routes(routes!(shipment_assign::assign))
        .routes(routes!(shipment_bids::list_bids))
        .routes(routes!(shipment_events::list_events))
        .routes(routes!(shipment_cancel::cancel_shipment))
        .routes(routes!(shipment_status::advance_shipment))
        .routes(routes!(shipment_rate::rate_shipment))
        .routes(routes!(bid_submit::submit_bid))
        .routes(routes!(bid_read::read_bid))
        .routes(routes!(bid_select::select_bid))
        .routes(routes!(bid_confirm::confirm_bid))
        .routes(routes!(bid_withdraw::withdraw_bid))
        .with_state(MarketState::new(platform, market))
}
