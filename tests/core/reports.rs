//! Each format over sample audits: what people see, and that no format turns something bad into something good.

use hubdrift::report::{Format, Style, render};

use crate::samples;

fn text_of(format: Format, audit: &hubdrift::audit::Audit) -> String {
    String::from_utf8(render(format, audit, Style::default())).expect("a report is UTF-8")
}

#[test]
fn snapshots_of_the_text_report() {
    for (name, audit) in samples::named() {
        insta::assert_snapshot!(format!("text_{name}"), text_of(Format::Text, &audit));
    }
}
