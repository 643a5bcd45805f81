//! Options of a server from four places: flag over environment over file over default.

use crate::{
    duration_text::DurationText,
    failure::Failure,
    logging,
    retention::RetentionOptions,
    route_server::RouteServer,
    trackers::{TrackerOptions, TrackerSettings},
};
use clap::{Args, ValueEnum};
use guard::Policy;
use movement::relay::{InvalidRedisUrl, RedisUrl};
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use store::{Retention, StoreUrl};
use web::{Tiles, TilesError};

/// How to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Where the log and the data are.
#[derive(Debug, Clone, Default, Args)]
pub struct StoreOptions {
    /// The data folder [default: autobroker in the user's data folder].
    #[arg(long, env = "AUTOBROKER_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// memory:, sqlite:FOLDER or postgres://USER@HOST/DATABASE [default: sqlite: in the data folder].
    #[arg(long, env = "AUTOBROKER_STORE", value_name = "URL", hide_env_values = true)]
    pub store: Option<String>,
}

/// Options that can change while the server runs, beside the rate limits.
#[derive(Debug, Clone, Default, Args)]
pub struct LiveOptions {
    /// What is logged: error, warn, info, debug or trace, or by part, such as info,runtime=debug; RUST_LOG wins
    /// [default: info].
    #[arg(long, env = "AUTOBROKER_LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// How long an agent that nobody asks for stays in memory [default: 30m].
    #[arg(long, env = "AUTOBROKER_AGENT_IDLE", value_name = "DURATION")]
    pub agent_idle: Option<DurationText>,
    /// How many orders may wait to be decided; more are refused with 503 [default: 100000].
    #[arg(long, env = "AUTOBROKER_QUEUE_LIMIT", value_name = "N")]
    pub queue_limit: Option<u32>,
    /// How long an order waits for the store before it is answered 503 [default: 5s].
    #[arg(long, env = "AUTOBROKER_ANSWER_TIMEOUT", value_name = "DURATION")]
    pub answer_timeout: Option<DurationText>,
    /// How long a call to somebody outside may take, with its retries [default: 10s].
    #[arg(long, env = "AUTOBROKER_PORT_TIMEOUT", value_name = "DURATION")]
    pub port_timeout: Option<DurationText>,
    /// How often such a call is tried before it has failed [default: 3].
    #[arg(long, env = "AUTOBROKER_PORT_ATTEMPTS", value_name = "N")]
    pub port_attempts: Option<u32>,
    /// Failures in a row that open a circuit breaker [default: 5].
    #[arg(long, env = "AUTOBROKER_BREAKER_FAILURES", value_name = "N")]
    pub breaker_failures: Option<u32>,
    /// How long a circuit breaker stays open before it probes [default: 30s].
    #[arg(long, env = "AUTOBROKER_BREAKER_OPEN", value_name = "DURATION")]
    pub breaker_open: Option<DurationText>,
}

/// What can change while the server runs, beside the rate limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSettings {
    /// As the filter of the log reads it.
    pub log_level: String,
    /// How long an agent that nobody asks for stays in memory.
    pub agent_idle: Duration,
    /// How many orders may wait.
    pub queue_limit: u32,
    /// How long an order waits for the store.
    pub answer_timeout: Duration,
    /// How long a call to somebody outside may take, with its retries.
    pub port_timeout: Duration,
    /// How often such a call is tried.
    pub port_attempts: u32,
    /// Failures in a row that open a breaker.
    pub breaker_failures: u32,
    /// How long a breaker stays open.
    pub breaker_open: Duration,
}

impl Default for LiveSettings {
    fn default() -> Self {
        let ports = Policy::default();
        Self {
            log_level: logging::Level::Info.filter().to_owned(),
            agent_idle: Duration::from_secs(1800),
            queue_limit: 100_000,
            answer_timeout: Duration::from_secs(5),
            port_timeout: ports.deadline,
            port_attempts: ports.retry.attempts,
            breaker_failures: ports.breaker.failures,
            breaker_open: ports.breaker.open_for,
        }
    }
}

