//! Durable commands in process beside a bare write + fdatasync loop on the same disk in the same run.

use super::{
    figure::{Budget, Figure},
    parcel::{self, Parcel, ParcelCommand, ParcelId, Posted},
};
use crate::{failure::Failure, stopwatch::Stopwatch};
use kernel::{Actor, Clock, Entropy, RequestId, TenantId, TypedId as _};
use runtime::{
    Assembly, IdempotencyKey, Order, Origin, Runtime, RuntimeOptions, SystemClock, SystemEntropy, Wait,
};
use std::{fs::File, io::Write as _, path::Path, sync::Arc, time::Duration};
use store::{Store, StoreUrl};
use tokio::task::JoinSet;

/// How long each rate is measured.
const PERIOD: Duration = Duration::from_secs(3);
/// The size of one bare write: a database page.
const PAGE: [u8; 4096] = [0x5a; 4096];

/// The group `commands`.
pub async fn measure(folder: &Path) -> Result<Vec<Figure>, Failure> {
    let file = folder.join("bare-loop");
    let bare = tokio::task::spawn_blocking(move || bare_loop(&file))
        .await
        .map_err(|error| Failure::Refused(error.to_string()))?
        .map_err(|error| Failure::Refused(format!("the bare loop cannot write: {error}")))?;
    let store = Store::open(&StoreUrl::Sqlite(folder.join("commands"))).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let assembly = Assembly::new().with(parcel::context());
    let runtime = Runtime::start(assembly, store, clock, entropy, RuntimeOptions::default()).await?;
    let _warm = rate(&runtime, 16, Duration::from_millis(500)).await?;
    let one = rate(&runtime, 1, PERIOD).await?;
    let sixteen = rate(&runtime, 16, PERIOD).await?;
    let many = rate(&runtime, 256, PERIOD).await?;
    runtime.stop().await;
    Ok(vec![
        Figure::new("bare 4 KiB write + fdatasync loop", bare, "/s", Budget::Free),
        Figure::new("durable commands, 1 waiter", one, "/s", Budget::AtLeast(bare / 2.0)),
        Figure::new("durable commands, 16 waiters", sixteen, "/s", Budget::AtLeast(15_000.0)),
        Figure::new("durable commands, 256 waiters", many, "/s", Budget::AtLeast(45_000.0)),
    ])
}

/// Appends a page and syncs it, again and again.
fn bare_loop(path: &Path) -> std::io::Result<f64> {
    let mut file = File::create(path)?;
    let watch = Stopwatch::start();
    let mut writes = 0_u32;
    while watch.elapsed() < PERIOD {
        file.write_all(&PAGE)?;
        file.sync_data()?;
        writes += 1;
    }
    Ok(f64::from(writes) / watch.elapsed().as_secs_f64())
}

/// Commands a second that `waiters` callers get, each waiting for its own before the next.
async fn rate(runtime: &Runtime, waiters: u32, period: Duration) -> Result<f64, Failure> {
    let watch = Stopwatch::start();
    let mut callers = JoinSet::new();
    for _ in 0..waiters {
        callers.spawn(call_repeatedly(runtime.clone(), watch, period));
    }
    let mut done = 0_u32;
    while let Some(caller) = callers.join_next().await {
        done += caller.map_err(|error| Failure::Refused(error.to_string()))??;
    }
    Ok(f64::from(done) / watch.elapsed().as_secs_f64())
}

async fn call_repeatedly(runtime: Runtime, watch: Stopwatch, period: Duration) -> Result<u32, Failure> {
    let tenant = TenantId::generate(runtime.now(), &**runtime.entropy());
    let mut done = 0;
    while watch.elapsed() < period {
        let id = ParcelId::generate(runtime.now(), &**runtime.entropy());
        let posted =
            Posted { sender: tenant.to_string(), weight_kg: 8000, contents: "general cargo ".repeat(20) };
        let origin = Origin {
            tenant,
            actor: Actor::System("bench"),
            correlation: RequestId::from_uuid(id.uuid()),
            idempotency: Some(IdempotencyKey { key: format!("bench:{id}"), body_hash: [7; 32] }),
        };
        let order = Order::new::<Parcel>(id, ParcelCommand::Post(posted)).wait(Wait::Durable);
        let receipt = runtime
            .submit(&origin, order)
            .await
            .map_err(|error| Failure::Refused(format!("a command: {error}")))?;
        done += u32::from(receipt.changed);
    }
    Ok(done)
}
