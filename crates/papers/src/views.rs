//! `documents`: one row a document, without what it shows.

use contracts::{
    document::{DocumentEvent, DocumentKind},
    facility::CargoCount,
};
use kernel::{DocumentId, ShipmentId, Timestamp, UserId};
use runtime::{Recorded, View};
use std::str::FromStr;
use store::{Reach, Row, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub const DOCUMENTS: View = View {
    schema: ViewSchema {
        name: "documents",
        version: 2,
        ddl: "CREATE TABLE documents (
                id TEXT PRIMARY KEY,
                tenant_id TEXT NOT NULL,
                shipment_id TEXT NOT NULL,
                kind TEXT NOT NULL,
                content_type TEXT NOT NULL,
                bytes BIGINT NOT NULL,
                uploaded_by TEXT NOT NULL,
                uploaded_at BIGINT NOT NULL,
                erased BIGINT NOT NULL,
                weight_kg DOUBLE PRECISION,
                pieces BIGINT,
                cargo_reference TEXT
              );
              CREATE INDEX idx_documents_shipment_id ON documents (shipment_id, uploaded_at)",
        tables: &["documents"],
    },
    statements: &[&INSERT, &ERASED, &OF_SHIPMENT, &COUNT, &CONSIGNMENT],
    project,
};

static INSERT: Statement = Statement {
    name: "papers.documents.insert",
    sql: "INSERT INTO documents (id, tenant_id, shipment_id, kind, content_type, bytes, uploaded_by, uploaded_at, erased,
            weight_kg, pieces, cargo_reference)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
};
static ERASED: Statement =
    Statement { name: "papers.documents.erased", sql: "UPDATE documents SET erased = 1 WHERE id = $1" };
static OF_SHIPMENT: Statement = Statement {
    name: "papers.documents.of_shipment",
    sql: "SELECT id, kind, content_type, bytes, uploaded_by, uploaded_at, erased FROM documents
          WHERE shipment_id = $1 ORDER BY uploaded_at, id LIMIT 1000",
};
static CONSIGNMENT: Statement = Statement {
    name: "papers.documents.consignment",
    sql: "SELECT weight_kg, pieces, cargo_reference FROM documents
          WHERE shipment_id = $1 AND kind = 'consignment_note' AND erased = 0
          ORDER BY uploaded_at DESC, id DESC LIMIT 1",
};
static COUNT: Statement = Statement {
    name: "papers.documents.count",
    sql: "SELECT COUNT(*) FROM documents WHERE shipment_id = $1",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(typed) = event.of::<DocumentEvent>() else { return };
    let id = event.stream.to_string();
    writes.push(match typed {
        DocumentEvent::Uploaded(uploaded) => {
            let states = uploaded.states.as_ref();
            let params = vec![
                id.into(),
                event.tenant.to_string().into(),
                uploaded.shipment.to_string().into(),
                uploaded.kind.name().into(),
                uploaded.content_type.as_str().into(),
                i64::try_from(uploaded.bytes).unwrap_or(i64::MAX).into(),
                uploaded.uploaded_by.to_string().into(),
                event.time().into(),
                states.and_then(|states| states.weight_kg).into(),
                states.and_then(|states| states.pieces).map(i64::from).into(),
                states.and_then(|states| states.reference.clone()).into(),
            ];
            Write::new(&INSERT, params)
        }
        DocumentEvent::Erased(_) => Write::new(&ERASED, vec![id.into()]),
    });
}

/// A row of `documents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Which.
    pub id: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Its media type.
    pub content_type: String,
    /// Its length in bytes.
    pub bytes: i64,
    /// Who brought it.
    pub uploaded_by: UserId,
    /// When.
    pub uploaded_at: Timestamp,
    /// Whether nobody can read it any more.
    pub erased: bool,
}

impl DocumentRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let kind = row.text(1)?;
        let kind = DocumentKind::ALL.into_iter().find(|known| known.name() == kind);
        Ok(Self {
            id: id(row, 0)?,
            kind: kind.ok_or_else(|| StoreError::Defect("documents: unknown kind".to_owned()))?,
            content_type: row.text(2)?.to_owned(),
            bytes: row.int(3)?,
            uploaded_by: id(row, 4)?,
            uploaded_at: Timestamp::from_micros(row.int(5)?),
            erased: row.int(6)? != 0,
        })
    }
}

fn id<I: FromStr>(row: &Row, column: usize) -> Result<I, StoreError> {
    row.text(column)?.parse().map_err(|_| StoreError::Defect(format!("documents: column {column} is no id")))
}

/// The documents of a shipment, oldest first, at most 1,000.
///
/// # Errors
/// [`StoreError`].
pub async fn of_shipment(store: &Store, shipment: ShipmentId) -> Result<Vec<DocumentRow>, StoreError> {
    let rows = store.query(&OF_SHIPMENT, vec![shipment.to_string().into()], Reach::Long).await?;
    rows.iter().map(DocumentRow::read).collect()
}

/// How many a shipment has.
///
/// # Errors
/// [`StoreError`].
pub async fn count(store: &Store, shipment: ShipmentId) -> Result<i64, StoreError> {
    let rows = store.query(&COUNT, vec![shipment.to_string().into()], Reach::Point).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// What the newest consignment note of a shipment says; `None` when there is none.
///
/// # Errors
/// [`StoreError`].
pub async fn consignment(store: &Store, shipment: ShipmentId) -> Result<Option<CargoCount>, StoreError> {
    let rows = store.query(&CONSIGNMENT, vec![shipment.to_string().into()], Reach::Point).await?;
    rows.first().map(stated).transpose()
}

fn stated(row: &Row) -> Result<CargoCount, StoreError> {
    Ok(CargoCount {
        weight_kg: if row.is_null(0) { None } else { Some(row.real(0)?) },
        pieces: if row.is_null(1) { None } else { u32::try_from(row.int(1)?).ok() },
        reference: if row.is_null(2) { None } else { Some(row.text(2)?.to_owned()) },
    })
}
