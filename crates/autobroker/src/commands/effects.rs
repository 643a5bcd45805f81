//! `effects list` and `effects replay`: calls to the outside that failed for good.

use super::opened::lasting;
use crate::{
    cli::EffectsCommand,
    configuration::{OptionsFile, StorePlace},
    dead_letters::DEAD_LETTERS_MAX,
    failure::Failure,
    house::House,
    output::say,
};
use store::EffectRecord;

/// Runs the command.
pub async fn run(command: &EffectsCommand, file: &OptionsFile) -> Result<(), Failure> {
    let (EffectsCommand::List { store, .. } | EffectsCommand::Replay { store, .. }) = command;
    let house = House::open(lasting(StorePlace::decide(store, file)?)?).await?;
    let done = match command {
        EffectsCommand::List { tenant, limit, .. } => list(&house, tenant.as_deref(), *limit).await,
        EffectsCommand::Replay { id, tenant, .. } => send_again(&house, id, tenant.as_deref()).await,
    };
    house.close().await;
    done
}

async fn dead_letters(house: &House, tenant: Option<&str>, limit: u32) -> Result<Vec<EffectRecord>, Failure> {
    let tenant = house.identity().resolve_tenant(tenant).await;
    let tenant = tenant.map_err(|error| Failure::Refused(error.to_string()))?;
    Ok(house.runtime().store().dead_letters(tenant, limit).await?)
}

async fn list(house: &House, tenant: Option<&str>, limit: u32) -> Result<(), Failure> {
    let letters = dead_letters(house, tenant, limit).await?;
    if letters.is_empty() {
        return say("no dead letters");
    }
    letters.iter().try_for_each(|letter| {
        let EffectRecord { id, kind, attempts, causation, error, .. } = letter;
        say(format_args!("{id}  {kind}  {attempts} attempts  caused by event {causation}  {error}"))
    })
}

/// While the house is open its own runtime makes the call; it is durable, so whoever opens the store next makes it too.
async fn send_again(house: &House, id: &str, tenant: Option<&str>) -> Result<(), Failure> {
    let letters = dead_letters(house, tenant, DEAD_LETTERS_MAX).await?;
    if !letters.iter().any(|letter| letter.id == id) {
        return Err(Failure::Refused(format!("there is no dead letter {id}")));
    }
    house.runtime().replay(id).await?;
    say(format_args!("{id} is sent again"))
}
