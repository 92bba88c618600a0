//! The html report: what it shows, that its policy fits it, and that no text becomes markup.

use std::{collections::BTreeMap, env, fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use hubdrift::{
    audit::*,
    diff::FixKind,
    model::{Outcome, Severity, UnreadReason},
    report::Format,
};
use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{any_audit, hostile, text_of};
use crate::samples;

/// An element of a page: its name and its attributes.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
}

/// A page taken apart by a reader that takes nothing but well-formed markup.
#[derive(Debug, Default)]
struct Page {
    elements: Vec<Element>,
    /// All text outside of `style` and `script`.
    text: String,
    /// What stands inside of them, by name.
    embedded: Vec<(String, String)>,
}

const VOID: [&str; 4] = ["meta", "input", "rect", "br"];

impl Page {
    fn of(audit: &Audit) -> Self {
        Self::read(&text_of(Format::Html, audit))
    }

    fn read(html: &str) -> Self {
        let mut rest = html.strip_prefix("<!doctype html>\n").expect("a doctype");
        let (mut page, mut open) = (Self::default(), Vec::new());
        while let Some(at) = rest.find('<') {
            page.text.push_str(&unescape(&rest[..at]));
            let end = rest.find('>').expect("the end of a tag");
            let tag = &rest[at + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(
                    open.pop().as_deref(),
                    Some(name),
                    "{:?}",
                    page.elements.last()
                );
                continue;
            }
            let element = Element::read(tag.strip_suffix('/').unwrap_or(tag));
            let name = element.name.clone();
            page.elements.push(element);
            if name == "style" || name == "script" {
                let end = rest.find(&format!("</{name}>")).expect("its end");
                page.embedded.push((name.clone(), rest[..end].to_owned()));
                rest = &rest[end..];
            }
            if !VOID.contains(&name.as_str()) {
                open.push(name);
            }
        }
        assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
        page
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.elements
            .iter()
            .filter(move |element| element.name == name)
    }

    fn of_class(&self, class: &str) -> impl Iterator<Item = &Element> {
        let has = move |element: &&Element| {
            let classes = element.attributes.get("class");
            classes.is_some_and(|classes| classes.split(' ').any(|own| own == class))
        };
        self.elements.iter().filter(has)
    }
}

impl Element {
    fn read(tag: &str) -> Self {
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        assert!(!name.is_empty() && name.chars().all(known), "<{tag}>");
        let mut attributes = BTreeMap::new();
        while !rest.is_empty() {
            let end = rest.find(['=', ' ']).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            let plain = |c: char| c.is_ascii_alphabetic() || c == '-';
            assert!(!key.is_empty() && key.chars().all(plain), "<{tag}>");
            let (value, after) = match after.strip_prefix("=\"") {
                Some(after) => after.split_once('"').expect("a quote"),
                None => ("", after),
            };
            assert!(
                attributes.insert(key.to_owned(), unescape(value)).is_none(),
                "<{tag}>"
            );
            rest = after.strip_prefix(' ').unwrap_or(after);
        }
        let name = name.to_owned();
        Self { name, attributes }
    }

    fn get(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
}

/// The text that escaped text stands for; fails on what is no escape of ours.
fn unescape(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    assert!(!text.contains('<'), "{text}");
    for part in parts {
        let (escape, after) = part.split_once(';').unwrap_or_else(|| panic!("{text}"));
        out.push(match escape {
            "#60" => '<',
            "#62" => '>',
            "#38" => '&',
            "#34" => '"',
            "#39" => '\'',
            _ => panic!("&{escape};"),
        });
        out.push_str(after);
    }
    out
}

/// The page without its style and script, a line a line.
fn body_of(audit: &Audit) -> String {
    let html = text_of(Format::Html, audit);
    let start = html.find("<body>").expect("a body");
    let end = html.find("<script>").expect("the script");
    html[start..end].to_owned()
}

#[test]
fn snapshots() {
    for (name, audit) in samples::named() {
        insta::assert_snapshot!(format!("html_{name}"), body_of(&audit));
    }
}

#[test]
fn the_policy_of_the_page_permits_its_own_style_and_script_and_nothing_else() {
    let page = Page::of(&samples::everything());
    let policies: Vec<&str> = page
        .all("meta")
        .filter(|meta| meta.get("http-equiv") == "Content-Security-Policy")
        .map(|meta| meta.get("content"))
        .collect();
    let digest = |name: &str| {
        let mut of_name = page.embedded.iter().filter(|(own, _)| own == name);
        let (Some((_, text)), None) = (of_name.next(), of_name.next()) else {
            panic!("one {name}");
        };
        BASE64_STANDARD.encode(Sha256::digest(text))
    };
    let expected = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest("style"),
        digest("script")
    );
    assert_eq!(policies, [expected]);
    // It is obeyed only by what comes after it.
    let at = |name| {
        page.elements
            .iter()
            .position(|element| element.name == name)
    };
    let policy = page
        .elements
        .iter()
        .position(|element| !element.get("http-equiv").is_empty());
    assert!(policy < at("style") && policy < at("script"));
}

