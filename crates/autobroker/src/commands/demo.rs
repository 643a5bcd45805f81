//! `demo`: a brokerage with a login for every role and a living market.

use super::serve::{begin_logging, end_traces, until_signal};
use crate::{
    assembly::PartsOptions,
    cli::DemoArgs,
    configuration::{LogFormat, OptionsFile, Settings},
    failure::Failure,
    house::House,
    logging::Level,
    output::say,
    road_graphs::RoadGraphs,
    server::Server,
    stopwatch::Stopwatch,
};
use contracts::ports::Role;
use identity::{CreatedUser, Identity, IdentityError, NewUser, Placement};
use kernel::TenantId;
use market::MarketOptions;
use runtime::{Observer, Recorded};
use sim::{Country, Guest, Guests, Living, LivingOptions, Pace, Platform};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::StoreUrl;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle};

/// The password of every demo login. It is printed, and guards nothing but invented people on this machine.
const PASSWORD: &str = "autobroker demo";
/// Where the demo's freight moves.
const COUNTRY: &str = "IT";
/// A truck is seen every two seconds: where it drives faster than so many times as fast as time goes, one that reports would
/// seem to be silent.
const WATCHED_SPEED_MAX: u32 = 200;
/// So many shipments are posted when the demo begins: nobody waits for a market to start.
const OPENING: u32 = 12;
/// A shipper posts about this often, in simulated time.
const POSTING_EVERY: Duration = Duration::from_secs(3600);

/// Runs the command.
pub async fn run(
    args: &DemoArgs,
    file: &OptionsFile,
    format: Option<LogFormat>,
    began: Stopwatch,
) -> Result<(), Failure> {
    let mut settings = Settings::decide(&args.options, file)?;
    if args.options.live.log_level.is_none() && !file.says_what_is_logged() {
        // The requests of a living market would carry the logins out of sight.
        Level::Warn.filter().clone_into(&mut settings.live.log_level);
    }
    let folder = folder_of_its_own(args, file, &mut settings)?;
    let traces = begin_logging(&settings, Some(format.unwrap_or(LogFormat::Text)))?;
    let country =
        Country::of_gazetteer(COUNTRY).map_err(|error| Failure::Configuration(error.to_string()))?;
    let country = Arc::new(country);
    let ears = Arc::new(LateObserver::default());
    let options = PartsOptions {
        dispute_window: pace(args)?.of(settings.dispute_window),
        roads: country.roads().clone(),
        route_server: settings.route_server.clone(),
        planner: RoadGraphs::planner(&settings.roads)?,
        market: thinking(args.speed),
        watched: args.speed <= WATCHED_SPEED_MAX,
        truck_speed: args.speed,
        observers: vec![Arc::clone(&ears) as Arc<dyn Observer>],
        retention: settings.retention,
        redis: settings.redis.clone(),
    };
    let server = Server::start_with(&settings, options).await?;
    let tenant = server.house().identity().ensure_default_tenant().await.map_err(refused)?;
    let logins = make_logins(server.house(), tenant).await?;
    let guests = guests(&logins);
    if let Some(driver) = guests.driver {
        server.house().watch().keeps_our_time(driver.truck());
    }
    let (stop, stopped) = watch::channel(false);
    let living = live(args, &server, tenant, (country, guests), &ears, stopped)?;
    introduce(&server, &logins, began)?;
    until_signal().await?;
    stop.send_replace(true);
    if let Err(error) = living.await {
        tracing::warn!(%error, "the living market ended badly");
    }
    server.stop().await;
    end_traces(traces).await;
    drop(folder);
    Ok(())
}

