//! How much memory making a graph took, beside what it may take.

/// What a small import takes.
const BASE_BYTES: u64 = 96 << 20;
/// What an edge takes while its graph is contracted, two a piece of road, and what a shortcut takes with the weights of one
/// vehicle. Measured: see the decision records.
const EDGE_BYTES: u64 = 120;
const SHORTCUT_BYTES: u64 = 48;

/// What making a graph took of memory at most, and what it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// At most so many bytes were resident; none where the system does not say.
    pub peak: Option<u64>,
    /// So many may be: in proportion to the edges and shortcuts, whatever else the file holds.
    pub budget: u64,
}

impl Memory {
    /// Of this process, for a graph.
    pub fn now(edges: usize, shortcuts: usize) -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let budget = BASE_BYTES + EDGE_BYTES * edges as u64 + SHORTCUT_BYTES * shortcuts as u64;
        Self { peak: peak_of(&status), budget }
    }

    /// Whether it took no more; unknown counts as kept.
    pub fn kept(self) -> bool {
        self.peak.is_none_or(|peak| peak <= self.budget)
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        match self.peak {
            Some(peak) => write!(f, "memory: at most {:.0} MB", megabytes(peak))?,
            None => write!(f, "memory: unknown")?,
        }
        let verdict = if self.kept() { "" } else { " MISSED" };
        write!(f, " (budget {:.0} MB for its roads){verdict}", megabytes(self.budget))
    }
}

/// The largest resident size, from the text of `/proc/self/status`.
fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_and_compared() {
        assert_eq!(peak_of("Name:\tx\nVmPeak:\t  9 kB\nVmHWM:\t  2048 kB\n"), Some(2 << 20));
        assert_eq!(peak_of(""), None);
        let memory = Memory { peak: Some(300_000_000), budget: 200_000_000 };
        assert!(!memory.kept() && memory.to_string().ends_with("MISSED"), "{memory}");
    }
}
