//! The command line: what can be asked of the binary, with a `--help` that teaches.

use crate::{
    commands::roads::RoadsCommand,
    configuration::{LogFormat, Options, StoreOptions},
    failure::EXIT_CODES,
    retention::RetentionOptions,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  autobroker demo                         a living market with printed logins; open the address it prints
  autobroker serve                        your own brokerage on http://127.0.0.1:8000, data in your home folder
  autobroker serve --store postgres://autobroker@db/autobroker --listen 0.0.0.0:8000
  autobroker simulate --shipments 500 --drivers 80 --seed 7
  autobroker log verify                   proves that nobody edited the log
  autobroker help serve                   all options of one command

Every option can also be given as an environment variable (shown at the option) or in the file of --config, a TOML
file with the same names: `listen = \"0.0.0.0:8000\"`. A flag wins over the environment, the environment over the file,
the file over the default.";

/// A freight brokerage that runs itself.
#[derive(Debug, Parser)]
#[command(name = "autobroker", version, about, long_about = None, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
    after_help = "`autobroker --help` shows examples and the exit codes.", propagate_version = true,
    max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    /// A TOML file with options.
    #[arg(long, global = true, env = "AUTOBROKER_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to log, to the standard error stream [default: text on a terminal, else json].
    #[arg(long, global = true, env = "AUTOBROKER_LOG", value_name = "FORMAT")]
    pub log: Option<LogFormat>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the brokerage.
    #[command(after_help = SERVE_HELP)]
    Serve(Options),
    /// Run a brokerage with logins for every role and a simulated living market.
    #[command(after_help = DEMO_HELP)]
    Demo(DemoArgs),
    /// Play a whole day of freight with a turned clock and report what came of it.
    #[command(after_help = SIMULATE_HELP)]
    Simulate(SimulateArgs),
    /// Check the log.
    #[command(subcommand)]
    Log(LogCommand),
    /// Create or bring up to date the tables of a store, and rebuild views that changed.
    Migrate(StoreOptions),
    /// Print the OpenAPI document.
    Openapi,
    /// Print every event and the reactors that answer it, as Markdown.
    Events,
    /// Manage tenants: the brokerages of one installation.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Manage users.
    #[command(subcommand)]
    User(UserCommand),
    /// Calls to the outside that failed for good.
    #[command(subcommand)]
    Effects(EffectsCommand),
    /// Circuit breakers of a running server.
    #[command(subcommand)]
    Breakers(BreakersCommand),
    /// Show what trackers' messages say: one message a line in, one JSON object a line out.
    #[command(after_help = DECODE_HELP)]
    Decode(DecodeArgs),
    /// The history of positions: how it is stored, and its upkeep.
    #[command(subcommand)]
    Telemetry(TelemetryCommand),
    /// Plan which vehicle visits which stops in which order.
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Measure speed and size and print each figure beside its budget.
    #[command(after_help = BENCH_HELP)]
    Bench(BenchArgs),
    /// Road graphs: import them, find routes, measure.
    #[command(subcommand)]
    Roads(RoadsCommand),
}

const SERVE_HELP: &str = "\
Examples:
  autobroker serve
  autobroker serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem
  autobroker serve --store sqlite:/srv/autobroker --dispute-window 30s
  AUTOBROKER_STORE=postgres://autobroker@db/autobroker autobroker serve --otlp-endpoint http://collector:4318

Stops on SIGINT or SIGTERM: it answers what it has begun, saves where it stands and ends with 0.
On SIGHUP it reads the file of --config again: rate limits, --log-level, --agent-idle, --queue-limit, --answer-timeout,
--port-timeout, --port-attempts, --breaker-failures and --breaker-open change at once, other options with the next start,
and anything wrong changes nothing.
At the first start it makes its keys in DATA/keys.toml. Several processes over one PostgreSQL need the same keys:
the same file, or AUTOBROKER_MASTER_KEY and AUTOBROKER_SIGNING_KEY.";

const DEMO_HELP: &str = "\
Examples:
  autobroker demo
  autobroker demo --speed 600 --drivers 200 --shippers 20
  autobroker demo --data ./my-demo        keeps what happened";

const SIMULATE_HELP: &str = "\
Examples:
  autobroker simulate --shipments 500 --drivers 80 --seed 7
  autobroker simulate --flows data/freight-eu --country IT --shipments 5000 --drivers 800 --seed 7 --json
  autobroker simulate --shipments 500 --drivers 80 --store sqlite:./day

The same seed and options give the same log hash, on every store.";

