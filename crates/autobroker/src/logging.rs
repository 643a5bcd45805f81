//! Logs: JSON for machines, text for people, to the standard error stream. Nothing personal is ever logged: personal
//! values mask themselves (`kernel::Personal`), and requests are logged by route, never by path or body.

use crate::{configuration::LogFormat, traces::Traces};
use std::io::{IsTerminal as _, stderr};
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// How much is logged unless `RUST_LOG` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A server: every request.
    Info,
    /// A command: only what is wrong.
    Warn,
}

impl Level {
    const fn filter(self) -> &'static str {
        match self {
            Self::Info => "info,hyper=warn,h2=warn,reqwest=warn,opentelemetry=warn,tokio_postgres=warn",
            Self::Warn => "warn",
        }
    }
}

/// Starts logging, and traces when there is an exporter. A second call in the same process changes nothing, so that
/// tests may start several servers.
pub fn start(format: Option<LogFormat>, traces: Option<&Traces>, level: Level) {
    let terminal = stderr().is_terminal();
    let format = format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level.filter()));
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr);
    let lines = match format {
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
        }
        LogFormat::Text => lines.with_ansi(terminal).with_target(false).boxed(),
    };
    let exported = traces.map(Traces::layer::<Registry>);
    let _already_started =
        tracing_subscriber::registry().with(exported).with(lines.with_filter(filter)).try_init();
}
