//! One measured figure beside its budget.

use std::fmt;

/// What a figure must keep to (issue figures are in the same unit).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budget {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
    /// For comparison only.
    Free,
}

/// A measured figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// How much.
    pub measured: f64,
    /// Of what.
    pub unit: &'static str,
    /// What was allowed.
    pub budget: Budget,
}

impl Figure {
    /// A figure.
    pub fn new(name: impl Into<String>, measured: f64, unit: &'static str, budget: Budget) -> Self {
        Self { name: name.into(), measured, unit, budget }
    }

    /// Whether it kept to its budget.
    pub fn kept(&self) -> bool {
        match self.budget {
            Budget::AtMost(most) => self.measured <= most,
            Budget::AtLeast(least) => self.measured >= least,
            Budget::Free => true,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (budget, verdict) = match self.budget {
            Budget::AtMost(most) => (format!("at most {}", Digits(most)), self.kept()),
            Budget::AtLeast(least) => (format!("at least {}", Digits(least)), self.kept()),
            Budget::Free => {
                return write!(f, "{:<58} {:>10} {}", self.name, Digits(self.measured), self.unit);
            }
        };
        let verdict = if verdict { "ok" } else { "MISSED" };
        let measured = Digits(self.measured);
        write!(f, "{:<58} {measured:>10} {:<9} budget {budget:<18} {verdict}", self.name, self.unit)
    }
}

/// A number with three telling digits, no more.
struct Digits(f64);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0.abs() {
            large if large >= 100.0 => format!("{:.0}", self.0),
            middle if middle >= 10.0 => format!("{:.1}", self.0),
            small if small >= 1.0 => format!("{:.2}", self.0),
            _ => format!("{:.3}", self.0),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_budget_says_so() {
        let slow = Figure::new("cold start", 812.0, "ms", Budget::AtMost(500.0));
        assert!(slow.to_string().ends_with("MISSED"), "{slow}");
        let fast = Figure::new("commands", 20_000.0, "/s", Budget::AtLeast(15_000.0));
        assert!(fast.to_string().ends_with("ok"), "{fast}");
        let few = Figure::new("commands", 14_999.0, "/s", Budget::AtLeast(15_000.0));
        assert!(few.to_string().ends_with("MISSED"), "{few}");
        assert!(!Figure::new("bare loop", 5000.0, "/s", Budget::Free).to_string().contains("budget"));
    }
}