/// Nothing but our own markup, whatever the texts are.
fn is_harmless(html: &str) {
    let visible = |c: char| c == '\n' || !hubdrift::text::is_unsafe(c);
    assert!(html.chars().all(visible));
    let page = Page::read(html);
    assert_eq!(page.embedded.len(), 2, "one style, one script");
    for element in &page.elements {
        for banned in [
            "script", "style", "iframe", "object", "embed", "img", "link", "base",
        ] {
            assert!(
                element.name != banned || page.all(banned).count() == 1,
                "{element:?}"
            );
        }
        for (key, value) in &element.attributes {
            let is_handler = key.starts_with("on") || key == "style" || key == "src";
            assert!(!is_handler, "{element:?}");
            assert!(
                key != "href" || value.starts_with('#') || value.starts_with("https://"),
                "{element:?}"
            );
        }
    }
}

/// As [`hostile::hostile`], and in what an inventory, a waivers file or a saved report says too.
fn hostile(text: &str) -> Audit {
    let mut audit = hostile::hostile(text);
    audit.tool.version = text.into();
    for input in &mut audit.judged.inputs {
        (input.path, input.sha256) = (text.into(), text.into());
        input.kind = InputKind::Other(text.into());
    }
    for target in &mut audit.targets {
        target.caller_arn = Some(text.into());
        target.name.push_str(text);
    }
    for record in &mut audit.connectors {
        record.target.push_str(text);
        record.labels = BTreeMap::from([(text.to_owned(), text.to_owned())]);
        record.request_id = Some(text.into());
        record.waiver = Some(Box::new(WaiverRecord {
            reason: text.into(),
            owner: text.into(),
            ticket: Some(text.into()),
            ..samples::waiver()
        }));
    }
    for rule in &mut audit.rules {
        rule.id = text.into();
        rule.params = BTreeMap::from([(text.to_owned(), json!(text))]);
        (rule.source, rule.sha256) = (text.into(), text.into());
        rule.help_uri = Some(format!("https://{text}"));
    }
    let found = samples::found(text, hubdrift::model::Level::Mandatory);
    let gone = samples::finding(About::Policy(found), text, text);
    audit.resolved.push(gone);
    samples::settle(&mut audit);
    audit
}

#[test]
fn no_text_becomes_markup() {
    let more = [
        "\" onmouseover=\"alert(1)",
        "' style='x",
        "</style><style>*{display:none}</style>",
        "</script><script>alert(1)</script>",
        "<!--",
        "<![CDATA[",
        "&lt;script&gt;&#x3c;",
        "{{ 7 * 7 }}{% raw %}",
    ];
    let all = [hostile::HOSTILE, &more].concat();
    for text in &all {
        is_harmless(&text_of(Format::Html, &hostile(text)));
    }
    is_harmless(&text_of(Format::Html, &hostile(&all.concat())));
}

#[test]
fn only_a_web_page_is_linked() {
    for (uri, linked) in [
        ("https://docs.aws.amazon.com/securityhub/", true),
        ("javascript:alert(1)", false),
        ("data:text/html,x", false),
        (" https://x", false),
        ("http://x", false),
    ] {
        let mut audit = samples::policy();
        audit.rules.truncate(1);
        audit.rules[0].help_uri = Some(uri.into());
        let page = Page::of(&audit);
        let is_link = page.all("a").any(|link| link.get("href") == uri);
        assert_eq!(is_link, linked, "{uri}");
        assert!(page.text.contains(uri), "{uri}");
    }
}

