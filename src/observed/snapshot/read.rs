//! The text of a snapshot becomes values, and values become text.

use rayon::prelude::*;
use serde_json::value::RawValue;

use super::format::{Connector, Snapshot, Target};
use crate::observed::parse_error::ParseError;

/// Reads a snapshot. Unknown keys are ignored: newer versions may add some.
///
/// # Errors
/// When the text is not JSON, or not a snapshot; the first place where that shows.
pub fn parse<'a>(text: &'a str) -> Result<Snapshot<'a>, ParseError> {
    let outer: Snapshot<'a, &'a RawValue> =
        serde_json::from_str(text).map_err(|error| ParseError::from(&error))?;
    let whole = |mut target: Target<'a, &'a RawValue>| {
        let connectors = connectors(text, &target.connectors)?;
        let listing = target.listing.take();
        Ok(target.with(connectors, listing))
    };
    Ok(Snapshot {
        schema: outer.schema,
        taken_at: outer.taken_at,
        overrides: outer.overrides,
        targets: outer
            .targets
            .into_iter()
            .map(whole)
            .collect::<Result<_, ParseError>>()?,
    })
}

/// Reads the connectors of a target in parallel: they are most of a large file.
fn connectors<'a>(text: &str, parts: &[&'a RawValue]) -> Result<Vec<Connector<'a>>, ParseError> {
    let read = |part: &&'a RawValue| serde_json::from_str(part.get());
    let connectors: Result<Vec<_>, serde_json::Error> = parts.par_iter().map(read).collect();
    connectors.map_err(|any| {
        // Of several errors the first in the file is shown.
        let first = parts.iter().find_map(|part| {
            let error = serde_json::from_str::<Connector<'_>>(part.get()).err()?;
            Some(ParseError::from(&error).within(text, part.get()))
        });
        first.unwrap_or_else(|| ParseError::from(&any))
    })
}

/// Writes a snapshot as indented JSON with a newline at its end. Bodies stay on the lines
/// they came in.
///
/// # Errors
/// None that is known: every value here has a JSON form.
pub fn serialise(snapshot: &Snapshot<'_>) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(snapshot)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_body_is_kept_to_the_byte() {
        let body = r#"{ "Name" :"é\u0000", "Health":{"ConnectorStatus":"NEW_ONE"}, "N":1.10 }"#;
        let text = format!(
            r#"{{"schema":"hubdrift.snapshot/1","later":1,"targets":[{{"name":"p","account":"111122223333","region":"us-east-1","hub":null,
            "connectors":[{{"connector_id":"00000000-0000-4000-8000-00000000000a","body":{body}}},{{"connector_id":"00000000-0000-4000-8000-00000000000b","missing":true}},
            {{"connector_id":"00000000-0000-4000-8000-00000000000c","unread":{{"kind":"brand_new"}},"tags":null}}]}}]}}"#
        );
        let once = serialise(&parse(&text).unwrap()).unwrap();
        assert!(once.contains(body), "{once}");
        let twice = serialise(&parse(&once).unwrap()).unwrap();
        assert_eq!(once, twice);
    }

    #[test]
    fn what_is_wrong_comes_with_its_place() {
        assert_eq!(
            refusal("{\n  \"schema\": \"hubdrift.snapshot/2\",\n \"targets\":[]}"),
            "2:33: schema is `hubdrift.snapshot/2`, expected `hubdrift.snapshot/1`"
        );
        assert_eq!(refusal(""), "1:0: EOF while parsing a value");
        assert_eq!(
            refusal("{\"schema\":\"hubdrift.snapshot/1\",\n\"targets\":[{\"name\":1}]}"),
            "2:20: invalid type: integer `1`, expected a string"
        );
    }

    #[test]
    fn a_connector_is_one_thing() {
        for both in [r#","body":{},"missing":true"#, "", r#","missing":false"#] {
            let text = format!(
                r#"{{"schema":"hubdrift.snapshot/1","targets":[{{"name":"p","account":"111122223333","region":"us-east-1",
                "connectors":[{{"connector_id":"00000000-0000-4000-8000-00000000000a"{both}}}]}}]}}"#
            );
            assert!(
                refusal(&text).contains(
                    "connector `00000000-0000-4000-8000-00000000000a` needs exactly one of"
                ),
                "{}",
                refusal(&text)
            );
        }
    }
}
