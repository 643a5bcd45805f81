//! Configuration that changes while the server runs: the file is read again, what can change is changed, and what cannot
//! is named. Anything wrong changes nothing.

use crate::{
    configuration::{LiveSettings, Options, OptionsFile, Settings},
    failure::Failure,
    logging,
};
use edge::RateLimits;
use guard::Registry;
use parking_lot::Mutex;
use runtime::{Runtime, RuntimeOptions};
use std::{path::PathBuf, sync::Arc};

/// Where the options of a server came from; the file may say something else later.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The flags and the environment.
    pub options: Options,
    /// The file of `--config`.
    pub path: Option<PathBuf>,
}

/// What became of a reload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Options that changed and are in force now.
    pub applied: Vec<&'static str>,
    /// Options that changed and come into force with the next start.
    pub needs_restart: Vec<&'static str>,
}

/// Reads the configuration again; clones share what is in force. Settings that were made otherwise than from options have
/// no source: nothing can change.
#[derive(Clone, Default)]
pub struct Reloader(Option<Arc<Inner>>);

struct Inner {
    source: Source,
    in_force: Mutex<Settings>,
    runtime: Runtime,
    rates: RateLimits,
    guards: Registry,
}

impl Reloader {
    /// Of a server that runs with these settings.
    pub fn new(
        source: Source,
        settings: Settings,
        runtime: Runtime,
        rates: RateLimits,
        guards: Registry,
    ) -> Self {
        Self(Some(Arc::new(Inner { source, in_force: Mutex::new(settings), runtime, rates, guards })))
    }

    /// Reads the file again and applies what can change.
    ///
    /// # Errors
    /// [`Failure::Configuration`] that names the option; then everything is as before.
    pub fn reload(&self) -> Result<Reloaded, Failure> {
        let Some(inner) = &self.0 else { return Ok(Reloaded::default()) };
        let mut in_force = inner.in_force.lock();
        let file = OptionsFile::read(inner.source.path.as_deref())?;
        let wanted = Settings::decide(&inner.source.options, &file)?;
        let needs_restart = in_force.restart_for(&wanted);
        let applied = in_force.changes_live(&wanted);
        if wanted.live.log_level != in_force.live.log_level {
            logging::change(&wanted.live.log_level)?;
        }
        inner.rates.set(wanted.rate_limit_user, wanted.rate_limit_anonymous);
        inner.runtime.configure(runtime_options(&wanted.live));
        inner.guards.configure(|policy| wanted.live.guard(policy));
        in_force.live = wanted.live;
        (in_force.rate_limit_user, in_force.rate_limit_anonymous) =
            (wanted.rate_limit_user, wanted.rate_limit_anonymous);
        tracing::info!(?applied, ?needs_restart, "the configuration was read again");
        Ok(Reloaded { applied, needs_restart })
    }
}

/// The runtime's part of the settings.
pub fn runtime_options(live: &LiveSettings) -> RuntimeOptions {
    RuntimeOptions {
        idle_after: live.agent_idle,
        queue_limit: u64::from(live.queue_limit),
        answer_limit: live.answer_timeout,
        ..RuntimeOptions::default()
    }
}

