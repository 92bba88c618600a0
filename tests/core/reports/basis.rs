//! What a result is of: every format where somebody reads "clean" names account, region and caller,
//! and what was set otherwise than it is by itself.

use hubdrift::{audit::*, model::Override, report::Format};

use super::text_of;
use crate::samples;

/// The formats that say of a whole run what it came to. A list of problems, as GitLab has it, doesn't.
const WHOLE: [Format; 9] = [
    Format::Text,
    Format::Json,
    Format::Junit,
    Format::Sarif,
    Format::Markdown,
    Format::Html,
    Format::Github,
    Format::Ocsf,
    Format::Prometheus,
];

fn with(overrides: Vec<Override>) -> Audit {
    let mut audit = samples::clean();
    audit.judged.overrides = overrides;
    audit
}

/// What a reader of the format sees: Markdown escapes signs that stand for something.
fn shown(format: Format, audit: &Audit) -> String {
    let text = text_of(format, audit);
    match format {
        Format::Markdown => text.replace('\\', ""),
        _ => text,
    }
}

#[test]
fn a_clean_report_names_what_it_is_clean_of() {
    for format in WHOLE {
        let text = shown(format, &samples::clean());
        for part in [
            "prod",
            samples::ACCOUNT,
            samples::REGION,
            "assumed-role/hubdrift",
        ] {
            assert!(
                text.contains(part),
                "no {part} in {}: {text}",
                format.as_str()
            );
        }
    }
    let text = text_of(Format::Text, &samples::clean());
    let line = "read:       prod 111122223333 us-east-1 as arn:aws:sts::111122223333:assumed-role/hubdrift/run\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_clean_report_names_what_was_set() {
    let audit = with(vec![
        Override::new("--no-assume-role", None, Override::COMMAND_LINE),
        Override::new("--profile", Some("audit".to_owned()), "HUBDRIFT_PROFILE"),
    ]);
    for format in WHOLE {
        let text = shown(format, &audit);
        for part in ["--no-assume-role", "--profile", "HUBDRIFT_PROFILE"] {
            assert!(
                text.contains(part),
                "no {part} in {}: {text}",
                format.as_str()
            );
        }
    }
    let plain = text_of(Format::Text, &samples::clean());
    assert!(!plain.contains("\nset: "), "{plain}");
    let text = text_of(Format::Text, &audit);
    assert!(text.contains("set:        --no-assume-role\n"), "{text}");
    let line = "set:        --profile audit (HUBDRIFT_PROFILE)\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn what_a_line_of_its_own_says_is_not_said_twice() {
    let mut audit = samples::filtered();
    audit.judged.flags.allow_empty = true;
    audit.judged.overrides = [
        ("--allow-empty", None),
        ("--target", Some("prod".to_owned())),
    ]
    .map(|(setting, value)| Override::new(setting, value, Override::COMMAND_LINE))
    .into();
    let text = text_of(Format::Text, &audit);
    assert!(!text.contains("set: "), "{text}");
    assert_eq!(text.matches("--allow-empty").count(), 1, "{text}");
    assert_eq!(text.matches("--target prod").count(), 1, "{text}");
}

#[test]
fn targets_that_nobody_reached_are_not_among_those_that_were_read() {
    for audit in [samples::incomplete(), samples::filtered()] {
        let text = text_of(Format::Text, &audit);
        assert!(text.contains("read:       prod "), "{text}");
        assert!(!text.contains("read:       stage"), "{text}");
    }
    let mut unlisted = samples::clean();
    unlisted.targets[0].status = TargetStatus::Incomplete;
    let text = text_of(Format::Text, &unlisted);
    assert!(text.contains("hubdrift/run, but not listed\n"), "{text}");
}

#[test]
fn of_hundreds_of_targets_the_first_are_named_and_the_others_counted() {
    let target = |n: usize| TargetRecord {
        account: Some(format!("{:012}", n / 2)),
        ..samples::target(&format!("t{n:03}"))
    };
    let targets = (0..300).map(target).collect();
    let audit = samples::audit_of(targets, Vec::new(), Flags::default());
    let text = text_of(Format::Text, &audit);
    let read: Vec<_> = text.lines().filter(|it| it.starts_with("read: ")).collect();
    assert_eq!(read.len(), 21, "{text}");
    assert_eq!(
        read[20],
        "read:       and 280 more targets of 140 accounts, which the JSON report names"
    );
    // Prometheus has a series for each anyway.
    let text = text_of(Format::Prometheus, &audit);
    assert_eq!(text.matches("\nhubdrift_target_caller{").count(), 300);
}

#[test]
fn a_session_s_name_makes_no_series_of_its_own() {
    let mut audit = samples::clean();
    let text = text_of(Format::Prometheus, &audit);
    assert!(
        text.contains(r#",caller="arn:aws:sts::111122223333:assumed-role/hubdrift"} 1"#),
        "{text}"
    );
    audit.targets[0].caller_arn = Some("arn:aws:iam::111122223333:user/some/body".to_owned());
    let text = text_of(Format::Prometheus, &audit);
    assert!(text.contains(r#":user/some/body"} 1"#), "{text}");
}