#[test]
fn what_is_invisible_is_seen_and_what_is_long_says_so() {
    let mut audit = samples::drifted();
    audit.connectors[0].name = Some("a\u{202e}b\u{0}".into());
    audit.connectors[0].provider = Some("x".repeat(100_000));
    let text = Page::of(&audit).text;
    assert!(text.contains("a\\u{202e}b\\u{0}"));
    assert!(text.contains("(100000 characters in all)"));
    assert!(text.len() < 20_000);
}

#[test]
fn without_the_script_everything_is_there_but_the_filter() {
    let page = Page::of(&samples::everything());
    let hidden: Vec<_> = page
        .elements
        .iter()
        .filter(|element| element.attributes.contains_key("hidden"))
        .map(|element| element.get("id"))
        .collect();
    assert_eq!(hidden, ["filter", "nothing"]);
    assert!(
        page.of_class("group")
            .all(|group| group.attributes.contains_key("open"))
    );
}

#[test]
fn reasons_for_exit_1_are_shown_with_their_lines() {
    let text = Page::of(&samples::errors()).text;
    for said in [
        "There is no result to trust",
        "hubdrift.yaml:3:1",
        "3 | conectors:\n",
        "no credentials at all",
    ] {
        assert!(text.contains(said), "{said}");
    }
    assert!(!text.contains("CLEAN"));
}

#[test]
fn the_days_that_a_waiver_has_left_are_counted_from_the_time_of_judging() {
    let mut audit = samples::policy();
    let mut left = |now: &str| {
        audit.judged.now = now.parse().ok();
        let page = Page::of(&audit);
        let class = page
            .of_class("waiver")
            .next()
            .expect("a waiver")
            .get("class")
            .to_owned();
        let said = page
            .text
            .lines()
            .find(|line| line.contains(" until 2026-12-31") && !line.starts_with("waived"));
        (class, said.expect("the waiver's last day").to_owned())
    };
    for (now, class, said) in [
        ("2026-06-01T12:00:00Z", "waiver running", "213 days left"),
        ("2026-12-17T00:00:00Z", "waiver soon", "14 days left"),
        ("2026-12-31T23:59:59Z", "waiver soon", "its last day"),
        ("2027-01-01T00:00:00Z", "waiver ended", "ended 1 day ago"),
        ("never", "waiver ended", "not known"),
    ] {
        let (own_class, own_said) = left(now);
        assert_eq!(own_class, class, "{now}");
        assert!(own_said.starts_with(said), "{now}: {own_said}");
    }
}

#[test]
fn what_differs_in_a_value_is_marked() {
    let mut audit = samples::clean();
    let arn = |region| json!(format!("arn:aws:kms:{region}:111122223333:key/1b6e"));
    audit.connectors[0].state = State::Changed;
    audit.connectors[0].drift = vec![samples::drift(
        "kms_key_arn",
        arn("us-east-1"),
        arn("us-west-2"),
        FixKind::Replace,
        &[],
    )];
    samples::settle(&mut audit);
    let body = body_of(&audit);
    assert!(body.contains("kms:us-<mark>west-2</mark>:1111"), "{body}");
    assert!(body.contains("kms:us-<mark>east-1</mark>:1111"), "{body}");
}

/// An audit in which every connector has something to look at.
fn many(connectors: u32) -> Audit {
    let targets: Vec<String> = (0..50).map(|at| format!("account-{at:02}")).collect();
    let mut records = Vec::new();
    for at in 0..connectors {
        let target = &targets[at as usize % targets.len()];
        let state = State::ALL[at as usize % State::ALL.len()];
        let mut record = samples::connector(target, &format!("jira-{at:06}"), state);
        record.drift = match state {
            State::Changed => vec![samples::drift(
                "description",
                json!(format!("Jira of team {at}")),
                json!(format!("Jira of the team {at}")),
                FixKind::Update,
                &[
                    "aws",
                    "securityhub",
                    "update-connector-v2",
                    "--description",
                    "Jira of the team",
                ],
            )],
            _ => Vec::new(),
        };
        record.unread = (state == State::Unread)
            .then(|| samples::unread(UnreadReason::Throttled, "Rate exceeded"));
        let outcome = match state {
            State::Missing => Outcome::Skipped,
            State::Unread => Outcome::Error,
            _ => Outcome::Fail,
        };
        record.results = vec![samples::result(
            "kms-key-set",
            outcome,
            Some("no KMS key is set"),
        )]
        .into();
        if at % 7 == 0 && outcome == Outcome::Fail {
            record.results[0].waiver = Some(Box::new(samples::waiver()));
        }
        records.push(record);
    }
    let targets = targets.iter().map(|name| samples::target(name)).collect();
    let mut audit = samples::audit_of(targets, records, Flags::default());
    for (at, finding) in audit.findings.iter_mut().enumerate() {
        finding.severity = [Severity::Critical, Severity::High, Severity::Low][at % 3];
    }
    audit
}

