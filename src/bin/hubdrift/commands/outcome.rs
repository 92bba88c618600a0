//! What came of a command becomes reports and an exit code, also when nothing came of it.

use std::{
    any::Any,
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, Audit, ErrorRecord, Judged, Run},
    problem::Problem,
    report::{self, Style},
    text,
};
use jiff::Timestamp;

use super::load::Failure;
use crate::{
    files::{Lost, Outputs, Rendered, ReportTo, Reserved},
    terminal,
};

/// Writes the reports that a command line asks for although it makes no sense, so that no older
/// green one stays behind. `inputs` are the files that it may have meant to read.
pub fn report_usage(reports: &[ReportTo], inputs: &[PathBuf], message: String) {
    let now = Timestamp::now();
    let judged = Judged {
        now: now.to_string(),
        ..Judged::default()
    };
    let run = Run {
        started_at: now.to_string(),
        finished_at: now.to_string(),
        ..Run::default()
    };
    let error = ErrorRecord {
        kind: "usage".to_owned(),
        message,
        location: None,
    };
    let inputs: Vec<_> = inputs.iter().map(PathBuf::as_path).collect();
    let (reports, _) = open(reports, &inputs, None, true);
    write(
        reports,
        audit::failed(judged, run, vec![error]),
        ColorChoice::Never,
    );
}

/// Finds the reports' places, with the text report on standard output where nothing goes there that
/// must be alone.
///
/// Nothing replaces `inputs`; the JSON report may replace `baseline`, which is read before.
pub fn open(
    reports: &[ReportTo],
    inputs: &[&Path],
    baseline: Option<&Path>,
    quiet: bool,
) -> (Reports, Vec<anyhow::Error>) {
    let (outputs, errors) = Outputs::open(reports, inputs, baseline);
    let implied = !quiet && outputs.leaves_room_for_text();
    let reports = Reports {
        outputs,
        implied,
        quiet,
    };
    (reports, errors)
}

/// The reports of a run.
#[derive(Debug)]
pub struct Reports {
    outputs: Outputs,
    /// Whether the text report goes to standard output without having been asked for.
    implied: bool,
    /// Whether nothing is said beside them.
    quiet: bool,
}

impl Reports {
    /// Finds the place of a snapshot.
    pub fn reserve(&mut self, path: &Path) -> anyhow::Result<Reserved> {
        anyhow::ensure!(
            !self.implied || path != Path::new("-"),
            "the text report goes to standard output, so the snapshot can't (-q leaves it away)"
        );
        self.outputs.reserve(path)
    }

    /// Only those that were asked for.
    fn named(self) -> Self {
        Self {
            implied: false,
            ..self
        }
    }
}

/// That these places can't be written.
pub fn unwritable(errors: &[anyhow::Error]) -> Box<Failure> {
    let said: Vec<_> = errors.iter().map(|error| format!("{error:#}")).collect();
    let record = |message: &String| ErrorRecord {
        kind: "report".to_owned(),
        message: message.clone(),
        location: None,
    };
    let mut failure = Failure::new("report", String::new());
    failure.errors = said.iter().map(record).collect();
    failure.problems = said.into_iter().map(Problem::without_place).collect();
    Box::new(failure)
}

/// Tells what came of a run: writes its reports, and gives the exit code. A run without a result
/// has reports as well, under these conditions and begun at this time.
pub fn finish(
    reports: Reports,
    judged: Result<Audit, Box<Failure>>,
    (conditions, run): (Judged, Run),
    color: ColorChoice,
) -> u8 {
    match judged {
        Ok(mut audit) => {
            let noted = guarded(|| {
                if !reports.quiet {
                    note(&audit, reports.implied);
                }
                Ok(())
            });
            audit::distrust(&mut audit, noted.err().into_iter().flat_map(|it| it.errors));
            write(reports, audit, color)
        }
        Err(failure) => {
            terminal::note(&failure.render(terminal::colors_stderr(color)));
            let judged = Judged {
                inputs: failure.inputs.clone(),
                ..conditions
            };
            let run = Run {
                finished_at: Timestamp::now().to_string(),
                ..run
            };
            // A person has just read the errors; only reports that were asked for repeat them.
            let audit = audit::failed(judged, run, failure.errors);
            write(reports.named(), audit, color)
        }
    }
}

/// What has to be known beside the reports.
fn note(audit: &Audit, text_says_it: bool) {
    // The text report says it; who reads another hears of it all the same.
    if !text_says_it {
        for said in report::observed(audit) {
            terminal::note(&format!("note: {said}\n"));
        }
    }
    if let Some(baseline) = &audit.judged.baseline {
        for note in &baseline.notes {
            let said = text::terminal(&format!("baseline {}: {note}", baseline.path)).into_owned();
            terminal::note(&format!("note: {said}\n"));
        }
    }
}

