//! What awake agents cost in memory beside sleeping ones, in a whole house.

use super::{
    child_server::memory_of,
    figure::{Budget, Figure},
    fleet::Fleet,
};
use crate::{configuration::StorePlace, failure::Failure, house::House};
use kernel::{Actor, DriverId, RequestId, TenantId, TypedId as _, Uuid};
use market::agents::{Driver, DriverCommand};
use runtime::{Agent as _, CommandError, Order, Origin, Runtime, Wait};
use std::path::Path;
use store::StoreUrl;
use tokio::{process::Command, task::JoinSet};

const AWAKE: usize = 10_000;
const SLEEPING: usize = 100_000;
/// Events of each awake agent.
const EVENTS: usize = 20;
/// Callers at the same time.
const CALLERS: usize = 256;
/// What is printed where the system does not tell.
const UNKNOWN: &str = "unknown";

/// The group `memory`. The agents wake in a process of their own, so that only they are counted and not what it took
/// to make them.
pub async fn measure(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let folder = folder.join("memory");
    make(&folder).await?;
    let cannot = |error: &dyn std::fmt::Display| Failure::Refused(format!("{}: {error}", binary.display()));
    let woken = Command::new(binary).args(["bench", "--wake"]).arg(&folder).output().await;
    let woken = woken.map_err(|error| cannot(&error))?;
    let printed = String::from_utf8_lossy(&woken.stdout).trim().to_owned();
    if !woken.status.success() {
        return Err(cannot(&String::from_utf8_lossy(&woken.stderr)));
    }
    if printed == UNKNOWN {
        return Ok(Vec::new());
    }
    let mb: f64 = printed.parse().map_err(|error| cannot(&error))?;
    let name = "10,000 awake agents beside 100,000 sleeping, whole process";
    Ok(vec![Figure::new(name, mb, "MB", Budget::AtMost(120.0))])
}

/// Wakes [`AWAKE`] agents of the store that [`measure`] made; this process's memory in MB, as text.
pub async fn wake(folder: &Path) -> Result<String, Failure> {
    let house = House::open(place(folder)).await?;
    let runtime = house.runtime();
    let tenant = TenantId::from_uuid(Uuid::from_u128(1));
    let mut fleet = Fleet::new(tenant, runtime.now());
    for _ in 0..AWAKE {
        let (driver, _) = fleet.draw();
        runtime.state::<Driver>(driver).await?;
    }
    let awake = runtime.status().awake.get(Driver::KIND).copied().unwrap_or(0);
    let memory = memory_of("self");
    house.close().await;
    if awake != AWAKE as u64 {
        return Err(Failure::Refused(format!("{awake} agents are awake instead of {AWAKE}")));
    }
    Ok(memory.map_or_else(|| UNKNOWN.to_owned(), |mb| mb.to_string()))
}

fn place(folder: &Path) -> StorePlace {
    StorePlace { data: folder.to_owned(), store: StoreUrl::Sqlite(folder.to_owned()) }
}

/// Makes all agents, and lives the lives of those that will be awake.
async fn make(folder: &Path) -> Result<(), Failure> {
    let house = House::open(place(folder)).await?;
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
    house.close().await;
    Ok(())
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
