//! Rewrites SQL text: parameters for SQLite, table names beside the live ones, byte order for PostgreSQL.

/// A piece of SQL. Strings, quoted names and comments are never rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Word(&'a str),
    Parameter(&'a str),
    Comment(&'a str),
    Semicolon,
    Other(&'a str),
}

/// Length of a quoted piece that starts at the beginning of `text`; a doubled quote reads as two pieces, which is
/// harmless because both are copied.
fn quoted_length(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn pieces<'a>(sql: &'a str) -> impl Iterator<Item = Piece<'a>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (length, make): (usize, fn(&'a str) -> Piece<'a>) = match first {
            '\'' | '"' => (quoted_length(rest, first), Piece::Other),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), Piece::Comment),
            '$' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                (1 + word_length(&rest[1..]), Piece::Parameter)
            }
            ';' => (1, |_| Piece::Semicolon),
            c if c.is_alphanumeric() || c == '_' => (word_length(rest), Piece::Word),
            c => (c.len_utf8(), Piece::Other),
        };
        let (piece, tail) = rest.split_at(length);
        rest = tail;
        Some(make(piece))
    })
}

/// `$1` becomes `?1`: SQLite would number `$n` by its first appearance.
pub fn sqlite_parameters(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece {
            Piece::Parameter(text) => {
                out.push('?');
                out.push_str(&text[1..]);
            }
            Piece::Semicolon => out.push(';'),
            Piece::Word(text) | Piece::Comment(text) | Piece::Other(text) => out.push_str(text),
        }
    }
    out
}

/// Texts compare by bytes on PostgreSQL as they do on SQLite, so that every list has one order.
pub fn postgres_ddl(ddl: &str) -> String {
    map_words(ddl, |word| word.eq_ignore_ascii_case("TEXT").then(|| "TEXT COLLATE \"C\"".to_owned()))
}

/// Statements of a script, without comments and empty ones.
pub fn statements(script: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for piece in pieces(script) {
        match (piece, all.last_mut()) {
            (Piece::Semicolon, _) => all.push(String::new()),
            (Piece::Word(text) | Piece::Parameter(text) | Piece::Other(text), Some(last)) => {
                last.push_str(text)
            }
            (Piece::Comment(_), _) | (_, None) => {}
        }
    }
    all.iter()
        .map(|statement| statement.trim().to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

/// Gives the tables another suffix (`__next`), and the indexes that are named after them (`idx_{table}_...`).
pub fn with_suffix(sql: &str, tables: &[&str], suffix: &str) -> String {
    map_words(sql, |word| {
        let renamed = tables.contains(&word) || is_index_of(word, tables);
        renamed.then(|| format!("{word}{suffix}"))
    })
}

/// Whether a name is that of an index of one of the tables.
pub fn is_index_of(name: &str, tables: &[&str]) -> bool {
    name.strip_prefix("idx_").is_some_and(|rest| {
        tables.iter().any(|table| rest.strip_prefix(table).is_some_and(|tail| tail.starts_with('_')))
    })
}

/// The names of the indexes that a script creates.
pub fn indexes_of(ddl: &str, tables: &[&str]) -> Vec<String> {
    let words = pieces(ddl).filter_map(|piece| match piece {
        Piece::Word(word) if is_index_of(word, tables) => Some(word.to_owned()),
        _ => None,
    });
    words.collect()
}

fn map_words(sql: &str, map: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(sql.len() + 64);
    for piece in pieces(sql) {
        match piece {
            Piece::Word(word) => match map(word) {
                Some(other) => out.push_str(&other),
                None => out.push_str(word),
            },
            Piece::Semicolon => out.push(';'),
            Piece::Parameter(text) | Piece::Comment(text) | Piece::Other(text) => out.push_str(text),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_and_strings_are_left_alone() {
        let sql = "SELECT '$1', \"$2\", $2, $10 -- $3\nFROM t WHERE a = $1";
        assert_eq!(sqlite_parameters(sql), "SELECT '$1', \"$2\", ?2, ?10 -- $3\nFROM t WHERE a = ?1");
        assert_eq!(sqlite_parameters("SELECT 'it''s $1', $1"), "SELECT 'it''s $1', ?1");
    }

    #[test]
    fn tables_are_renamed_as_whole_words() {
        let sql = "CREATE TABLE loads (id TEXT); CREATE INDEX idx_loads_id ON loads (id); SELECT 'loads', loads.id FROM unloads";
        assert_eq!(
            with_suffix(sql, &["loads"], "__next"),
            "CREATE TABLE loads__next (id TEXT); CREATE INDEX idx_loads_id__next ON loads__next (id); \
             SELECT 'loads', loads__next.id FROM unloads"
        );
        assert_eq!(indexes_of(sql, &["loads"]), ["idx_loads_id"]);
    }

    #[test]
    fn a_script_is_split_at_its_semicolons_only() {
        assert_eq!(statements("A ';' B; -- c;\n D;;"), ["A ';' B", "D"]);
    }

    #[test]
    fn texts_get_the_byte_order() {
        assert_eq!(
            postgres_ddl("a TEXT, text_b BIGINT, c text"),
            "a TEXT COLLATE \"C\", text_b BIGINT, c TEXT COLLATE \"C\""
        );
    }
}
