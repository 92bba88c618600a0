//! What came of a run: assertions about it, and what no output may ever hold.

use std::process::Command;

use serde_json::{Value, json};

use super::SECRET;

/// What came of running `hubdrift`.
#[derive(Debug)]
pub struct Run {
    #[expect(dead_code, reason = "shown where a test fails")]
    command: String,
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Runs a command to its end.
    #[track_caller]
    pub fn of(mut command: Command) -> Self {
        let output = command.output().expect("the command runs");
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Self {
            command: format!("{command:?}"),
            code: output.status.code().expect("it was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// That stderr holds each of these.
    #[track_caller]
    pub fn complains(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no `{part}` in stderr: {self:#?}"
            );
        }
        self
    }

    /// That stdout holds each of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                self.stdout.contains(part),
                "no `{part}` in stdout: {self:#?}"
            );
        }
        self
    }
}

/// What came of `hubdrift check`.
#[derive(Debug)]
pub struct Checked {
    pub run: Run,
    pub report: Value,
    pub junit: String,
}

impl Checked {
    /// What holds of every check, whatever it found.
    #[track_caller]
    pub(super) fn assert_truthful(&self, json: &str) {
        let Self { run, report, junit } = self;
        assert_eq!(
            report["verdict"]["exit_code"],
            json!(run.code),
            "two exit codes: {run:#?}"
        );
        for text in [json, junit, &run.stdout, &run.stderr] {
            assert!(!text.contains("1970-01-01"), "a made-up time: {text}");
            assert!(!text.contains(SECRET), "AuthUrl: {text}");
            assert!(!text.contains("no value was set"), "a made-up enum: {text}");
        }
        for connector in self.records("connectors") {
            assert_ne!(connector["name"], "", "a made-up name: {connector:#}");
        }
        let complete = report["verdict"]["complete"].as_bool().expect("a boolean");
        assert_eq!(
            !complete,
            matches!(run.code, 1 | 4),
            "complete and {}: {run:#?}",
            run.code
        );
        let says_clean = run.stdout.contains("CLEAN");
        assert!(
            !says_clean || run.code == 0,
            "CLEAN with {}: {run:#?}",
            run.code
        );
        let unhappy = |tag: &str| junit.contains(tag);
        assert_eq!(
            matches!(run.code, 1 | 4),
            unhappy("<error"),
            "JUnit errors and {}: {junit}",
            run.code
        );
        if run.code == 0 {
            assert!(!unhappy("<failure"), "JUnit failures and 0: {junit}");
        }
        if matches!(run.code, 2 | 3) {
            assert!(
                unhappy("<failure"),
                "no JUnit failures and {}: {junit}",
                run.code
            );
        }
    }

    fn records(&self, list: &str) -> &[Value] {
        self.report[list]
            .as_array()
            .unwrap_or_else(|| panic!("no {list}"))
    }

    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.run.code, code, "{:#?}", self.run);
        self
    }

    /// That the last lines of the text report begin with this result.
    #[track_caller]
    pub fn results_in(self, result: &str) -> Self {
        let line = self
            .run
            .stdout
            .lines()
            .find(|line| line.starts_with("result:"));
        assert_eq!(line, Some(result), "{:#?}", self.run);
        self
    }

    /// That the text report says so, wherever its lines are broken.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        let words: Vec<_> = self.run.stdout.split_whitespace().collect();
        assert!(
            words.join(" ").contains(part),
            "no `{part}` in stdout: {:#?}",
            self.run
        );
        self
    }

    #[track_caller]
    pub fn connector(&self, address: &str) -> &Value {
        let found = self
            .records("connectors")
            .iter()
            .find(|it| it["address"] == address);
        found.unwrap_or_else(|| panic!("no {address}: {:#}", self.report["connectors"]))
    }

    #[track_caller]
    pub fn state(&self, address: &str) -> &str {
        self.connector(address)["state"].as_str().expect("a state")
    }

    /// Why a connector is unread.
    #[track_caller]
    pub fn unread(&self, address: &str) -> &str {
        let connector = self.connector(address);
        assert_eq!(connector["state"], "unread", "{connector:#}");
        connector["unread"]["kind"].as_str().expect("a kind")
    }

    /// What a rule said of a connector.
    #[track_caller]
    pub fn outcome(&self, address: &str, rule: &str) -> &str {
        let results = self.connector(address)["results"]
            .as_array()
            .expect("results");
        let result = results
            .iter()
            .find(|it| it["rule"] == rule)
            .unwrap_or_else(|| panic!("no {rule}"));
        result["outcome"].as_str().expect("an outcome")
    }

    /// The findings of a kind.
    pub fn findings(&self, kind: &str) -> Vec<&Value> {
        self.records("findings")
            .iter()
            .filter(|it| it["kind"] == kind)
            .collect()
    }
}