impl Settings {
    /// The options that differ and can change while the server runs.
    fn changes_live(&self, wanted: &Self) -> Vec<&'static str> {
        let (old, new) = (&self.live, &wanted.live);
        differing(&[
            ("rate_limit_user", self.rate_limit_user == wanted.rate_limit_user),
            ("rate_limit_anonymous", self.rate_limit_anonymous == wanted.rate_limit_anonymous),
            ("log_level", old.log_level == new.log_level),
            ("agent_idle", old.agent_idle == new.agent_idle),
            ("queue_limit", old.queue_limit == new.queue_limit),
            ("answer_timeout", old.answer_timeout == new.answer_timeout),
            ("port_timeout", old.port_timeout == new.port_timeout),
            ("port_attempts", old.port_attempts == new.port_attempts),
            ("breaker_failures", old.breaker_failures == new.breaker_failures),
            ("breaker_open", old.breaker_open == new.breaker_open),
        ])
    }

    /// The options that differ and need a restart.
    fn restart_for(&self, wanted: &Self) -> Vec<&'static str> {
        differing(&[
            ("data", self.place.data == wanted.place.data),
            ("store", self.place.store == wanted.place.store),
            ("listen", self.listen == wanted.listen),
            (
                "tls_cert",
                self.tls.as_ref().map(|tls| &tls.certificate)
                    == wanted.tls.as_ref().map(|tls| &tls.certificate),
            ),
            ("tls_key", self.tls.as_ref().map(|tls| &tls.key) == wanted.tls.as_ref().map(|tls| &tls.key)),
            ("dispute_window", self.dispute_window == wanted.dispute_window),
            ("cors_origin", self.cors_origins == wanted.cors_origins),
            ("roads", self.roads == wanted.roads),
            ("route_server", self.route_server == wanted.route_server),
            ("otlp_endpoint", self.otlp_endpoint == wanted.otlp_endpoint),
            ("connections", self.connections == wanted.connections),
            ("header_timeout", self.header_timeout == wanted.header_timeout),
            ("stop_timeout", self.stop_timeout == wanted.stop_timeout),
            ("tile_url", self.tiles == wanted.tiles),
            ("trackers", self.trackers == wanted.trackers),
            ("retention", self.retention == wanted.retention),
            ("redis", self.redis == wanted.redis),
        ])
    }
}

fn differing(options: &[(&'static str, bool)]) -> Vec<&'static str> {
    options.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::OptionsFile;

    fn settings(file: &str) -> Settings {
        let file: OptionsFile = toml::from_str(file).unwrap();
        Settings::decide(&Options::default(), &file).unwrap()
    }

    /// Each option of the file is either changed while the server runs or named.
    #[test]
    fn no_option_changes_unnoticed() {
        let before = settings("");
        for (name, value) in [
            ("data", "\"/elsewhere\""),
            ("store", "\"memory:\""),
            ("listen", "\"127.0.0.1:1\""),
            ("dispute_window", "\"2s\""),
            ("cors_origin", "[\"https://a.b\"]"),
            ("roads", "[\"a.graph\"]"),
            ("route_server", "\"osrm=http://a\""),
            ("otlp_endpoint", "\"http://a\""),
            ("connections", "7"),
            ("header_timeout", "\"7s\""),
            ("stop_timeout", "\"7s\""),
            ("tile_url", "\"https://a.b/{z}/{x}/{y}.png\""),
            ("redis", "\"redis://a\""),
        ] {
            let after = settings(&format!("{name} = {value}"));
            let named = before.restart_for(&after);
            assert!(named.contains(&name), "{name} in {named:?}");
            assert!(before.changes_live(&after).is_empty(), "{name}");
        }
        assert_eq!(before.restart_for(&settings("listen_h02 = \"127.0.0.1:3\"")), ["trackers"]);
        assert_eq!(before.restart_for(&settings("positions_forget_days = 7000")), ["retention"]);
        let tls = settings("tls_cert = \"a.pem\"\ntls_key = \"b.pem\"");
        assert_eq!(before.restart_for(&tls), ["tls_cert", "tls_key"]);
        for (name, value) in [
            ("rate_limit_user", "1"),
            ("rate_limit_anonymous", "1"),
            ("log_level", "\"debug\""),
            ("agent_idle", "\"1m\""),
            ("queue_limit", "1"),
            ("answer_timeout", "\"1s\""),
            ("port_timeout", "\"1s\""),
            ("port_attempts", "1"),
            ("breaker_failures", "1"),
            ("breaker_open", "\"1s\""),
        ] {
            let after = settings(&format!("{name} = {value}"));
            assert_eq!(before.changes_live(&after), [name]);
            assert!(before.restart_for(&after).is_empty(), "{name}");
        }
        assert!(before.changes_live(&before).is_empty() && before.restart_for(&before).is_empty());
    }
}
