//! An authorisation whose verdict is cached.

use super::figure::{Budget, Figure};
use crate::{configuration::StorePlace, failure::Failure, house::House, stopwatch::Stopwatch};
use contracts::ports::{Caller, Resource, Role, Verdict, permissions};
use kernel::{Actor, OrganisationId, TenantId, TypedId as _, UserId, Uuid};
use std::{hint::black_box, path::Path};
use store::StoreUrl;

const TIMES: u32 = 1_000_000;

/// The group `authorisation`.
pub async fn measure(folder: &Path) -> Result<Vec<Figure>, Failure> {
    let house = House::open(StorePlace { data: folder.to_owned(), store: StoreUrl::Memory }).await?;
    let user = UserId::from_uuid(Uuid::from_u128(1));
    let caller = Caller {
        actor: Actor::User(user),
        user,
        tenant: TenantId::from_uuid(Uuid::from_u128(2)),
        organisation: OrganisationId::from_uuid(Uuid::from_u128(3)),
        role: Role::Shipper,
    };
    let resource = Resource {
        tenant: Some(caller.tenant),
        organisations: vec![caller.organisation],
        ..Resource::default()
    };
    let authenticator = &house.platform().authenticator;
    let watch = Stopwatch::start();
    for _ in 0..TIMES {
        let verdict =
            authenticator.authorise(black_box(&caller), permissions::SHIPMENT_READ, black_box(&resource));
        if verdict != Verdict::Allow {
            return Err(Failure::Refused("a shipper may not read its own shipment".to_owned()));
        }
    }
    let micros = watch.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES);
    house.close().await;
    Ok(vec![Figure::new("authorisation, cached verdict", micros, "us", Budget::AtMost(1.0))])
}
