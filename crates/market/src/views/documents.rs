//! Which documents belong to which shipment, so that a proof of delivery names its own.

use contracts::document::{DocumentEvent, DocumentKind};
use kernel::{DocumentId, ShipmentId};
use runtime::{Recorded, View};
use store::{Reach, Statement, Store, StoreError, ViewSchema, Write};

/// The view.
pub const VIEW: View = View {
    schema: ViewSchema {
        name: "shipment_documents",
        version: 1,
        ddl: "CREATE TABLE shipment_documents (
                document TEXT PRIMARY KEY,
                shipment TEXT NOT NULL,
                kind TEXT NOT NULL
              )",
        tables: &["shipment_documents"],
    },
    statements: &[&INSERT, &ERASED, &KIND],
    project,
};

static INSERT: Statement = Statement {
    name: "market.shipment_documents.insert",
    sql: "INSERT INTO shipment_documents (document, shipment, kind) VALUES ($1, $2, $3)
          ON CONFLICT (document) DO NOTHING",
};
static ERASED: Statement = Statement {
    name: "market.shipment_documents.erased",
    sql: "DELETE FROM shipment_documents WHERE document = $1",
};
static KIND: Statement = Statement {
    name: "market.shipment_documents.kind",
    sql: "SELECT kind FROM shipment_documents WHERE document = $1 AND shipment = $2",
};

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(typed) = event.of::<DocumentEvent>() else { return };
    let document = event.stream.to_string();
    writes.push(match typed {
        DocumentEvent::Uploaded(uploaded) => Write::new(
            &INSERT,
            vec![document.into(), uploaded.shipment.to_string().into(), uploaded.kind.name().into()],
        ),
        DocumentEvent::Erased(_) => Write::new(&ERASED, vec![document.into()]),
    });
}

/// What a document of a shipment is; `None` when there is no such document of this shipment.
///
/// # Errors
/// [`StoreError`].
pub async fn kind_of(
    store: &Store,
    document: DocumentId,
    shipment: ShipmentId,
) -> Result<Option<DocumentKind>, StoreError> {
    let params = vec![document.to_string().into(), shipment.to_string().into()];
    let rows = store.query(&KIND, params, Reach::Point).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let name = row.text(0)?;
    Ok(DocumentKind::ALL.into_iter().find(|kind| kind.name() == name))
}