impl LiveSettings {
    /// Decides them.
    ///
    /// # Errors
    /// [`Failure::Option`].
    fn decide(options: &LiveOptions, file: &OptionsFile) -> Result<Self, Failure> {
        let plain = Self::default();
        let duration = |flag: Option<DurationText>, file: Option<DurationText>, default: Duration| {
            flag.or(file).map_or(default, |text| text.0)
        };
        let count = |flag: Option<u32>, file: Option<u32>, default: u32| flag.or(file).unwrap_or(default);
        let settings = Self {
            log_level: options
                .log_level
                .clone()
                .or_else(|| file.log_level.clone())
                .unwrap_or(plain.log_level),
            agent_idle: duration(options.agent_idle, file.agent_idle, plain.agent_idle),
            queue_limit: count(options.queue_limit, file.queue_limit, plain.queue_limit),
            answer_timeout: duration(options.answer_timeout, file.answer_timeout, plain.answer_timeout),
            port_timeout: duration(options.port_timeout, file.port_timeout, plain.port_timeout),
            port_attempts: count(options.port_attempts, file.port_attempts, plain.port_attempts),
            breaker_failures: count(options.breaker_failures, file.breaker_failures, plain.breaker_failures),
            breaker_open: duration(options.breaker_open, file.breaker_open, plain.breaker_open),
        };
        logging::check(&settings.log_level)?;
        let positive = |name: &str, holds: bool| {
            let flag = name.replace('_', "-");
            if holds { Ok(()) } else { Err(Failure::option(name, format!("--{flag} must be more than 0"))) }
        };
        positive("agent_idle", !settings.agent_idle.is_zero())?;
        positive("queue_limit", settings.queue_limit > 0)?;
        positive("answer_timeout", !settings.answer_timeout.is_zero())?;
        positive("port_timeout", !settings.port_timeout.is_zero())?;
        positive("port_attempts", settings.port_attempts > 0)?;
        positive("breaker_failures", settings.breaker_failures > 0)?;
        positive("breaker_open", !settings.breaker_open.is_zero())?;
        Ok(settings)
    }

    /// Puts a port's part of them into its policy.
    pub const fn guard(&self, policy: &mut Policy) {
        policy.deadline = self.port_timeout;
        policy.retry.attempts = self.port_attempts;
        policy.breaker.failures = self.breaker_failures;
        policy.breaker.open_for = self.breaker_open;
    }
}

/// Options of a server; what is absent comes from the file or the defaults.
#[derive(Debug, Clone, Default, Args)]
pub struct Options {
    /// Where the data is.
    #[command(flatten)]
    pub store: StoreOptions,
    /// The address to listen on [default: 127.0.0.1:8000].
    #[arg(long, env = "AUTOBROKER_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// A PEM file with the server's certificate and its chain; with --tls-key, TLS 1.3 only.
    #[arg(long, env = "AUTOBROKER_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// A PEM file with the certificate's private key.
    #[arg(long, env = "AUTOBROKER_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// How long after delivery a shipment may be disputed; then the carrier is paid [default: 24h].
    #[arg(long, env = "AUTOBROKER_DISPUTE_WINDOW", value_name = "DURATION")]
    pub dispute_window: Option<DurationText>,
    /// Requests a minute for one user or API key, 0 for no limit [default: 1000].
    #[arg(long, env = "AUTOBROKER_RATE_LIMIT_USER", value_name = "N")]
    pub rate_limit_user: Option<u32>,
    /// Requests a minute from one address without a token, 0 for no limit [default: 100].
    #[arg(long, env = "AUTOBROKER_RATE_LIMIT_ANONYMOUS", value_name = "N")]
    pub rate_limit_anonymous: Option<u32>,
    /// An origin whose pages may call the API, such as https://app.example.com; repeatable [default: none].
    #[arg(
        long = "cors-origin",
        env = "AUTOBROKER_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub cors_origin: Vec<String>,
    /// A road graph made by `roads import`; repeatable, and read again when it changes [default: great circle x 1.3].
    #[arg(long, env = "AUTOBROKER_ROADS", value_name = "GRAPH", value_delimiter = ',')]
    pub roads: Vec<PathBuf>,
    /// A route server to ask first: valhalla=URL, osrm=URL#PROFILE or google=KEY [default: none].
    #[arg(long, env = "AUTOBROKER_ROUTE_SERVER", value_name = "VENDOR=WHERE", hide_env_values = true)]
    pub route_server: Option<String>,
    /// An OpenTelemetry collector for traces, such as http://127.0.0.1:4318 [default: none].
    #[arg(long, env = "AUTOBROKER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Connections at the same time; more wait [default: 10000].
    #[arg(long, env = "AUTOBROKER_CONNECTIONS", value_name = "N")]
    pub connections: Option<u32>,
    /// How long a client may take to send the head of a request [default: 30s].
    #[arg(long, env = "AUTOBROKER_HEADER_TIMEOUT", value_name = "DURATION")]
    pub header_timeout: Option<DurationText>,
    /// How long a stopping server waits for requests that it has begun [default: 10s].
    #[arg(long, env = "AUTOBROKER_STOP_TIMEOUT", value_name = "DURATION")]
    pub stop_timeout: Option<DurationText>,
    /// Map tiles below the maps, such as https://tiles.example/{z}/{x}/{y}.png [default: the built-in base map].
    #[arg(long, env = "AUTOBROKER_TILE_URL", value_name = "URL")]
    pub tile_url: Option<String>,
    /// What can change while it runs.
    #[command(flatten)]
    pub live: LiveOptions,
    /// The listeners of trackers.
    #[command(flatten)]
    pub trackers: TrackerOptions,
    /// How long positions are kept.
    #[command(flatten)]
    pub retention: RetentionOptions,
    /// Tell other processes of new positions at once, through redis://[USER:PASSWORD@]HOST[:PORT] or rediss:// over TLS [default: off; they
    /// find them in the store within seconds].
    #[arg(long, env = "AUTOBROKER_REDIS", value_name = "URL", hide_env_values = true)]
    pub redis: Option<String>,
}

