//! Values to PostgreSQL's binary form and back.

use crate::{Row, StoreError, Value};
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

type Failure = Box<dyn Error + Sync + Send>;

/// A parameter, bound as the type that PostgreSQL inferred for it.
#[derive(Debug)]
pub struct Param<'a>(pub &'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Text(text) => text_to_sql(text, ty, out),
            Value::Int(int) => int_to_sql(*int, ty, out),
            Value::Real(real) => match *ty {
                Type::FLOAT8 => real.to_sql(ty, out),
                _ => Err(mismatch("a real", ty)),
            },
            Value::Bytes(bytes) => match *ty {
                Type::BYTEA => bytes.as_slice().to_sql(ty, out),
                _ => Err(mismatch("bytes", ty)),
            },
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn mismatch(what: &str, ty: &Type) -> Failure {
    format!("{what} was given where {ty} is expected").into()
}

fn text_to_sql(text: &str, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
    match *ty {
        // PostgreSQL cannot store U+0000. A whole batch must not fail for one odd text, so it becomes the replacement
        // character.
        Type::TEXT | Type::VARCHAR if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(ty, out),
        Type::TEXT | Type::VARCHAR => text.to_sql(ty, out),
        _ => Err(mismatch("text", ty)),
    }
}

fn int_to_sql(int: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
    match *ty {
        Type::INT8 => int.to_sql(ty, out),
        Type::INT4 => i32::try_from(int)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(int)?.to_sql(ty, out),
        Type::FLOAT8 => (int as f64).to_sql(ty, out),
        _ => Err(mismatch("an integer", ty)),
    }
}

/// One value of an answer.
struct Cell(Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        let value = match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i64::from(i32::from_sql(ty, raw)?)),
            Type::INT2 => Value::Int(i64::from(i16::from_sql(ty, raw)?)),
            Type::BOOL => Value::from(bool::from_sql(ty, raw)?),
            Type::FLOAT8 => Value::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Value::Real(f64::from(f32::from_sql(ty, raw)?)),
            Type::BYTEA => Value::Bytes(raw.to_vec()),
            Type::TEXT | Type::VARCHAR | Type::NAME => Value::Text(String::from_sql(ty, raw)?),
            Type::NUMERIC => numeric(raw)?,
            _ => return Err(format!("{ty} is not one of the four column types").into()),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// PostgreSQL answers NUMERIC for the sum of integers, where SQLite answers an integer, and for their average, where
/// SQLite answers a real. So without digits after the point it is an integer, else a real.
///
/// The binary form is: count of base-10000 digits, weight of the first, sign, digits after the point, digits.
fn numeric(raw: &[u8]) -> Result<Value, Failure> {
    let mut fields = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let mut field = || fields.next().ok_or_else(|| Failure::from("a short NUMERIC"));
    let (count, weight, sign, scale) = (field()?, field()?, field()?, field()?);
    let negative = match sign {
        0 => false,
        0x4000 => true,
        _ => return Err("NUMERIC that is not a finite number".into()),
    };
    let digits: Vec<i16> = (0..count).map(|_| field()).collect::<Result<_, _>>()?;
    if scale == 0 {
        let mut sum: i128 = 0;
        for place in 0..=i32::from(weight) {
            let digit = usize::try_from(place).ok().and_then(|place| digits.get(place)).copied().unwrap_or(0);
            let next = sum.checked_mul(10_000).and_then(|sum| sum.checked_add(i128::from(digit)));
            sum = next.ok_or("NUMERIC beyond 64 bits")?;
        }
        return Ok(Value::Int(i64::try_from(if negative { -sum } else { sum })?));
    }
    let mut real = 0.0;
    for (place, digit) in digits.iter().enumerate() {
        let exponent = i32::from(weight) - i32::try_from(place)?;
        real += f64::from(*digit) * 10_000_f64.powi(exponent);
    }
    Ok(Value::Real(if negative { -real } else { real }))
}

/// A row of an answer.
pub fn row(answer: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let values = (0..answer.len()).map(|column| {
        let cell: Result<Cell, _> = answer.try_get(column);
        cell.map(|cell| cell.0).map_err(|error| StoreError::Defect(format!("column {column}: {error}")))
    });
    values.collect::<Result<_, _>>().map(Row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(fields: &[i16]) -> Vec<u8> {
        fields.iter().flat_map(|field| field.to_be_bytes()).collect()
    }

    #[test]
    fn sums_are_integers_and_averages_reals() {
        let int = |fields: &[i16]| numeric(&encoded(fields)).unwrap();
        assert_eq!(int(&[0, 0, 0, 0]), Value::Int(0));
        assert_eq!(int(&[1, 0, 0, 0, 42]), Value::Int(42));
        // 1,0000,0000: trailing zero digits are left out.
        assert_eq!(int(&[1, 2, 0x4000, 0, 1]), Value::Int(-100_000_000));
        // i64::MAX
        assert_eq!(int(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5807]), Value::Int(i64::MAX));
        assert!(numeric(&encoded(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5808])).is_err());
        // 12.5
        assert_eq!(int(&[2, 0, 0, 1, 12, 5000]), Value::Real(12.5));
        assert!(numeric(&encoded(&[0, 0, -16384, 0])).is_err());
        assert!(numeric(&encoded(&[3, 0, 0, 0, 1])).is_err());
    }
}
