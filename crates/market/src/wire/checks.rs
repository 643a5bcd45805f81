//! Checks that several requests share.

use edge::Fields;
use kernel::{OrganisationId, Timestamp};

/// Entries of a list at most.
const LIST_MAX: usize = 50;
/// Characters of a name (a cargo kind, a feature) at most.
const NAME_MAX: usize = 50;
/// What a name looks like.
const NAME_PATTERN: &str = "^[a-z0-9][a-z0-9_-]{0,49}$";

/// Checks a short machine-readable name such as `lift_gate`.
pub(crate) fn check_name(name: &str, field: impl Into<String>, fields: &mut Fields) {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let holds = name.len() <= NAME_MAX
        && name.bytes().next().is_some_and(letter)
        && name.bytes().all(|b| letter(b) || b == b'_' || b == b'-');
    fields.require(holds, field, "invalid_name", format!("must match {NAME_PATTERN}"));
}

/// Checks a list of names.
pub(crate) fn check_names(names: &[String], field: &str, fields: &mut Fields) {
    if check_length(names.len(), field, fields) {
        for (place, name) in names.iter().enumerate() {
            let field = format!("{field}[{place}]");
            if names[..place].contains(name) {
                fields.refuse(field, "repeated", "the list names it twice");
            } else {
                check_name(name, field, fields);
            }
        }
    }
}

/// Checks a text for people: neither too long nor with control characters, which no database keeps and no page shows.
/// Line breaks and tabs are fine.
pub(crate) fn check_text(text: &str, chars_max: usize, field: impl Into<String>, fields: &mut Fields) {
    let field = field.into();
    let plain = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    fields.require(plain, field.as_str(), "invalid_text", "must have no control characters");
    let holds = text.chars().count() <= chars_max;
    fields.require(holds, field, "too_long", format!("must have at most {chars_max} characters"));
}

/// Checks a list of organisations, without repetitions.
pub(crate) fn check_organisations(texts: &[String], field: &str, fields: &mut Fields) -> Vec<OrganisationId> {
    let mut known: Vec<OrganisationId> = Vec::new();
    if check_length(texts.len(), field, fields) {
        for (place, text) in texts.iter().enumerate() {
            let place = format!("{field}[{place}]");
            match fields.take(place.as_str(), "invalid_id", text.parse()) {
                Some(id) if known.contains(&id) => {
                    fields.refuse(place, "repeated", "the list names it twice")
                }
                Some(id) => known.push(id),
                None => {}
            }
        }
    }
    known
}

fn check_length(length: usize, field: &str, fields: &mut Fields) -> bool {
    let holds = length <= LIST_MAX;
    fields.require(holds, field, "too_many", format!("must have at most {LIST_MAX} entries"));
    holds
}

/// Checks that a number lies in a range. Not-a-number lies in none.
pub(crate) fn check_number(
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    field: impl Into<String>,
    fields: &mut Fields,
) {
    let detail = || format!("must be {} to {}", range.start(), range.end());
    fields.require(range.contains(&value), field, "out_of_range", detail());
}

/// Reads a calendar day, such as `2027-12-31`, as its last microsecond in UTC.
pub(crate) fn check_day(text: &str, field: &str, fields: &mut Fields) -> Option<Timestamp> {
    let end = (text.len() == 10).then(|| Timestamp::parse(&format!("{text}T23:59:59.999999Z")));
    let end = end.and_then(Result::ok).ok_or("expected a day such as 2027-12-31");
    fields.take(field, "invalid_day", end)
}

/// The calendar day in UTC of an instant.
pub(crate) fn day(at: Timestamp) -> String {
    let mut text = at.to_string();
    text.truncate(10);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad_fields(fields: Fields) -> Vec<String> {
        let refused = fields.finish().err();
        refused.map_or_else(Vec::new, |refusal| {
            refusal.fields.into_iter().map(|bad| bad.field.into_owned()).collect()
        })
    }

    #[test]
    fn names_are_short_and_plain() {
        let mut fields = Fields::new();
        let names: Vec<String> =
            ["lift_gate", "adr", "", "Upper", "_x", "with space", &"a".repeat(51), &"a".repeat(50)]
                .map(Into::into)
                .into();
        check_names(&names, "requires", &mut fields);
        let bad = ["requires[2]", "requires[3]", "requires[4]", "requires[5]", "requires[6]"];
        assert_eq!(bad_fields(fields), bad);
    }

    #[test]
    fn texts_are_short_and_hold_no_control_characters() {
        let mut fields = Fields::new();
        check_text("Via Torino 1\nMilano\tIT", 30, "a", &mut fields);
        check_text("Mila\u{0}no", 30, "b", &mut fields);
        check_text("\u{1b}[2J", 30, "c", &mut fields);
        check_text(&"x".repeat(31), 30, "d", &mut fields);
        assert_eq!(bad_fields(fields), ["b", "c", "d"]);
    }

    #[test]
    fn long_and_repeating_lists_are_refused() {
        let mut fields = Fields::new();
        check_names(&["adr".to_owned(), "adr".to_owned()], "features", &mut fields);
        assert_eq!(bad_fields(fields), ["features[1]"]);
        let mut fields = Fields::new();
        check_names(&vec!["adr".to_owned(); 51], "requires", &mut fields);
        let id = "org_0123456789abcdef0123456789abcdef".to_owned();
        let known = check_organisations(&[id.clone(), id, "org_1".to_owned()], "carriers", &mut fields);
        assert_eq!(known.len(), 1);
        assert_eq!(bad_fields(fields), ["requires", "carriers[1]", "carriers[2]"]);
    }

    #[test]
    fn a_day_ends_with_its_last_microsecond() {
        let mut fields = Fields::new();
        let end = check_day("2027-12-31", "until", &mut fields).unwrap();
        assert_eq!(end.to_string(), "2027-12-31T23:59:59.999999Z");
        assert_eq!(day(end), "2027-12-31");
        for text in ["2027-02-30", "31/12/2027", "2027-12-31T", "", "tomorrow!!"] {
            assert_eq!(check_day(text, "until", &mut fields), None, "{text}");
        }
        assert_eq!(bad_fields(fields).len(), 5);
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut fields = Fields::new();
        check_number(0.0, 0.0..=1.0, "a", &mut fields);
        check_number(1.0, 0.0..=1.0, "b", &mut fields);
        check_number(f64::NAN, 0.0..=1.0, "c", &mut fields);
        check_number(-0.1, 0.0..=1.0, "d", &mut fields);
        assert_eq!(bad_fields(fields), ["c", "d"]);
    }
}
