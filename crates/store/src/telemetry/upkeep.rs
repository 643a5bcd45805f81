//! The history grows old: rows become chunks, chunks are thinned, and at last only anonymous traffic is left.
//!
//! The work is done in steps, each bounded and each one transaction, so that positions are taken in between and a crash
//! at any moment leaves every position where it was or where it goes. A step happens only if what it read is still
//! there, so several may work at the same time: the server's own job, and somebody by hand beside it.

use super::{
    DAY_US, PositionRow, Telemetry, position_row, records::Chunk, statements, swap::RowSpan, swap::Swap,
    text_of, traffic::Adder,
};
use crate::{StoreError, Value, Write, id_text::parse_id};
use kernel::{DriverId, Timestamp};
use std::{collections::VecDeque, time::Duration};

const DAY: Duration = Duration::from_secs(86_400);
/// A whole day is packed at once, when its last position is that old.
const ROWS_FOR_MAX: Duration = Duration::from_secs(6 * 86_400);
/// A device may send seven days late: by then its day is not thinned.
const FULL_FOR_MIN: Duration = Duration::from_secs(8 * 86_400);
/// What is counted was thinned before: a block of 30 days, and a day more.
const THINNED_FOR_MIN: Duration = Duration::from_secs(31 * 86_400);
/// Rows that one step packs: two chunks.
const ROWS_AT_ONCE: i64 = 2 * super::POINTS_MAX as i64;
/// Drivers that one question asks for.
const DRIVERS_AT_ONCE: i64 = 1000;
/// Chunks that one question asks for.
const CHUNKS_AT_ONCE: i64 = 256;
/// More chunks of one driver and day than positions that far apart could fill.
const CHUNKS_OF_DAY: i64 = 10_000;
/// A thinned track has one position in so many seconds.
const THINNED_STEP_S: i64 = 60;
const THINNED_STEP_US: i64 = THINNED_STEP_S * 1_000_000;
/// Traffic is added up over so many days.
const BLOCK_DAYS: i64 = 30;
const BLOCK_US: i64 = BLOCK_DAYS * DAY_US;
/// A driver whose late positions keep coming is left for the next time.
const LOST_MAX: u32 = 3;

/// How old positions are kept. What is older than `rows_for` is packed, older than `full_for` thinned to one position a
/// minute, older than `positions_for` only counted, anonymously. It is done to whole UTC days, and to 30 of them for the
/// last: when all of them are that old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    rows_for: Duration,
    full_for: Duration,
    positions_for: Duration,
}

/// Periods that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRetention {
    /// After seven days every position is packed.
    #[error("positions are rows for at most 6 days, so that all are packed within 7")]
    Rows,
    /// Thinning reads chunks.
    #[error("positions are kept in full for 8 days or more, and longer than rows")]
    Full,
    /// Counting reads thinned chunks.
    #[error("positions are kept for at least 31 days longer than in full")]
    Positions,
}

impl Default for Retention {
    /// Two days as rows (a truck comes back from a weekend without a network), 90 days in full, 36 months of 30.4 days.
    fn default() -> Self {
        Self { rows_for: 2 * DAY, full_for: 90 * DAY, positions_for: 1096 * DAY }
    }
}

impl Retention {
    /// Checks the periods.
    ///
    /// # Errors
    /// [`InvalidRetention`] names the first that does not fit.
    pub fn new(
        rows_for: Duration,
        full_for: Duration,
        positions_for: Duration,
    ) -> Result<Self, InvalidRetention> {
        if rows_for > ROWS_FOR_MAX {
            return Err(InvalidRetention::Rows);
        }
        if full_for < FULL_FOR_MIN {
            return Err(InvalidRetention::Full);
        }
        if positions_for < full_for.saturating_add(THINNED_FOR_MIN) {
            return Err(InvalidRetention::Positions);
        }
        Ok(Self { rows_for, full_for, positions_for })
    }
}

/// What is done to old history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Rows become chunks.
    Compact,
    /// Chunks keep one position a minute.
    Thin,
    /// Positions become anonymous traffic.
    Aggregate,
}

impl Stage {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Compact, Self::Thin, Self::Aggregate];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Thin => "thin",
            Self::Aggregate => "aggregate",
        }
    }
}

