//! The stage that loads: files become inventory, rules and waivers, or all that is wrong with them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hubdrift::{
    audit::{self, ErrorKind, InputKind},
    inventory::{self, FileRef, Inventory, Target, Unmanaged},
    model::Place,
    policy::{self, Policy, Source},
    problem::{Problem, Sources},
    text,
    waiver::{self, Waiver},
    yaml::SourceFile,
};
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest as _, Sha256};

use super::failure::{self, Failure};
use crate::files;

/// Where the input is.
#[derive(Debug)]
pub struct Input {
    /// The inventory's files.
    pub inventory: Vec<PathBuf>,
    /// More rules.
    pub policies: Vec<PathBuf>,
    /// Whether the built-in rules are wanted.
    pub builtin_rules: bool,
    /// The waivers, instead of the inventory's.
    pub waivers: Option<PathBuf>,
}

/// The files and directories that are named, and the files that were read, whether or not something
/// came of them.
pub fn files(input: &Input, loaded: &Result<Loaded, Box<Failure>>) -> Vec<PathBuf> {
    let read = match loaded {
        Ok(loaded) => &loaded.inputs,
        Err(failure) => &failure.inputs,
    };
    let named = input
        .inventory
        .iter()
        .chain(&input.policies)
        .chain(&input.waivers);
    let read = read.iter().map(|it| PathBuf::from(&it.path));
    named.cloned().chain(read).collect()
}

/// What a run works with.
#[derive(Debug)]
pub struct Loaded {
    /// What is expected.
    pub inventory: Inventory,
    /// The rules, compiled.
    pub policy: Policy,
    /// The waivers.
    pub waivers: Vec<Waiver>,
    /// The files that went in.
    pub inputs: Vec<audit::Input>,
}

/// Gathers what was read and what is wrong with it.
#[derive(Default)]
struct Gathered {
    inputs: Vec<audit::Input>,
    sources: Sources,
    problems: Vec<(ErrorKind, Problem)>,
}

impl Gathered {
    /// Adds a file that was read.
    fn note(&mut self, kind: InputKind, path: &str, content: &str) {
        let sha256 = text::hex(&Sha256::digest(content.as_bytes()));
        self.inputs.push(audit::Input {
            path: path.to_owned(),
            kind,
            sha256,
            observed_at: None,
        });
        self.sources.insert(path.to_owned(), content.to_owned());
    }

    /// Adds what is wrong.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers name a kind where they call"
    )]
    fn refuse(&mut self, kind: ErrorKind, problems: impl IntoIterator<Item = Problem>) {
        self.problems
            .extend(problems.into_iter().map(|problem| (kind.clone(), problem)));
    }

    fn failure(self) -> Box<Failure> {
        // Every kind's problems are sorted by place already; the kinds stand in the order of reading.
        let errors = self
            .problems
            .iter()
            .map(|(kind, problem)| failure::record(kind, problem))
            .collect();
        let problems = self.problems.into_iter().map(|(_, problem)| problem);
        Box::new(Failure {
            errors,
            problems: problems.collect(),
            sources: self.sources,
            inputs: self.inputs,
        })
    }
}

/// How a file is read.
pub type Reader<'a> = &'a dyn Fn(&Path) -> Result<SourceFile, Problem>;

/// Reads and checks every file. `now` is the time at which waivers' dates are judged.
///
/// # Errors
/// All that is wrong with all files.
pub fn load(input: &Input, now: Timestamp) -> Result<Loaded, Box<Failure>> {
    load_from(&files::read, input, now)
}

/// The same, and rules that would end in an error once they get there are refused too.
pub fn load_strictly(input: &Input, now: Timestamp) -> Result<Loaded, Box<Failure>> {
    load_all(&files::read, input, now, true)
}

/// The same as [`load`], with inventory and waivers read by `read`.
pub fn load_from(read: Reader<'_>, input: &Input, now: Timestamp) -> Result<Loaded, Box<Failure>> {
    load_all(read, input, now, false)
}

