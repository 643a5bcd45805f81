//! `topic_mentions`: where in the log somebody's event says something to the topic of somebody else, so that a subscriber
//! that resumes is told without reading the whole log.

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
                position BIGINT NOT NULL,
                tenant_id TEXT NOT NULL,
                PRIMARY KEY (subject_id, position)
              )",
        tables: &["topic_mentions"],
    },
    statements: &[&MENTIONED, &AFTER],
    project,
};

static MENTIONED: Statement = Statement {
    name: "market.mentions.mentioned",
    sql: "INSERT INTO topic_mentions (subject_id, position, tenant_id) VALUES ($1, $2, $3)
          ON CONFLICT (subject_id, position) DO NOTHING",
};
static AFTER: Statement = Statement {
    name: "market.mentions.after",
    sql: "SELECT position FROM topic_mentions WHERE subject_id = $1 AND position > $2 ORDER BY position LIMIT $3",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    for subject in mentioned(event) {
        let params = vec![subject.into(), event.position.into(), event.tenant.to_string().into()];
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
