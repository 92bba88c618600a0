//! One place that something is written to: standard output, a whole file, or the end of a file. It knows
//! no reports.
//!
//! A whole file is staged beside its place and renamed. A process that is killed meanwhile can leave
//! `.hubdrift-…` there, but never a part of a report in its place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tempfile::{NamedTempFile, TempPath};

/// The permissions of a new report, before the process's umask.
pub const USUAL: u32 = 0o666;

/// The permissions of a new file for its owner only.
pub const PRIVATE: u32 = 0o600;

/// A place that can be written, as far as that can be known before it is.
#[derive(Debug, Clone)]
pub enum Place {
    /// Standard output.
    Stdout,
    /// Written beside its place, and renamed when it is whole.
    Whole {
        /// The file, which is no link.
        path: PathBuf,
        /// The permissions of a new one.
        mode: u32,
    },
    /// Written at its end: a file that is appended to, a device, a pipe, an open descriptor.
    End {
        /// As it was named: the links in /dev/stderr and /dev/fd end at no path.
        path: PathBuf,
    },
}

/// Whether a path is another name of standard output. Opened a second time as a file, it would have a
/// second position, and the report would overwrite what else is written there.
pub fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .iter()
        .any(|name| path == Path::new(name))
}

/// The one name of a file: its links are followed, and its directory is named by its real path. The
/// file need not be there.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    let Followed::File(path) = follow(path)? else {
        return path.canonicalize();
    };
    match path.file_name() {
        Some(name) => Ok(directory(&path).canonicalize()?.join(name)),
        None => path.canonicalize(),
    }
}

impl Place {
    /// A place for a whole file, for `what`; or for the end of what is no regular file.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn whole(path: &Path, what: &str, mode: u32) -> anyhow::Result<Self> {
        Self::find(path, mode).with_context(|| failed(path, what))
    }

    fn find(path: &Path, mode: u32) -> io::Result<Self> {
        let existing = match fs::metadata(path) {
            Ok(existing) if existing.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(existing) => Some(existing),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // A name that is too long, a loop of links: nothing could be renamed to it either.
            Err(error) => return Err(error),
        };
        // A link stays a link: what it points at is replaced.
        let path = match follow(path)? {
            Followed::File(path) if existing.as_ref().is_none_or(fs::Metadata::is_file) => path,
            _ => {
                let path = path.to_owned();
                return Ok(Self::End { path });
            }
        };
        if existing.is_some() {
            // A file that may not be written must not be replaced either.
            OpenOptions::new().write(true).open(&path)?;
        }
        // Only tried: a process that is killed before there is something to write leaves nothing behind.
        beside(directory(&path), existing.as_ref(), mode).map_err(without_path)?;
        Ok(Self::Whole { path, mode })
    }

    /// The end of a file, which is made if it isn't there, for `what`.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end(path: &Path, what: &str) -> anyhow::Result<Self> {
        // Opening a pipe would wait for its reader.
        let existing = fs::metadata(path).ok();
        if existing.is_none_or(|existing| existing.is_file() || existing.is_dir()) {
            let mut options = OpenOptions::new();
            let opened = options.append(true).create(true).open(path);
            opened.with_context(|| failed(path, what))?;
        }
        let path = path.to_owned();
        Ok(Self::End { path })
    }

    /// The one name of the file that it is, if it is one, or a pipe that has a name.
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Stdout => None,
            Self::Whole { path, .. } => real(path).ok(),
            Self::End { path } => (self.is_added_to() || !self.takes_more())
                .then(|| real(path).ok())
                .flatten(),
        }
    }

    /// What it is called in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::Whole { path, .. } | Self::End { path } => name(path),
        }
    }

    /// Whether it is standard output.
    pub const fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// Whether it is a file that is appended to. What went to a device or a pipe can't be taken back.
    pub fn is_added_to(&self) -> bool {
        match self {
            Self::Stdout | Self::Whole { .. } => false,
            Self::End { path } => path.metadata().is_ok_and(|it| it.is_file()),
        }
    }

    /// Whether something can be written there again without waiting: a named pipe waits for another reader.
    pub fn takes_more(&self) -> bool {
        match self {
            Self::Stdout => true,
            Self::Whole { .. } => false,
            Self::End { path } => !is_named_pipe(path),
        }
    }

    /// Writes to standard output, or adds to what is there.
    ///
    /// # Errors
    /// When it can't be written, or is the place of a whole file, which is staged.
    pub fn write(&self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout
                    .write_all(bytes)
                    .and_then(|()| stdout.flush())
                    .with_context(|| self.name())
            }
            Self::Whole { .. } | Self::End { .. } => self.add(bytes).map(drop),
        }
    }

    /// Writes a whole file beside its place.
    ///
    /// # Errors
    /// When it can't be written, or the place is none of a whole file.
    pub fn stage(&self, bytes: &[u8]) -> anyhow::Result<Staged> {
        let Self::Whole { path, mode } = self else {
            anyhow::bail!("only a whole file can be written beside its place");
        };
        let file = filled(path, bytes, *mode).with_context(|| name(path))?;
        // It is closed: there may be more reports than files that may be open.
        let (file, path) = (file.into_temp_path(), path.clone());
        Ok(Staged { file, path })
    }

    /// Removes the whole file that is there.
    pub fn clear(&self) {
        if let Self::Whole { path, .. } = self {
            // It is no error if it is gone already.
            let _ = fs::remove_file(path);
        }
    }

    /// Adds to the end of a file.
    ///
    /// # Errors
    /// When it can't be written, or the place is none that is added to.
    pub fn add(&self, bytes: &[u8]) -> anyhow::Result<Added> {
        let Self::End { path } = self else {
            anyhow::bail!("only the end of a file can be added to");
        };
        let before = add(path, bytes).with_context(|| name(path))?;
        Ok(Added {
            path: path.clone(),
            before,
            after: before + bytes.len() as u64,
        })
    }
}

