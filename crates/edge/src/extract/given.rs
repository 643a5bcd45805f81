//! Fields of a change.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, Unexpected},
};

/// Reads a field that may be left out but not null, with `#[serde(default, deserialize_with = "edge::given")]`: what is
/// absent stays, and of null nobody could say what it means. A field that can be emptied says so and takes null.
///
/// # Errors
/// The deserialiser's, and a wrong type for null: 422 with the field's name.
pub fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = Option::<T>::deserialize(deserializer)?;
    value.map(Some).ok_or_else(|| {
        D::Error::invalid_type(Unexpected::Other("null"), &"a value; leave the field out to keep what it is")
    })
}

#[cfg(test)]
mod tests {
    use crate::extract::body::parse;
    use serde::Deserialize;
    use utoipa::ToSchema;

    #[derive(Debug, PartialEq, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum State {
        Active,
    }

    #[derive(Debug, PartialEq, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    struct Changes {
        #[serde(default, deserialize_with = "super::given")]
        name: Option<String>,
        #[serde(default, deserialize_with = "super::given")]
        state: Option<State>,
    }

    #[test]
    fn what_is_absent_stays_and_null_is_refused_by_name() {
        let both: Changes = parse(br#"{"name":"Ada","state":"active"}"#).unwrap();
        assert_eq!(both, Changes { name: Some("Ada".to_owned()), state: Some(State::Active) });
        assert_eq!(parse::<Changes>(b"{}").unwrap(), Changes { name: None, state: None });
        for field in ["name", "state"] {
            let problem = parse::<Changes>(format!(r#"{{"{field}":null}}"#).as_bytes()).unwrap_err();
            let error = &problem.errors[0];
            assert_eq!((problem.status.as_u16(), &*error.field, &*error.code), (422, field, "wrong_type"));
            assert!(error.detail.contains("leave the field out"), "{}", error.detail);
        }
    }
}
