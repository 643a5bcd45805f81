//! Every SQL statement of the house can be prepared on every database, which replaces compile-time checking.

use crate::places::Place;
use autobroker::House;

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_is_understood_by_every_database() {
    for place in Place::every("every_statement_is_understood_by_every_database").await {
        let house = House::open(place.settings().place).await.unwrap();
        let store = house.runtime().store();
        let contexts = autobroker::every_statement().unwrap();
        assert!(contexts.len() > 30, "only {} statements", contexts.len());
        let refused = store.statements_prepare(contexts.into_iter().chain(store.own_statements())).await;
        assert!(refused.is_empty(), "{refused:#?}");
        house.close().await;
        place.remove().await;
    }
}

#[test]
fn statements_are_unique_by_name() {
    let mut names: Vec<_> =
        autobroker::every_statement().unwrap().iter().map(|statement| statement.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
