//! The protobuf wire format, as much of it as OSM PBF uses.

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bad(pub &'static str);

const CUT: Bad = Bad("a message ends in the middle of a field");

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A varint, undecoded: zigzag and sign are the reader's business.
    Number(u64),
    /// A string, an embedded message or packed numbers.
    Bytes(&'a [u8]),
    /// Four or eight fixed bytes, which OSM does not use.
    Fixed,
}

/// The unread rest of a message.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a>(pub &'a [u8]);

impl<'a> Message<'a> {
    /// The next field's number and value; none at the end.
    pub fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, Bad> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.bytes(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.bytes(length)?)
            }
            5 => self.bytes(4).map(|_| Value::Fixed)?,
            _ => return Err(Bad("a message has a field of no known kind")),
        };
        Ok(Some((key >> 3, value)))
    }

    /// The next number of seven-bit groups, least first.
    pub fn varint(&mut self) -> Result<u64, Bad> {
        let mut number = 0;
        for (index, byte) in self.0.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.0 = &self.0[index + 1..];
                return Ok(number);
            }
        }
        Err(if self.0.len() < 10 { CUT } else { Bad("a number is longer than ten bytes") })
    }

    fn bytes(&mut self, length: u64) -> Result<&'a [u8], Bad> {
        let length = usize::try_from(length).ok().filter(|length| *length <= self.0.len()).ok_or(CUT)?;
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_read_in_order() {
        let mut message = Message(&[0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i']);
        assert_eq!(message.next(), Ok(Some((1, Value::Number(150)))));
        assert_eq!(message.next(), Ok(Some((2, Value::Bytes(b"hi")))));
        assert_eq!(message.next(), Ok(None));
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        assert_eq!(Message(&[0x12, 0x7f, 1]).next(), Err(CUT));
        assert_eq!(Message(&[0xff; 11]).varint(), Err(Bad("a number is longer than ten bytes")));
        assert_eq!(Message(&[0x80]).varint(), Err(CUT));
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut message = Message(&bytes);
            while let Ok(Some(_)) = message.next() {}
        }
    }
}