/// How far a stage has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Parts of the work that are done: drivers (compact), chunks (thin), drivers of the block at hand (aggregate).
    pub done: u64,
    /// Parts that were found.
    pub found: u64,
    /// Positions that were read.
    pub points_in: u64,
    /// Positions that are left of them.
    pub points_out: u64,
    /// Bytes of the chunks that were written.
    pub bytes: u64,
    /// Steps that were not taken, because somebody else had changed what they were about.
    pub lost: u64,
}

impl Progress {
    fn count(&mut self, points_in: usize, swap: &Swap) {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.points_in += number(points_in);
        for chunk in &swap.new {
            self.points_out += u64::try_from(chunk.head.points).unwrap_or(0);
            self.bytes += number(chunk.packed.len());
        }
    }
}

/// One stage's work, step by step.
pub struct Upkeep {
    telemetry: Telemetry,
    stage: Stage,
    /// What is older is worked on.
    before: Timestamp,
    progress: Progress,
    work: Work,
}

enum Work {
    Unknown,
    Compact { drivers: VecDeque<DriverId>, lost: u32 },
    Thin { days: VecDeque<(DriverId, i64)>, lost: u32 },
    Sum { block: i64, drivers: VecDeque<DriverId>, adder: Adder },
    Clear { block: i64, drivers: VecDeque<DriverId> },
    Finished,
}

impl Upkeep {
    /// The work of a stage as it is at an instant.
    #[must_use]
    pub fn new(telemetry: &Telemetry, stage: Stage, retention: &Retention, now: Timestamp) -> Self {
        let before = match stage {
            Stage::Compact => floor(now.before(retention.rows_for), DAY_US),
            Stage::Thin => floor(now.before(retention.full_for), DAY_US),
            Stage::Aggregate => floor(now.before(retention.positions_for), BLOCK_US),
        };
        let telemetry = telemetry.clone();
        Self { telemetry, stage, before, progress: Progress::default(), work: Work::Unknown }
    }

    /// How far it has come.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// Takes the next step; `false` when nothing is left.
    ///
    /// # Errors
    /// [`StoreError`]: the step did not happen. It may be tried again.
    pub async fn step(&mut self) -> Result<bool, StoreError> {
        match &self.work {
            Work::Unknown => self.find().await?,
            Work::Compact { .. } => self.compact().await?,
            Work::Thin { .. } => self.thin().await?,
            Work::Sum { .. } => self.sum().await?,
            Work::Clear { .. } => self.clear().await?,
            Work::Finished => return Ok(false),
        }
        Ok(true)
    }

    async fn find(&mut self) -> Result<(), StoreError> {
        self.work = match self.stage {
            Stage::Compact => {
                let drivers = self.unpacked_drivers().await?;
                self.progress.found = drivers.len() as u64;
                Work::Compact { drivers, lost: 0 }
            }
            Stage::Thin => {
                let params = vec![Value::from(self.before)];
                let counted = self.telemetry.query(&statements::UNTHINNED_COUNT, params).await?;
                let found = counted.first().map_or(Ok(0), |row| row.int(0))?;
                self.progress.found = u64::try_from(found).unwrap_or(0);
                self.unthinned_days().await?
            }
            Stage::Aggregate => self.oldest_block().await?,
        };
        Ok(())
    }

    async fn unpacked_drivers(&self) -> Result<VecDeque<DriverId>, StoreError> {
        let mut drivers = VecDeque::new();
        let mut after = String::new();
        loop {
            let params = vec![Value::from(after.as_str()), self.before.into(), Value::Int(DRIVERS_AT_ONCE)];
            let rows = self.telemetry.query(&statements::UNPACKED, params).await?;
            for row in &rows {
                drivers.push_back(parse_id(row.text(0)?)?);
            }
            match rows.last() {
                Some(last) if rows.len() as i64 == DRIVERS_AT_ONCE => last.text(0)?.clone_into(&mut after),
                _ => return Ok(drivers),
            }
        }
    }

    /// Packs the oldest rows of the driver at hand.
    async fn compact(&mut self) -> Result<(), StoreError> {
        let Work::Compact { drivers, lost } = &mut self.work else { return Ok(()) };
        let Some(driver) = drivers.front().copied() else {
            self.work = Work::Finished;
            return self.telemetry.drop_empty_partitions(self.before).await;
        };
        let rows = oldest_rows(&self.telemetry, driver, self.before).await?;
        if rows.is_empty() || *lost >= LOST_MAX {
            drivers.pop_front();
            *lost = 0;
            self.progress.done += 1;
            return Ok(());
        }
        let swap = packing(&self.telemetry, driver, rows).await?;
        if self.telemetry.swap(swap.clone()).await? {
            *lost = 0;
            self.progress.count(swap.rows.map_or(0, |rows| rows.count), &swap);
        } else {
            *lost += 1;
            self.progress.lost += 1;
        }
        Ok(())
    }

