//! The vault: sealing, opening, erasing.

use crate::{
    database::{Database, on_every_durable_store, on_every_store},
    samples::{committed, tenant},
};
use kernel::{PersonId, SeededEntropy, TenantId, TypedId, Uuid};
use proptest::{
    prelude::any,
    strategy::{Strategy as _, ValueTree as _},
};
use std::sync::Arc;
use store::{Reach, Statement, Store, StoreError, Unit, Value, Vault, Write};

on_every_store!(
    what_is_sealed_opens_again,
    an_erased_person_does_not_open,
    fields_are_added_and_replaced,
    several_persons_open_in_the_order_asked,
    a_blind_index_depends_on_purpose_text_and_master_key,
    an_empty_vault_belongs_to_the_key_that_asks_first,
);

on_every_durable_store!(a_moved_row_does_not_open);

static CIPHERTEXTS: Statement =
    Statement { name: "test.personal", sql: "SELECT ciphertext FROM personal WHERE person = $1" };

fn person(number: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(number))
}

fn vault(store: &Store, master: u8) -> Vault {
    Vault::new(store.clone(), [master; 32], Arc::new(SeededEntropy::new(u64::from(master))))
}

async fn keep(store: &Store, writes: Vec<Write>) {
    committed(store, Unit { writes, ..Unit::default() }).await;
}

async fn opened(vault: &Vault, person: PersonId) -> Vec<(String, String)> {
    let fields = vault.open(person).await.unwrap();
    fields.into_iter().map(|(field, value)| (field, value.reveal().clone())).collect()
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
}

async fn what_is_sealed_opens_again(database: &Database) {
    let store = database.open().await;
    let vault = vault(&store, 1);
    let texts = proptest::collection::vec(any::<String>(), 3);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for number in 0..40 {
        let texts = texts.new_tree(&mut runner).unwrap().current();
        let fields =
            [("email", texts[0].as_str()), ("name", texts[1].as_str()), ("phone", texts[2].as_str())];
        keep(&store, vault.seal_new(tenant(), person(number), &fields)).await;
        assert_eq!(opened(&vault, person(number)).await, pairs(&fields));
        let stored = store.query(&CIPHERTEXTS, vec![Value::from(person(number).to_string())], Reach::Point);
        for row in stored.await.unwrap() {
            for (_, text) in fields.iter().filter(|(_, text)| text.len() >= 4) {
                assert!(row.bytes(0).unwrap().windows(text.len()).all(|window| window != text.as_bytes()));
            }
        }
    }
    // Another vault with the same master key opens, one with another does not.
    let again = Vault::new(store.clone(), [1; 32], Arc::new(SeededEntropy::new(9)));
    assert_eq!(opened(&again, person(7)).await, opened(&vault, person(7)).await);
    let other = super::personal::vault(&store, 2);
    assert!(matches!(other.open(person(7)).await, Err(StoreError::Defect(_))));
}

async fn an_empty_vault_belongs_to_the_key_that_asks_first(database: &Database) {
    let store = database.open().await;
    let vaults: Vec<Vault> = (1..=4).map(|master| vault(&store, master)).collect();
    let asked = vaults.iter().map(|vault| async { vault.opens().await.unwrap() });
    let first: Vec<bool> = futures_util::future::join_all(asked).await;
    assert_eq!(first.iter().filter(|opens| **opens).count(), 1, "of those who come at once: {first:?}");
    for (vault, opened) in vaults.iter().zip(first) {
        assert_eq!(vault.opens().await.unwrap(), opened, "and it stays so");
    }
}

async fn an_erased_person_does_not_open(database: &Database) {
    let store = database.open().await;
    let vault = vault(&store, 1);
    keep(&store, vault.seal_new(tenant(), person(1), &[("name", "Ada Rossi")])).await;
    keep(&store, vault.seal_new(tenant(), person(2), &[("name", "Bo Verdi")])).await;
    assert_eq!(opened(&vault, person(1)).await.len(), 1);
    keep(&store, vault.erase(person(1))).await;
    assert_eq!(opened(&vault, person(1)).await, []);
    assert_eq!(opened(&vault, person(2)).await, pairs(&[("name", "Bo Verdi")]));
    let sealed = vault.seal(tenant(), person(1), &[("name", "x")]).await;
    assert!(matches!(sealed, Err(StoreError::Defect(_))));
    let stored =
        store.query(&CIPHERTEXTS, vec![Value::from(person(1).to_string())], Reach::Point).await.unwrap();
    assert_eq!(stored, []);
}