/// The file of `--config`: the same names as the flags, with `_` for `-`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionsFile {
    data: Option<PathBuf>,
    store: Option<String>,
    listen: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    dispute_window: Option<DurationText>,
    rate_limit_user: Option<u32>,
    rate_limit_anonymous: Option<u32>,
    #[serde(default)]
    cors_origin: Vec<String>,
    #[serde(default)]
    roads: Vec<PathBuf>,
    route_server: Option<String>,
    otlp_endpoint: Option<String>,
    connections: Option<u32>,
    header_timeout: Option<DurationText>,
    stop_timeout: Option<DurationText>,
    tile_url: Option<String>,
    log_level: Option<String>,
    agent_idle: Option<DurationText>,
    queue_limit: Option<u32>,
    answer_timeout: Option<DurationText>,
    port_timeout: Option<DurationText>,
    port_attempts: Option<u32>,
    breaker_failures: Option<u32>,
    breaker_open: Option<DurationText>,
    listen_osmand: Option<String>,
    listen_teltonika: Option<String>,
    listen_gt06: Option<String>,
    listen_h02: Option<String>,
    mqtt: Option<String>,
    redis: Option<String>,
    positions_pack_days: Option<u32>,
    positions_thin_days: Option<u32>,
    positions_forget_days: Option<u32>,
    /// How to log.
    pub log: Option<LogFormat>,
}

impl OptionsFile {
    /// Reads the file; no path is an empty file.
    ///
    /// # Errors
    /// [`Failure::Option`] with the line that is wrong.
    pub fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::default()) };
        let unread =
            |error: std::io::Error| Failure::option("config", format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(unread)?;
        toml::from_str(&text).map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let (line, name) = option_at(&text, at);
            // The line itself is not repeated: it may hold a password.
            Failure::option(name, format!("{}, line {line}, {name}: {}", path.display(), error.message()))
        })
    }

    fn trackers(&self) -> TrackerOptions {
        TrackerOptions {
            listen_osmand: self.listen_osmand.clone(),
            listen_teltonika: self.listen_teltonika.clone(),
            listen_gt06: self.listen_gt06.clone(),
            listen_h02: self.listen_h02.clone(),
            mqtt: self.mqtt.clone(),
        }
    }

    /// How long positions are kept.
    #[must_use]
    pub const fn retention(&self) -> RetentionOptions {
        RetentionOptions {
            positions_pack_days: self.positions_pack_days,
            positions_thin_days: self.positions_thin_days,
            positions_forget_days: self.positions_forget_days,
        }
    }

    /// Whether it says how much is logged.
    #[must_use]
    pub const fn says_what_is_logged(&self) -> bool {
        self.log_level.is_some()
    }

    /// Whether it says where the data is.
    #[must_use]
    pub const fn names_a_place(&self) -> bool {
        self.data.is_some() || self.store.is_some()
    }
}

/// The certificate and key of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

/// Where the data is, decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorePlace {
    /// The folder of the keys, and of the store unless it is elsewhere.
    pub data: PathBuf,
    /// The store.
    pub store: StoreUrl,
}

