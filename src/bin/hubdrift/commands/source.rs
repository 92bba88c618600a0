//! The stage that observes: a plan becomes observations, from AWS or from a file that stands in for it. Knows
//! no rule and no expectation.

use std::path::PathBuf;

use hubdrift::{
    audit::{ErrorKind, Input},
    model::{Observations, Override},
    plan::Plan,
    problem::Problem,
};
use jiff::SignedDuration;

use super::{failure::Failure, session::Session, snapshot_file};
use crate::{
    clock::Clock,
    files::Reserved,
    observe::{self, Access, AccessError, Limits},
    progress::Progress,
};

/// Where observations come from.
#[derive(Debug)]
pub enum Source {
    /// AWS.
    Aws(Aws),
    /// A file; nothing is asked of AWS.
    File {
        /// The file.
        path: PathBuf,
        /// How old it may be.
        max_age: Option<SignedDuration>,
    },
}

/// How AWS is read.
#[derive(Debug)]
pub struct Aws {
    /// How it is reached.
    pub access: Access,
    /// How many requests it is sent, and for how long.
    pub limits: Limits,
    /// Whether to show how far reading is, on a terminal.
    pub progress: bool,
    /// The flags that change who is asked, and where; as they were set.
    pub overrides: Vec<Override>,
}

/// What a plan's reading came to.
#[derive(Debug)]
pub struct Observed {
    /// What was read, a target for each of the plan's.
    pub observations: Observations,
    /// The file that holds it, if one was read or saved.
    pub file: Option<Input>,
    /// The clock when reading ended.
    pub clock: Clock,
}

impl Source {
    /// The file that is read, if it is one.
    pub const fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::Aws(_) => None,
            Self::File { path, .. } => Some(path),
        }
    }

    /// The flags that change who is asked, and where. Where a file is read they have no effect.
    pub fn overrides(&self) -> &[Override] {
        match self {
            Self::Aws(aws) => &aws.overrides,
            Self::File { .. } => &[],
        }
    }

    /// Reads what `plan` asks for. What AWS answers is saved to `save`, if that is a place.
    ///
    /// # Errors
    /// When reading can't begin, the file can't be used, or the place not be written.
    pub fn observe(
        &self,
        plan: &Plan,
        session: &Session,
        clock: Clock,
        save: Option<Reserved>,
    ) -> Result<Observed, Box<Failure>> {
        match self {
            Self::Aws(aws) => aws.observe(plan, session, clock, save),
            Self::File { path, max_age } => {
                let (observations, file, clock) =
                    snapshot_file::replay(path, *max_age, plan, clock)?;
                Ok(Observed {
                    observations,
                    file: Some(file),
                    clock,
                })
            }
        }
    }
}

impl Aws {
    /// The same as [`Source::observe`].
    pub fn observe(
        &self,
        plan: &Plan,
        session: &Session,
        clock: Clock,
        save: Option<Reserved>,
    ) -> Result<Observed, Box<Failure>> {
        let limits = Limits {
            keep_answers: save.is_some(),
            ..self.limits.clone()
        };
        let (stop, progress) = (session.stop.clone(), Progress::new(self.progress));
        let reading = observe::observe(plan, &self.access, &limits, stop, progress);
        let observations = session.runtime.block_on(reading);
        let mut observations = observations.map_err(inaccessible)?;
        let clock = clock.reading_ended();
        let typed = self.overrides.iter().cloned();
        observations.overrides.splice(0..0, typed);
        let saved = save.map(|place| snapshot_file::save(place, &observations, clock.began));
        Ok(Observed {
            file: saved.transpose()?,
            observations,
            clock,
        })
    }
}

/// Why reading can't begin.
pub fn inaccessible(error: AccessError) -> Box<Failure> {
    Box::new(match error {
        AccessError::Settings(problems) => {
            let problems = problems.into_iter().map(Problem::without_place).collect();
            Failure::all(ErrorKind::Settings, problems)
        }
        error @ AccessError::NoCredentials(_) => {
            Failure::new(ErrorKind::Credentials, error.to_string())
        }
    })
}