const BENCH_HELP: &str = "\
Run it in a release build on an idle machine. A figure over its budget is marked MISSED.
Examples:
  autobroker bench
  autobroker bench --only commands,http
  autobroker bench --flows data/freight-eu --postgres postgres://postgres@127.0.0.1/day";

/// Options of `demo`. Unless told otherwise it logs warnings only.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many simulated seconds pass in one.
    #[arg(long, env = "AUTOBROKER_SPEED", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub speed: u32,
    /// Drivers of the simulated market.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub drivers: u32,
    /// Shippers of the simulated market.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub shippers: u32,
    /// What the simulated market draws from.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// As for `serve`; without a data folder or store everything is in memory.
    #[command(flatten)]
    pub options: Options,
}

/// Options of `simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// A folder with real truck flows (places.csv, roads.csv, flows.csv) [default: a built-in gazetteer of cities].
    #[arg(long, value_name = "DIR", env = "AUTOBROKER_FLOWS")]
    pub flows: Option<PathBuf>,
    /// The country whose freight is drawn, as ISO 3166 alpha-2.
    #[arg(long, default_value = "IT")]
    pub country: String,
    /// How many shipments are posted.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub shipments: u32,
    /// How many drivers there are.
    #[arg(long, default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub drivers: u32,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// The share of long loaded drives on which something goes wrong: a breakdown, a way of the driver's own, a silent
    /// device; 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    pub faults: f64,
    /// Whether loads on the way back are offered to drivers before their trip ends.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub return_loads: Switch,
    /// Whether loads are offered that a truck under way can carry along with what it has.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub part_loads: Switch,
    /// Play the day again with the other choice of each, in memory, and print what loads on the way back and part loads
    /// change.
    #[arg(long)]
    pub compare: bool,
    /// Where the log is kept; it must be empty [default: memory:].
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// The folder of the keys that `serve` needs to go on with the store [default: the SQLite store's own, else that of
    /// `serve`].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// `log ...`
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Check both hash chains from the first event to the last.
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArgs),
}

