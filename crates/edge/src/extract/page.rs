//! Paging.

use crate::{Fields, Problem};

/// `per_page` unless told (design, section 7).
const PER_PAGE: u32 = 20;
/// `per_page` at most (design, section 7).
const PER_PAGE_MAX: u32 = 100;
/// `page` at most: the deepest offset that a list is asked to skip is a hundred million rows.
const PAGE_MAX: u32 = 1_000_000;

/// Paging, to be used as two fields of a query: `page` from 1, `per_page` 20 unless told, at most 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub page: u32,
    /// 1 to 100.
    pub per_page: u32,
}

impl Page {
    /// Checks what was asked.
    ///
    /// # Errors
    /// 422 with `page` or `per_page`.
    pub fn of(page: Option<u32>, per_page: Option<u32>) -> Result<Self, Problem> {
        let asked = Self { page: page.unwrap_or(1), per_page: per_page.unwrap_or(PER_PAGE) };
        let mut fields = Fields::new();
        let page_holds = (1..=PAGE_MAX).contains(&asked.page);
        fields.require(page_holds, "page", "out_of_range", format!("must be 1 to {PAGE_MAX}"));
        let size_holds = (1..=PER_PAGE_MAX).contains(&asked.per_page);
        fields.require(size_holds, "per_page", "out_of_range", format!("must be 1 to {PER_PAGE_MAX}"));
        fields.finish()?;
        Ok(asked)
    }

    /// `LIMIT`.
    #[must_use]
    pub fn limit(self) -> i64 {
        i64::from(self.per_page)
    }

    /// `OFFSET`.
    #[must_use]
    pub fn offset(self) -> i64 {
        i64::from(self.page.saturating_sub(1)) * i64::from(self.per_page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_defaults_and_limits() {
        let page = Page::of(None, None).unwrap();
        assert_eq!((page.limit(), page.offset()), (20, 0));
        let page = Page::of(Some(3), Some(100)).unwrap();
        assert_eq!((page.limit(), page.offset()), (100, 200));
        let problem = Page::of(Some(0), Some(101)).unwrap_err();
        let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!((problem.status.as_u16(), fields), (422, vec!["page", "per_page"]));
        assert_eq!(Page::of(Some(u32::MAX), None).unwrap_err().errors[0].field, "page");
    }
}
