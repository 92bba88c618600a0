//! Files become what a run works with: inventory, rules and waivers; or all that is wrong with them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hubdrift::{
    audit::{self, ErrorRecord, InputKind},
    inventory::{self, FileRef, Inventory, Target, Unmanaged},
    policy::{self, Policy, Source},
    problem::{self, Problem, Sources},
    text,
    waiver::{self, Waiver},
    yaml::SourceFile,
};
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest as _, Sha256};

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

impl Input {
    /// The files and directories that are named.
    pub fn paths(&self) -> Vec<&Path> {
        let all = self
            .inventory
            .iter()
            .chain(&self.policies)
            .chain(&self.waivers);
        all.map(PathBuf::as_path).collect()
    }
}

/// The files that were read, whether or not something came of them.
pub fn read(loaded: &Result<Loaded, Box<Failure>>) -> Vec<PathBuf> {
    let inputs = match loaded {
        Ok(loaded) => &loaded.inputs,
        Err(failure) => &failure.inputs,
    };
    inputs.iter().map(|it| PathBuf::from(&it.path)).collect()
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

/// Why there is no result to trust.
#[derive(Debug)]
pub struct Failure {
    /// What was wrong, for reports.
    pub errors: Vec<ErrorRecord>,
    /// The same for a person, with the lines it is about.
    pub problems: Vec<Problem>,
    /// The texts of those lines.
    pub sources: Sources,
    /// The files that went in all the same.
    pub inputs: Vec<audit::Input>,
}

impl Failure {
    /// A failure of this kind, without a place.
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        Self::of(kind, Problem::without_place(message))
    }

    /// A failure of this kind, which is this problem. The line it is about is not shown.
    pub fn of(kind: &str, problem: Problem) -> Self {
        Self::all(kind, vec![problem])
    }

    /// A failure of this kind, which is these problems.
    pub fn all(kind: &str, problems: Vec<Problem>) -> Self {
        Self {
            errors: problems.iter().map(|it| record(kind, it)).collect(),
            problems,
            sources: Sources::new(),
            inputs: vec![],
        }
    }

    /// Something that only a broken machine, or hubdrift itself, can bring about.
    pub fn internal(what: &str, error: &dyn std::error::Error) -> Box<Self> {
        Box::new(Self::new("internal", format!("failed to {what}: {error}")))
    }

    /// The same, where these files had gone in before.
    pub fn after(mut self: Box<Self>, inputs: &[audit::Input]) -> Box<Self> {
        self.inputs.splice(0..0, inputs.iter().cloned());
        self
    }

    /// The problems with their lines, as they are shown on a terminal.
    pub fn render(&self, color: bool) -> String {
        problem::render(&self.problems, &self.sources, color)
    }
}

fn record(kind: &str, problem: &Problem) -> ErrorRecord {
    let message = match &problem.help {
        Some(help) => format!("{}; {help}", problem.message),
        None => problem.message.clone(),
    };
    ErrorRecord {
        kind: kind.to_owned(),
        message,
        location: problem.place.clone(),
    }
}

/// Gathers what was read and what is wrong with it.
#[derive(Default)]
struct Gathered {
    inputs: Vec<audit::Input>,
    sources: Sources,
    problems: Vec<(&'static str, Problem)>,
}

impl Gathered {
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

    fn wrong(&mut self, kind: &'static str, problems: impl IntoIterator<Item = Problem>) {
        self.problems
            .extend(problems.into_iter().map(|problem| (kind, problem)));
    }

