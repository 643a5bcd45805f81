//! A source file as the rules see it: its text, its code without comments and string contents, its string literals,
//! and which of its lines are test code.

use std::ops::Range;

/// A string literal of Rust code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The line it starts on, from 1.
    pub line: usize,
    /// What stands between the quotes, escapes unread.
    pub text: String,
}

/// One file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path from the root of the workspace, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Rust only: the text with comments and the contents of strings and characters blanked; every byte and line
    /// keeps its place. For other files the text itself.
    pub code: String,
    /// Rust only: the string literals, in order.
    pub literals: Vec<Literal>,
    tests: Vec<Range<usize>>,
    whole_file_is_test: bool,
}

impl Source {
    /// Reads a text; what it is follows from the path's ending.
    pub fn new(path: &str, text: &str) -> Self {
        let (code, literals) = if path.ends_with(".rs") { mask(text) } else { (text.to_owned(), Vec::new()) };
        let tests = item_extents(&code, text, |attribute| attribute.starts_with("#[cfg(test)]"));
        let folder = |name: &str| path.contains(&format!("/{name}/"));
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            literals,
            tests,
            whole_file_is_test: folder("tests") || folder("benches") || path.ends_with("/tests.rs"),
        }
    }

    /// Whether a line (from 1) is test code.
    pub fn is_test(&self, line: usize) -> bool {
        self.whole_file_is_test || self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// Marks the whole file as test code: its module is declared under `#[cfg(test)]`.
    pub const fn mark_as_test(&mut self) {
        self.whole_file_is_test = true;
    }

    /// The names of modules in other files that are declared under `#[cfg(test)]`.
    pub fn test_modules(&self) -> Vec<String> {
        let mut found = Vec::new();
        for lines in &self.tests {
            for line in self.code.lines().skip(lines.start - 1).take(lines.len()) {
                let declared = line.trim().strip_suffix(';').and_then(|item| item.rsplit_once("mod "));
                found.extend(declared.map(|(_, name)| name.trim().to_owned()));
            }
        }
        found
    }

    /// The lines (from 1) whose code contains a text.
    pub fn lines_with<'a>(&'a self, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code
            .lines()
            .enumerate()
            .filter(move |(_, line)| contains_word(line, needle))
            .map(|(index, _)| index + 1)
    }

    /// The lines covered by items that carry an `#[expect(..., reason = ...)]`.
    pub fn expected_lines(&self) -> Vec<Range<usize>> {
        let with_reason = |attribute: &str| {
            (attribute.starts_with("#[expect(") || attribute.starts_with("#![expect("))
                && attribute.contains("reason")
        };
        item_extents(&self.code, &self.text, with_reason)
    }

    /// The crate's folder name when the file lies in `crates/`.
    pub fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }
}

/// Whether `needle` occurs and is not the tail of a longer identifier.
fn contains_word(line: &str, needle: &str) -> bool {
    let identifier = |c: char| c.is_alphanumeric() || c == '_';
    let needs_edge = needle.starts_with(identifier);
    line.match_indices(needle).any(|(at, _)| !needs_edge || !line[..at].ends_with(identifier))
}

/// The line ranges of items that carry a wanted attribute, the attribute included.
fn item_extents(code: &str, text: &str, wanted: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let bytes = code.as_bytes();
    let line_of = |at: usize| bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = code[from..].find('#').map(|offset| from + offset) {
        let Some(end) = attribute_end(bytes, at) else {
            from = at + 1;
            continue;
        };
        if wanted(&text[at..end]) {
            let inner = bytes.get(at + 1) == Some(&b'!');
            let last = if inner { bytes.len() } else { item_end(bytes, end) };
            found.push(line_of(at)..line_of(last) + 1);
        }
        from = end;
    }
    found
}

/// Where the attribute that starts at `at` ends, if one does.
fn attribute_end(bytes: &[u8], at: usize) -> Option<usize> {
    let open = if bytes.get(at + 1) == Some(&b'!') { at + 2 } else { at + 1 };
    (bytes.get(open) == Some(&b'[')).then(|| matching(bytes, open) + 1)
}

/// The position of the bracket that closes the one at `open`, or the end.
fn matching(bytes: &[u8], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Where the item (or statement) that begins after an attribute ends: at its `;`, or at the end of its block.
fn item_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b';' => return at,
            b'{' => return matching(bytes, at).min(bytes.len()),
            b'(' | b'[' => at = matching(bytes, at),
            b'#' => at = attribute_end(bytes, at).map_or(at, |end| end - 1),
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Blanks comments and the contents of strings and characters, and collects the strings.
fn mask(text: &str) -> (String, Vec<Literal>) {
    let mut masker =
        Masker { bytes: text.as_bytes(), at: 0, line: 1, code: Vec::new(), literals: Vec::new() };
    masker.run();
    (String::from_utf8_lossy(&masker.code).into_owned(), masker.literals)
}

struct Masker<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    code: Vec<u8>,
    literals: Vec<Literal>,
}