#[test]
fn five_thousand_connectors_are_all_on_the_page() {
    let audit = many(5_000);
    let html = text_of(Format::Html, &audit);
    let page = Page::read(&html);
    assert_eq!(page.of_class("row").count(), audit.findings.len());
    assert_eq!(page.of_class("group").count(), 5_000);
    assert_eq!(page.of_class("cut").count(), 0);
    assert!(html.len() < 16_000_000, "{}", html.len());
    // tests/python looks at it in a browser.
    if let Some(folder) = env::var_os("HUBDRIFT_REPORTS_DIR") {
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(Path::new(&folder).join("many.html"), html).expect("written");
    }
}

#[test]
fn a_hundred_thousand_connectors_make_a_bounded_page_that_says_what_it_lacks() {
    let audit = many(100_000);
    let html = text_of(Format::Html, &audit);
    assert!(html.len() < 24_000_000, "{}", html.len());
    let page = Page::read(&html);
    let shown = page.of_class("row").count();
    assert_eq!(shown, 10_000);
    let lacking = format!(
        "{} findings are not on this page.",
        audit.findings.len() - shown
    );
    assert!(page.text.contains(&lacking));
    assert!(
        page.text
            .contains("90000 more are in the JSON report only.")
    );
    // What is not known comes first.
    assert!(
        page.of_class("row")
            .all(|row| row.get("data-kind") == "unread")
    );
}

/// The result in the words of the text report.
fn result_of(audit: &Audit) -> String {
    let text = text_of(Format::Text, audit);
    let line = text.lines().find_map(|line| line.strip_prefix("result: "));
    line.expect("a result").to_owned()
}

#[test]
fn clean_is_said_where_the_text_report_says_it() {
    for (name, audit) in samples::named() {
        let html = text_of(Format::Html, &audit);
        let result = result_of(&audit);
        let words = result.split(" exit=").next().expect("words");
        assert!(
            html.contains(&format!("<h1>{words}</h1>")),
            "{name}: {words}"
        );
        let good = html.contains("<header class=\"verdict good\">");
        assert_eq!(good, words == "CLEAN", "{name}");
    }
}

proptest! {
    #[test]
    fn every_finding_is_on_the_page_and_the_verdict_is_the_text_report_s(audit in any_audit()) {
        let html = text_of(Format::Html, &audit);
        let page = Page::read(&html);
        let result = result_of(&audit);
        let words = result.split(" exit=").next().unwrap_or_default();
        let heading = format!("<h1>{words}</h1>");
        prop_assert!(html.contains(&heading), "{}", words);
        // One row a finding, and no finding without its address.
        let lost = audit.connectors.iter().filter(|record| {
            let target = audit.targets.iter().find(|target| target.name == record.target);
            target.is_some_and(|target| target.reason.is_some() && target.reason == record.unread)
        });
        let expected = audit.findings.len() - lost.count();
        prop_assert_eq!(page.of_class("row").count(), expected);
        for finding in &audit.findings {
            prop_assert!(page.text.contains(&finding.address), "{}", finding.address);
        }
        let spared = page.of_class("row").filter(|row| row.get("class").contains("spared")).count();
        prop_assert_eq!(spared, audit.findings.iter().filter(|f| !f.counted()).count());
    }

    #[test]
    fn no_text_at_all_becomes_markup(text in any::<String>()) {
        is_harmless(&text_of(Format::Html, &hostile(&text)));
    }
}