const VERIFY_HELP: &str = "\
Prints the head as POSITION:HASH. Keep it somewhere else: with --expect it later proves that nothing up to there was
edited, removed or cut off, even by somebody who could rewrite the whole database.
A server may be running. To compare views, a folder's log is copied to where temporary files are (TMPDIR).
Examples:
  autobroker log verify
  autobroker log verify --store postgres://autobroker@db/autobroker --views
  autobroker log verify --expect 1042:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Options of `log verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Where the log is.
    #[command(flatten)]
    pub store: StoreOptions,
    /// Also compare every view with a rebuild from the log.
    #[arg(long)]
    pub views: bool,
    /// A head that was noted before: the log must still contain it.
    #[arg(long, value_name = "POSITION:HASH")]
    pub expect: Option<String>,
}

/// `tenant ...`
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Make a tenant; prints its id.
    Create {
        /// Its name.
        name: String,
        /// Where.
        #[command(flatten)]
        store: StoreOptions,
    },
    /// List the tenants, oldest first: id, since when, name. A server may be running.
    List {
        /// Where.
        #[command(flatten)]
        store: StoreOptions,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
}

/// `user ...`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make a user of any role; prints its id.
    #[command(after_help = USER_HELP)]
    Create(UserCreateArgs),
    /// List users, newest first: id, role, state, organisation, since when. Nothing personal; a server may be running.
    List {
        /// Where.
        #[command(flatten)]
        store: StoreOptions,
        /// The tenant's id; needed when there are several.
        #[arg(long)]
        tenant: Option<String>,
        /// Only those of this role.
        #[arg(long)]
        role: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
}

const USER_HELP: &str = "\
Examples:
  printf %s \"$PASSWORD\" | autobroker user create --role admin --email ada@example.com --password-stdin
  autobroker user create --role broker --email bo@example.com --name 'Bo' --password-stdin < password.txt";

/// Options of `user create`.
#[derive(Debug, Args)]
pub struct UserCreateArgs {
    /// shipper, carrier, driver, facility, broker, supervisor, finance, support, auditor or admin.
    #[arg(long)]
    pub role: String,
    /// The e-mail to log in with.
    #[arg(long)]
    pub email: String,
    /// The user's name [default: the part of the e-mail before the @].
    #[arg(long)]
    pub name: Option<String>,
    /// Read the password (10 characters or more) from the standard input.
    #[arg(long, required = true)]
    pub password_stdin: bool,
    /// The tenant's id; needed when there are several.
    #[arg(long)]
    pub tenant: Option<String>,
    /// The organisation's name, for shippers, carriers, drivers and facilities.
    #[arg(long)]
    pub organisation: Option<String>,
    /// Where.
    #[command(flatten)]
    pub store: StoreOptions,
}

/// `effects ...`
#[derive(Debug, Subcommand)]
pub enum EffectsCommand {
    /// List the dead letters, newest first.
    List {
        /// Where.
        #[command(flatten)]
        store: StoreOptions,
        /// The tenant's id; needed when there are several.
        #[arg(long)]
        tenant: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Send a dead letter again; the server makes the call.
    Replay {
        /// Its id, as `effects list` shows it.
        id: String,
        /// The tenant's id; needed when there are several.
        #[arg(long)]
        tenant: Option<String>,
        /// Where.
        #[command(flatten)]
        store: StoreOptions,
    },
}

/// `breakers ...`
#[derive(Debug, Subcommand)]
pub enum BreakersCommand {
    /// Close a breaker of a running server by hand.
    Reset {
        /// Its name, as /metrics/circuit_breakers shows it.
        name: String,
        /// The server.
        #[arg(long, default_value = "http://127.0.0.1:8000", env = "AUTOBROKER_SERVER")]
        server: String,
        /// The access token of an administrator of the first tenant, whose installation it is.
        #[arg(long, env = "AUTOBROKER_TOKEN", hide_env_values = true)]
        token: String,
    },
}

const DECODE_HELP: &str = "\
A line is one message: hexadecimal digits for teltonika, gt06 and h02's binary form, the text itself for h02's sentences
and osmand's queries and JSON. The answer is {\"positions\": [...]} with the message's type and device, or
{\"error\": ..., \"code\": ...}. A position that cannot be true (0/0, off the globe, from the future) is in \"refused\" with
its reason. Empty lines are skipped; a bad line is answered and stops nothing. Ends with 0 when the input was read to its
end, however many lines were bad, and with 1 when the file cannot be read.
Examples:
  autobroker decode teltonika capture.txt
  printf '%s\\n' 78780D01012345678901234500018CDD0D0A | autobroker decode gt06
  tail -f sentences.log | autobroker decode h02 -";

/// Options of `decode`.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// What the devices speak.
    pub protocol: DeviceProtocol,
    /// Where the messages are; - is the standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
}

/// A protocol of trackers.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum DeviceProtocol {
    /// Teltonika codecs 8, 8 extended and 16, and replies.
    Teltonika,
    /// GT06 and its relatives.
    Gt06,
    /// H02, text and binary.
    H02,
    /// OsmAnd and the Traccar client.
    Osmand,
}

impl From<DeviceProtocol> for devices::Protocol {
    fn from(protocol: DeviceProtocol) -> Self {
        match protocol {
            DeviceProtocol::Teltonika => Self::Teltonika,
            DeviceProtocol::Gt06 => Self::Gt06,
            DeviceProtocol::H02 => Self::H02,
            DeviceProtocol::Osmand => Self::Osmand,
        }
    }
}

/// `telemetry ...`
#[derive(Debug, Subcommand)]
pub enum TelemetryCommand {
    /// Count positions and bytes in each form. A server may be running; a large history takes its time.
    Status {
        /// Where.
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Pack old positions into compressed chunks.
    #[command(after_help = TELEMETRY_HELP)]
    Compact(UpkeepArgs),
    /// The same, and keep one position a minute of what is older.
    #[command(after_help = TELEMETRY_HELP)]
    Thin(UpkeepArgs),
    /// The same, and keep only anonymous traffic of what is oldest.
    #[command(after_help = TELEMETRY_HELP)]
    Forget(UpkeepArgs),
}

const TELEMETRY_HELP: &str = "\
A running server does the same by itself every hour. Both may work at once: each step is one transaction that happens
only if nobody was faster, so that nothing is lost or doubled, also when this is interrupted.
Examples:
  autobroker telemetry status
  autobroker telemetry compact --positions-pack-days 0
  autobroker telemetry thin --store postgres://autobroker@db/autobroker";

/// Options of the upkeep by hand.
#[derive(Debug, Args)]
pub struct UpkeepArgs {
    /// Where.
    #[command(flatten)]
    pub store: StoreOptions,
    /// How old positions are kept.
    #[command(flatten)]
    pub retention: RetentionOptions,
}

/// `plan ...`
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Solve a problem from a file and print the plan.
    #[command(after_help = PLAN_HELP)]
    Solve(PlanSolveArgs),
}

const PLAN_HELP: &str = "\
Prints the best plan found within the time: vehicles, distance, the stops of each vehicle, and what is left out with
the reason. An independent checker judges the plan before it is printed. Ctrl-C prints the best plan so far.
The same seed and --iterations without --seconds give the same plan on every run; with --seconds the machine's speed
decides how far the search gets.
Examples:
  autobroker plan solve --format lilim lr101.txt --seconds 10
  autobroker plan solve --format json day.json --seconds 5 --seed 7 --json
  autobroker plan solve --format json - --iterations 20000 --json < day.json
  autobroker plan solve --format solomon R101.txt --seconds 60 --progress";

/// Options of `plan solve`.
#[derive(Debug, Args)]
pub struct PlanSolveArgs {
    /// The problem's file; - reads the standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How it is written: Li and Lim's or Solomon's text, or the JSON of docs/guides/plan-format.md.
    #[arg(long, value_enum)]
    pub format: PlanFormat,
    /// How long to search; 0 gives the instant answer [default: 10, unless --iterations is given].
    #[arg(long, value_name = "N", value_parser = seconds)]
    pub seconds: Option<f64>,
    /// End after so many steps of the search.
    #[arg(long, value_name = "N")]
    pub iterations: Option<u64>,
    /// Fixes every random draw.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Print the plan as JSON.
    #[arg(long)]
    pub json: bool,
    /// Report every better plan on the standard error stream.
    #[arg(long)]
    pub progress: bool,
}

/// How a problem is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PlanFormat {
    /// Li and Lim's pickups and deliveries.
    Lilim,
    /// Solomon's deliveries from one depot.
    Solomon,
    /// The product's own.
    Json,
}

fn seconds(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "a number of seconds is expected".to_owned())?;
    if (0.0..=86_400.0).contains(&value) { Ok(value) } else { Err("0 to 86400 seconds".to_owned()) }
}

/// Options of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Only these groups: memory, commands, http, authorisation, nearest, docks, process, sockets, tracking (or one
    /// of its parts: tracking.frames, .batches, .sockets, .fanout, .history, .compaction, .nearest), day.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Truck flows for the Italian day; without it the day is not measured.
    #[arg(long, value_name = "DIR", env = "AUTOBROKER_FLOWS")]
    pub flows: Option<PathBuf>,
    /// An empty PostgreSQL database, for the day.
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub postgres: Option<String>,
    /// Positions of the history in which one vehicle's day is looked for; the goal is set for 100,000,000.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub points: u64,
    /// Positions that are packed while others come in; the goal is set for 10,000,000.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub compact_points: u64,
    /// Drivers that move while the nearest are looked for; the goal is set for 1,000,000.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    pub live_drivers: u32,
    /// WebSockets that stay silent; each is two of the system's files, one in each process.
    #[arg(long, value_name = "N", default_value_t = 15_000, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub idle_sockets: u32,
    /// Where files are written: the disk that is measured [default: the system's temporary folder].
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// The binary whose server is measured [default: this one].
    #[arg(long, value_name = "FILE", hide = true)]
    pub binary: Option<PathBuf>,
    /// Wakes the agents of the store in this folder and prints what they and the process weigh, in MB.
    #[arg(long, value_name = "DIR", hide = true)]
    pub wake: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::OptionsFile;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_is_explained() {
        fn walk(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
    }

    /// Each option of `serve` has its variable and its line in the file of `--config`.
    #[test]
    fn every_option_is_a_variable_and_a_name_in_the_file() {
        let command = Cli::command();
        let serve = command.find_subcommand("serve").unwrap();
        let named = |argument: &&clap::Arg| argument.get_long().is_some();
        let mut seen = 0;
        for argument in command.get_arguments().chain(serve.get_arguments()).filter(named) {
            let long = argument.get_long().unwrap();
            if ["config", "help", "version"].contains(&long) {
                continue;
            }
            seen += 1;
            let name = long.replace('-', "_");
            let variable = argument.get_env().and_then(std::ffi::OsStr::to_str);
            assert_eq!(variable, Some(format!("AUTOBROKER_{}", name.to_uppercase()).as_str()));
            // No option is a table: whatever it is, the file says what is wrong with it, and not that there is none.
            let refused = toml::from_str::<OptionsFile>(&format!("{name} = {{ a = 1 }}")).unwrap_err();
            assert!(!refused.message().contains("unknown field"), "{name}: {refused}");
        }
        assert!(seen > 30, "only {seen} options");
    }
}
