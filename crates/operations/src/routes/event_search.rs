//! `GET /api/v1/operations/events`: the log of the tenant, searched.
//!
//! Errors: 403 for a role that reads no log, 422 for a bad filter.

use crate::{Operations, views::log};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Problem, Search, Session, wire::check_time};
use kernel::{Refusal, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;
/// Characters of a filter.
const TEXT_MAX: usize = 100;

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventSearch {
    /// A text in the particulars or in the stream's id.
    #[param(max_length = 100)]
    q: Option<String>,
    /// A type such as `booking.confirmed`, or what comes before its dot, such as `shipment`.
    #[param(max_length = 100, example = "shipment")]
    r#type: Option<String>,
    /// The id of a stream.
    #[param(max_length = 100, example = "shp_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    stream: Option<String>,
    /// Who acted: a user, a key, or a part of the platform such as `sys_platform`.
    #[param(max_length = 100)]
    actor: Option<String>,
    /// From this instant on.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Until this instant.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Only before this position; `next_before` of the answer before.
    #[param(minimum = 1)]
    before: Option<i64>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireFact {
    /// Its place in the whole log.
    position: i64,
    /// Its stream.
    stream: String,
    /// Its place in the stream, from 1.
    version: i64,
    /// What happened.
    #[serde(rename = "type")]
    kind: String,
    /// When.
    #[schema(format = DateTime)]
    time: String,
    /// Who or what caused it.
    actor: String,
    /// The request that it follows from.
    correlation_id: String,
    /// The position of the event that caused it; 0 for none.
    causation: i64,
    /// The particulars as they lie in the log: ids, never personal data; times in microseconds, money in minor units.
    #[schema(value_type = Object)]
    data: Value,
}

impl WireFact {
    pub(super) fn of(fact: log::Fact) -> Self {
        Self {
            position: fact.position,
            stream: fact.stream,
            version: fact.version,
            kind: fact.kind,
            time: fact.time.to_string(),
            actor: fact.actor,
            correlation_id: fact.correlation,
            causation: fact.causation,
            data: redacted(serde_json::from_str(&fact.payload).unwrap_or(Value::String(fact.payload))),
        }
    }
}

/// Hashes of tokens and keys help nobody who reads a log.
fn redacted(mut data: Value) -> Value {
    if let Some(members) = data.as_object_mut() {
        members.retain(|name, _| !["token_hash", "secret_hash"].contains(&name.as_str()));
        for value in members.values_mut() {
            *value = redacted(value.take());
        }
    }
    data
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundFacts {
    /// Newest first.
    events: Vec<WireFact>,
    /// Ask again with this `before` for older ones; absent at the beginning of the log. There may be more even when
    /// `events` is empty: one question looks at 100,000 positions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_before: Option<i64>,
}

impl EventSearch {
    fn check(&self, tenant: TenantId, head: i64) -> Result<(log::Search, u32), Refusal> {
        let mut fields = Fields::new();
        let from = self.from.as_deref().and_then(|text| check_time(text, "from", &mut fields));
        let to = self.to.as_deref().and_then(|text| check_time(text, "to", &mut fields));
        let mut text = |name: &'static str, value: &Option<String>| {
            let value = value.clone().unwrap_or_default();
            let within = value.chars().count() <= TEXT_MAX && !value.contains('\0');
            fields.require(within, name, "invalid_length", "at most 100 characters, none of them NUL");
            value
        };
        let (q, kind) = (text("q", &self.q), text("type", &self.r#type));
        let (stream, actor) = (text("stream", &self.stream), text("actor", &self.actor));
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        fields.require((1..=LIMIT_MAX).contains(&limit), "limit", "out_of_range", "must be 1 to 200");
        let before = self.before.unwrap_or(i64::MAX);
        fields.require(before >= 1, "before", "out_of_range", "must be 1 or more");
        fields.finish()?;
        let search = log::Search {
            tenant,
            before: before.min(head.saturating_add(1)),
            kind,
            stream,
            actor,
            from: from.unwrap_or(Timestamp::from_micros(i64::MIN)),
            to: to.unwrap_or(Timestamp::from_micros(i64::MAX)),
            text: q,
        };
        Ok((search, limit))
    }
}

/// Search events.
///
/// The tenant's log, newest first. For support, supervisors, auditors and administrators. Every fact has its stream,
/// which can be read whole.
#[utoipa::path(
    get,
    path = "/api/v1/operations/events",
    tag = "operations",
    params(EventSearch),
    responses((status = 200, description = "newest first", body = FoundFacts)),
)]
pub async fn search_events(
    State(operations): State<Operations>,
    session: Session,
    Search(query): Search<EventSearch>,
) -> Result<Answer<FoundFacts>, Problem> {
    session.authorise(&operations.platform, permissions::LOG_READ, &Resource::default())?;
    let store = operations.platform.runtime.store();
    let head = store.head().await?.position;
    let (search, limit) = query.check(session.caller.tenant, head)?;
    let facts = log::search(store, &search, i64::from(limit)).await?;
    let reached = match facts.last() {
        Some(last) if facts.len() == limit as usize => last.position,
        _ => search.before.saturating_sub(log::STRETCH),
    };
    let events = facts.into_iter().map(WireFact::of).collect();
    Ok(Answer::ok(FoundFacts { events, next_before: (reached > 1).then_some(reached) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId as _, Uuid};
    use serde_json::json;

    #[test]
    fn bad_filters_are_named() {
        let query = EventSearch {
            from: Some("yesterday".to_owned()),
            q: Some("x".repeat(101)),
            limit: Some(0),
            before: Some(0),
            ..EventSearch::default()
        };
        let refusal = query.check(TenantId::from_uuid(Uuid::from_u128(1)), 10).unwrap_err();
        let named: Vec<_> = refusal.fields.iter().map(|field| field.field.as_ref()).collect();
        assert_eq!(named, ["from", "q", "limit", "before"]);
    }

    #[test]
    fn hashes_of_secrets_are_not_shown() {
        let data =
            json!({ "terms": { "secret_hash": "00ff", "role": "shipper" }, "token_hash": "00ff", "a": 1 });
        assert_eq!(redacted(data), json!({ "terms": { "role": "shipper" }, "a": 1 }));
    }
}