/// Without a place of the user's own the demo lives in a temporary folder, which goes when it ends.
fn folder_of_its_own(
    args: &DemoArgs,
    file: &OptionsFile,
    settings: &mut Settings,
) -> Result<Option<TempDir>, Failure> {
    if args.options.store.data.is_some() || args.options.store.store.is_some() || file.names_a_place() {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("autobroker-demo-").tempdir();
    let folder = folder.map_err(|error| Failure::Configuration(format!("no temporary folder: {error}")))?;
    settings.place.data = folder.path().to_owned();
    settings.place.store = StoreUrl::Sqlite(folder.path().to_owned());
    Ok(Some(folder))
}

fn pace(args: &DemoArgs) -> Result<Pace, Failure> {
    Pace::new(f64::from(args.speed))
        .ok_or_else(|| Failure::Configuration("--speed must be between 1 and 3600".to_owned()))
}

/// Drivers think as much faster as everything else goes; a second is the least.
fn thinking(speed: u32) -> MarketOptions {
    let usual = MarketOptions::default();
    let (least, most) = usual.think_seconds;
    MarketOptions { think_seconds: ((least / speed).max(1), (most / speed).max(2)), ..usual }
}

/// Starts the living market beside the server.
fn live(
    args: &DemoArgs,
    server: &Server,
    tenant: TenantId,
    (country, guests): (Arc<Country>, Guests),
    ears: &LateObserver,
    stopped: watch::Receiver<bool>,
) -> Result<JoinHandle<()>, Failure> {
    let pace = pace(args)?;
    let options = LivingOptions {
        tenant,
        drivers: args.drivers,
        posting_every: pace.of(POSTING_EVERY / args.shippers),
        pace,
        seed: args.seed,
        opening: OPENING,
        guests,
    };
    let living = Living::new(options, country);
    ears.listen(living.observer());
    let house = server.house();
    let platform = Platform {
        runtime: house.runtime().clone(),
        vault: house.platform().vault.clone(),
        positions: house.positions().clone(),
    };
    Ok(tokio::spawn(async move {
        if let Err(error) = living.live(platform, stopped).await {
            tracing::error!(%error, "the living market cannot begin");
        }
    }))
}

/// An observer that is known only after the runtime has started: the people are drawn from the tenant's id, and the
/// tenant is made by the running house. What happens before is nothing that they would have heard.
#[derive(Default)]
struct LateObserver(OnceLock<Arc<dyn Observer>>);

impl LateObserver {
    fn listen(&self, observer: Arc<dyn Observer>) {
        // Listening begins once; a second observer would miss what the first has heard.
        let _already = self.0.set(observer);
    }
}

impl Observer for LateObserver {
    fn committed(&self, event: &Recorded) {
        if let Some(observer) = self.0.get() {
            observer.committed(event);
        }
    }
}

/// A login of the demo.
struct Login {
    role: Role,
    email: String,
    user: CreatedUser,
}

/// The simulated market works for those who can sign in.
fn guests(logins: &[Login]) -> Guests {
    let guest = |role: Role| {
        let login = logins.iter().find(|login| login.role == role);
        login.map(|login| Guest { user: login.user.user, organisation: login.user.organisation })
    };
    Guests {
        shipper: guest(Role::Shipper),
        carrier: guest(Role::Carrier),
        driver: guest(Role::Driver),
        facility: guest(Role::Facility),
    }
}

/// One login a role; those of an earlier run stay.
async fn make_logins(house: &House, tenant: TenantId) -> Result<Vec<Login>, Failure> {
    let mut logins = Vec::new();
    for role in Role::ALL {
        let email = format!("{}@demo.example", role.name());
        let placement = match role {
            Role::Shipper | Role::Carrier | Role::Driver | Role::Facility => {
                Placement::Own(Some(format!("Demo {}", role.name())))
            }
            _ => Placement::Operator,
        };
        let new = NewUser {
            tenant,
            role,
            placement,
            name: format!("Demo {}", role.name()),
            email: Some(email.clone()),
            phone: None,
            password: PASSWORD.to_owned().into(),
        };
        let user = ensure(house.identity(), new, &email).await.map_err(refused)?;
        logins.push(Login { role, email, user });
    }
    Ok(logins)
}

/// Creates a user, or finds the one of an earlier run.
async fn ensure(identity: &Identity, new: NewUser, email: &str) -> Result<CreatedUser, IdentityError> {
    match identity.create_user(new).await {
        Err(IdentityError::Refused(refusal)) if refusal.code == "account.exists" => {
            identity.user_with_email(email).await?.ok_or(IdentityError::Refused(refusal))
        }
        other => other,
    }
}

fn refused(error: IdentityError) -> Failure {
    match error {
        IdentityError::Store(error) => Failure::Store(error),
        other => Failure::Refused(format!("the demo's brokerage cannot be made: {other}")),
    }
}

fn introduce(server: &Server, logins: &[Login], began: Stopwatch) -> Result<(), Failure> {
    let took = began.elapsed().as_millis();
    say(format_args!("ready on {} in {took} ms; the API is described at {0}/docs", server.url()))?;
    if !server.address().ip().is_loopback() {
        say("Anybody who can reach this address can sign in: the demo's password is public.")?;
    }
    say(format_args!("\n{:<12} {:<26} password", "role", "e-mail"))?;
    logins.iter().try_for_each(|login| {
        say(format_args!("{:<12} {:<26} {PASSWORD}", login.role.name(), login.email))
    })?;
    say("\nPress Ctrl-C to stop.")
}
