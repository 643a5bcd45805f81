//! What a truck carries, in several dimensions at once.

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// At most so many dimensions (weight, volume, pallets ...).
pub const DIMENSIONS_MAX: usize = 4;

/// The largest sum of all loads of a problem in one dimension; it keeps every sum within an `i32`.
pub const LOAD_TOTAL_MAX: i64 = 1_000_000_000;

/// An amount in each dimension, in the units of the problem. Dimensions that are not used are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Load(pub [i32; DIMENSIONS_MAX]);

impl Load {
    /// An amount in the first dimension only.
    #[must_use]
    pub const fn one(amount: i32) -> Self {
        Self([amount, 0, 0, 0])
    }

    /// Whether it is at most `capacity` in every dimension.
    #[must_use]
    pub fn fits(self, capacity: Self) -> bool {
        self.0.iter().zip(capacity.0).all(|(amount, most)| *amount <= most)
    }

    /// The larger amount of each dimension.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        self.with(other, i32::max)
    }

    fn with(self, other: Self, combine: fn(i32, i32) -> i32) -> Self {
        let mut result = [0; DIMENSIONS_MAX];
        for (index, amount) in result.iter_mut().enumerate() {
            *amount = combine(self.0[index], other.0[index]);
        }
        Self(result)
    }
}

impl Add for Load {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}

impl Sub for Load {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
}

impl Neg for Load {
    type Output = Self;
    fn neg(self) -> Self {
        Self::default() - self
    }
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Load {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
