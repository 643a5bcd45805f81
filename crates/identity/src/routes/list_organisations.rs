//! `GET /api/v1/organisations`: what the organisations of the tenant are called, to put names beside ids. Whoever is shown
//! names is written down (`personal_data.accessed`) before the answer.
//!
//! Errors: 403 for a role that is not the tenant's staff; 422 for the query.

use super::RouteState;
use crate::wire::{OrganisationView, WireOrganisationKind};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Page, Paged, Pagination, Problem, Search, Session};
use kernel::{OrganisationId, Refusal};
use serde::Deserialize;
use utoipa::IntoParams;

/// As many as a page holds.
const IDS_MAX: usize = 100;

/// Which organisations, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrganisationsQuery {
    /// Only these, at most 100, with commas between them; then there is one page, in this order, and those of nobody or
    /// of another tenant are left out.
    #[param(example = "org_00000000000000000000000000000001,org_00000000000000000000000000000002")]
    ids: Option<String>,
    /// Only those of this kind; not together with `ids`.
    #[param(inline)]
    kind: Option<WireOrganisationKind>,
    /// From 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// 20 unless told, at most 100.
    #[param(minimum = 1, maximum = 100)]
    per_page: Option<u32>,
}

impl OrganisationsQuery {
    /// The ids that are asked for, when some are.
    fn ids(&self) -> Result<Option<Vec<OrganisationId>>, Refusal> {
        let Some(texts) = &self.ids else { return Ok(None) };
        let mut fields = Fields::new();
        fields.require(self.kind.is_none(), "kind", "not_with_ids", "`ids` says which ones already");
        let texts: Vec<&str> = texts.split(',').map(str::trim).collect();
        let few = texts.len() <= IDS_MAX;
        fields.require(few, "ids", "too_many", format!("must have at most {IDS_MAX} entries"));
        let mut ids: Vec<OrganisationId> = Vec::new();
        for text in texts.into_iter().take(IDS_MAX) {
            match fields.take("ids", "invalid_id", text.parse()) {
                Some(id) if !ids.contains(&id) => ids.push(id),
                _ => {}
            }
        }
        fields.finish()?;
        Ok(Some(ids))
    }
}

/// List organisations.
///
/// For the tenant's staff, oldest first. Names need `personal:read` and are recorded.
#[utoipa::path(
    get,
    path = "/api/v1/organisations",
    tag = "identity",
    params(OrganisationsQuery),
    responses((status = 200, description = "organisations", body = Vec<OrganisationView>)),
)]
pub(crate) async fn list_organisations(
    State(state): State<RouteState>,
    session: Session,
    Search(query): Search<OrganisationsQuery>,
) -> Result<Paged<OrganisationView>, Problem> {
    session.authorise(&state.platform, permissions::OPERATIONS_READ, &Resource::default())?;
    let tenant = session.caller.tenant;
    let page = Page::of(query.page, query.per_page)?;
    let (rows, pagination) = match query.ids()? {
        Some(ids) => {
            let rows = state.identity.organisations_known(tenant, &ids).await?;
            let total = rows.len() as u64;
            (rows, Pagination { page: 1, per_page: IDS_MAX as u32, total })
        }
        None => {
            let kind = query.kind.map(Into::into);
            let (rows, total) = state.identity.organisations_of(tenant, kind, page).await?;
            (rows, Pagination { page: page.page, per_page: page.per_page, total })
        }
    };
    let shown = state.identity.show_organisations(&session, &state.platform, rows).await?;
    Ok(Answer::paged(shown, pagination))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::House;
    use contracts::ports::Role;
    use serde_json::{Value, json};

    async fn ask(house: &House, token: &str, query: &str) -> (u16, Value) {
        let path = format!("/api/v1/organisations{query}");
        house.call("GET", &path).bearer(token).empty().await
    }

    #[tokio::test]
    async fn staff_reads_names_by_ids_and_is_written_down() {
        let house = House::new().await;
        for (role, name) in [(Role::Shipper, "ada"), (Role::Carrier, "bob"), (Role::Carrier, "cem")] {
            house.user(role, name).await;
        }
        let broker = house.token(Role::Broker, "broker").await;
        let (status, carriers) = ask(&house, &broker, "?kind=carrier").await;
        assert_eq!((status, &carriers["meta"]["pagination"]["total"]), (200, &json!(2)));
        let mut names: Vec<&str> =
            carriers["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["bob", "cem"]);
        let id = |at: usize| carriers["data"][at]["id"].as_str().unwrap().to_owned();
        let nobody = "org_00000000000000000000000000000001";
        let (_, named) = ask(&house, &broker, &format!("?ids={},{nobody},{}", id(1), id(0))).await;
        let found: Vec<String> = named["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, [id(1), id(0)], "in the order asked, without the unknown one");
        let log = house.log().await;
        let accesses = log.iter().filter(|event| event.type_name == "personal_data.accessed");
        let purposes: Vec<bool> =
            accesses.map(|event| event.payload.to_string().contains("organisations.list")).collect();
        assert_eq!(purposes, [true, true]);
    }

    #[tokio::test]
    async fn finance_sees_no_names_and_customers_no_directory() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let finance = house.token(Role::Finance, "finance").await;
        let (status, list) = ask(&house, &finance, "?kind=shipper").await;
        assert_eq!((status, &list["data"][0]["kind"]), (200, &json!("shipper")));
        assert!(list["data"][0].get("name").is_none(), "{list}");
        let shipper = house.token(Role::Shipper, "bea").await;
        assert_eq!(ask(&house, &shipper, "").await.0, 403);
    }

    #[tokio::test]
    async fn another_tenants_organisations_are_nobodys() {
        let house = House::new().await;
        let ada = house.token(Role::Shipper, "ada").await;
        let (_, me) = house.call("GET", "/api/v1/me").bearer(&ada).empty().await;
        let id = me["data"]["organisation_id"].as_str().unwrap().to_owned();
        let second = house.identity.create_tenant("Second").await.unwrap();
        let house = house.in_tenant(second);
        let admin = house.token(Role::Admin, "second").await;
        assert_eq!(ask(&house, &admin, &format!("?ids={id}")).await.1["data"], json!([]));
        assert_eq!(ask(&house, &admin, "?kind=shipper").await.1["data"], json!([]));
    }

    #[tokio::test]
    async fn bad_queries_are_named() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "admin").await;
        let many = vec!["org_00000000000000000000000000000001"; 101].join(",");
        for (query, code) in [
            ("?ids=org_1".to_owned(), "invalid_id"),
            (format!("?ids={many}"), "too_many"),
            ("?ids=org_00000000000000000000000000000001&kind=carrier".to_owned(), "not_with_ids"),
        ] {
            let (status, problem) = ask(&house, &admin, &query).await;
            assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!(code)), "{query}");
        }
    }
}
