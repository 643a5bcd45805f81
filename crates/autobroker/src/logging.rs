//! Logs: JSON for machines, text for people, to the standard error stream. Nothing personal is ever logged: personal
//! values mask themselves (`kernel::Personal`), and requests are logged by route, never by path or body.

use crate::{configuration::LogFormat, failure::Failure, traces::Traces};
use std::{
    io::{IsTerminal as _, stderr},
    sync::OnceLock,
};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _,
};

type Change = dyn Fn(EnvFilter) -> Result<(), String> + Send + Sync;

/// Changes the filter of the process's only log.
static CHANGE: OnceLock<Box<Change>> = OnceLock::new();

/// How much is logged unless `RUST_LOG` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A server: every request.
    Info,
    /// A command: only what is wrong.
    Warn,
}

impl Level {
    /// As the filter reads it.
    pub const fn filter(self) -> &'static str {
        match self {
            Self::Info => "info,hyper=warn,h2=warn,reqwest=warn,opentelemetry=warn,tokio_postgres=warn",
            Self::Warn => "warn",
        }
    }
}

/// Starts logging, and traces when there is an exporter. A second call in the same process changes nothing, so that
/// tests may start several servers.
pub fn start(format: Option<LogFormat>, traces: Option<&Traces>, level: &str) {
    let terminal = stderr().is_terminal();
    let format = format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let (filter, handle) = reload::Layer::new(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr);
    let lines = match format {
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
        }
        LogFormat::Text => lines.with_ansi(terminal).with_target(false).boxed(),
    };
    let exported = traces.map(Traces::layer::<Registry>);
    let subscriber = tracing_subscriber::registry().with(exported).with(lines.with_filter(filter));
    if subscriber.try_init().is_ok() {
        let change = move |filter| handle.reload(filter).map_err(|error| error.to_string());
        let _only_once = CHANGE.set(Box::new(change));
    }
}

/// Whether a text reads as a filter. A word alone must be a level: the library would take a misspelt one for the name of
/// a part, and log everything of it and nothing else.
///
/// # Errors
/// [`Failure::Option`].
pub fn check(level: &str) -> Result<EnvFilter, Failure> {
    let refused = |why: String| Failure::option("log_level", format!("--log-level `{level}`: {why}"));
    let words = level.split(',').map(str::trim).filter(|part| !part.contains(['=', '[']));
    for word in words {
        if word.is_empty() || word.parse::<LevelFilter>().is_err() {
            return Err(refused(format!("`{word}` is neither a level nor `part=level`")));
        }
    }
    EnvFilter::try_new(level).map_err(|error| refused(error.to_string()))
}

/// Logs by another filter from now on, unless `RUST_LOG` says what is logged.
///
/// # Errors
/// [`Failure::Option`].
pub fn change(level: &str) -> Result<(), Failure> {
    let filter = check(level)?;
    match CHANGE.get() {
        Some(change) if std::env::var_os(EnvFilter::DEFAULT_ENV).is_none() => {
            change(filter).map_err(|error| Failure::option("log_level", error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_level_is_refused() {
        for good in [
            "debug",
            "info,hyper=warn",
            Level::Info.filter(),
            Level::Warn.filter(),
            "off",
            "WARN,store=trace",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["loud", "info,hyper", "store=loud", ""] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
