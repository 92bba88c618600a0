//! What a scalar of YAML means: the core schema of YAML 1.2, as people know it from other tools.
//!
//! Only a scalar without quotes can be something else than a text. `on`, `yes`,
//! `2026-01-01`, `1_000` and `007` are texts here; YAML 1.1 reads them as bools,
//! dates and numbers.

/// The value of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Yaml<'a> {
    /// There is no such key.
    Absent,
    /// `null`, or a key without a value; `Node::is_unfilled` tells them apart.
    Null,
    /// An alias or a tagged value. The scan has added its problem; there is nothing to add.
    Refused,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number; one that is out of range is the nearest that isn't.
    Int(i128),
    /// Another number.
    Float(f64),
    /// A text.
    Text(&'a str),
    /// A list.
    List,
    /// A map.
    Map,
}

impl Yaml<'_> {
    /// The word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Absent | Self::Null => "empty",
            Self::Refused => "a tag",
            Self::Bool(_) => "a bool",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }
}

/// What a scalar without quotes is.
pub(super) fn unquoted(text: &str) -> Yaml<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Yaml::Null,
        "true" | "True" | "TRUE" => Yaml::Bool(true),
        "false" | "False" | "FALSE" => Yaml::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Yaml::Float(f64::NAN),
        _ => number(text).unwrap_or(Yaml::Text(text)),
    }
}

fn number(text: &str) -> Option<Yaml<'_>> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = |float: f64| Yaml::Float(if negative { -float } else { float });
    if let ".inf" | ".Inf" | ".INF" = digits {
        return Some(sign(f64::INFINITY));
    }
    // Rust would parse `inf` and a second sign, which are no numbers in YAML.
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let (radix, whole) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    if !whole.is_empty() && whole.chars().all(|c| c.is_digit(radix)) {
        // An account id, say: it would lose its zeros.
        if radix == 10 && whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let size = i128::from_str_radix(whole, radix).unwrap_or(i128::MAX);
        return Some(Yaml::Int(if negative { -size } else { size }));
    }
    let float = digits.parse().ok().filter(|float: &f64| float.is_finite());
    float.map(sign)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader that we did not write takes a scalar for, where hubdrift is to agree with it.
    fn other(text: &str) -> Option<String> {
        let list: Vec<serde_yaml::Value> = serde_yaml::from_str(&format!("- {text}")).ok()?;
        Some(match list.into_iter().next()? {
            serde_yaml::Value::Null => "null".to_owned(),
            serde_yaml::Value::Bool(flag) => flag.to_string(),
            serde_yaml::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(int), _) => int.to_string(),
                (_, Some(int)) => int.to_string(),
                _ => format!("{:?}", number.as_f64()?),
            },
            serde_yaml::Value::String(text) => format!("text {text}"),
            _ => return None,
        })
    }

    fn ours(text: &str) -> String {
        match unquoted(text) {
            Yaml::Null => "null".to_owned(),
            Yaml::Bool(flag) => flag.to_string(),
            Yaml::Int(int) => int.to_string(),
            Yaml::Float(float) => format!("{float:?}"),
            Yaml::Text(text) => format!("text {text}"),
            odd => format!("{odd:?}"),
        }
    }

    #[test]
    fn what_looks_like_something_else_is_a_text() {
        for text in [
            "on",
            "off",
            "yes",
            "no",
            "y",
            "N",
            "nULL",
            "tRUE",
            "1_000",
            "007",
            "-007",
            "000000000001",
            "2026-01-01",
            "12:30:45",
            "1.2.3",
            "0x",
            "0xg",
            "0o8",
            "0b2",
            "0x-1",
            "--1",
            "+-1",
            "-+1",
            "inf",
            "-inf",
            "nan",
            "NaN",
            "+.nan",
            "-.nan",
            "infinity",
            "1e999",
            ".",
            "-",
            "+",
            "-.",
            "1e",
            "e5",
            "0X1F",
            "0O7",
            "٣",
            "1 2",
        ] {
            assert_eq!(unquoted(text), Yaml::Text(text));
        }
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (text, int) in [
            ("0", 0),
            ("-0", 0),
            ("+5", 5),
            ("-5", -5),
            ("0x1F", 31),
            ("-0x1f", -31),
            ("+0x1f", 31),
            ("0o17", 15),
            ("0b101", 5),
            ("18446744073709551615", i128::from(u64::MAX)),
            ("-170141183460469231731687303715884105727", -i128::MAX),
        ] {
            assert_eq!(unquoted(text), Yaml::Int(int), "{text}");
        }
        for (text, float) in [
            ("1.5", 1.5),
            ("-.5", -0.5),
            ("+.5", 0.5),
            ("1.", 1.0),
            ("1e3", 1e3),
            ("1E-3", 1e-3),
            ("00.5", 0.5),
            ("-.inf", f64::NEG_INFINITY),
            ("+.Inf", f64::INFINITY),
        ] {
            assert_eq!(unquoted(text), Yaml::Float(float), "{text}");
        }
    }

    #[test]
    fn a_whole_number_that_is_too_large_is_not_rounded() {
        for text in [
            "170141183460469231731687303715884105728",
            "1".repeat(50).as_str(),
            &format!("0x{}", "f".repeat(40)),
        ] {
            assert_eq!(unquoted(text), Yaml::Int(i128::MAX), "{text}");
            assert_eq!(
                unquoted(&format!("-{text}")),
                Yaml::Int(-i128::MAX),
                "{text}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn another_reader_takes_a_scalar_for_the_same(
            text in "[-+]{0,2}(0[xob])?[0-9a-fA-F_.]{0,12}([eE][-+]?[0-9]{1,3})?|[-+]?[.](inf|Inf|INF|nan|NaN|NAN)|[-+~.:]?[nN](ull|ULL)|[tTfF](rue|RUE|alse|ALSE)|[a-z0-9.:+-]{1,6}"
        ) {
            if let Some(other) = other(&text) {
                prop_assert_eq!(ours(&text), other);
            }
        }
    }
}
