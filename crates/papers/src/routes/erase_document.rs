//! `DELETE /api/v1/documents/{id}`: a document is forgotten.
//!
//! Errors: 403 for a role that erases nothing, 404 for an unknown or foreign document.

use crate::{
    Papers,
    agents::{Document, DocumentCommand},
    papers::resource_of,
    views,
    wire::WireDocument,
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::DocumentId;
use runtime::{Order, Wait};

/// Erase a document.
///
/// For administrators. Its key is deleted, so that nobody can read it any more, in backups neither; that there was one
/// stays in the log. Erasing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/documents/{id}",
    tag = "documents",
    params(("id" = String, Path, description = "the document")),
    responses((status = 200, description = "the document as it is now", body = WireDocument)),
)]
pub async fn erase_document(
    State(papers): State<Papers>,
    session: Session,
    PathId(id): PathId<DocumentId>,
) -> Result<Answer<WireDocument>, Problem> {
    let runtime = &papers.platform.runtime;
    let document = runtime.state::<Document>(id).await?.ok_or_else(Problem::not_found)?;
    let uploaded = document.uploaded.clone().ok_or_else(Problem::not_found)?;
    let parties = papers.parties(uploaded.shipment).await?;
    session.authorise(&papers.platform, permissions::PERSONAL_ERASE, &resource_of(&parties))?;
    let order = Order::new::<Document>(id, DocumentCommand::Erase)
        .write(papers.platform.vault.erase(uploaded.subject))
        .wait(Wait::Durable);
    let _receipt = runtime.submit(&session.origin, order).await?;
    if let Ok(name) = uploaded.object.parse()
        && let Err(error) = papers.objects.delete(name).await
    {
        // Without its key it is noise; only the space is not free yet.
        tracing::warn!(document = %id, %error, "the object of an erased document stays");
    }
    let rows = views::of_shipment(runtime.store(), uploaded.shipment).await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(WireDocument::of(uploaded.shipment, row)))
}
