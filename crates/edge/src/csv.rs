//! Answers as comma-separated values (RFC 4180), safe to open in a spreadsheet.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// A table as text: a head, then rows with as many cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvText(String);

impl CsvText {
    /// With its head.
    #[must_use]
    pub fn new(head: &[&str]) -> Self {
        let mut text = Self(String::new());
        text.row(head);
        text
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&str]) {
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.cell(cell);
        }
        self.0.push_str("\r\n");
    }

    /// A spreadsheet takes what begins with one of these signs for a formula; an apostrophe makes it text. A number
    /// may begin with a minus.
    fn cell(&mut self, cell: &str) {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
        let guard = if formula { "'" } else { "" };
        if cell.contains(['"', ',', '\n', '\r']) {
            let quoted = cell.replace('"', "\"\"");
            self.0.push_str(&format!("\"{guard}{quoted}\""));
        } else {
            self.0.push_str(guard);
            self.0.push_str(cell);
        }
    }
}

impl IntoResponse for CsvText {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        ([(header::CONTENT_TYPE, kind)], self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_text() {
        let mut text = CsvText::new(&["a", "b"]);
        text.row(&["x, \"y\"", "=HYPERLINK(\"http://evil\")"]);
        text.row(&["-12.50", "-cmd"]);
        text.row(&["two\nlines", "@sum"]);
        let expected = "a,b\r\n\"x, \"\"y\"\"\",\"'=HYPERLINK(\"\"http://evil\"\")\"\r\n-12.50,'-cmd\r\n\"two\nlines\",'@sum\r\n";
        assert_eq!(text.0, expected);
    }
}