    fn failure(mut self) -> Failure {
        // Every kind's problems are sorted by place already; the kinds stand in the order of reading.
        let errors = self
            .problems
            .iter()
            .map(|(kind, problem)| record(kind, problem))
            .collect();
        let problems = self
            .problems
            .drain(..)
            .map(|(_, problem)| problem)
            .collect();
        Failure {
            errors,
            problems,
            sources: self.sources,
            inputs: self.inputs,
        }
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
    inventory.ok_or_else(|| Box::new(gathered.failure()))
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
    let mut sources = Vec::new();
    if input.builtin_rules && given.policies.builtin {
        sources.extend(policy::builtin());
    }
    for path in &given.policies.paths {
        match files::read_rules(Path::new(&path.path)) {
            Ok(read) => sources.extend(read),
            Err(problems) => gathered.wrong(
                "rules",
                problems.into_iter().map(|p| placed(p, &path.place)),
            ),
        }
    }
    for (index, path) in input.policies.iter().enumerate() {
        if let Some(problem) = named_before(path, &given.policies.paths, &input.policies[..index]) {
            gathered.wrong("usage", [problem]);
            continue;
        }
        match files::read_rules(path) {
            Ok(read) => sources.extend(read),
            Err(problems) => gathered.wrong("rules", problems),
        }
    }
    for Source { path, text } in &sources {
        gathered.note(InputKind::Rule, path, text);
    }
    // Settings are compared with the rules only when all rules are there to be compared with.
    let complete = inventory.is_some() && gathered.problems.is_empty();
    let settings = if complete {
        given.policies.rules.as_slice()
    } else {
        &[]
    };
    let policy = policy::compile(sources, settings)
        .map_err(|problems| gathered.wrong("rules", problems))
        .ok();
    if let (Some(policy), true) = (&policy, strictly) {
        let certain = policy.lint().into_iter().filter(|lint| lint.certain);
        gathered.wrong("rules", certain.map(|lint| lint.problem));
    }

    let waivers_path = match (&input.waivers, &given.waivers) {
        (Some(path), _) => Some((path.clone(), None)),
        (None, Some(named)) => Some((PathBuf::from(&named.path), Some(&named.place))),
        (None, None) => None,
    };
    let mut waivers = Vec::new();
    if let Some((path, place)) = waivers_path {
        match read(&path) {
            Ok(file) => {
                gathered.note(InputKind::Waivers, &file.path, &file.text);
                match waiver::parse(&file, now.to_zoned(TimeZone::UTC).date()) {
                    Ok(parsed) => waivers = parsed,
                    Err(problems) => gathered.wrong("waivers", problems),
                }
            }
            Err(problem) => {
                let problem = place.map_or(problem.clone(), |place| placed(problem, place));
                gathered.wrong("waivers", [problem]);
            }
        }
    }
    if let (Some(policy), true) = (&policy, complete) {
        let known: Vec<_> = policy.rules().iter().map(|rule| &*rule.meta.id).collect();
        gathered.wrong("waivers", waiver::check_rules(&waivers, &known));
        let unwaivable = policy.rules().iter().filter(|rule| !rule.meta.waivable);
        let unwaivable: Vec<_> = unwaivable.map(|rule| &*rule.meta.id).collect();
        gathered.wrong("waivers", waiver::check_waivable(&waivers, &unwaivable));
    }
    if let (Some(policy), true) = (&policy, complete) {
        gathered.wrong("inventory", judged_by_nothing(given, policy));
    }
    if !input.builtin_rules && !given.policies.builtin {
        let message = "`--no-builtin-rules` has no effect: the inventory says `builtin: false`";
        let problem = Problem::without_place(message).help("take it away");
        gathered.wrong("usage", [problem]);
    }
    match (inventory, policy) {
        (Some(inventory), Some(policy)) if gathered.problems.is_empty() => Ok(Loaded {
            inventory,
            policy,
            waivers,
            inputs: gathered.inputs,
        }),
        _ => Err(Box::new(gathered.failure())),
    }
}

/// The problems of targets whose unmanaged connectors should be judged, and no rule does.
fn judged_by_nothing(inventory: &Inventory, policy: &Policy) -> Vec<Problem> {
    let no_labels = BTreeMap::new();
    let is_judged = |name| policy.may_judge(std::iter::once((name, &no_labels)));
    let targets = inventory.targets.iter();
    let judge = targets.filter(|it| it.unmanaged == Unmanaged::Judge && !is_judged(&it.name));
    let problem = |target: &Target| {
        Problem {
        place: target.place.clone(),
        ..Problem::without_place(format!(
            "`unmanaged: judge` has no effect in the target `{}`: no rule is on for connectors without labels",
            target.name
        ))
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
            Err(problem) => gathered.wrong("inventory", [problem]),
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
            gathered.wrong("inventory", problems);
            None
        }
    }
}

/// A problem with a file, shown where the inventory names the file.
fn placed(problem: Problem, place: &hubdrift::model::Place) -> Problem {
    match problem.place {
        Some(_) => problem,
        None => Problem {
            place: Some(place.clone()),
            ..problem
        },
    }
}
