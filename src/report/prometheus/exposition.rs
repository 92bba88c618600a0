//! The text format that Prometheus scrapes: gauges with their help, each series once.
//!
//! It knows nothing of audits.

use std::{
    collections::BTreeMap,
    fmt::{Display, Write},
};

use jiff::Timestamp;

use crate::{report::common::value, text};

/// How much of a text becomes a label's value.
const LABEL: usize = 300;

/// The labels of one series, as they are written: `{target="prod",region="eu-west-1"}`.
///
/// Nothing unsafe is left in them, so two different texts may become the same labels;
/// whoever gathers series adds those up, because a reader refuses a file that has one twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Labels(String);

impl Labels {
    /// Labels by name; the names are ours, the values anybody's. An empty value is no label.
    pub(super) fn of(pairs: &[(&'static str, &str)]) -> Self {
        let shown: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        Self(format!("{{{}}}", shown.join(",")))
    }
}

/// A label's value: without line ends, and with its own quotes and backslashes escaped.
fn escaped(value: &str) -> String {
    let short = text::truncate(value, LABEL);
    value::line(&short, LABEL)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
}

/// The series of one gauge, each once.
pub(super) type Series<V> = BTreeMap<Labels, V>;

/// A series for each of our own words.
pub(super) fn by_name<V: Display, const N: usize>(
    label: &'static str,
    values: [(&str, V); N],
) -> Series<V> {
    values
        .into_iter()
        .map(|(name, value)| (Labels::of(&[(label, name)]), value))
        .collect()
}

/// Seconds since 1970, with their fraction.
pub(super) fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

/// The metrics so far.
#[derive(Default)]
pub(super) struct Exposition(String);

impl Exposition {
    /// A gauge without labels. Its name and its help are ours.
    pub(super) fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help);
        // Writing to a String can't fail.
        let _ = writeln!(self.0, "{name} {value}");
    }

    /// A gauge that is left out where its value isn't known.
    pub(super) fn known(&mut self, name: &str, help: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.gauge(name, help, value);
        }
    }

    /// A gauge with labels; nothing at all where it has no series.
    pub(super) fn family<V: Display>(&mut self, name: &str, help: &str, series: &Series<V>) {
        if series.is_empty() {
            return;
        }
        self.head(name, help);
        for (Labels(labels), value) in series {
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    fn head(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_hold_no_text_that_ends_them() {
        let Labels(shown) = Labels::of(&[("a", "x\"} 1\n\\"), ("b", ""), ("c", "\u{202e}")]);
        assert_eq!(shown, r#"{a="x\"} 1\\n\\",c="\\u{202e}"}"#);
        let Labels(long) = Labels::of(&[("a", &"é".repeat(100_000))]);
        assert!(long.len() < 1_000, "{long}");
    }

    #[test]
    fn a_gauge_without_series_is_not_there() {
        let mut out = Exposition::default();
        out.family("a", "Nothing.", &Series::<u64>::new());
        out.known("b", "Unknown.", None::<u64>);
        out.gauge("c", "Something.", 1.5);
        let text = String::from_utf8(out.into_bytes()).expect("UTF-8");
        assert_eq!(text, "# HELP c Something.\n# TYPE c gauge\nc 1.5\n");
    }
}
