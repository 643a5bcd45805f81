//! `topic_mentions`: which events of somebody say something to the topic of somebody else, so that a subscriber that
//! resumes is told without reading the whole log. An event has its place in its stream and its time when it is projected,
//! and its position in the log only when it is committed: so that is looked up.

use crate::topics::mentioned;
use runtime::{Recorded, View};
use store::{Reach, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "topic_mentions",
        version: 1,
        ddl: "CREATE TABLE topic_mentions (
                subject_id TEXT NOT NULL,
                happened_at BIGINT NOT NULL,
                stream_id TEXT NOT NULL,
                version BIGINT NOT NULL,
                tenant_id TEXT NOT NULL,
                PRIMARY KEY (subject_id, happened_at, stream_id, version)
              )",
        tables: &["topic_mentions"],
    },
    statements: &[&MENTIONED, &AFTER],
    project,
};

static MENTIONED: Statement = Statement {
    name: "market.mentions.mentioned",
    sql: "INSERT INTO topic_mentions (subject_id, happened_at, stream_id, version, tenant_id)
          VALUES ($1, $2, $3, $4, $5) ON CONFLICT (subject_id, happened_at, stream_id, version) DO NOTHING",
};
// What is behind a position in the log is no older than it by more than the clocks of two processes differ: 10 minutes.
static AFTER: Statement = Statement {
    name: "market.mentions.after",
    sql: "SELECT e.position FROM topic_mentions m
          JOIN events e ON e.stream = m.stream_id AND e.version = m.version
          WHERE m.subject_id = $1 AND e.position > $2
            AND m.happened_at >= COALESCE((SELECT time FROM events WHERE position = $2), 0) - 600000000
          ORDER BY e.position LIMIT $3",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    for subject in mentioned(event) {
        let params = vec![
            subject.into(),
            event.time().into(),
            event.stream.to_string().into(),
            event.version.into(),
            event.tenant.to_string().into(),
        ];
        writes.push(Write::new(&MENTIONED, params));
    }
}

/// Up to `limit` positions after one of events that mention a shipment or a driver, in order.
///
/// # Errors
/// [`StoreError`].
pub async fn after(store: &Store, subject: &str, after: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
    let params = vec![subject.into(), after.into(), i64::from(limit).into()];
    let rows = store.query(&AFTER, params, Reach::Point).await?;
    rows.iter().map(|row| row.int(0)).collect()
}
