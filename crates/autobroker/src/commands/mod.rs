//! One file a command.

pub mod bench;
mod breakers;
mod decode;
mod demo;
mod documents;
mod effects;
mod events;
mod opened;
mod plan;
pub mod roads;
mod serve;
mod simulate;
mod telemetry;
mod tenancy;
mod verify;

use crate::{
    cli::{BreakersCommand, Cli, Command, LogCommand, PlanCommand, TenantCommand, UserCommand},
    configuration::OptionsFile,
    failure::Failure,
    logging,
    reload::Source,
    stopwatch::Stopwatch,
};

/// Carries out what the command line asks for.
pub async fn execute(cli: Cli, began: Stopwatch) -> Result<(), Failure> {
    let file = OptionsFile::read(cli.config.as_deref())?;
    let format = cli.log.or(file.log);
    if !matches!(cli.command, Command::Serve(_) | Command::Demo(_)) {
        logging::start(format, None, logging::Level::Warn.filter());
    }
    match cli.command {
        Command::Serve(options) => {
            serve::run(Source { options, path: cli.config }, &file, format, began).await
        }
        Command::Demo(args) => demo::run(&args, &file, format, began).await,
        Command::Simulate(args) => simulate::run(&args).await,
        Command::Log(LogCommand::Verify(args)) => verify::run(&args, &file).await,
        Command::Migrate(store) => documents::migrate(&store, &file).await,
        Command::Openapi => documents::openapi().await,
        Command::Events => events::run(),
        Command::Tenant(TenantCommand::Create { name, store }) => {
            tenancy::create_tenant(&name, &store, &file).await
        }
        Command::Tenant(TenantCommand::List { store, limit }) => {
            tenancy::list_tenants(&store, limit, &file).await
        }
        Command::User(UserCommand::List { store, tenant, role, limit }) => {
            tenancy::list_users(&store, tenant.as_deref(), role.as_deref(), limit, &file).await
        }
        Command::User(UserCommand::Create(args)) => tenancy::create_user(args, &file).await,
        Command::Effects(command) => effects::run(&command, &file).await,
        Command::Breakers(BreakersCommand::Reset { name, server, token }) => {
            breakers::reset(&name, &server, &token).await
        }
        Command::Decode(args) => decode::run(&args),
        Command::Telemetry(command) => telemetry::run(&command, &file).await,
        Command::Plan(PlanCommand::Solve(args)) => plan::solve(args).await,
        Command::Bench(args) => bench::run(&args).await,
        Command::Roads(command) => roads::run(&command, &file).await,
    }
}
