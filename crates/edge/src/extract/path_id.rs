//! The `{id}` of a path.

use crate::Problem;
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use kernel::TypedId;

/// The `{id}` of the path: a text that is not such an id is 404.
#[derive(Debug, Clone, Copy)]
pub struct PathId<I>(pub I);

impl<S: Send + Sync, I: TypedId> FromRequestParts<S> for PathId<I> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params =
            RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let id = params.iter().find_map(|(name, value)| (name == "id").then(|| value.parse()));
        id.and_then(Result::ok).map(Self).ok_or_else(Problem::not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, http::Request, routing::get};
    use kernel::ShipmentId;
    use tower::ServiceExt as _;

    async fn status_of(path: &str) -> u16 {
        let app = Router::new()
            .route("/s/{id}/bids", get(|PathId(id): PathId<ShipmentId>| async move { id.to_string() }));
        app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn only_an_id_of_that_kind_is_taken() {
        assert_eq!(status_of("/s/shp_0123456789abcdef0123456789abcdef/bids").await, 200);
        for bad in [
            "bid_0123456789abcdef0123456789abcdef",
            "shp_0",
            "%FF",
            "..%2f..",
            "SHP_0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(status_of(&format!("/s/{bad}/bids")).await, 404, "{bad}");
        }
    }
}
