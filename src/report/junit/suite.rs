//! Test suites, and the document that they are written to.

use junit_report::{OffsetDateTime, Report, TestCase, TestSuite};

use crate::text;

/// The suite about the run itself, and the class of its cases.
pub(super) const RUN: &str = "hubdrift";

/// What stands when even an empty report can't be written: a reader must see an error.
const BROKEN: &[u8] = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\
<testsuites><testsuite name=\"hubdrift\" tests=\"1\" errors=\"1\" failures=\"0\">\
<testcase classname=\"hubdrift\" name=\"report\"><error type=\"error.report\" message=\"the report could not be written\"/>\
</testcase></testsuite></testsuites>\n";

/// A suite of these cases.
pub(super) fn suite(
    name: &str,
    hostname: &str,
    at: OffsetDateTime,
    cases: Vec<TestCase>,
) -> TestSuite {
    // Not TestSuite::new: it asks the clock.
    TestSuite {
        name: text::xml(name).into_owned(),
        package: RUN.to_owned(),
        timestamp: at,
        hostname: text::xml(hostname).into_owned(),
        testcases: cases,
        system_out: None,
        system_err: None,
    }
}

/// The report as a whole document.
pub(super) fn xml(report: &Report) -> Vec<u8> {
    let mut out = Vec::new();
    if report.write_xml(&mut out).is_err() {
        return BROKEN.to_vec();
    }
    out.push(b'\n');
    out
}
