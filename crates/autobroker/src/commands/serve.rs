//! `serve`: the brokerage, until a signal ends it.

use crate::{
    configuration::{LogFormat, Options, OptionsFile, Settings},
    failure::Failure,
    logging,
    output::say,
    server::Server,
    stopwatch::Stopwatch,
    traces::Traces,
};
use std::path::Path;
use tokio::signal;

/// Runs the command.
pub async fn run(
    options: &Options,
    path: Option<&Path>,
    file: &OptionsFile,
    format: Option<LogFormat>,
    began: Stopwatch,
) -> Result<(), Failure> {
    let settings = Settings::decide(options, file)?;
    let traces = begin_logging(&settings, format)?;
    let server = Server::start(&settings).await?;
    let took = began.elapsed().as_millis();
    say(format_args!("ready on {} in {took} ms; the API is described at {0}/docs", server.url()))?;
    let reread = || OptionsFile::read(path).and_then(|file| Settings::decide(options, &file));
    tokio::select! {
        ended = until_signal() => ended?,
        cannot = on_hangup(|| configure(&server, &settings, reread())), if path.is_some() => cannot?,
    }
    server.stop().await;
    end_traces(traces).await;
    Ok(())
}

/// SIGHUP: the configuration file is read again. What it says wrongly changes nothing.
fn configure(server: &Server, begun_with: &Settings, read: Result<Settings, Failure>) {
    match read {
        Ok(settings) => {
            server.configure(&settings);
            let Settings { rate_limit_user, rate_limit_anonymous, .. } = settings;
            tracing::info!(rate_limit_user, rate_limit_anonymous, "the configuration was read again");
            let fixed = Settings {
                rate_limit_user: begun_with.rate_limit_user,
                rate_limit_anonymous: begun_with.rate_limit_anonymous,
                ..settings
            };
            if fixed != *begun_with {
                tracing::warn!("what else changed in the configuration counts from the next start");
            }
        }
        Err(error) => tracing::error!(%error, "the configuration cannot be read again; nothing changed"),
    }
}

/// Does something at every SIGHUP, for ever. Without a configuration file nobody listens, and a terminal that is closed
/// ends the server as it always did.
#[cfg(unix)]
async fn on_hangup(mut again: impl FnMut()) -> Result<(), Failure> {
    let mut hangup = signal::unix::signal(signal::unix::SignalKind::hangup())
        .map_err(|error| Failure::Refused(format!("signals cannot be heard: {error}")))?;
    while hangup.recv().await.is_some() {
        again();
    }
    std::future::pending().await
}

#[cfg(not(unix))]
async fn on_hangup(_again: impl FnMut()) -> Result<(), Failure> {
    std::future::pending().await
}

/// Starts logs and, when asked for, traces.
pub fn begin_logging(settings: &Settings, format: Option<LogFormat>) -> Result<Option<Traces>, Failure> {
    let traces = settings.otlp_endpoint.as_deref().map(Traces::to).transpose()?;
    logging::start(format, traces.as_ref(), logging::Level::Info);
    Ok(traces)
}

/// Sends the last traces.
pub async fn end_traces(traces: Option<Traces>) {
    if let Some(traces) = traces
        && tokio::task::spawn_blocking(move || traces.finish()).await.is_err()
    {
        tracing::warn!("the last traces could not be sent");
    }
}

/// Waits for SIGINT or SIGTERM.
pub async fn until_signal() -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::Refused(format!("signals cannot be heard: {error}"));
    #[cfg(unix)]
    {
        let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate()).map_err(cannot)?;
        tokio::select! {
            interrupted = signal::ctrl_c() => interrupted.map_err(cannot),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    {
        signal::ctrl_c().await.map_err(cannot)
    }
}
