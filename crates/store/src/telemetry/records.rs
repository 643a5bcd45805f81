//! Chunks as they lie in their table.

use super::{POINTS_MAX, PositionRow, chunk, text_of};
use crate::{Row, StoreError, Value, id_text::parse_id};
use kernel::{DriverId, TenantId, Timestamp};

/// Everything of a chunk but its positions: two with the same head hold the same positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkHead {
    pub driver: DriverId,
    pub from: Timestamp,
    pub until: Timestamp,
    pub tenant: TenantId,
    pub points: i64,
    /// Seconds between two positions; 0: every position.
    pub step_s: i64,
}

/// A chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pub head: ChunkHead,
    pub packed: Vec<u8>,
}

impl Chunk {
    /// Reads a row of `CHUNKS`.
    pub fn read(driver: DriverId, row: &Row) -> Result<Self, StoreError> {
        let head = ChunkHead {
            driver,
            from: Timestamp::from_micros(row.int(0)?),
            until: Timestamp::from_micros(row.int(1)?),
            tenant: parse_id(row.text(2)?)?,
            points: row.int(3)?,
            step_s: row.int(4)?,
        };
        Ok(Self { head, packed: row.bytes(5)?.to_vec() })
    }

    /// Its positions, oldest first.
    pub fn rows(&self) -> Result<Vec<PositionRow>, StoreError> {
        chunk::unpack(self.head.driver, self.head.tenant, &self.packed)
    }

    /// Packs rows of one driver and day, ordered by time, into as few chunks as can be.
    pub fn pack_all(rows: &[PositionRow], step_s: i64) -> Result<Vec<Self>, StoreError> {
        let of_one_tenant = rows.chunk_by(|a, b| a.tenant == b.tenant);
        of_one_tenant.flat_map(|run| run.chunks(POINTS_MAX)).map(|run| Self::pack(run, step_s)).collect()
    }

    fn pack(rows: &[PositionRow], step_s: i64) -> Result<Self, StoreError> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Err(StoreError::Defect("a chunk of no positions".to_owned()));
        };
        let head = ChunkHead {
            driver: first.driver,
            from: first.at,
            until: last.at,
            tenant: first.tenant,
            points: i64::try_from(rows.len()).unwrap_or(i64::MAX),
            step_s,
        };
        Ok(Self { head, packed: chunk::pack(rows)? })
    }

    /// The parameters of `CHUNK_INSERT`.
    pub fn insert_params(&self) -> Vec<Value> {
        let ChunkHead { driver, from, until, tenant, points, step_s } = self.head;
        let packed = Value::from(self.packed.clone());
        vec![
            text_of(driver),
            from.into(),
            until.into(),
            text_of(tenant),
            points.into(),
            step_s.into(),
            packed,
        ]
    }
}

impl ChunkHead {
    /// The parameters of `CHUNK_DELETE`.
    pub fn delete_params(&self) -> Vec<Value> {
        let Self { driver, from, until, tenant: _, points, step_s } = *self;
        vec![text_of(driver), from.into(), until.into(), points.into(), step_s.into()]
    }

    /// Whether no more positions fit in.
    pub const fn is_full(&self) -> bool {
        self.points >= POINTS_MAX as i64
    }
}
