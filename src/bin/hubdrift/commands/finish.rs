//! The end of a run: its audit, or why there is none, becomes reports and an exit code.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use anstream::ColorChoice;
use hubdrift::{
    audit::{self, Audit, ErrorKind, ErrorRecord, Judged},
    model::Requests,
    problem::Problem,
    report::{self, Style},
    text,
};

use super::failure::{self, Failure, guarded};
use crate::{
    clock::Clock,
    files::{Lost, Outputs, Rendered, ReportTo, Reserved},
    terminal,
};

/// Writes the reports that a command line asks for although it makes no sense, so that no older
/// green one stays behind. `inputs` are the files that it may have meant to read.
pub fn report_usage(reports: &[ReportTo], inputs: &[PathBuf], message: String) {
    let clock = Clock::start(None);
    let (reports, _) = open(reports, None, inputs, None, true);
    let errors = Failure::new(ErrorKind::Usage, message).errors;
    let audit = audit::failed(clock.judged(), clock.run(Requests::default()), errors);
    write(reports, audit, ColorChoice::Never);
}

/// Finds a place for each report, and for the snapshot if one is to be saved; with the text report on
/// standard output where nothing goes there that must be alone. The second is an error if one of them
/// can't be written.
///
/// Nothing replaces `inputs`; the JSON report may replace `baseline`, which is read before.
pub fn open(
    reports: &[ReportTo],
    snapshot: Option<&Path>,
    inputs: &[PathBuf],
    baseline: Option<&Path>,
    quiet: bool,
) -> (Reports, Result<Option<Reserved>, Box<Failure>>) {
    let (mut outputs, mut unwritable) = Outputs::open(reports, inputs, baseline);
    let implied = !quiet && outputs.leaves_room_for_text();
    let place = snapshot.map(|path| {
        anyhow::ensure!(
            !implied || path != Path::new("-"),
            "the text report goes to standard output, so the snapshot can't (-q leaves it away)"
        );
        outputs.reserve(path)
    });
    let place = place.transpose().map_err(|error| unwritable.push(error));
    let place = match place {
        Ok(place) if unwritable.is_empty() => Ok(place),
        _ => Err(Failure::unwritable(&unwritable)),
    };
    let reports = Reports {
        outputs,
        implied,
        quiet,
    };
    (reports, place)
}

/// The reports of a run.
#[derive(Debug)]
pub struct Reports {
    outputs: Outputs,
    /// Whether the text report goes to standard output without having been asked for.
    implied: bool,
    /// Whether there are no notes beside them.
    quiet: bool,
}

impl Reports {
    /// Only those that were asked for.
    fn named(self) -> Self {
        Self {
            implied: false,
            ..self
        }
    }
}

/// Writes the reports of a run and gives its exit code. A run without a result has reports as well,
/// under these conditions.
pub fn finish(
    reports: Reports,
    result: Result<Audit, Box<Failure>>,
    conditions: Judged,
    clock: Clock,
    color: ColorChoice,
) -> u8 {
    match result {
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
            failure.show(color);
            let judged = Judged {
                inputs: failure.inputs.clone(),
                ..conditions
            };
            // A person has just read the errors; only reports that were asked for repeat them.
            let run = clock.run(Requests::default());
            let audit = audit::failed(judged, run, failure.errors);
            write(reports.named(), audit, color)
        }
    }
}

/// Notes what has to be known beside the reports.
fn note(audit: &Audit, has_text: bool) {
    // The text report says so itself; other reports have it where a person at a terminal doesn't see it.
    let mut notes = Vec::new();
    if !has_text {
        notes.extend(report::observed(audit));
    }
    if let Some(baseline) = &audit.judged.baseline {
        for note in &baseline.notes {
            let note = format!("baseline {}: {note}", baseline.path);
            notes.push(text::terminal(&note).into_owned());
        }
    }
    for note in notes {
        terminal::note(&format!("note: {note}\n"));
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
    let current = RefCell::new(Current { audit, noted: 0 });
    let lost = outputs.write(|format, to_stdout, lost| {
        current.borrow_mut().note(lost);
        let render = |audit: &Audit| report::render(format, audit, style(to_stdout));
        rendered(&current.borrow().audit, render)
    });
    for lost in &lost {
        terminal::note(&format!("error: {}\n", text::terminal(&lost.message)));
    }
    let mut current = current.into_inner();
    current.note(&lost);
    current.audit.verdict.exit_code
}

/// An audit that reports are rendered of, while some of them turn out not to be written.
struct Current {
    audit: Audit,
    /// How many of the reports that were lost it names among its errors.
    noted: usize,
}

impl Current {
    /// Names those of the lost reports that it doesn't name yet.
    fn note(&mut self, lost: &[Lost]) {
        let news = lost.iter().skip(self.noted);
        let news = news.map(|it| {
            let problem = Problem::without_place(it.message.clone());
            failure::record(&it.kind, &problem)
        });
        audit::distrust(&mut self.audit, news);
        self.noted = lost.len();
    }
}

/// What `render` makes of the audit; or, where it panics, of one that says so, so that nothing older
/// and green stays in its place.
fn rendered(audit: &Audit, render: impl Fn(&Audit) -> Vec<u8>) -> Rendered {
    let attempt = |audit: &Audit| catch_unwind(AssertUnwindSafe(|| render(audit)));
    let panic = match attempt(audit) {
        Ok(bytes) => return bytes.into(),
        Err(panic) => Failure::panicked(&*panic),
    };
    let broken = panic.errors.first().map(|error| error.message.clone());
    // Where it is rendered once more, the audit names the panic already.
    let is_news = |error: &ErrorRecord| !audit.errors.contains(error);
    let news = panic.errors.into_iter().filter(is_news);
    let errors = audit.errors.iter().cloned().chain(news).collect();
    let failed = audit::failed(audit.judged.clone(), audit.run.clone(), errors);
    // A format that can't even say that is left empty, which no reader takes for a report.
    let bytes = attempt(&failed).unwrap_or_default();
    Rendered { bytes, broken }
}

#[cfg(test)]
mod tests {
    use hubdrift::{audit::Run, report::Format};

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
        let parsed = report::json::parse(&instead.bytes).expect("a report");
        assert_eq!(
            (parsed.verdict.exit_code, parsed.verdict.complete),
            (1, false)
        );
        assert_eq!(parsed.errors[0].kind, ErrorKind::Internal);
        assert!(parsed.errors[0].message.contains("a bug in the format"));
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
            let render = |audit: &Audit| report::render(format, audit, Style::default());
            let bad = |audit: &Audit| {
                assert!(!audit.errors.is_empty(), "a bug in the format");
                render(audit)
            };
            let instead = rendered(&audit, bad).bytes;
            let failure = Failure::new(
                ErrorKind::Internal,
                "hubdrift failed inside (a bug in the format); please report it",
            );
            let failed = audit::failed(Judged::default(), Run::default(), failure.errors);
            assert_eq!(instead, render(&failed), "{}", format.as_str());
            let words = String::from_utf8(instead).expect("text");
            let has_words = format != Format::Prometheus;
            assert_eq!(words.contains("a bug in the format"), has_words, "{words}");
        }
    }
}