async fn fields_are_added_and_replaced(database: &Database) {
    let store = database.open().await;
    let vault = vault(&store, 1);
    keep(&store, vault.seal_new(tenant(), person(1), &[("name", "Ada")])).await;
    keep(&store, vault.seal(tenant(), person(1), &[("name", "Ada Rossi"), ("phone", "+39")]).await.unwrap())
        .await;
    assert_eq!(opened(&vault, person(1)).await, pairs(&[("name", "Ada Rossi"), ("phone", "+39")]));
    let other = TenantId::from_uuid(Uuid::from_u128(99));
    assert!(matches!(vault.seal(other, person(1), &[("name", "x")]).await, Err(StoreError::Defect(_))));
    let value = format!("{:?}", vault.open(person(1)).await.unwrap());
    assert!(!value.contains("Ada"), "{value}");
}

async fn several_persons_open_in_the_order_asked(database: &Database) {
    let store = database.open().await;
    let vault = vault(&store, 1);
    for number in 0..25 {
        keep(&store, vault.seal_new(tenant(), person(number), &[("name", &number.to_string())])).await;
    }
    let asked = [24, 3, 100, 3, 0, 11, 12, 13, 14, 15, 16, 17, 18].map(person);
    let all = vault.open_many(&asked).await.unwrap();
    let names: Vec<Option<String>> =
        all.iter().map(|fields| fields.first().map(|(_, name)| name.reveal().clone())).collect();
    let expected = ["24", "3", "", "3", "0", "11", "12", "13", "14", "15", "16", "17", "18"];
    let expected: Vec<Option<String>> =
        expected.iter().map(|name| (!name.is_empty()).then(|| (*name).to_owned())).collect();
    assert_eq!(names, expected);
    assert!(all.iter().all(|fields| fields.len() <= 1));
    assert_eq!(vault.open_many(&[]).await.unwrap().len(), 0);
}

async fn a_blind_index_depends_on_purpose_text_and_master_key(database: &Database) {
    let store = database.open().await;
    let one = vault(&store, 1);
    let index = one.blind_index("login", "ada@example.com");
    assert_eq!(index.len(), 64);
    assert_eq!(index, vault(&store, 1).blind_index("login", "ada@example.com"));
    assert_ne!(index, one.blind_index("phone", "ada@example.com"));
    assert_ne!(index, one.blind_index("login", "ada@example.org"));
    assert_ne!(index, vault(&store, 2).blind_index("login", "ada@example.com"));
}

async fn a_moved_row_does_not_open(database: &Database) {
    let store = database.open().await;
    let keeper = vault(&store, 1);
    for number in [1, 2] {
        let fields = [("email", "a@example.com"), ("name", "Ada")];
        keep(&store, keeper.seal_new(tenant(), person(number), &fields)).await;
    }
    drop((keeper, store));
    let (one, two) = (person(1), person(2));
    let edits = [
        // A field under another name, another person's field, another person's key, a flipped bit.
        format!("UPDATE personal SET field = 'phone' WHERE person = '{one}' AND field = 'name'"),
        format!(
            "UPDATE personal SET ciphertext = (SELECT ciphertext FROM personal WHERE person = '{two}' AND \
             field = 'email') WHERE person = '{one}' AND field = 'email'"
        ),
        format!(
            "UPDATE personal_keys SET wrapped = (SELECT wrapped FROM personal_keys WHERE person = '{two}') \
             WHERE person = '{one}'"
        ),
        format!(
            "UPDATE personal_keys SET tenant = 'ten_00000000000000000000000000000009' WHERE person = '{one}'"
        ),
    ];
    database.edit("CREATE TABLE spare AS SELECT * FROM personal; CREATE TABLE spare_keys AS SELECT * FROM personal_keys");
    for edit in edits {
        database.edit(&edit);
        let store = database.open().await;
        let vault = vault(&store, 1);
        assert!(matches!(vault.open(one).await, Err(StoreError::Defect(_))), "{edit}");
        assert_eq!(opened(&vault, two).await.len(), 2);
        drop((vault, store));
        database.edit(
            "DELETE FROM personal; INSERT INTO personal SELECT * FROM spare; \
             DELETE FROM personal_keys; INSERT INTO personal_keys SELECT * FROM spare_keys",
        );
        let store = database.open().await;
        assert_eq!(opened(&super::personal::vault(&store, 1), one).await.len(), 2);
    }
}