    async fn unthinned_days(&self) -> Result<Work, StoreError> {
        let params = vec![Value::from(self.before), Value::Int(CHUNKS_AT_ONCE)];
        let mut days = VecDeque::new();
        for row in self.telemetry.query(&statements::UNTHINNED, params).await? {
            let day = (parse_id(row.text(0)?)?, row.int(1)?.div_euclid(DAY_US));
            if !days.contains(&day) {
                days.push_back(day);
            }
        }
        Ok(if days.is_empty() { Work::Finished } else { Work::Thin { days, lost: 0 } })
    }

    /// Thins one day of one driver.
    async fn thin(&mut self) -> Result<(), StoreError> {
        let Work::Thin { days, lost } = &mut self.work else { return Ok(()) };
        let Some((driver, day)) = days.front().copied() else {
            self.work = self.unthinned_days().await?;
            return Ok(());
        };
        let old = chunks_of_day(&self.telemetry, driver, day).await?;
        let mut rows = Vec::new();
        for chunk in &old {
            rows.extend(chunk.rows()?);
        }
        let points = rows.len();
        rows.dedup_by_key(|row| row.at.micros().div_euclid(THINNED_STEP_US));
        let heads: Vec<_> = old.iter().map(|chunk| chunk.head).collect();
        let chunks = u64::try_from(heads.len()).unwrap_or(u64::MAX);
        let swap = Swap { rows: None, old: heads, new: Chunk::pack_all(&rows, THINNED_STEP_S)? };
        if self.telemetry.swap(swap.clone()).await? {
            days.pop_front();
            *lost = 0;
            self.progress.done += chunks;
            self.progress.count(points, &swap);
        } else {
            self.progress.lost += 1;
            *lost += 1;
            if *lost >= LOST_MAX {
                self.work = Work::Finished;
            }
        }
        Ok(())
    }

    async fn oldest_block(&mut self) -> Result<Work, StoreError> {
        let params = vec![Value::from(self.before)];
        let oldest = self.telemetry.query(&statements::OLDEST_THINNED, params).await?;
        let Some(oldest) = oldest.first() else {
            self.forget_oldest().await?;
            return Ok(Work::Finished);
        };
        let block = oldest.int(0)?.div_euclid(BLOCK_US);
        let known = self.telemetry.query(&statements::BLOCK_KNOWN, vec![Value::Int(block)]).await?;
        let drivers = self.drivers_of(block).await?;
        if !known.is_empty() {
            return Ok(Work::Clear { block, drivers });
        }
        self.progress.found += drivers.len() as u64;
        Ok(Work::Sum { block, drivers, adder: Adder::default() })
    }

    /// Where a driver was last is its history too.
    async fn forget_oldest(&self) -> Result<(), StoreError> {
        let forget = Write::new(&statements::FORGET_LATEST, vec![Value::from(self.before)]);
        self.telemetry.write_all(vec![forget]).await?;
        self.telemetry.drop_empty_partitions(self.before).await
    }

    async fn drivers_of(&self, block: i64) -> Result<VecDeque<DriverId>, StoreError> {
        let params = vec![Value::Int(block * BLOCK_US), Value::Int((block + 1) * BLOCK_US)];
        let rows = self.telemetry.query(&statements::BLOCK_DRIVERS, params).await?;
        rows.iter().map(|row| parse_id(row.text(0)?)).collect()
    }

    /// Adds one driver of a block up; when all are, writes the block. What is written is never added up again.
    async fn sum(&mut self) -> Result<(), StoreError> {
        let Work::Sum { block, drivers, adder } = &mut self.work else { return Ok(()) };
        let block = *block;
        if let Some(driver) = drivers.front().copied() {
            let mut rows = Vec::new();
            for chunk in chunks_of_block(&self.telemetry, driver, block).await? {
                rows.extend(chunk.rows()?);
            }
            adder.add(&rows);
            drivers.pop_front();
            self.progress.points_in += rows.len() as u64;
            self.progress.done += 1;
            return Ok(());
        }
        let mut writes = adder.writes(block);
        writes.push(Write::new(&statements::BLOCK_ADD, vec![Value::Int(block)]));
        self.telemetry.write_all(writes).await?;
        let drivers = self.drivers_of(block).await?;
        self.work = Work::Clear { block, drivers };
        Ok(())
    }