/// Writes every report and gives the exit code: the audit's, which is 1 when one could not be
/// written. All that are written say so then.
fn write(reports: Reports, audit: Audit, color: ColorChoice) -> u8 {
    let mut outputs = reports.outputs;
    if reports.implied {
        outputs.add_text();
    }
    let style = |to_stdout| Style {
        color: to_stdout && terminal::colors_stdout(color),
    };
    let told = RefCell::new(Told { audit, lost: 0 });
    let lost = outputs.write(|format, to_stdout, lost| {
        told.borrow_mut().tell(lost);
        let render = |audit: &Audit| report::render(format, audit, style(to_stdout));
        rendered(&told.borrow().audit, render)
    });
    for lost in &lost {
        let said = text::terminal(&lost.message);
        terminal::note(&format!("error: {said}\n"));
    }
    let mut told = told.into_inner();
    told.tell(&lost);
    told.audit.verdict.exit_code
}

/// An audit, and how many of the reports that were lost it tells of.
struct Told {
    audit: Audit,
    lost: usize,
}

impl Told {
    fn tell(&mut self, lost: &[Lost]) {
        let news = lost.iter().skip(self.lost).map(|lost| ErrorRecord {
            kind: lost.kind.to_owned(),
            message: lost.message.clone(),
            location: None,
        });
        audit::distrust(&mut self.audit, news);
        self.lost = lost.len();
    }
}

/// What `render` makes of the audit; or, where it fails inside, of one that says so, so that
/// nothing older and green stays in its place.
fn rendered(audit: &Audit, render: impl Fn(&Audit) -> Vec<u8>) -> Rendered {
    let attempt = |audit: &Audit| catch_unwind(AssertUnwindSafe(|| render(audit)));
    let panic = match attempt(audit) {
        Ok(bytes) => return bytes.into(),
        Err(panic) => inside(&*panic),
    };
    let broken = panic.errors.first().map(|error| error.message.clone());
    // Told of already, where it is rendered once more.
    let news = panic
        .errors
        .into_iter()
        .filter(|it| !audit.errors.contains(it));
    let errors = audit.errors.iter().cloned().chain(news).collect();
    let failed = audit::failed(audit.judged.clone(), audit.run.clone(), errors);
    // A format that can't even say that is left empty, which no reader takes for a report.
    let bytes = attempt(&failed).unwrap_or_default();
    Rendered { bytes, broken }
}

/// A panic is an internal error like any other: there is no result to trust.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Box<Failure>>) -> Result<T, Box<Failure>> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(inside(&*panic)))
}

fn inside(panic: &(dyn Any + Send)) -> Box<Failure> {
    let said = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let said = said
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Box::new(Failure::new(
        "internal",
        format!("hubdrift failed inside ({said}); please report it"),
    ))
}

#[cfg(test)]
mod tests {
    use hubdrift::report::Format;

    use super::*;

    #[test]
    fn a_report_that_can_not_be_rendered_says_so_in_its_place() {
        let mut audit = audit::failed(Judged::default(), Run::default(), Vec::new());
        audit.verdict.exit_code = 0;
        let bad = |audit: &Audit| {
            assert!(!audit.errors.is_empty(), "a bug in the format");
            report::render(Format::Json, audit, Style::default())
        };
        let instead = rendered(&audit, bad);
        assert!(instead.broken.is_some(), "it is another's bytes");
        let said = report::json::parse(&instead.bytes).expect("a report");
        assert_eq!((said.verdict.exit_code, said.verdict.complete), (1, false));
        assert_eq!(said.errors[0].kind, "internal");
        assert!(said.errors[0].message.contains("a bug in the format"));
        let worse = rendered(&audit, |_| panic!("always"));
        assert!(worse.bytes.is_empty());
        assert!(worse.broken.expect("why").contains("(always)"));
        assert_eq!(rendered(&audit, |_| vec![1]), vec![1].into());
    }

    #[test]
    fn each_format_says_that_it_could_not_be_rendered() {
        let mut audit = audit::failed(Judged::default(), Run::default(), Vec::new());
        audit.verdict.exit_code = 0;
        for format in Format::ALL {
            let said = |audit: &Audit| report::render(format, audit, Style::default());
            let bad = |audit: &Audit| {
                assert!(!audit.errors.is_empty(), "a bug in the format");
                said(audit)
            };
            let instead = rendered(&audit, bad).bytes;
            let failure = Failure::new(
                "internal",
                "hubdrift failed inside (a bug in the format); please report it",
            );
            let failed = audit::failed(Judged::default(), Run::default(), failure.errors);
            assert_eq!(instead, said(&failed), "{}", format.as_str());
            let words = String::from_utf8(instead).expect("text");
            let has_words = format != Format::Prometheus;
            assert_eq!(words.contains("a bug in the format"), has_words, "{words}");
        }
    }

    #[test]
    fn a_panic_is_no_result() {
        let failure = guarded::<()>(|| panic!("at {}", "the disco")).expect_err("a failure");
        assert_eq!(failure.errors[0].kind, "internal");
        assert!(failure.errors[0].message.contains("at the disco"));
        assert_eq!(guarded(|| Ok(7)).expect("no failure"), 7);
    }
}
