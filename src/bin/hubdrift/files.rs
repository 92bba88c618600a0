//! Inputs become texts; reports become whole files, or nothing.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use hubdrift::{inventory::SourceFile, policy::Source, problem::Problem, report::Format};
use tempfile::NamedTempFile;

/// A report that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTo {
    /// Its format.
    pub format: Format,
    /// Where it goes.
    pub destination: Destination,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, whole or not there; or written through, where it is no regular file.
    File(PathBuf),
    /// The end of a file.
    Append(PathBuf),
}

/// Reads a file that a user wrote.
///
/// # Errors
/// When it can't be read, or isn't text.
#[expect(
    clippy::result_large_err,
    reason = "one for each file; a box would only be taken apart again"
)]
pub fn read(path: &Path) -> Result<SourceFile, Problem> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| unreadable(&name, &error))?;
    SourceFile::from_bytes(name, bytes)
}

/// The largest snapshot that is read, in bytes: some 100,000 connectors.
const MAX_SNAPSHOT: u64 = 1 << 30;

/// Reads a snapshot, or answers that another tool wrote down. `-` is standard input.
///
/// # Errors
/// When it can't be read, is too large, or isn't text.
pub fn read_snapshot(path: &Path) -> Result<String, Problem> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(MAX_SNAPSHOT + 1)
            .read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| {
            // Without a hint the bytes would be moved again and again while they grow.
            let len = file.metadata()?.len().min(MAX_SNAPSHOT);
            bytes.reserve_exact(usize::try_from(len).unwrap_or_default() + 1);
            file.take(MAX_SNAPSHOT + 1).read_to_end(&mut bytes)
        })
    };
    read.map_err(|error| unreadable(&name, &error))?;
    if bytes.len() as u64 > MAX_SNAPSHOT {
        let limit = MAX_SNAPSHOT >> 30;
        return Err(Problem::without_place(format!(
            "`{name}` is larger than {limit} GiB"
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let utf16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let what = if utf16 {
            "UTF-16, not UTF-8"
        } else {
            "not UTF-8"
        };
        Problem::without_place(format!("`{name}` is {what}")).help("save it as UTF-8")
    })
}

fn unreadable(name: &str, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::without_place(format!("there is no file `{name}`")),
        io::ErrorKind::IsADirectory => {
            Problem::without_place(format!("`{name}` is a directory, and a file is expected"))
        }
        _ => Problem::without_place(format!("failed to read `{name}`: {error}")),
    }
}

/// Reads the rules at `path`: a `.rhai` file, or every such file in a directory.
pub fn read_rules(path: &Path) -> Result<Vec<Source>, Vec<Problem>> {
    let name = path.display().to_string();
    let is_rule = |path: &Path| path.extension() == Some(OsStr::new("rhai"));
    let one = |problem| vec![problem];
    if !path.is_dir() {
        if path.is_file() && !is_rule(path) {
            let problem = Problem::without_place(format!(
                "`{name}` is not a rule: its name doesn't end in .rhai"
            ));
            return Err(one(problem));
        }
        return Ok(vec![read_rule(path).map_err(one)?]);
    }
    let listed = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let listed = listed.map_err(|error| one(unreadable(&name, &error)))?;
    let mut entries: Vec<_> = listed.into_iter().map(|entry| entry.path()).collect();
    entries.sort();
    // A rule that nobody reads would be a check that nobody makes.
    let passed_over: Vec<_> = entries
        .iter()
        .filter_map(|path| passed_over(path))
        .collect();
    if !passed_over.is_empty() {
        return Err(passed_over);
    }
    let paths: Vec<_> = entries.into_iter().filter(|path| is_rule(path)).collect();
    if paths.is_empty() {
        let problem =
            Problem::without_place(format!("the directory `{name}` holds no rule (*.rhai)"));
        return Err(one(
            problem.help("name the directory that holds them, or take it away")
        ));
    }
    let (mut sources, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match read_rule(&path) {
            Ok(source) => sources.push(source),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(sources)
    } else {
        Err(problems)
    }
}

/// What looks as if somebody took it for a rule of this directory, and is none.
fn passed_over(path: &Path) -> Option<Problem> {
    let name = path.display();
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    if extension != "rhai" && extension.eq_ignore_ascii_case("rhai") {
        return Some(Problem::without_place(format!(
            "`{name}` is not read: the ending of a rule is .rhai"
        )));
    }
    let is_rule = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.path().extension() == Some(OsStr::new("rhai")))
    };
    let holds_rules =
        path.is_dir() && fs::read_dir(path).is_ok_and(|mut entries| entries.any(is_rule));
    holds_rules.then(|| {
        Problem::without_place(format!(
            "the rules in `{name}` are not read: a directory's own rules are"
        ))
        .help("name that directory as well, or move them")
    })
}

#[expect(
    clippy::result_large_err,
    reason = "one for each file; a box would only be taken apart again"
)]
fn read_rule(path: &Path) -> Result<Source, Problem> {
    let file = read(path)?;
    Ok(Source {
        path: file.path,
        text: file.text,
    })
}