/// All of a server's settings, decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the data is.
    pub place: StorePlace,
    /// `ADDRESS:PORT`.
    pub listen: String,
    /// TLS, when asked for.
    pub tls: Option<TlsFiles>,
    /// How long after delivery a shipment may be disputed, unless the tenant says otherwise.
    pub dispute_window: Duration,
    /// Requests a minute for one user or key; 0 for no limit.
    pub rate_limit_user: u32,
    /// Requests a minute for one address without a token; 0 for no limit.
    pub rate_limit_anonymous: u32,
    /// Origins whose pages may call.
    pub cors_origins: Vec<String>,
    /// Road graphs.
    pub roads: Vec<PathBuf>,
    /// A route server in front of them.
    pub route_server: Option<RouteServer>,
    /// Where traces go.
    pub otlp_endpoint: Option<String>,
    /// Connections at the same time.
    pub connections: usize,
    /// How long a client may take to send a request's head.
    pub header_timeout: Duration,
    /// How long a stopping server waits.
    pub stop_timeout: Duration,
    /// Map tiles below the maps, when there is a server of them.
    pub tiles: Option<Tiles>,
    /// What can change while it runs.
    pub live: LiveSettings,
    /// Where trackers are listened for.
    pub trackers: TrackerSettings,
    /// How long positions are kept.
    pub retention: Retention,
    /// Where other processes are told of positions.
    pub redis: Option<RedisUrl>,
}

fn decide_route_server(options: &Options, file: &OptionsFile) -> Result<Option<RouteServer>, Failure> {
    let text = options.route_server.as_ref().or(file.route_server.as_ref());
    let server = text.map(|text| text.parse::<RouteServer>()).transpose();
    server.map_err(|error| Failure::Configuration(format!("--route-server: {error}")))
}

impl StorePlace {
    /// Decides where the data is.
    ///
    /// # Errors
    /// [`Failure::Option`] for a store that does not read as one.
    pub fn decide(options: &StoreOptions, file: &OptionsFile) -> Result<Self, Failure> {
        let data = options.data.clone().or_else(|| file.data.clone());
        Ok(match options.store.as_ref().or(file.store.as_ref()) {
            Some(text) => Self::around(data, parse_store(text)?),
            None => {
                let data = data.unwrap_or_else(default_data);
                Self { store: StoreUrl::Sqlite(data.clone()), data }
            }
        })
    }

    /// A store and the folder of its keys: the one that was named, else the store's own, else that of all servers.
    #[must_use]
    pub fn around(data: Option<PathBuf>, store: StoreUrl) -> Self {
        let own = match &store {
            StoreUrl::Sqlite(folder) => Some(folder.clone()),
            _ => None,
        };
        Self { data: data.or(own).unwrap_or_else(default_data), store }
    }
}

impl Settings {
    /// Decides every setting.
    ///
    /// # Errors
    /// [`Failure::Option`] that names it.
    pub fn decide(options: &Options, file: &OptionsFile) -> Result<Self, Failure> {
        let place = StorePlace::decide(&options.store, file)?;
        let origins = if options.cors_origin.is_empty() { &file.cors_origin } else { &options.cors_origin };
        let otlp_endpoint = options.otlp_endpoint.clone().or_else(|| file.otlp_endpoint.clone());
        let duration = |flag: Option<DurationText>, file: Option<DurationText>, default: u64| {
            flag.or(file).map_or(Duration::from_secs(default), |text| text.0)
        };
        Ok(Self {
            place,
            listen: options
                .listen
                .clone()
                .or_else(|| file.listen.clone())
                .unwrap_or_else(|| "127.0.0.1:8000".into()),
            tls: decide_tls(options, file)?,
            dispute_window: duration(options.dispute_window, file.dispute_window, 24 * 3600),
            rate_limit_user: options.rate_limit_user.or(file.rate_limit_user).unwrap_or(1000),
            rate_limit_anonymous: options.rate_limit_anonymous.or(file.rate_limit_anonymous).unwrap_or(100),
            cors_origins: origins.iter().map(|origin| check_origin(origin)).collect::<Result<_, _>>()?,
            route_server: decide_route_server(options, file)?,
            roads: if options.roads.is_empty() { file.roads.clone() } else { options.roads.clone() },
            otlp_endpoint: otlp_endpoint.map(|endpoint| check_endpoint(&endpoint)).transpose()?,
            connections: decide_connections(options.connections.or(file.connections))?,
            header_timeout: duration(options.header_timeout, file.header_timeout, 30),
            stop_timeout: duration(options.stop_timeout, file.stop_timeout, 10),
            tiles: decide_tiles(options.tile_url.as_deref().or(file.tile_url.as_deref()))?,
            live: LiveSettings::decide(&options.live, file)?,
            trackers: TrackerSettings::decide(&options.trackers, &file.trackers())?,
            retention: options.retention.decide(&file.retention())?,
            redis: decide_redis(options.redis.as_deref().or(file.redis.as_deref()))?,
        })
    }
}