/// Reads and checks the inventory alone.
///
/// # Errors
/// All that is wrong with its files.
pub fn inventory(paths: &[PathBuf]) -> Result<Inventory, Box<Failure>> {
    let mut gathered = Gathered::default();
    let inventory = read_inventory(&files::read, paths, &mut gathered);
    inventory.ok_or_else(|| gathered.failure())
}

fn load_all(
    read: Reader<'_>,
    input: &Input,
    now: Timestamp,
    strictly: bool,
) -> Result<Loaded, Box<Failure>> {
    let mut gathered = Gathered::default();
    let inventory = read_inventory(read, &input.inventory, &mut gathered);
    let none = Inventory::default();
    let given = inventory.as_ref().unwrap_or(&none);
    let sources = read_rules(input, given, &mut gathered);
    // Settings are compared with the rules only when all rules are there to be compared with.
    let complete = inventory.is_some() && gathered.problems.is_empty();
    let settings = if complete {
        given.policies.rules.as_slice()
    } else {
        &[]
    };
    let policy = policy::compile(sources, settings)
        .map_err(|problems| gathered.refuse(ErrorKind::Rules, problems))
        .ok();
    if let (Some(policy), true) = (&policy, strictly) {
        let certain = policy.lint().into_iter().filter(|lint| lint.certain);
        gathered.refuse(ErrorKind::Rules, certain.map(|lint| lint.problem));
    }

    let waivers = read_waivers(read, input, given, now, &mut gathered);
    if let (Some(policy), true) = (&policy, complete) {
        let known: Vec<_> = policy.rules().iter().map(|rule| &*rule.meta.id).collect();
        gathered.refuse(ErrorKind::Waivers, waiver::check_rules(&waivers, &known));
        let unwaivable = policy.rules().iter().filter(|rule| !rule.meta.waivable);
        let unwaivable: Vec<_> = unwaivable.map(|rule| &*rule.meta.id).collect();
        gathered.refuse(
            ErrorKind::Waivers,
            waiver::check_waivable(&waivers, &unwaivable),
        );
        gathered.refuse(ErrorKind::Inventory, judged_by_nothing(given, policy));
    }
    if !input.builtin_rules && !given.policies.builtin {
        let message = "`--no-builtin-rules` has no effect: the inventory says `builtin: false`";
        let problem = Problem::without_place(message).help("take it away");
        gathered.refuse(ErrorKind::Usage, [problem]);
    }
    match (inventory, policy) {
        (Some(inventory), Some(policy)) if gathered.problems.is_empty() => Ok(Loaded {
            inventory,
            policy,
            waivers,
            inputs: gathered.inputs,
        }),
        _ => Err(gathered.failure()),
    }
}

/// Reads the inventory's files; `None` when something is wrong with one of them.
fn read_inventory(
    read: Reader<'_>,
    paths: &[PathBuf],
    gathered: &mut Gathered,
) -> Option<Inventory> {
    let mut files = Vec::new();
    for path in paths {
        match read(path) {
            Ok(file) => {
                gathered.note(InputKind::Inventory, &file.path, &file.text);
                files.push(file);
            }
            Err(problem) => gathered.refuse(ErrorKind::Inventory, [problem]),
        }
    }
    if files.is_empty() {
        return None;
    }
    let complete = files.len() == paths.len();
    match inventory::parse(&files) {
        // What the other files say makes no sense without the one that is not there.
        Ok(inventory) => complete.then_some(inventory),
        Err(problems) => {
            gathered.refuse(ErrorKind::Inventory, problems);
            None
        }
    }
}

