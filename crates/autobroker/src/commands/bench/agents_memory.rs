//! What awake agents cost in memory beside sleeping ones, in a whole house.

use super::{
    child_server::memory_of,
    figure::{Budget, Figure},
    fleet::Fleet,
};
use crate::{configuration::StorePlace, failure::Failure, house::House};
use kernel::{Actor, DriverId, RequestId, TenantId, TypedId as _, Uuid};
use market::agents::{Driver, DriverCommand};
use runtime::{Agent as _, CommandError, Order, Origin, Runtime, RuntimeOptions, Wait};
use std::{path::Path, time::Duration};
use store::StoreUrl;
use tokio::task::JoinSet;

const AWAKE: usize = 10_000;
const SLEEPING: usize = 100_000;
/// Events of each awake agent.
const EVENTS: usize = 20;
/// Callers at the same time.
const CALLERS: usize = 256;

/// The group `memory`. It comes first, because what other groups leave behind would be counted too.
pub async fn measure(folder: &Path) -> Result<Vec<Figure>, Failure> {
    let folder = folder.join("memory");
    let place = StorePlace { data: folder.clone(), store: StoreUrl::Sqlite(folder) };
    let house = House::open(place).await?;
    let runtime = house.runtime();
    let tenant = TenantId::from_uuid(Uuid::from_u128(1));
    let mut fleet = Fleet::new(tenant, runtime.now());
    let mut drivers = Vec::new();
    let mut orders = Vec::new();
    for _ in 0..AWAKE + SLEEPING {
        let (driver, registered) = fleet.draw();
        drivers.push(driver);
        orders.push((driver, vec![DriverCommand::Register(Box::new(registered))]));
    }
    carry_out(runtime, tenant, orders).await?;
    let presence =
        |event: usize| if event % 2 == 1 { DriverCommand::GoOnline } else { DriverCommand::GoOffline };
    let lives =
        drivers[..AWAKE].iter().map(|driver| (*driver, (1..EVENTS).map(presence).collect())).collect();
    carry_out(runtime, tenant, lives).await?;
    fall_asleep(runtime).await;
    for driver in &drivers[..AWAKE] {
        runtime.state::<Driver>(*driver).await?;
    }
    let awake = runtime.status().awake.get(Driver::KIND).copied().unwrap_or(0);
    let memory = memory_of("self");
    house.close().await;
    if awake != AWAKE as u64 {
        return Err(Failure::Refused(format!("{awake} agents are awake instead of {AWAKE}")));
    }
    let name = "10,000 awake agents beside 100,000 sleeping";
    Ok(memory.into_iter().map(|mb| Figure::new(name, mb, "MB", Budget::AtMost(120.0))).collect())
}

/// Sends every agent its commands, one after the other.
async fn carry_out(
    runtime: &Runtime,
    tenant: TenantId,
    mut orders: Vec<(DriverId, Vec<DriverCommand>)>,
) -> Result<(), Failure> {
    let mut callers = JoinSet::new();
    let share = orders.len().div_ceil(CALLERS);
    while !orders.is_empty() {
        let part = orders.split_off(orders.len().saturating_sub(share));
        let runtime = runtime.clone();
        callers.spawn(async move {
            for (driver, commands) in part {
                for command in commands {
                    let origin = Origin {
                        tenant,
                        actor: Actor::System("bench"),
                        correlation: RequestId::from_uuid(driver.uuid()),
                        idempotency: None,
                    };
                    let order = Order::new::<Driver>(driver, command).wait(Wait::Durable);
                    let _receipt = runtime.submit(&origin, order).await?;
                }
            }
            Ok::<(), CommandError>(())
        });
    }
    while let Some(caller) = callers.join_next().await {
        let done = caller.map_err(|error| Failure::Refused(error.to_string()))?;
        done.map_err(|error| Failure::Refused(format!("a command: {error}")))?;
    }
    Ok(())
}

/// Lets every agent leave memory, then sets the usual time again.
async fn fall_asleep(runtime: &Runtime) {
    let usual = runtime.options();
    runtime.configure(RuntimeOptions { idle_after: Duration::from_millis(1), ..usual.clone() });
    while runtime.status().awake.values().sum::<u64>() > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    runtime.configure(usual);
}
