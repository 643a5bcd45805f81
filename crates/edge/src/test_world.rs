//! A whole small platform for tests: real store in memory, real runtime, one kind of agent, a fake authenticator.

use crate::{
    Metrics, Platform, Problem,
    ws::{Audience, BinaryHandler, Hub, HubOptions, TopicMessage, TopicSource},
};
use bytes::Bytes;
use contracts::ports::{
    AuthenticationError, Authenticator, Caller, Credential, Permission, PortFuture, Resource, Role, Verdict,
};
use kernel::{
    Actor, OrganisationId, Refusal, RequestId, StreamRef, TenantId, Timestamp, TypedId, UserId, Uuid,
};
use parking_lot::Mutex;
use runtime::{
    Agent, Assembly, Context, Order, Origin, Recorded, Runtime, RuntimeOptions, SystemClock, SystemEntropy,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{Store, StoreUrl, Vault};

kernel::id_type!(LampId, "lmp", "A lamp.");

contracts::events! {
    /// What happens to a lamp.
    pub enum LampEvent(schema 1) {
        /// It was lit.
        "lamp.lit" => Lit(Lit),
    }
}

/// It was lit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lit {
    /// How brightly.
    pub lumen: u32,
}

/// A lamp counts how often it was lit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lamp {
    /// How often.
    pub times: u32,
}

impl Agent for Lamp {
    type Id = LampId;
    type Command = Lit;
    type Event = LampEvent;
    const KIND: &'static str = "lamp";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &Lit, _now: Timestamp) -> Result<Vec<LampEvent>, Refusal> {
        if command.lumen > 1000 {
            return Err(Refusal::conflict("lamp.too_bright", "it would burn through"));
        }
        Ok(vec![command.clone().into()])
    }

    fn evolve(&mut self, _event: &LampEvent, _at: Timestamp) {
        self.times += 1;
    }
}

/// Knows the tokens `user-<n>`, except those that were revoked.
#[derive(Default)]
pub struct People {
    /// Tokens that are no longer good.
    pub revoked: Mutex<HashSet<String>>,
    /// Users who may see no lamp.
    pub blind: Mutex<HashSet<UserId>>,
    /// Whether nobody can be asked who somebody is.
    pub away: AtomicBool,
}

pub fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

impl Authenticator for People {
    fn authenticate<'a>(
        &'a self,
        credential: Credential<'a>,
    ) -> PortFuture<'a, Result<Caller, AuthenticationError>> {
        let (Credential::Bearer(text) | Credential::ApiKey(text)) = credential;
        let revoked = self.revoked.lock().contains(text);
        let away = self.away.load(Ordering::Acquire);
        let number = text.strip_prefix("user-").and_then(|number| number.parse().ok());
        Box::pin(async move {
            let number = number.ok_or(AuthenticationError::Invalid)?;
            if away {
                return Err(AuthenticationError::Unavailable);
            }
            if revoked {
                return Err(AuthenticationError::Revoked);
            }
            let (actor, id) = (Actor::User(user(number)), Uuid::from_u128(1));
            let (tenant, organisation) = (TenantId::from_uuid(id), OrganisationId::from_uuid(id));
            Ok(Caller { actor, user: user(number), tenant, organisation, role: Role::Shipper })
        })
    }

    fn authorise(&self, caller: &Caller, _: Permission, _: &Resource) -> Verdict {
        if self.blind.lock().contains(&caller.user) { Verdict::Deny } else { Verdict::Allow }
    }
}

/// The topics `lamp:lmp_...`. User 1 owns every lamp; others see only dim light.
pub struct Lamps(pub Arc<People>);

/// Who owns the lamp.
pub const OWNER: Audience = Audience(1);
/// Who passes by.
pub const PASSER: Audience = Audience(2);

impl TopicSource for Lamps {
    fn prefix(&self) -> &'static str {
        "lamp"
    }

    fn authorise<'a>(
        &'a self,
        caller: &'a Caller,
        topic: &'a str,
    ) -> PortFuture<'a, Result<Audience, Problem>> {
        Box::pin(async move {
            let known = topic.strip_prefix("lamp:").is_some_and(|id| id.parse::<LampId>().is_ok());
            if !known || self.0.blind.lock().contains(&caller.user) {
                return Err(Problem::not_found());
            }
            Ok(if caller.user == user(1) { OWNER } else { PASSER })
        })
    }

    fn messages(&self, event: &Recorded) -> Vec<TopicMessage> {
        let (Some(LampEvent::Lit(lit)), Some(id)) = (event.of::<LampEvent>(), event.id::<LampId>()) else {
            return Vec::new();
        };
        let message = TopicMessage::new(format!("lamp:{id}"), serde_json::json!({ "lumen": lit.lumen }));
        vec![if lit.lumen > 500 { message.only(OWNER) } else { message.only(OWNER.and(PASSER)) }]
    }

    fn stream(&self, topic: &str) -> Option<StreamRef> {
        Some(topic.strip_prefix("lamp:")?.parse::<LampId>().ok()?.stream())
    }
}

/// Answers a frame with its bytes reversed; an empty one with nothing.
pub struct Mirror;

impl BinaryHandler for Mirror {
    fn handle<'a>(&'a self, _caller: &'a Caller, frame: Bytes) -> PortFuture<'a, Option<Bytes>> {
        Box::pin(async move { (!frame.is_empty()).then(|| frame.iter().rev().copied().collect()) })
    }
}

/// The platform with its surroundings.
pub struct World {
    pub platform: Platform,
    pub people: Arc<People>,
    pub hub: Hub,
    pub metrics: Metrics,
}

impl World {
    pub async fn new(options: HubOptions) -> Self {
        let metrics = Metrics::new();
        let hub = Hub::new(options, metrics.clone());
        let store = Store::open(&StoreUrl::Memory).await.unwrap();
        let vault = Vault::new(store.clone(), [7; 32], Arc::new(SystemEntropy));
        let assembly = Assembly::new().with(Context::new().agent::<Lamp>().observer(Arc::new(hub.clone())));
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let runtime =
            Runtime::start(assembly, store, clock, entropy, RuntimeOptions::default()).await.unwrap();
        let people = Arc::new(People::default());
        let platform = Platform { runtime, authenticator: Arc::clone(&people) as _, vault };
        let lamps = Arc::new(Lamps(Arc::clone(&people)));
        hub.attach(&platform, vec![lamps], Some(Arc::new(Mirror))).await.unwrap();
        Self { platform, people, hub, metrics }
    }

    pub fn lamp(&self) -> LampId {
        LampId::generate(self.platform.runtime.now(), &SystemEntropy)
    }

    /// Lights a lamp; the position of the event.
    pub async fn light(&self, lamp: LampId, lumen: u32) -> i64 {
        let origin = Origin {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            actor: Actor::System("test"),
            correlation: RequestId::from_uuid(Uuid::from_u128(1)),
            idempotency: None,
        };
        let order = Order::new::<Lamp>(lamp, Lit { lumen });
        self.platform.runtime.submit(&origin, order).await.unwrap().position
    }
}
