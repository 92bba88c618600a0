//! Turns the percent-encoded parts of a request into text.
//!
//! It knows no path and no parameter by name.

use std::collections::BTreeMap;

/// Text without its percent-encoding; `None` when that is broken, or is not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => 16 * hex(rest.next()?)? + hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The parameters of a query string or of a form; of two with one name the last counts.
pub fn parameters(text: &str) -> Option<BTreeMap<String, String>> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((form(name)?, form(value)?))
        })
        .collect()
}

/// In queries and forms, a plus sign is a space.
fn form(text: &str) -> Option<String> {
    decode(&text.replace('+', " "))
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_is_strict() {
        assert_eq!(decode("arn%3aaws%3A%2F").as_deref(), Some("arn:aws:/"));
        assert_eq!(decode("%C3%A9+%2525").as_deref(), Some("é+%25"));
        for broken in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }

    #[test]
    fn parameters_are_pairs() {
        let read = parameters("a=1&b=%26%3D&&a=2&c&d=x+y=z").unwrap();
        let pairs: Vec<_> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("a", "2"), ("b", "&="), ("c", ""), ("d", "x y=z")]);
        assert_eq!(parameters("a=%"), None);
    }
}
