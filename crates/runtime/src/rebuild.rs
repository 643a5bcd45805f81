//! Views: made at the start, rebuilt when their projection changed, compared with the log.

use crate::{Assembly, Recorded, View, engine::Kinds};
use store::{Store, StoreError, StoredEvent, ViewSchema, Write};

/// Projects stored events through one view.
struct Projection<'a> {
    view: View,
    kinds: &'a Kinds,
}

impl Projection<'_> {
    fn writes(&self, stored: &StoredEvent) -> Result<Vec<Write>, StoreError> {
        let recorded = Recorded { position: 0, ..self.kinds.recorded(stored)? };
        let mut writes = Vec::new();
        (self.view.project)(&recorded, &mut writes);
        Ok(writes)
    }
}

/// Makes the views that are missing and rebuilds those whose version changed.
///
/// # Errors
/// [`StoreError`].
pub async fn prepare_views(assembly: &Assembly, store: &Store) -> Result<(), StoreError> {
    let schemas: Vec<ViewSchema> = assembly.views().iter().map(|view| view.schema).collect();
    let changed = store.prepare_views(&schemas).await?;
    let kinds = Kinds::new(assembly.all.agents.clone());
    for view in assembly.views().iter().filter(|view| changed.contains(&view.schema.name)) {
        tracing::info!(view = view.schema.name, version = view.schema.version, "rebuilding a view");
        let projection = Projection { view: *view, kinds: &kinds };
        store.rebuild_view(&view.schema, &|event| projection.writes(event)).await?;
    }
    Ok(())
}

/// Compares every view with a rebuild from the log; the names of those that differ, with the first difference.
///
/// # Errors
/// [`StoreError`].
pub async fn compare_views(
    assembly: &Assembly,
    store: &Store,
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let kinds = Kinds::new(assembly.all.agents.clone());
    let mut differences = Vec::new();
    for view in assembly.views() {
        let projection = Projection { view: *view, kinds: &kinds };
        if let Some(difference) = store.compare_view(&view.schema, &|event| projection.writes(event)).await? {
            differences.push((view.schema.name, difference));
        }
    }
    Ok(differences)
}