/// Writes a new file, whole or not at all. One that is there is replaced only if `replace`.
///
/// # Errors
/// When it is there, or can't be written.
pub fn write_new(path: &Path, bytes: &[u8], replace: bool) -> anyhow::Result<()> {
    let failed = || format!("failed to write `{}`", path.display());
    let existing = fs::metadata(path).ok();
    let mut beside = beside(directory(path), existing.as_ref(), USUAL).with_context(failed)?;
    beside.write_all(bytes).with_context(failed)?;
    beside.as_file().sync_all().with_context(failed)?;
    let persisted = if replace {
        beside.persist(path)
    } else {
        beside.persist_noclobber(path)
    };
    persisted
        .map_err(|error| error.error)
        .with_context(failed)?;
    Ok(())
}

/// Places for reports, found before anything is asked of AWS.
#[derive(Debug)]
pub struct Outputs {
    reports: Vec<Output>,
    /// The files that something goes to.
    taken: Taken,
}

/// The place of one file that is no report, found before anything is asked of AWS.
#[derive(Debug)]
pub struct Reserved(Place);

impl Reserved {
    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When it can't be written; then what was there before still is.
    pub fn write(self, bytes: &[u8]) -> anyhow::Result<()> {
        self.0.write(bytes)
    }
}

#[derive(Debug)]
struct Output {
    format: Format,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Stdout,
    /// Written beside its place, and renamed when it is whole.
    Whole {
        path: PathBuf,
        mode: u32,
    },
    /// Written where it is: a device, a pipe, or the end of a file.
    Through {
        path: PathBuf,
        append: bool,
    },
}

/// What the run does with a file. Only appending goes with itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Replaced,
    Appended,
}

/// The files of the run.
type Taken = BTreeMap<PathBuf, Use>;

/// Takes a file for `what`, if nothing else of the run stands against it.
fn take(taken: &mut Taken, name: PathBuf, to: Use, what: &str) -> anyhow::Result<()> {
    let path = name.display().to_string();
    match taken.get(&name) {
        None => {
            taken.insert(name, to);
            Ok(())
        }
        Some(Use::Appended) if to == Use::Appended => Ok(()),
        Some(Use::Read) => bail!("`{path}` is read by this run, so {what} can't go there"),
        Some(_) if what == "a report" => bail!("two reports go to `{path}`"),
        Some(_) => bail!(
            "a report and {} go to `{path}`",
            what.replacen("a ", "the ", 1)
        ),
    }
}

impl Outputs {
    /// Finds a place for each report. The errors say which can't be written, or go where another
    /// goes; the others have their place all the same.
    ///
    /// `inputs` are files that the run reads, and that nothing may replace.
    pub fn open(reports: &[ReportTo], inputs: &[&Path]) -> (Self, Vec<anyhow::Error>) {
        let (mut outputs, mut errors) = (Vec::new(), Vec::new());
        let read = inputs.iter().filter_map(|input| input.canonicalize().ok());
        let mut taken: Taken = read.map(|input| (input, Use::Read)).collect();
        let mut stdout: Vec<Format> = Vec::new();
        for ReportTo {
            format,
            destination,
        } in reports
        {
            let opened = match destination {
                Destination::Stdout if stdout.iter().all(|other| may_share(*format, *other)) => {
                    stdout.push(*format);
                    Ok(Place::Stdout)
                }
                Destination::Stdout => Err(anyhow::anyhow!(
                    "two reports go to standard output: give one of them a path"
                )),
                Destination::File(path) => open_whole(path, &mut taken, "a report", USUAL),
                Destination::Append(path) => open_append(path, &mut taken),
            };
            match opened {
                Ok(place) => outputs.push(Output {
                    format: *format,
                    place,
                }),
                Err(error) => errors.push(error),
            }
        }
        // Annotations come before the text report, whose last lines are the result.
        outputs.sort_by_key(|output: &Output| {
            output.format == Format::Text && output.place.is_stdout()
        });
        let outputs = Self {
            reports: outputs,
            taken,
        };
        (outputs, errors)
    }

    /// Finds the place of a snapshot: standard output (`-`), or a file that no report goes to.
    /// A new file is for its owner only, because an answer may hold what nobody knows to be a
    /// secret; one that is there keeps its permissions.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn reserve(&mut self, path: &Path) -> anyhow::Result<Reserved> {
        let place = if path == Path::new("-") {
            anyhow::ensure!(
                !self.has_stdout(),
                "a report goes to standard output already"
            );
            Place::Stdout
        } else {
            open_whole(path, &mut self.taken, "a snapshot", PRIVATE)?
        };
        Ok(Reserved(place))
    }

    /// Whether a report goes to standard output.
    pub fn has_stdout(&self) -> bool {
        self.on_stdout().next().is_some()
    }

    /// Whether the text report may go to standard output too.
    pub fn leaves_room_for_text(&self) -> bool {
        self.on_stdout()
            .all(|format| may_share(Format::Text, format))
    }

    fn on_stdout(&self) -> impl Iterator<Item = Format> {
        let on_stdout = |output: &&Output| output.place.is_stdout();
        self.reports
            .iter()
            .filter(on_stdout)
            .map(|output| output.format)
    }

    /// Writes each report as `render` gives it, with the flag saying whether it goes to standard
    /// output. Every one is tried; the errors are all there.
    pub fn write(self, render: impl Fn(Format, bool) -> Vec<u8>) -> Vec<anyhow::Error> {
        let write = |output: Output| {
            let bytes = render(output.format, output.place.is_stdout());
            output
                .place
                .write(&bytes)
                .with_context(|| format!("failed to write the {} report", output.format.as_str()))
        };
        self.reports
            .into_iter()
            .filter_map(|output| write(output).err())
            .collect()
    }
}

