//! The two 16-bit checksums of these protocols, by the catalogue of parametrised CRC algorithms.

/// CRC-16/IBM-SDLC ("X.25"), of GT06: polynomial 0x1021 reflected, all ones in and out.
pub(crate) fn x25(bytes: &[u8]) -> u16 {
    !reflected(bytes, 0x8408, 0xffff)
}

/// CRC-16/ARC ("IBM"), of Teltonika: polynomial 0x8005 reflected, from zero.
pub(crate) fn arc(bytes: &[u8]) -> u16 {
    reflected(bytes, 0xa001, 0)
}

fn reflected(bytes: &[u8], polynomial: u16, start: u16) -> u16 {
    bytes.iter().fold(start, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ polynomial } else { crc >> 1 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_check_values() {
        assert_eq!(x25(b"123456789"), 0x906e);
        assert_eq!(arc(b"123456789"), 0xbb3d);
    }
}
