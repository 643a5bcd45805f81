//! `openapi` and `migrate`: what a house says of itself, and what it does when it is opened.

use super::opened::lasting;
use crate::{
    configuration::{OptionsFile, StoreOptions, StorePlace},
    failure::Failure,
    house::House,
    output::say,
};
use store::StoreUrl;

/// `openapi`: the document, from a house in memory.
pub async fn openapi() -> Result<(), Failure> {
    let house = House::open(StorePlace { data: std::env::temp_dir(), store: StoreUrl::Memory }).await?;
    let document = house.document();
    house.close().await;
    say(document)
}

/// `migrate`: opening applies the migrations and rebuilds the views whose projection changed.
pub async fn migrate(store: &StoreOptions, file: &OptionsFile) -> Result<(), Failure> {
    let house = House::open(lasting(StorePlace::decide(store, file)?)?).await?;
    let position = house.runtime().store().head().await;
    house.close().await;
    say(format_args!("the store is up to date; its last event is at position {}", position?.position))
}
