//! From counted regions of a file to its covered lines.

use llvm_profparser::SourceLocation;
use std::collections::BTreeMap;

/// A stretch of source text that runs as often as one counter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    first_line: usize,
    first_column: usize,
    last_line: usize,
    last_column: usize,
    /// Between two statements: it colours only lines on which nothing starts.
    gap: bool,
}

impl Span {
    /// The format marks a gap by the top bit of the end column.
    pub const fn new(location: &SourceLocation) -> Self {
        const GAP: usize = 1 << 31;
        Self {
            first_line: location.line_start,
            first_column: location.column_start,
            last_line: location.line_end,
            last_column: location.column_end & !GAP,
            gap: location.column_end != usize::MAX && location.column_end & GAP != 0,
        }
    }
}

/// The regions of one file, over all programs and all copies of a generic function.
#[derive(Debug, Default)]
pub struct FileLines {
    regions: BTreeMap<Span, i128>,
}

impl FileLines {
    /// Adds runs to a region.
    pub fn add(&mut self, span: Span, count: i128) {
        *self.regions.entry(span).or_default() += count.max(0);
    }

    /// The lines that could have run, each with whether it did. Stops where the test module begins.
    pub fn counted(&self, text: &str) -> Vec<(usize, bool)> {
        let lines: Vec<&str> = text.lines().collect();
        let end = tests_begin(&lines);
        let mut found = Vec::new();
        for (index, line) in lines.iter().enumerate().take(end) {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            if let Some(count) = self.count(index + 1) {
                found.push((index + 1, count > 0));
            }
        }
        found
    }

    /// How often a line ran: the most of the region that reaches into it and of those that start on it.
    fn count(&self, line: usize) -> Option<i128> {
        let begun = self.regions.iter().take_while(|(span, _)| span.first_line <= line);
        let mut reaching: Option<(Span, i128)> = None;
        let mut starting: Option<i128> = None;
        for (span, &count) in begun {
            if span.first_line == line {
                if !span.gap {
                    starting = Some(starting.map_or(count, |most| most.max(count)));
                }
            } else if span.last_line >= line && reaching.is_none_or(|(other, _)| within(span, &other)) {
                reaching = Some((*span, count));
            }
        }
        match (reaching, starting) {
            (Some((_, reaching)), Some(starting)) => Some(reaching.max(starting)),
            (Some((_, count)), None) | (None, Some(count)) => Some(count),
            (None, None) => None,
        }
    }
}

/// Whether one region lies inside another: it starts later, or starts there too and ends earlier.
fn within(inner: &Span, outer: &Span) -> bool {
    let start = |span: &Span| (span.first_line, span.first_column);
    let end = |span: &Span| (span.last_line, span.last_column);
    start(inner) > start(outer) || (start(inner) == start(outer) && end(inner) <= end(outer))
}

/// The index of the line that opens the test module, or the number of lines.
fn tests_begin(lines: &[&str]) -> usize {
    let marker = |index: &usize| {
        lines[*index].trim() == "#[cfg(test)]"
            && lines[*index + 1..]
                .iter()
                .find(|line| !line.trim_start().starts_with('#'))
                .is_some_and(opens_module)
    };
    (0..lines.len()).find(marker).unwrap_or(lines.len())
}

fn opens_module(line: &&str) -> bool {
    let line = line.trim_start();
    (line.starts_with("mod ") || line.starts_with("pub mod ") || line.starts_with("pub(crate) mod "))
        && line.ends_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: (usize, usize), last: (usize, usize)) -> Span {
        Span {
            first_line: first.0,
            first_column: first.1,
            last_line: last.0,
            last_column: last.1,
            gap: false,
        }
    }

    fn covered(file: &FileLines, text: &str) -> (usize, usize) {
        let found = file.counted(text);
        (found.iter().filter(|(_, ran)| *ran).count(), found.len())
    }

    #[test]
    fn the_innermost_region_decides_a_line_on_which_nothing_starts() {
        let mut file = FileLines::default();
        file.add(span((1, 1), (6, 2)), 3);
        file.add(span((3, 8), (5, 6)), 0);
        let text = "fn a() {\n    b();\n    if c() {\n        d();\n    }\n}\n";
        assert_eq!(covered(&file, text), (4, 6), "the body and the end of the branch did not run");
    }

    #[test]
    fn copies_of_a_function_add_up() {
        let mut file = FileLines::default();
        file.add(span((1, 1), (1, 10)), 0);
        file.add(span((1, 1), (1, 10)), 2);
        assert_eq!(covered(&file, "fn a() {}\n"), (1, 1));
    }

    #[test]
    fn comments_and_the_test_module_do_not_count() {
        let mut file = FileLines::default();
        file.add(span((1, 1), (9, 2)), 1);
        let text = "fn a() {\n    // why\n\n    b();\n}\n#[cfg(test)]\nmod tests {\n    x();\n}\n";
        assert_eq!(covered(&file, text), (3, 3));
    }

    #[test]
    fn a_gap_does_not_make_its_first_line_count() {
        let gap = Span::new(&SourceLocation {
            line_start: 2,
            column_start: 5,
            line_end: 3,
            column_end: (1 << 31) | 4,
        });
        let mut file = FileLines::default();
        file.add(gap, 0);
        assert_eq!(covered(&file, "a\nb\nc\n"), (0, 1), "only the line it reaches into");
    }
}
