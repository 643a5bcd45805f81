//! Rows of the store's own tables to its types.

use crate::{
    EffectRecord, EventMeta, LogHead, Row, StoreError, StoredEvent, TimerRecord,
    chain::Hash,
    id_text::{parse_id, parse_stream},
    intern,
};
use kernel::Timestamp;
use std::sync::Arc;

/// The row of `log_head`.
pub fn log_head(row: Option<&Row>) -> Result<LogHead, StoreError> {
    let row = row.ok_or_else(|| StoreError::Defect("the log has no head".to_owned()))?;
    Ok(LogHead { position: row.int(0)?, hash: hash(row, 1)? })
}

/// A link of a chain.
pub fn hash(row: &Row, column: usize) -> Result<Hash, StoreError> {
    row.bytes(column)?
        .try_into()
        .map_err(|_| StoreError::Defect("a stored hash does not have 32 bytes".to_owned()))
}

/// An event, in the order of `tables::event_columns`.
pub fn stored_event(row: &Row) -> Result<StoredEvent, StoreError> {
    let schema = u32::try_from(row.int(5)?);
    Ok(StoredEvent {
        position: row.int(0)?,
        stream: parse_stream(row.text(1)?)?,
        version: row.int(2)?,
        tenant: parse_id(row.text(3)?)?,
        type_name: intern(row.text(4)?),
        schema: schema
            .map_err(|_| StoreError::Defect("a stored schema number is out of range".to_owned()))?,
        payload: Arc::from(row.text(6)?),
        meta: EventMeta {
            actor: Arc::from(row.text(7)?),
            correlation: parse_id(row.text(8)?)?,
            causation: row.int(9)?,
            time: Timestamp::from_micros(row.int(10)?),
        },
    })
}

/// A timer, in the order of `tables::TIMERS_DUE`.
pub fn timer(row: &Row) -> Result<TimerRecord, StoreError> {
    Ok(TimerRecord {
        stream: parse_stream(row.text(0)?)?,
        tenant: parse_id(row.text(1)?)?,
        name: row.text(2)?.to_owned(),
        key: row.text(3)?.to_owned(),
        due: Timestamp::from_micros(row.int(4)?),
        correlation: parse_id(row.text(5)?)?,
    })
}

/// An effect, in the order of `tables::EFFECTS_DUE`.
pub fn effect(row: &Row) -> Result<EffectRecord, StoreError> {
    Ok(EffectRecord {
        id: row.text(0)?.to_owned(),
        kind: row.text(1)?.to_owned(),
        tenant: parse_id(row.text(2)?)?,
        payload: row.text(3)?.to_owned(),
        correlation: parse_id(row.text(4)?)?,
        causation: row.int(5)?,
        attempts: row.int(6)?,
        due: Timestamp::from_micros(row.int(7)?),
        error: row.text(8)?.to_owned(),
        dead: row.text(9)? == "dead",
    })
}
