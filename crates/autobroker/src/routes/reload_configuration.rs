//! `POST /api/v1/operations/configuration/reload`: read the configuration file again.
//!
//! Errors: 403 unless an administrator of the host tenant, 422 for a file that is wrong; then nothing has changed.

use super::Operations;
use crate::failure::Failure;
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, Problem, Session};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of the options that the file now says otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigurationReloaded {
    /// Those that are in force now.
    #[schema(example = json!(["rate_limit_user"]))]
    applied: Vec<&'static str>,
    /// Those that come into force with the next start.
    #[schema(example = json!(["listen"]))]
    needs_restart: Vec<&'static str>,
}

/// Read the configuration again.
///
/// For administrators of the first tenant, whose installation it is: the process serves all tenants. The server reads its configuration file again, as after SIGHUP. Rate limits, the log level, and the limits of agents,
/// orders, ports and breakers change at once; other options that differ are named and wait for a restart. Flags and the environment still win
/// over the file. An unknown option or a bad value changes nothing and is named.
#[utoipa::path(
    post,
    path = "/api/v1/operations/configuration/reload",
    tag = "operations",
    responses((status = 200, description = "what changed", body = ConfigurationReloaded)),
)]
pub async fn reload_configuration(
    State(operations): State<Operations>,
    session: Session,
    NoBody: NoBody,
) -> Result<Answer<ConfigurationReloaded>, Problem> {
    session.authorise_on_process(&operations.platform, permissions::CONFIGURATION_RELOAD).await?;
    let reloader = operations.reloader.clone();
    let reloading = tokio::task::spawn_blocking(move || reloader.reload());
    let reloaded = reloading.await.map_err(|error| Problem::defect(&error))?.map_err(refused)?;
    let crate::reload::Reloaded { applied, needs_restart } = reloaded;
    Ok(Answer::ok(ConfigurationReloaded { applied, needs_restart }))
}

fn refused(failure: Failure) -> Problem {
    match failure {
        Failure::Option { name, detail } => Problem::field(name, "invalid", detail),
        Failure::Configuration(detail) => Problem::field("config", "invalid", detail),
        other => Problem::defect(&other),
    }
}
