//! The routes of the installation itself, breakers and dead letters, and those that span contexts.

mod close_dispute;
mod list_dead_letters;
mod open_dispute;
mod reload_configuration;
mod replay_dead_letter;
mod reset_breaker;

use crate::reload::Reloader;
use axum::extract::FromRef;
use edge::Platform;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What these routes can reach.
#[derive(Clone)]
struct Operations {
    platform: Platform,
    guards: guard::Registry,
    reloader: Reloader,
}

impl FromRef<Operations> for Platform {
    fn from_ref(operations: &Operations) -> Self {
        operations.platform.clone()
    }
}

/// `POST /api/v1/breakers/{name}/reset`, `GET /api/v1/effects/dead-letters`,
/// `POST /api/v1/operations/configuration/reload`, `POST /api/v1/effects/dead-letters/{id}/replay`,
/// `POST /api/v1/shipments/{id}/dispute`, `POST /api/v1/shipments/{id}/dispute/close`.
pub fn routes(platform: Platform, guards: guard::Registry, reloader: Reloader) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(reset_breaker::reset_breaker))
        .routes(routes!(list_dead_letters::list_dead_letters))
        .routes(routes!(replay_dead_letter::replay_dead_letter))
        .routes(routes!(open_dispute::open_dispute))
        .routes(routes!(close_dispute::close_dispute))
        .routes(routes!(reload_configuration::reload_configuration))
        .with_state(Operations { platform, guards, reloader })
}
