//! The statements of the telemetry that both databases share.

use crate::Statement;

pub static HISTORY: Statement = Statement {
    name: "telemetry.history",
    sql: "SELECT driver, at, tenant, latitude, longitude, speed_kmh, heading FROM positions \
          WHERE driver = $1 AND at >= $2 AND at < $3 ORDER BY at LIMIT $4",
};
pub static LATEST: Statement = Statement {
    name: "telemetry.latest",
    sql: "SELECT driver, at, tenant, latitude, longitude, speed_kmh, heading FROM latest_positions \
          WHERE at >= $1 ORDER BY driver",
};
pub static FORGET_LATEST: Statement =
    Statement { name: "telemetry.latest.forget", sql: "DELETE FROM latest_positions WHERE at < $1" };
/// From one day before, so that the key bounds the search: no chunk is longer.
pub static CHUNKS: Statement = Statement {
    name: "telemetry.chunks",
    sql: "SELECT from_at, until_at, tenant, points, step_s, packed FROM track_chunks \
          WHERE driver = $1 AND from_at >= $2 AND from_at < $3 AND until_at >= $4 ORDER BY from_at LIMIT $5",
};
pub static SIZES: Statement = Statement {
    name: "telemetry.sizes",
    sql: "SELECT (SELECT COUNT(*) FROM positions), COUNT(*), CAST(COALESCE(SUM(points), 0) AS BIGINT), \
          CAST(COALESCE(SUM(LENGTH(packed)), 0) AS BIGINT), \
          CAST(COALESCE(SUM(CASE WHEN step_s > 0 THEN points ELSE 0 END), 0) AS BIGINT), \
          (SELECT COUNT(*) FROM track_traffic) FROM track_chunks",
};
/// Drivers with rows before an instant.
pub static UNPACKED: Statement = Statement {
    name: "telemetry.unpacked",
    sql: "SELECT l.driver FROM latest_positions l WHERE l.driver > $1 AND EXISTS \
          (SELECT 1 FROM positions p WHERE p.driver = l.driver AND p.at < $2) ORDER BY l.driver LIMIT $3",
};
pub static CHUNK_INSERT: Statement = Statement {
    name: "telemetry.chunk.insert",
    sql: "INSERT INTO track_chunks (driver, from_at, until_at, tenant, points, step_s, packed) \
          VALUES ($1, $2, $3, $4, $5, $6, $7)",
};
/// Only a chunk that is still the one that was read.
pub static CHUNK_DELETE: Statement = Statement {
    name: "telemetry.chunk.delete",
    sql: "DELETE FROM track_chunks WHERE driver = $1 AND from_at = $2 AND until_at = $3 AND points = $4 AND step_s = $5",
};
pub static ROWS_DELETE: Statement = Statement {
    name: "telemetry.rows.delete",
    sql: "DELETE FROM positions WHERE driver = $1 AND at >= $2 AND at <= $3",
};
/// Drivers and days of chunks with every position.
pub static UNTHINNED: Statement = Statement {
    name: "telemetry.unthinned",
    sql: "SELECT driver, from_at FROM track_chunks WHERE step_s = 0 AND from_at < $1 ORDER BY from_at, driver LIMIT $2",
};
pub static UNTHINNED_COUNT: Statement = Statement {
    name: "telemetry.unthinned.count",
    sql: "SELECT COUNT(*) FROM track_chunks WHERE step_s = 0 AND from_at < $1",
};
pub static OLDEST_THINNED: Statement = Statement {
    name: "telemetry.thinned.oldest",
    sql: "SELECT from_at FROM track_chunks WHERE step_s = 60 AND from_at < $1 ORDER BY from_at LIMIT 1",
};
/// The drivers of a block.
pub static BLOCK_DRIVERS: Statement = Statement {
    name: "telemetry.block.drivers",
    sql: "SELECT DISTINCT driver FROM track_chunks WHERE step_s = 60 AND from_at >= $1 AND from_at < $2 ORDER BY driver",
};
pub static BLOCK_CLEAR: Statement = Statement {
    name: "telemetry.block.clear",
    sql: "DELETE FROM track_chunks WHERE driver = $1 AND from_at >= $2 AND from_at < $3 AND step_s = 60",
};
pub static BLOCK_KNOWN: Statement =
    Statement { name: "telemetry.block.known", sql: "SELECT block FROM track_blocks WHERE block = $1" };
pub static BLOCK_ADD: Statement =
    Statement { name: "telemetry.block.add", sql: "INSERT INTO track_blocks (block) VALUES ($1)" };
pub static TRAFFIC_INSERT: Statement = Statement {
    name: "telemetry.traffic.insert",
    sql: "INSERT INTO track_traffic (block, tenant, cell_latitude, cell_longitude, hour, minutes, vehicles, speeds, \
          speed_sum_kmh) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
};
pub static TRAFFIC: Statement = Statement {
    name: "telemetry.traffic",
    sql: "SELECT cell_latitude, cell_longitude, hour, CAST(SUM(minutes) AS BIGINT), MAX(vehicles), \
          CAST(SUM(speeds) AS BIGINT), SUM(speed_sum_kmh) FROM track_traffic WHERE tenant = $1 \
          AND cell_latitude BETWEEN $2 AND $3 AND cell_longitude BETWEEN $4 AND $5 \
          GROUP BY cell_latitude, cell_longitude, hour ORDER BY cell_latitude, cell_longitude, hour",
};
