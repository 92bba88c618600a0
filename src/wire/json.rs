//! Text of an answer becomes values of the types that the API promises, or says which field isn't
//! of its type. Knows no field's name.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::malformed::{MAX_BODY, Malformed};

/// A JSON object. serde's derived readers take an array for a struct as well, field by field.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// Texts by name, refused if a name stands twice: which value is meant would not be known.
pub(super) struct Texts(pub(super) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((name, text)) = map.next_entry()? {
                    if texts.insert(name, text).is_some() {
                        return Err(A::Error::custom("a name stands twice"));
                    }
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

/// Parses `text` into `T`; on failure says which field is to blame, without
/// repeating a value that may be a secret.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str, within: &str) -> Result<T, Malformed> {
    serde_json::from_str(text).map_err(|error| {
        if error.is_syntax() || error.is_eof() {
            // Without decoding texts, any escape is accepted.
            return match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => Malformed::NotUnicode,
                Err(_) => Malformed::NotJson(beginning(text)),
            };
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Err(error) => error.path().to_string(),
            Ok(_) => ".".to_owned(),
        };
        match (within, path.as_str()) {
            ("", ".") => Malformed::NotJson(beginning(text)),
            (_, ".") => Malformed::Field(format!("`{within}`")),
            ("", _) => Malformed::Field(format!("`{path}`")),
            _ => Malformed::Field(format!("`{within}.{path}`")),
        }
    })
}

/// How a text that is not JSON begins, for a message. It ends before the first quote: in JSON that was
/// cut off, a text could be a secret.
fn beginning(text: &str) -> String {
    text.chars().take(40).take_while(|it| *it != '"').collect()
}

/// Checks that a body may be read at all: not too large, and UTF-8.
pub(super) fn text(body: &[u8]) -> Result<&str, Malformed> {
    if body.len() > MAX_BODY {
        return Err(Malformed::TooLarge);
    }
    std::str::from_utf8(body).map_err(|_| {
        Malformed::NotJson(beginning(&String::from_utf8_lossy(
            &body[..body.len().min(160)],
        )))
    })
}