    /// Forgets one driver's positions of a block that is written.
    async fn clear(&mut self) -> Result<(), StoreError> {
        let Work::Clear { block, drivers } = &mut self.work else { return Ok(()) };
        let Some(driver) = drivers.front().copied() else {
            self.work = self.oldest_block().await?;
            return Ok(());
        };
        let params =
            vec![text_of(driver), Value::Int(*block * BLOCK_US), Value::Int((*block + 1) * BLOCK_US)];
        self.telemetry.write_all(vec![Write::new(&statements::BLOCK_CLEAR, params)]).await?;
        drivers.pop_front();
        Ok(())
    }
}

fn floor(at: Timestamp, unit_us: i64) -> Timestamp {
    Timestamp::from_micros(at.micros().div_euclid(unit_us) * unit_us)
}

fn day_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(DAY_US)
}

/// The oldest rows of a driver before an instant, all of one day.
async fn oldest_rows(
    telemetry: &Telemetry,
    driver: DriverId,
    before: Timestamp,
) -> Result<Vec<PositionRow>, StoreError> {
    let params = vec![text_of(driver), Value::Int(i64::MIN), before.into(), Value::Int(ROWS_AT_ONCE)];
    let rows = telemetry.query(&statements::HISTORY, params).await?;
    let mut rows = rows.iter().map(position_row).collect::<Result<Vec<_>, _>>()?;
    if let Some(day) = rows.first().map(|row| day_of(row.at)) {
        rows.retain(|row| day_of(row.at) == day);
    }
    Ok(rows)
}

/// Rows of one day, and the chunks of that day among which they fall, as new chunks.
async fn packing(
    telemetry: &Telemetry,
    driver: DriverId,
    rows: Vec<PositionRow>,
) -> Result<Swap, StoreError> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Err(StoreError::Defect("nothing to pack".to_owned()));
    };
    let span = RowSpan { driver, from: first.at, until: last.at, count: rows.len() };
    let known = chunks_of_day(telemetry, driver, day_of(first.at)).await?;
    let met: Vec<Chunk> = met_by(known, &span);
    let mut all = Vec::new();
    for chunk in &met {
        all.extend(chunk.rows()?);
    }
    all.extend(rows);
    // What is packed was there first: the sort keeps it before a late row of the same instant.
    all.sort_by_key(|row| row.at);
    all.dedup_by_key(|row| row.at);
    let old = met.iter().map(|chunk| chunk.head).collect();
    Ok(Swap { rows: Some(span), old, new: Chunk::pack_all(&all, 0)? })
}

/// The chunks that a span of rows falls into, and the one before them while it has room.
fn met_by(known: Vec<Chunk>, span: &RowSpan) -> Vec<Chunk> {
    let first = known.partition_point(|chunk| chunk.head.until < span.from);
    let after = known.partition_point(|chunk| chunk.head.from <= span.until);
    let has_room = first
        .checked_sub(1)
        .is_some_and(|before| known.get(before).is_some_and(|chunk| !chunk.head.is_full()));
    let first = first - usize::from(has_room);
    known.into_iter().take(after.max(first)).skip(first).collect()
}

async fn chunks_of_day(telemetry: &Telemetry, driver: DriverId, day: i64) -> Result<Vec<Chunk>, StoreError> {
    let from = Timestamp::from_micros(day * DAY_US);
    telemetry.chunks(driver, from, Timestamp::from_micros((day + 1) * DAY_US), CHUNKS_OF_DAY).await
}

/// The thinned chunks of a block.
async fn chunks_of_block(
    telemetry: &Telemetry,
    driver: DriverId,
    block: i64,
) -> Result<Vec<Chunk>, StoreError> {
    let (from, to) =
        (Timestamp::from_micros(block * BLOCK_US), Timestamp::from_micros((block + 1) * BLOCK_US));
    let mut chunks = telemetry.chunks(driver, from, to, CHUNKS_OF_DAY).await?;
    chunks.retain(|chunk| chunk.head.step_s == THINNED_STEP_S);
    Ok(chunks)
}