impl Masker<'_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            let raw = self.raw_string();
            if rest.starts_with(b"//") {
                self.line_comment();
            } else if rest.starts_with(b"/*") {
                self.block_comment();
            } else if let Some((opening, hashes)) = raw {
                self.keep(opening);
                self.string(|rest| {
                    rest[0] == b'"' && rest[1..].iter().take_while(|&&b| b == b'#').count() >= hashes
                });
            } else if rest[0] == b'"' {
                self.keep(1);
                self.string(|rest| rest[0] == b'"');
            } else if rest[0] == b'\'' && is_character(rest) {
                self.keep(1);
                self.character();
                self.keep(1);
            } else {
                self.keep(1);
            }
        }
    }

    /// The length of `r##"` and the number of hashes, when a raw string starts here.
    fn raw_string(&self) -> Option<(usize, usize)> {
        let before = self.at.checked_sub(1).map(|at| self.bytes[at]);
        let in_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let rest = &self.bytes[self.at..];
        let prefix = [&b"br"[..], b"cr", b"r"].into_iter().find(|prefix| rest.starts_with(prefix))?.len();
        let hashes = rest[prefix..].iter().take_while(|&&byte| byte == b'#').count();
        (!in_word && rest.get(prefix + hashes) == Some(&b'"')).then_some((prefix + hashes + 1, hashes))
    }

    fn string(&mut self, closes: impl Fn(&[u8]) -> bool) {
        let (start, line) = (self.at, self.line);
        let raw = self.code.len() >= 2 && matches!(self.code[self.code.len() - 2], b'r' | b'#');
        while self.at < self.bytes.len() && !closes(&self.bytes[self.at..]) {
            if !raw && self.bytes[self.at] == b'\\' {
                self.blank();
            }
            self.blank();
        }
        let text = String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned();
        self.literals.push(Literal { line, text });
        self.keep(1);
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"/*") {
                depth += 1;
                self.blank();
            } else if rest.starts_with(b"*/") {
                depth -= 1;
                self.blank();
            }
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn line_comment(&mut self) {
        while self.bytes.get(self.at).is_some_and(|&byte| byte != b'\n') {
            self.blank();
        }
    }

    fn character(&mut self) {
        while self.bytes.get(self.at).is_some_and(|&byte| byte != b'\'') {
            if self.bytes[self.at] == b'\\' {
                self.blank();
            }
            self.blank();
        }
    }

    fn keep(&mut self, count: usize) {
        for _ in 0..count {
            if let Some(&byte) = self.bytes.get(self.at) {
                self.line += usize::from(byte == b'\n');
                self.code.push(byte);
                self.at += 1;
            }
        }
    }

    fn blank(&mut self) {
        if let Some(&byte) = self.bytes.get(self.at) {
            self.line += usize::from(byte == b'\n');
            self.code.push(if byte == b'\n' { b'\n' } else { b' ' });
            self.at += 1;
        }
    }
}

/// Whether a quote opens a character and not a lifetime.
fn is_character(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        Some(first) if first.is_ascii() => rest.get(2) == Some(&b'\''),
        Some(_) => true,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_blanked_in_place() {
        let text = "let a = \"x // y\"; // z\nlet b = '\"'; /* \" */ let c: &'static str = r#\"q\"r\"#;\n";
        let source = Source::new("crates/a/src/lib.rs", text);
        assert_eq!(source.code.len(), text.len());
        assert!(!source.code.contains('z') && !source.code.contains('y') && !source.code.contains('q'));
        assert!(source.code.contains("let b = ' ';") && source.code.contains("&'static str"));
        let literals: Vec<_> =
            source.literals.iter().map(|literal| (literal.line, literal.text.as_str())).collect();
        assert_eq!(literals, [(1, "x // y"), (2, "q\"r")]);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let source = Source::new("a.rs", "f(\"a\\\"b\"); g();");
        assert_eq!(source.literals[0].text, "a\\\"b");
        assert!(source.code.contains("g();"));
    }

    #[test]
    fn a_backslash_ends_a_raw_string_like_any_other_character() {
        let source = Source::new("a.rs", "f(r\"a\\\"); g(\"b\");");
        let texts: Vec<_> = source.literals.iter().map(|literal| literal.text.as_str()).collect();
        assert_eq!(texts, ["a\\", "b"]);
    }

    #[test]
    fn a_backslash_does_not_carry_a_comment_on() {
        assert!(Source::new("a.rs", "// a \\\nf();\n").code.contains("f();"));
    }

    #[test]
    fn test_modules_are_known_by_their_lines() {
        let source =
            Source::new("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n");
        let test_lines: Vec<_> = (1..=6).filter(|line| source.is_test(*line)).collect();
        assert_eq!(test_lines, [2, 3, 4, 5]);
    }

    #[test]
    fn modules_in_other_files_are_named() {
        let source = Source::new("a.rs", "#[cfg(test)]\npub(crate) mod fixtures;\nmod real;\n");
        assert_eq!(source.test_modules(), ["fixtures"]);
    }

    #[test]
    fn an_expectation_reaches_to_the_end_of_its_item() {
        let text =
            "#[expect(x, reason = \"y\")]\nfn a() {\n    b();\n}\nfn c() {}\n#[expect(x)]\nfn d() {}\n";
        let lines: Vec<usize> = Source::new("a.rs", text).expected_lines().into_iter().flatten().collect();
        assert_eq!(lines, [1, 2, 3, 4]);
    }
}
