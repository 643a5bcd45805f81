//! Shipments as rows of a spreadsheet (RFC 4180): read for an import, each cell's error by its row and column.

use super::shipment_request::{Asked, NewShipment};
use contracts::gazetteer;
use edge::Problem;
use kernel::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Rows of one import.
pub const ROWS_MAX: usize = 1_000;
/// The columns that an import may have, with the field that each fills.
pub const COLUMNS: [(&str, &str); 16] = [
    ("pickup_place", "pickup.place"),
    ("pickup_latitude", "pickup.latitude"),
    ("pickup_longitude", "pickup.longitude"),
    ("pickup_address", "pickup.address"),
    ("pickup_from", "pickup.window.from"),
    ("pickup_to", "pickup.window.to"),
    ("delivery_place", "delivery.place"),
    ("delivery_latitude", "delivery.latitude"),
    ("delivery_longitude", "delivery.longitude"),
    ("delivery_address", "delivery.address"),
    ("delivery_from", "delivery.window.from"),
    ("delivery_to", "delivery.window.to"),
    ("weight_kg", "cargo.weight_kg"),
    ("volume_m3", "cargo.volume_m3"),
    ("cargo_kind", "cargo.kind"),
    ("requires", "cargo.requires"),
];

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CellError {
    /// The row, from 1 for the first below the head.
    pub row: usize,
    /// The column's name.
    pub column: String,
    /// A stable code.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// A row that can be posted.
pub struct Row {
    /// What was written.
    pub asked: NewShipment,
    /// The same, checked.
    pub checked: Asked,
}

/// Reads a table: every row that can be posted, and every cell that cannot.
///
/// # Errors
/// 422 when it is no table, has an unknown column or a missing one, or too many rows.
pub fn read(text: &str, now: Timestamp) -> Result<(Vec<Row>, Vec<CellError>), Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    let delimiter = if head.contains(';') && !head.contains(',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let broken =
        |error: csv::Error| Problem::field("body", "malformed", format!("the table cannot be read: {error}"));
    let columns = columns_of(reader.headers().map_err(broken)?)?;
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for (place, record) in reader.records().enumerate() {
        if place >= ROWS_MAX {
            return Err(Problem::field("body", "too_many", format!("at most {ROWS_MAX} rows")));
        }
        let record = record.map_err(broken)?;
        let cells: HashMap<&str, &str> = columns
            .iter()
            .copied()
            .zip(record.iter().map(str::trim))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        match row_of(&cells, now) {
            Ok(row) => rows.push(row),
            Err(found) => errors.extend(found.into_iter().map(|error| CellError { row: place + 1, ..error })),
        }
    }
    if rows.is_empty() && errors.is_empty() {
        return Err(Problem::field("body", "missing", "the table has no rows"));
    }
    Ok((rows, errors))
}

fn columns_of(head: &csv::StringRecord) -> Result<Vec<&'static str>, Problem> {
    let mut columns = Vec::new();
    for name in head {
        let name = name.trim().to_lowercase();
        let known = COLUMNS.iter().map(|(column, _)| *column).find(|column| *column == name);
        let known = known.ok_or_else(|| {
            let names: Vec<&str> = COLUMNS.iter().map(|(column, _)| *column).collect();
            let detail = format!("`{name}` is no column; there are {}", names.join(", "));
            Problem::field("head", "unknown_column", detail)
        })?;
        if columns.contains(&known) {
            return Err(Problem::field("head", "duplicate_column", format!("`{known}` stands there twice")));
        }
        columns.push(known);
    }
    Ok(columns)
}

fn cell_error(column: &str, code: &str, detail: impl Into<String>) -> CellError {
    CellError { row: 0, column: column.to_owned(), code: code.to_owned(), detail: detail.into() }
}

/// The column that fills a field; the field's own name when there is none.
fn column_of(field: &str) -> String {
    let whole = field.split('[').next().unwrap_or(field);
    COLUMNS
        .iter()
        .find(|(_, known)| *known == whole)
        .map_or_else(|| field.to_owned(), |(name, _)| (*name).to_owned())
}

fn row_of(cells: &HashMap<&str, &str>, now: Timestamp) -> Result<Row, Vec<CellError>> {
    let mut errors = Vec::new();
    let mut cargo = Map::new();
    for (name, column, needed) in [("weight_kg", "weight_kg", true), ("volume_m3", "volume_m3", false)] {
        if let Some(number) = number(cells, column, needed, &mut errors) {
            cargo.insert(name.to_owned(), number);
        }
    }
    if let Some(kind) = cells.get("cargo_kind") {
        cargo.insert("kind".to_owned(), json!(kind));
    }
    if let Some(requires) = cells.get("requires") {
        let features: Vec<&str> = requires.split(['|', ' ']).filter(|feature| !feature.is_empty()).collect();
        cargo.insert("requires".to_owned(), json!(features));
    }
    let pickup = stop(cells, "pickup", &mut errors);
    let delivery = stop(cells, "delivery", &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let body = json!({ "pickup": pickup, "delivery": delivery, "cargo": cargo });
    let asked: NewShipment = serde_json::from_value(body)
        .map_err(|error| vec![cell_error("row", "malformed", error.to_string())])?;
    match asked.check(now) {
        Ok(checked) => Ok(Row { asked, checked }),
        Err(refusal) => {
            let cell = |error: &kernel::FieldError| {
                cell_error(&column_of(&error.field), &error.code, error.detail.to_string())
            };
            Err(refusal.fields.iter().map(cell).collect())
        }
    }
}

fn number(
    cells: &HashMap<&str, &str>,
    column: &str,
    needed: bool,
    errors: &mut Vec<CellError>,
) -> Option<Value> {
    match cells.get(column) {
        Some(text) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Some(json!(number)),
            _ => {
                errors.push(cell_error(
                    column,
                    "wrong_type",
                    "must be a number, with a point for its decimals",
                ));
                None
            }
        },
        None => {
            if needed {
                errors.push(cell_error(column, "missing", "must be given"));
            }
            None
        }
    }
}

