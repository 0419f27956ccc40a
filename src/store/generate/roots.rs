//! Root certificates as the bytes that they are.

use std::error::Error;
use std::fmt::Write as _;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The digits of Base64.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The certificates of a file in the format PEM, as Rust.
pub(crate) fn write(file: &str) -> Result<String, Box<dyn Error>> {
    let mut text = "static AMAZON_ROOTS: &[&[u8]] = &[".to_owned();
    for part in file.split(BEGIN).skip(1) {
        let (digits, _) = part.split_once(END).ok_or("a certificate without an end")?;
        writeln!(text, "&{:?},", decode(digits)?)?;
    }
    text.push_str("];\n");
    Ok(text)
}

fn decode(digits: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let (mut bits, mut n_bits) = (0_u32, 0);
    for digit in digits.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = DIGITS.iter().position(|known| *known == digit).ok_or("not a digit of Base64")?;
        bits = bits << 6 | u32::try_from(value)?;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push(u8::try_from(bits >> n_bits & 0xff)?);
        }
    }
    Ok(bytes)
}
