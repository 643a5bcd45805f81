//! The routes of plans, one endpoint a file.

mod commit_plan;
mod create_plan;
mod list_plans;
mod price_plan;
mod read_plan;
mod stop_plan;

use crate::Dispatch;
use edge::LargeBody;
use std::time::Duration;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The route whose bodies are longer than others: a thousand stops with their matrix have some megabytes.
pub const LARGE_BODY: LargeBody =
    LargeBody { path: "/api/v1/plans", bytes: 16 * 1024 * 1024, time: Duration::from_secs(60) };

/// Tours in one request, at most.
const TOURS_MAX: usize = 2_000;

/// Plans: asked for, watched, changed by hand, tendered.
pub fn routes(dispatch: Dispatch) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(create_plan::create_plan, list_plans::list_plans))
        .routes(routes!(read_plan::read_plan))
        .routes(routes!(stop_plan::stop_plan))
        .routes(routes!(price_plan::price_plan))
        .routes(routes!(commit_plan::commit_plan))
        .with_state(dispatch)
}
