//! Which shippers have the largest volume discount already. Within a month a discount only grows, so that who has the
//! largest one need not be counted again before the month ends: that spares the busiest shippers a read a shipment.

use crate::{
    rules::{
        calendar::month_number,
        volume::{DISCOUNT_PERMILLE_MAX, discount_permille},
    },
    views,
};
use kernel::{OrganisationId, Timestamp};
use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use store::{Store, StoreError};

/// The shippers with the largest discount in one month.
#[derive(Debug, Default)]
pub struct FullDiscounts(Mutex<Month>);

#[derive(Debug, Default)]
struct Month {
    number: i64,
    shippers: FxHashSet<OrganisationId>,
}

impl FullDiscounts {
    /// The discount of a shipper at an instant, in thousandths.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn discount_permille(
        &self,
        store: &Store,
        shipper: OrganisationId,
        at: Timestamp,
    ) -> Result<u16, StoreError> {
        let month = month_number(at);
        if self.has(month, shipper) {
            return Ok(DISCOUNT_PERMILLE_MAX);
        }
        let discount = discount_permille(views::volumes::posted(store, shipper, at).await?);
        if discount == DISCOUNT_PERMILLE_MAX {
            self.keep(month, shipper);
        }
        Ok(discount)
    }

    fn has(&self, month: i64, shipper: OrganisationId) -> bool {
        let known = self.0.lock();
        known.number == month && known.shippers.contains(&shipper)
    }

    fn keep(&self, month: i64, shipper: OrganisationId) {
        let mut known = self.0.lock();
        if known.number != month {
            *known = Month { number: month, shippers: FxHashSet::default() };
        }
        known.shippers.insert(shipper);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId as _, Uuid};

    #[test]
    fn who_has_the_largest_discount_has_it_until_the_month_ends() {
        let [one, other] = [1, 2].map(|number| OrganisationId::from_uuid(Uuid::from_u128(number)));
        let known = FullDiscounts::default();
        known.keep(7, one);
        assert!(known.has(7, one) && !known.has(7, other) && !known.has(8, one) && !known.has(6, one));
        known.keep(8, other);
        assert!(known.has(8, other) && !known.has(8, one) && !known.has(7, one));
    }
}