/// A whole file beside its place. It is removed when it is dropped.
#[derive(Debug)]
pub struct Staged {
    file: TempPath,
    path: PathBuf,
}

impl Staged {
    /// Puts it in its place.
    ///
    /// # Errors
    /// When it can't be put there.
    pub fn put(self) -> anyhow::Result<()> {
        let Self { file, path } = self;
        let put = match file.persist(&path) {
            Ok(()) => Ok(()),
            // A file that is a mount point, as in containers, can't be replaced by a rename.
            Err(error) if error.error.kind() == io::ErrorKind::ResourceBusy => {
                write_over(&path, &error.path)
            }
            Err(error) => Err(error.error),
        };
        put.with_context(|| name(&path))
    }
}

/// What was added to a file.
#[derive(Debug)]
pub struct Added {
    path: PathBuf,
    before: u64,
    after: u64,
}

impl Added {
    /// Removes it again, unless somebody has added something behind it. Then it stays, and the corrected
    /// report is added behind that.
    pub fn take_back(self) {
        let Ok(file) = OpenOptions::new().append(true).open(&self.path) else {
            return;
        };
        if file.metadata().is_ok_and(|it| it.len() == self.after) {
            // If that fails it stays, too.
            let _ = file.set_len(self.before);
        }
    }
}

/// Overwrites the file at `path` with what `from` holds. If that fails, it is left empty rather than half.
fn write_over(path: &Path, from: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    let written = io::copy(&mut File::open(from)?, &mut file).and_then(|_| file.sync_all());
    if written.is_err() {
        file.set_len(0)?;
    }
    written
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(unix)]
fn is_named_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let is_pipe = path.metadata().is_ok_and(|it| it.file_type().is_fifo());
    is_pipe && !matches!(follow(path), Ok(Followed::Descriptor))
}

#[cfg(not(unix))]
fn is_named_pipe(_path: &Path) -> bool {
    false
}

/// Writes a new file, whole or not at all. One that is there is replaced only if `replace`.
///
/// # Errors
/// When it is there, or can't be written.
pub fn write_new(path: &Path, bytes: &[u8], replace: bool) -> anyhow::Result<()> {
    let written = filled(path, bytes, USUAL).and_then(|it| {
        let persisted = if replace {
            it.persist(path)
        } else {
            it.persist_noclobber(path)
        };
        persisted.map_err(|error| error.error).map(drop)
    });
    written.with_context(|| format!("failed to write `{}`", path.display()))
}

/// A file beside `path` that holds `bytes`, synced to the disk.
fn filled(path: &Path, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    let existing = fs::metadata(path).ok();
    let mut beside = beside(directory(path), existing.as_ref(), mode).map_err(without_path)?;
    // Through the file itself: an error of `NamedTempFile` would name it, and its name is random.
    beside.as_file_mut().write_all(bytes)?;
    beside.as_file().sync_all()?;
    Ok(beside)
}

/// Adds to what is there, and gives how long it was before.
fn add(path: &Path, bytes: &[u8]) -> io::Result<u64> {
    let mut file: File = OpenOptions::new().append(true).open(path)?;
    let before = file.metadata()?;
    let written = file.write_all(bytes);
    if written.is_err() && before.is_file() {
        // Half of a report would be read as one.
        file.set_len(before.len())?;
    }
    written.map(|()| before.len())
}

fn failed(path: &Path, what: &str) -> String {
    format!("failed to open `{}` for {what}", path.display())
}

/// The directory that a file is in.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The error of the system itself, without the random name of the file beside.
fn without_path(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source);
    let code = inner.and_then(|inner| inner.downcast_ref::<io::Error>()?.raw_os_error());
    code.map_or(error, io::Error::from_raw_os_error)
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

/// Where links end.
enum Followed {
    /// At a file, which need not be there.
    File(PathBuf),
    /// At an open file of a process. It is written to or read from, so it must not be replaced.
    Descriptor,
}

/// Follows links, also one that points at nothing yet.
fn follow(path: &Path) -> io::Result<Followed> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() && is_descriptor(&path) => {
                return Ok(Followed::Descriptor);
            }
            Ok(found) if found.is_symlink() => {
                let to = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(to);
            }
            _ => return Ok(Followed::File(path)),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Whether a link is one of those that Linux shows of a process's open files.
fn is_descriptor(link: &Path) -> bool {
    let directory = directory(link).canonicalize();
    directory.is_ok_and(|it| it.starts_with("/proc") && it.ends_with("fd"))
}