fn decide_redis(url: Option<&str>) -> Result<Option<RedisUrl>, Failure> {
    let refused = |error: InvalidRedisUrl| Failure::option("redis", format!("--redis: {error}"));
    url.map(|url| url.parse().map_err(refused)).transpose()
}

/// The line of the file, from 1, and the option that it sets.
fn option_at(text: &str, at: usize) -> (usize, &str) {
    let before = text.get(..at).unwrap_or_default();
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    let name = text.get(begin..).and_then(|line| line.lines().next()).unwrap_or_default();
    let name = name.split('=').next().unwrap_or_default().trim();
    (before.matches('\n').count() + 1, if name.is_empty() { "config" } else { name })
}

fn decide_connections(asked: Option<u32>) -> Result<usize, Failure> {
    match asked.unwrap_or(10_000) {
        0 => Err(Failure::option("connections", "--connections must be at least 1")),
        connections => Ok(connections as usize),
    }
}

fn decide_tiles(url: Option<&str>) -> Result<Option<Tiles>, Failure> {
    let refused = |error: TilesError| Failure::option("tile_url", format!("--tile-url {error}"));
    url.map(|url| Tiles::parse(url).map_err(refused)).transpose()
}

fn decide_tls(options: &Options, file: &OptionsFile) -> Result<Option<TlsFiles>, Failure> {
    let certificate = options.tls_cert.clone().or_else(|| file.tls_cert.clone());
    let key = options.tls_key.clone().or_else(|| file.tls_key.clone());
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        _ => Err(Failure::option("tls_cert", "TLS needs both --tls-cert and --tls-key")),
    }
}

/// `scheme://host[:port]` and nothing after it, as browsers send it.
fn check_origin(origin: &str) -> Result<String, Failure> {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '*', ' ', '?', '#']) => Ok(origin.to_owned()),
        _ => Err(Failure::option(
            "cors_origin",
            format!(
                "--cors-origin `{origin}` is not an origin; write it like https://app.example.com, without a path"
            ),
        )),
    }
}

fn check_endpoint(endpoint: &str) -> Result<String, Failure> {
    match endpoint.strip_prefix("http://") {
        Some(host) if !host.is_empty() => Ok(endpoint.trim_end_matches('/').to_owned()),
        _ => Err(Failure::option(
            "otlp_endpoint",
            format!(
                "--otlp-endpoint `{endpoint}` must be plain http, such as http://127.0.0.1:4318; let a collector \
                 beside the server carry traces over the network"
            ),
        )),
    }
}

/// Reads `memory:`, `sqlite:FOLDER` or `postgres://...`.
///
/// # Errors
/// [`Failure::Option`]; the text itself is not repeated, it may hold a password.
pub fn parse_store(text: &str) -> Result<StoreUrl, Failure> {
    if text == "memory:" {
        return Ok(StoreUrl::Memory);
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(StoreUrl::Postgres(text.to_owned()));
    }
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(StoreUrl::Sqlite(PathBuf::from(path))),
        _ => Err(Failure::option(
            "store",
            "--store must be memory:, sqlite:FOLDER or postgres://USER@HOST/DATABASE",
        )),
    }
}

