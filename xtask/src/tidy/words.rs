//! Nothing left for later, nothing silenced, no test switched off.

use super::{Finding, Source};

/// In any text of ours. Put together here so that this file does not find itself.
const IN_TEXT: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];

/// In Rust code outside strings and comments.
const IN_CODE: [(&str, &str); 5] = [
    ("todo!", "write it"),
    ("unimplemented!", "write it"),
    ("#[ignore", "a test that does not run proves nothing"),
    ("#[allow(", "use #[expect(..., reason = ...)]"),
    ("#![allow(", "use #[expect(..., reason = ...)]"),
];

/// Reads everything.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        for (index, line) in source.text.lines().enumerate() {
            for word in IN_TEXT.into_iter().filter(|word| is_whole_word(line, word)) {
                findings.push(Finding::new(source, index + 1, format!("`{word}` marks unfinished work")));
            }
        }
        if source.path.ends_with(".rs") {
            for (word, advice) in IN_CODE {
                let found = source
                    .lines_with(word)
                    .map(|line| Finding::new(source, line, format!("`{word}`: {advice}")));
                findings.extend(found);
            }
        }
    }
    findings
}

fn is_whole_word(line: &str, word: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(letter) && !line[at + word.len()..].starts_with(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[Source::new(path, text)]).len()
    }

    #[test]
    fn unfinished_work_is_found_in_code_and_prose() {
        let word = IN_TEXT[0];
        assert_eq!(count("crates/a/src/a.rs", &format!("// {word}: later\n")), 1);
        assert_eq!(count("docs/a.md", &format!("{word} write this\n")), 1);
        assert_eq!(count("crates/a/src/a.rs", "fn a() { todo!() }\n"), 1);
    }

    #[test]
    fn silencing_is_found() {
        assert_eq!(count("crates/a/src/a.rs", "#[allow(dead_code)]\nfn a() {}\n"), 1);
        assert_eq!(count("crates/a/src/a.rs", "#[test]\n#[ignore]\nfn a() {}\n"), 1);
    }

    #[test]
    fn expectations_and_strings_pass() {
        let text = "#[expect(dead_code, reason = \"x\")]\nfn a() { say(\"todo! #[allow(\"); }\n";
        assert_eq!(count("crates/a/src/a.rs", text), 0);
        assert_eq!(count("docs/a.md", "TODOS is a town\n"), 0);
    }
}
