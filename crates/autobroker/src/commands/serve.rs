//! `serve`: the brokerage, until a signal ends it.

use crate::{
    configuration::{LogFormat, OptionsFile, Settings},
    failure::Failure,
    logging,
    output::say,
    reload::{Reloader, Source},
    server::Server,
    stopwatch::Stopwatch,
    traces::Traces,
};
use tokio::signal;

/// Runs the command.
pub async fn run(
    source: Source,
    file: &OptionsFile,
    format: Option<LogFormat>,
    began: Stopwatch,
) -> Result<(), Failure> {
    let settings = Settings::decide(&source.options, file)?;
    let traces = begin_logging(&settings, format)?;
    let server = Server::start_from(&settings, source).await?;
    let took = began.elapsed().as_millis();
    say(format_args!("ready on {} in {took} ms; the API is described at {0}/docs", server.url()))?;
    until_told_to_stop(server.reloader()).await?;
    server.stop().await;
    end_traces(traces).await;
    Ok(())
}

/// Starts logs and, when asked for, traces.
pub fn begin_logging(settings: &Settings, format: Option<LogFormat>) -> Result<Option<Traces>, Failure> {
    let traces = settings.otlp_endpoint.as_deref().map(Traces::to).transpose()?;
    logging::start(format, traces.as_ref(), &settings.live.log_level);
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

/// Waits for SIGINT or SIGTERM; at each SIGHUP the configuration is read again.
async fn until_told_to_stop(reloader: &Reloader) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        let cannot = |error: std::io::Error| Failure::Refused(format!("signals cannot be heard: {error}"));
        let mut hangups = signal::unix::signal(signal::unix::SignalKind::hangup()).map_err(cannot)?;
        let stopped = until_signal();
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                stopped = &mut stopped => return stopped,
                _ = hangups.recv() => {
                    if let Err(error) = reloader.reload() {
                        tracing::error!(%error, "the configuration is as it was");
                    }
                }
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _only_by_its_route = reloader;
        until_signal().await
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