/// `$XDG_DATA_HOME/autobroker`, else `~/.local/share/autobroker`, else `./autobroker-data`.
fn default_data() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    folder("XDG_DATA_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".local/share")))
        .map_or_else(|| PathBuf::from("autobroker-data"), |base| base.join("autobroker"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> OptionsFile {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn nothing_needs_to_be_configured() {
        let settings = Settings::decide(&Options::default(), &OptionsFile::default()).unwrap();
        assert_eq!(settings.listen, "127.0.0.1:8000");
        assert_eq!(settings.place.store, StoreUrl::Sqlite(settings.place.data.clone()));
        assert_eq!(settings.dispute_window, Duration::from_secs(86_400));
        assert_eq!((settings.rate_limit_user, settings.rate_limit_anonymous), (1000, 100));
        assert!(
            settings.tls.is_none() && settings.cors_origins.is_empty() && settings.otlp_endpoint.is_none()
        );
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let options = Options { listen: Some("127.0.0.1:1".to_owned()), ..Options::default() };
        let file = file(
            "listen = \"127.0.0.1:2\"\nrate_limit_user = 0\ndispute_window = \"2s\"\ncors_origin = [\"https://a.b\"]\nlisten_h02 = \"127.0.0.1:3\"",
        );
        let settings = Settings::decide(&options, &file).unwrap();
        assert_eq!(settings.listen, "127.0.0.1:1");
        assert_eq!((settings.rate_limit_user, settings.dispute_window), (0, Duration::from_secs(2)));
        assert_eq!(settings.cors_origins, ["https://a.b"]);
        assert_eq!(settings.trackers.listen, [(devices::Protocol::H02, "127.0.0.1:3".to_owned())]);
    }

    #[test]
    fn wrong_settings_are_refused_by_name() {
        let refused = |options: Options| match Settings::decide(&options, &OptionsFile::default()) {
            Err(Failure::Option { detail, .. }) => detail,
            other => panic!("{other:?}"),
        };
        let tls = Options { tls_cert: Some("cert.pem".into()), ..Options::default() };
        assert!(refused(tls).contains("--tls-key"));
        for origin in ["*", "app.example.com", "https://a.b/path", "https://"] {
            let options = Options { cors_origin: vec![origin.to_owned()], ..Options::default() };
            assert!(refused(options).contains("--cors-origin"), "{origin}");
        }
        let otlp = Options { otlp_endpoint: Some("https://a.b".to_owned()), ..Options::default() };
        assert!(refused(otlp).contains("--otlp-endpoint"));
        let tiles = Options { tile_url: Some("https://a.b/{z}/{x}.png".to_owned()), ..Options::default() };
        assert!(refused(tiles).contains("--tile-url"));
        let redis = Options { redis: Some("redis://u:s3cret@host:port".to_owned()), ..Options::default() };
        let text = refused(redis);
        assert!(text.contains("--redis") && !text.contains("s3cret"), "{text}");
        assert!(refused(Options { connections: Some(0), ..Options::default() }).contains("--connections"));
        let live = |live: LiveOptions| refused(Options { live, ..Options::default() });
        assert!(
            live(LiveOptions { queue_limit: Some(0), ..LiveOptions::default() }).contains("--queue-limit")
        );
        let level = LiveOptions { log_level: Some("info,runtime=loud".to_owned()), ..LiveOptions::default() };
        assert!(live(level).contains("--log-level"));
    }

    #[test]
    fn an_unknown_name_in_the_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("autobroker.toml");
        fs::write(&path, "lisen = \"127.0.0.1:1\"").unwrap();
        let error = OptionsFile::read(Some(&path)).unwrap_err();
        assert!(error.to_string().contains("lisen"), "{error}");
        for (text, name, line) in [
            ("lisen = 1", "lisen", "line 1"),
            ("# a\nqueue_limit = \"many\"", "queue_limit", "line 2"),
            ("store = [\"postgres://u:geheim@h/d\"]", "store", "line 1"),
            ("listen = \"a\"\nagent_idle = \"soon\"\n", "agent_idle", "line 2"),
        ] {
            fs::write(&path, text).unwrap();
            let Err(Failure::Option { name: named, detail }) = OptionsFile::read(Some(&path)) else {
                panic!("{text} was accepted")
            };
            assert_eq!(named, name, "{detail}");
            assert!(detail.contains(line) && detail.contains(name) && !detail.contains("geheim"), "{detail}");
        }
    }

    #[test]
    fn stores_are_read_and_passwords_not_repeated() {
        assert_eq!(parse_store("memory:").unwrap(), StoreUrl::Memory);
        assert_eq!(parse_store("sqlite:a/b").unwrap(), StoreUrl::Sqlite("a/b".into()));
        assert!(matches!(parse_store("postgres://u@h/d").unwrap(), StoreUrl::Postgres(_)));
        for text in ["", "sqlite:", "memory", "mysql://u:s3cret@h/d"] {
            let error = parse_store(text).unwrap_err();
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
