//! Times as they are typed: RFC 3339, and nothing that is only like it.

use jiff::Timestamp;

/// Reads an instant. A date, or a time without an offset from UTC, names none.
///
/// # Errors
/// When it is no time of RFC 3339. `t` and `z` may be small there, and a space may stand for the `T`.
pub fn time(text: &str) -> Result<Timestamp, String> {
    let advice = "write it with its offset from UTC, like 2026-06-01T12:00:00Z";
    let instant = text
        .parse()
        .map_err(|error: jiff::Error| format!("{advice}: {error}"))?;
    match beyond(text) {
        None => Ok(instant),
        Some(what) => Err(format!("{advice}: {what}")),
    }
}

/// What the text has that jiff reads and RFC 3339 doesn't.
fn beyond(text: &str) -> Option<&'static str> {
    const FORM: Option<&str> = Some("that is not the form of RFC 3339");
    let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let form: String = text.chars().map(digits).collect();
    let Some(rest) = form
        .strip_prefix("0000-00-00")
        .and_then(|rest| rest.strip_prefix(['T', 't', ' ']))
        .and_then(|rest| rest.strip_prefix("00:00:00"))
    else {
        return FORM;
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let rest = fraction.trim_start_matches('0');
            if rest.len() == fraction.len() {
                return FORM;
            }
            rest
        }
        None => rest,
    };
    if !matches!(rest, "Z" | "z" | "+00:00" | "-00:00") {
        return FORM;
    }
    if text.get(17..19) == Some("60") {
        return Some("a second 60 is not counted here");
    }
    let hours = text
        .len()
        .checked_sub(5)
        .and_then(|at| text.get(at..at + 2));
    (rest.len() == 6 && hours > Some("23")).then_some("an offset has at most 23 hours")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rfc_3339_names_an_instant() {
        let noon = "2026-06-01T12:00:00Z".parse().expect("a time");
        for text in [
            "2026-06-01T12:00:00Z",
            "2026-06-01t12:00:00z",
            "2026-06-01 12:00:00Z",
            "2026-06-01 12:00:00+00:00",
            "2026-06-01T12:00:00-00:00",
            "2026-06-01T17:00:00+05:00",
            "2026-05-31T23:30:00.000000000-12:30",
        ] {
            assert_eq!(time(text), Ok(noon), "{text}");
        }
        for text in [
            "2026-06-01",
            "2026-06-01T12:00:00",
            "2026-06-01T12Z",
            "2026-06-01T12:00Z",
            "2026-06-01T12:00:60Z",
            "2026-06-01T12:00:00,5Z",
            "2026-06-01T12:00:00.Z",
            "2026-06-01T12:00:00+05",
            "2026-06-01T12:00:00+0500",
            "2026-06-01T12:00:00+05:00:00",
            "2026-06-01T12:00:00+24:00",
            "2026-06-01T12:00:00+25:00",
            "2026-06-01T11:42:10+02:00[Europe/Paris]",
            "2026-06-01T12:00:00Z[UTC]",
            "20260601T120000Z",
            "+002026-06-01T12:00:00Z",
            "2026-06-01_12:00:00Z",
            " 2026-06-01T12:00:00Z",
            "2026-06-01T12:00:00Z ",
            "1780315200",
            "",
        ] {
            let why = time(text).expect_err(text);
            assert!(why.contains("like 2026-06-01T12:00:00Z: "), "{text}: {why}");
        }
    }
}
