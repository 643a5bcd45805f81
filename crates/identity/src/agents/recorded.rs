//! One recorded sample of every event as it lies in the log: whatever changes, these must be read.

use super::{ApiKeyEvent, OrganisationEvent, SessionEvent, TenantEvent, UserEvent};
use contracts::Event;

const TENANT: &[(&str, &str)] = &[
    ("tenant.created", r#"{"name":"Auto-Broker","operator":"org_00000000000000000000000000000001"}"#),
    ("tenant.settings_changed", r#"{"settings":{"dispute_window_seconds":3600,"locale":"it"}}"#),
];

const ORGANISATION: &[(&str, &str)] = &[(
    "organisation.registered",
    r#"{"tenant":"ten_00000000000000000000000000000001","kind":"carrier","person":"per_00000000000000000000000000000001"}"#,
)];

const USER: &[(&str, &str)] = &[
    (
        "user.registered",
        r#"{"tenant":"ten_00000000000000000000000000000001","organisation":"org_00000000000000000000000000000001","role":"driver","person":"per_00000000000000000000000000000001"}"#,
    ),
    ("user.role_changed", r#"{"from":"broker","to":"supervisor"}"#),
    ("user.disabled", "{}"),
    ("user.enabled", "{}"),
    ("user.profile_changed", r#"{"fields":["phone"]}"#),
    ("user.password_changed", "{}"),
    ("login.failed", r#"{"failures":0,"locked_until":1772352000000000}"#),
    ("login.failures_forgiven", "{}"),
    (
        "personal_data.accessed",
        r#"{"subjects":["usr_00000000000000000000000000000001"],"purpose":"users.list"}"#,
    ),
    ("personal_data.erased", r#"{"person":"per_00000000000000000000000000000001"}"#),
];

const SESSION: &[(&str, &str)] = &[
    (
        "session.opened",
        r#"{"user":"usr_00000000000000000000000000000001","tenant":"ten_00000000000000000000000000000001","token_hash":"00ff","expires_at":1772352000000000}"#,
    ),
    ("session.refreshed", r#"{"token_hash":"00ff","expires_at":1772352000000000}"#),
    ("session.revoked", r#"{"reason":"reuse"}"#),
];

const API_KEY: &[(&str, &str)] = &[
    (
        "api_key.created",
        r#"{"terms":{"user":"usr_00000000000000000000000000000001","tenant":"ten_00000000000000000000000000000001","role":"shipper","scopes":["shipment:read"],"secret_hash":"00ff","person":"per_00000000000000000000000000000001","expires_at":1772352000000000}}"#,
    ),
    ("api_key.revoked", "{}"),
];

/// Each sample is of schema 1, is read, and is written as it was; none is missing.
fn read<E: Event>(samples: &[(&str, &str)]) {
    let names: Vec<&str> = samples.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, E::TYPES);
    for (name, payload) in samples {
        let event = E::decode(name, 1, payload).unwrap();
        assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (*name, *payload));
    }
}

#[test]
fn every_recorded_event_is_still_read() {
    read::<TenantEvent>(TENANT);
    read::<OrganisationEvent>(ORGANISATION);
    read::<UserEvent>(USER);
    read::<SessionEvent>(SESSION);
    read::<ApiKeyEvent>(API_KEY);
}