/// Whether both may go to standard output: GitHub's annotations are lines of a log, which the text
/// report is as well, and no line of it can be taken for one.
const fn may_share(one: Format, other: Format) -> bool {
    matches!(
        (one, other),
        (Format::Github, Format::Text) | (Format::Text, Format::Github)
    )
}

/// The permissions of a new report; the process's mask takes some away.
const USUAL: u32 = 0o666;

/// The permissions of a new file for its owner only.
const PRIVATE: u32 = 0o600;

fn open_whole(path: &Path, taken: &mut Taken, what: &str, mode: u32) -> anyhow::Result<Place> {
    let failed = || format!("failed to open `{}` for {what}", path.display());
    let existing = fs::metadata(path).ok();
    if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(io::Error::from(io::ErrorKind::IsADirectory)).with_context(failed);
    }
    if existing
        .as_ref()
        .is_some_and(|existing| !existing.is_file())
    {
        // As it was named: the links in /dev/stdout and /dev/fd end at no path.
        return Ok(Place::Through {
            path: path.to_owned(),
            append: false,
        });
    }
    // A link stays a link: what it points at is replaced.
    let path = &resolve_links(path).with_context(failed)?;
    let directory = directory(path);
    let name = name(path).with_context(failed)?;
    take(taken, name, Use::Replaced, what)?;
    if existing.is_some() {
        // A file that may not be written must not be replaced either.
        OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(failed)?;
    }
    // Tried now, and made again when there is something to write: a process that is ended in
    // between leaves nothing behind.
    beside(directory, existing.as_ref(), mode).with_context(failed)?;
    Ok(Place::Whole {
        path: path.clone(),
        mode,
    })
}

/// The directory that a file is in.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The one name of a file whose links are resolved; the file need not be there.
fn name(path: &Path) -> io::Result<PathBuf> {
    let directory = directory(path).canonicalize()?;
    Ok(directory.join(path.file_name().unwrap_or_default()))
}

/// A new file beside the place, with the permissions of the file it replaces, or these.
#[cfg(unix)]
fn beside(
    directory: &Path,
    existing: Option<&fs::Metadata>,
    mode: u32,
) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    let beside = tempfile::Builder::new()
        .prefix(".hubdrift-")
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(directory)?;
    if let Some(existing) = existing {
        beside.as_file().set_permissions(existing.permissions())?;
    }
    Ok(beside)
}

#[cfg(not(unix))]
fn beside(
    directory: &Path,
    _existing: Option<&fs::Metadata>,
    _mode: u32,
) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".hubdrift-")
        .tempfile_in(directory)
}

/// Follows links, also one that points at nothing yet.
fn resolve_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => {
                let to = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(to);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

fn open_append(path: &Path, taken: &mut Taken) -> anyhow::Result<Place> {
    let failed = || format!("failed to open `{}` for a report", path.display());
    let existing = fs::metadata(path).ok();
    if existing.is_none_or(|existing| existing.is_file() || existing.is_dir()) {
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .with_context(failed)?;
        let name = name(&resolve_links(path).with_context(failed)?).with_context(failed)?;
        take(taken, name, Use::Appended, "a report")?;
    }
    Ok(Place::Through {
        path: path.to_owned(),
        append: true,
    })
}

impl Place {
    const fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    fn write(self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout
                    .write_all(bytes)
                    .and_then(|()| stdout.flush())
                    .context("standard output")
            }
            Self::Whole { path, mode } => {
                let name = || path.display().to_string();
                let existing = fs::metadata(&path).ok();
                let mut beside =
                    beside(directory(&path), existing.as_ref(), mode).with_context(name)?;
                beside.write_all(bytes).with_context(name)?;
                beside.as_file().sync_all().with_context(name)?;
                beside
                    .persist(&path)
                    .map_err(|error| error.error)
                    .with_context(name)?;
                Ok(())
            }
            Self::Through { path, append } => {
                let open = || -> io::Result<File> {
                    OpenOptions::new().write(true).append(append).open(&path)
                };
                open()
                    .and_then(|mut file| file.write_all(bytes))
                    .with_context(|| path.display().to_string())
            }
        }
    }
}
