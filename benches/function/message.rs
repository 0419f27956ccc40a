//! Messages of HTTP/1.1.

use std::io::BufRead;

/// The next message, byte for byte; nothing where the connection was closed.
pub(crate) fn message(reader: &mut impl BufRead) -> anyhow::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let begun = message.len();
        if reader.read_until(b'\n', &mut message)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(message.get(begun..).unwrap_or_default()).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.trim_end().is_empty() {
            break;
        }
    }
    let head = message.len();
    message.resize(head + length, 0);
    reader.read_exact(message.get_mut(head..).unwrap_or_default())?;
    Ok(Some(message))
}
