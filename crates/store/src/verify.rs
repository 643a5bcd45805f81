//! Checks both hash chains, event after event, with the memory of one chunk.

use crate::{
    LogHead, Row, StoreError, Verification,
    chain::{self, Hash, NOTHING, StoredColumns},
    decode::hash,
};

/// What stands at the ends of the log, read in one statement.
pub struct Ends {
    /// The head's row, if it is there; no hash when what is stored cannot be one.
    head: Option<(i64, Option<Hash>)>,
    /// The last event's position, 0 for none.
    last: i64,
}

impl Ends {
    /// The row of `tables::LOG_ENDS`.
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        let head = if row.is_null(0) { None } else { Some((row.int(0)?, hash(row, 1).ok())) };
        let last = if row.is_null(2) { 0 } else { row.int(2)? };
        Ok(Self { head, last })
    }
}

/// Walks the log in order of position. The first thing that is wrong is the answer.
pub struct Walk {
    ends: Ends,
    position: i64,
    log_hash: Hash,
    checked: u64,
}

impl Walk {
    /// A walk over the log as it stood when the ends were read.
    pub fn new(ends: Ends) -> Self {
        Self { ends, position: 0, log_hash: NOTHING, checked: 0 }
    }

    /// Where it stands.
    pub const fn position(&self) -> i64 {
        self.position
    }

    /// Checks one row of `tables::VERIFY_LOG`; `Some` ends the walk.
    pub fn event(&mut self, row: &Row) -> Result<Option<Verification>, StoreError> {
        let position = row.int(0)?;
        if position > self.ends.last {
            // Appended since the ends were read.
            return self.finish().map(Some);
        }
        let stream = row.text(1)?;
        let broken = |position, what, stream: Option<&str>| {
            Some(Verification::Broken { position, stream: stream.map(str::to_owned), what })
        };
        if position != self.position + 1 {
            return Ok(broken(self.position + 1, "missing", None));
        }
        let Some(previous) = previous_link(row)? else {
            // The event before it in its stream is gone, and the positions were closed over the hole.
            return Ok(broken(position, "missing", Some(stream)));
        };
        let columns = columns(row)?;
        let stream_hash = chain::stream_hash(&previous, &columns);
        let log_hash = chain::log_hash(&self.log_hash, position, &stream_hash);
        // A damaged hash (of another length too) is as telling as a damaged payload.
        let whole = row.bytes(12).is_ok_and(|stored| stored == stream_hash)
            && row.bytes(13).is_ok_and(|stored| stored == log_hash);
        if !whole {
            return Ok(broken(position, "altered", Some(stream)));
        }
        self.position = position;
        self.log_hash = log_hash;
        self.checked += 1;
        Ok(None)
    }

    /// The verdict when no event is left.
    pub fn finish(&self) -> Result<Verification, StoreError> {
        let broken = |position, what| Ok(Verification::Broken { position, stream: None, what });
        let Some((position, hash)) = self.ends.head else {
            return broken(self.position + 1, "truncated");
        };
        if position > self.position {
            return broken(self.position + 1, "truncated");
        }
        if position < self.position {
            // Events that no commit of ours put there, or a head that was turned back.
            return broken(position + 1, "altered");
        }
        if hash != Some(self.log_hash) {
            return broken(position, "altered");
        }
        Ok(Verification::Whole { events: self.checked, head: LogHead { position, hash: self.log_hash } })
    }
}

/// The link before this event in its stream: `None` when the event before it is missing or stands later in the log.
fn previous_link(row: &Row) -> Result<Option<Hash>, StoreError> {
    if row.int(2)? == 1 {
        return Ok(Some(NOTHING));
    }
    if row.is_null(14) || row.int(14)? >= row.int(0)? {
        return Ok(None);
    }
    hash(row, 15).map(Some)
}

fn columns(row: &Row) -> Result<StoredColumns<'_>, StoreError> {
    Ok(StoredColumns {
        stream: row.text(1)?,
        version: row.int(2)?,
        kind: row.text(3)?,
        tenant: row.text(4)?,
        type_name: row.text(5)?,
        schema: row.int(6)?,
        payload: row.text(7)?,
        actor: row.text(8)?,
        correlation: row.text(9)?,
        causation: row.int(10)?,
        time: row.int(11)?,
    })
}