/// Reads the rules: the built-in ones, those of the inventory, and those of the command line.
fn read_rules(input: &Input, inventory: &Inventory, gathered: &mut Gathered) -> Vec<Source> {
    let mut sources = Vec::new();
    if input.builtin_rules && inventory.policies.builtin {
        sources.extend(policy::builtin());
    }
    for path in &inventory.policies.paths {
        match files::read_rules(Path::new(&path.path)) {
            Ok(read) => sources.extend(read),
            Err(problems) => {
                let problems = problems.into_iter();
                gathered.refuse(ErrorKind::Rules, problems.map(|it| placed(it, &path.place)));
            }
        }
    }
    for (index, path) in input.policies.iter().enumerate() {
        let before = &input.policies[..index];
        if let Some(problem) = named_before(path, &inventory.policies.paths, before) {
            gathered.refuse(ErrorKind::Usage, [problem]);
            continue;
        }
        match files::read_rules(path) {
            Ok(read) => sources.extend(read),
            Err(problems) => gathered.refuse(ErrorKind::Rules, problems),
        }
    }
    for Source { path, text } in &sources {
        gathered.note(InputKind::Rule, path, text);
    }
    sources
}

/// Reads the waivers that the command line names, or else the inventory.
fn read_waivers(
    read: Reader<'_>,
    input: &Input,
    inventory: &Inventory,
    now: Timestamp,
    gathered: &mut Gathered,
) -> Vec<Waiver> {
    let (path, place) = match (&input.waivers, &inventory.waivers) {
        (Some(path), _) => (path.as_path(), None),
        (None, Some(named)) => (Path::new(&named.path), Some(&named.place)),
        (None, None) => return Vec::new(),
    };
    let parsed = match read(path) {
        Ok(file) => {
            gathered.note(InputKind::Waivers, &file.path, &file.text);
            waiver::parse(&file, now.to_zoned(TimeZone::UTC).date())
        }
        Err(problem) => Err(vec![match place {
            Some(place) => placed(problem, place),
            None => problem,
        }]),
    };
    parsed.unwrap_or_else(|problems| {
        gathered.refuse(ErrorKind::Waivers, problems);
        Vec::new()
    })
}

/// The problems of targets whose unmanaged connectors should be judged, and no rule does.
fn judged_by_nothing(inventory: &Inventory, policy: &Policy) -> Vec<Problem> {
    let no_labels = BTreeMap::new();
    let is_judged = |name| policy.may_judge(std::iter::once((name, &no_labels)));
    let targets = inventory.targets.iter();
    let judge = targets.filter(|it| it.unmanaged == Unmanaged::Judge && !is_judged(&it.name));
    let problem = |target: &Target| {
        let message = format!(
            "`unmanaged: judge` has no effect in the target `{}`: no rule is on for connectors without labels",
            target.name
        );
        Problem {
            place: target.place.clone(),
            ..Problem::without_place(message)
                .width(target.name.chars().count())
                .help("set a rule's `level`, or write `unmanaged: fail` or `ignore`")
        }
    };
    judge.map(problem).collect()
}

/// The problem of rules that are named in the inventory or by an earlier flag already: each of them
/// would be there twice.
fn named_before(path: &Path, inventory: &[FileRef], typed: &[PathBuf]) -> Option<Problem> {
    let place = path.canonicalize().ok()?;
    let is_same = |other: &Path| other.canonicalize().is_ok_and(|other| other == place);
    let named = inventory.iter().find(|it| is_same(Path::new(&it.path)));
    let is_typed = typed.iter().any(|it| is_same(it));
    let name = path.display();
    let message = match named {
        Some(_) => format!("`{name}` is named twice: here, and by `--policies`"),
        None if is_typed => format!("`{name}` is named twice by `--policies`"),
        None => return None,
    };
    let problem = Problem::without_place(message).help("take one away");
    Some(match named {
        Some(named) => placed(problem, &named.place),
        None => problem,
    })
}

/// A problem with a file, shown where the inventory names the file.
fn placed(problem: Problem, place: &Place) -> Problem {
    match problem.place {
        Some(_) => problem,
        None => Problem {
            place: Some(place.clone()),
            ..problem
        },
    }
}