/// One end of the trip: by coordinates, or by the name of a city.
fn stop(cells: &HashMap<&str, &str>, end: &str, errors: &mut Vec<CellError>) -> Value {
    let column = |name: &str| format!("{end}_{name}");
    let mut stop = Map::new();
    let place = column("place");
    let by_name =
        !cells.contains_key(column("latitude").as_str()) && !cells.contains_key(column("longitude").as_str());
    match cells.get(place.as_str()).filter(|_| by_name) {
        Some(name) => match gazetteer::search(name, 1).first() {
            Some(city) => {
                stop.insert("latitude".to_owned(), json!(city.latitude));
                stop.insert("longitude".to_owned(), json!(city.longitude));
            }
            None => errors.push(cell_error(&place, "unknown_place", "is no city of the gazetteer")),
        },
        None => {
            for name in ["latitude", "longitude"] {
                if let Some(degrees) = number(cells, &column(name), true, errors) {
                    stop.insert(name.to_owned(), degrees);
                }
            }
        }
    }
    if let Some(address) = cells.get(column("address").as_str()) {
        stop.insert("address".to_owned(), json!(address));
    }
    let mut window = Map::new();
    for name in ["from", "to"] {
        match cells.get(column(name).as_str()) {
            Some(text) => drop(window.insert(name.to_owned(), json!(text))),
            None => errors.push(cell_error(&column(name), "missing", "must be given")),
        }
    }
    stop.insert("window".to_owned(), Value::Object(window));
    Value::Object(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-01T08:00:00Z";
    const HEAD: &str = "pickup_place,pickup_from,pickup_to,delivery_latitude,delivery_longitude,delivery_from,delivery_to,weight_kg,requires";

    /// How many rows are good, and the row, column and code of each bad cell.
    type Found = (usize, Vec<(usize, String, String)>);

    fn read_rows(rows: &str) -> Result<Found, String> {
        let text = format!("{HEAD}\n{rows}");
        let now = Timestamp::parse(NOW).unwrap();
        let (rows, errors) = read(&text, now).map_err(|problem| problem.errors[0].code.to_string())?;
        Ok((rows.len(), errors.into_iter().map(|error| (error.row, error.column, error.code)).collect()))
    }

    const GOOD: &str = "Milano,2026-03-02T08:00:00Z,2026-03-02T10:00:00Z,41.9,12.5,2026-03-02T18:00:00Z,2026-03-02T20:00:00Z,8000,lift_gate|adr\n";

    #[test]
    fn good_rows_are_read_and_bad_cells_are_named() {
        assert_eq!(read_rows(GOOD), Ok((1, Vec::new())));
        let bad = "Atlantis,yesterday,,x,12.5,2026-03-02T18:00:00Z,2026-03-02T17:00:00Z,,\n";
        let (rows, errors) = read_rows(&format!("{GOOD}{bad}")).unwrap();
        let columns: Vec<&str> = errors
            .iter()
            .map(|(row, column, _)| {
                assert_eq!(*row, 2);
                column.as_str()
            })
            .collect();
        assert_eq!(rows, 1);
        assert_eq!(columns, ["weight_kg", "pickup_place", "pickup_to", "delivery_latitude"]);
        let late = GOOD.replace("2026-03-02T20:00:00Z", "2026-03-02T17:00:00Z").replace("8000", "70000");
        let columns: Vec<String> =
            read_rows(&late).unwrap().1.into_iter().map(|(_, column, _)| column).collect();
        assert_eq!(columns, ["delivery_to", "weight_kg"]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(read_rows(""), Err("missing".to_owned()));
        assert_eq!(read_rows(&GOOD.repeat(ROWS_MAX + 1)), Err("too_many".to_owned()));
        let now = Timestamp::parse(NOW).unwrap();
        let code = |text: &str| read(text, now).err().map(|problem| problem.errors[0].code.to_string());
        assert_eq!(code("colour\nred\n").as_deref(), Some("unknown_column"));
        assert_eq!(code("weight_kg,weight_kg\n1,1\n").as_deref(), Some("duplicate_column"));
    }
}
