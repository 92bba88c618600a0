//! A path becomes the bytes of a file that a program wrote, which may be large: a snapshot, a saved report,
//! answers of another tool.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use hubdrift::problem::Problem;
use memmap2::MmapMut;

use super::read::{unreadable, wait_for};

/// The largest file that is read, in bytes: some 100,000 connectors.
const MAX: u64 = 1 << 30;

/// What a file held when it was read.
#[derive(Debug)]
pub struct SavedFile {
    name: String,
    bytes: Bytes,
}

/// A file's bytes, a copy of our own in either case.
#[derive(Debug)]
enum Bytes {
    Few(Vec<u8>),
    /// Pages, and how many of their bytes are used. The system takes pages back as soon as they are dropped;
    /// an allocator would keep them for a while, and they may be most of a run's memory.
    Many(MmapMut, usize),
}

impl SavedFile {
    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// When it can't be read, or is too large.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let from = path.to_owned();
        let read = wait_for(path, move || {
            if from == Path::new("-") {
                return rest(Vec::new(), io::stdin().lock());
            }
            let file = File::open(from)?;
            let len = file.metadata()?.len();
            whole(file, len)
        });
        let bytes = read.map_err(|error| unreadable(&name, &error))?;
        let file = Self { name, bytes };
        if file.bytes().len() as u64 > MAX {
            let (name, limit) = (&file.name, MAX >> 30);
            return Err(Problem::without_place(format!(
                "`{name}` is larger than {limit} GiB"
            )));
        }
        Ok(file)
    }

    /// All that it holds.
    pub fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Few(bytes) => bytes,
            Bytes::Many(pages, len) => &pages[..*len],
        }
    }

    /// The same as text.
    ///
    /// # Errors
    /// When it is none.
    pub fn text(&self) -> Result<&str, Problem> {
        std::str::from_utf8(self.bytes()).map_err(|_| {
            let utf16 = matches!(self.bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
            let what = if utf16 {
                "UTF-16, not UTF-8"
            } else {
                "not UTF-8"
            };
            Problem::without_place(format!("`{}` is {what}", self.name)).help("save it as UTF-8")
        })
    }
}

/// Reads a file that claims to have `len` bytes, and may have more or fewer: a pipe claims 0.
fn whole(mut file: impl Read, len: u64) -> io::Result<Bytes> {
    const MANY: u64 = 1 << 20;
    if !(MANY..=MAX).contains(&len) {
        return rest(Vec::new(), file);
    }
    // One more shows whether it has grown.
    let room = usize::try_from(len).unwrap_or(usize::MAX - 1) + 1;
    let mut pages = MmapMut::map_anon(room)?;
    let mut read = 0;
    while read < room {
        match file.read(&mut pages[read..]) {
            Ok(0) => return Ok(Bytes::Many(pages, read)),
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    rest(pages.to_vec(), file)
}

/// Reads on, as far as is needed to see whether it is too much.
fn rest(mut bytes: Vec<u8>, from: impl Read) -> io::Result<Bytes> {
    let room = (MAX + 1).saturating_sub(bytes.len() as u64);
    from.take(room).read_to_end(&mut bytes)?;
    Ok(Bytes::Few(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `content` as a file that claims to have `len` bytes.
    fn read(content: &[u8], len: u64) -> SavedFile {
        SavedFile {
            name: "x".to_owned(),
            bytes: whole(content, len).expect("read"),
        }
    }

    #[test]
    fn a_file_is_read_whole_whatever_length_it_says() {
        let large = "é".repeat(1 << 20);
        for content in ["", "x", &large] {
            let len = content.len() as u64;
            for claimed in [
                0,
                len.saturating_sub(1),
                len,
                len + 1,
                len + (1 << 20),
                MAX,
                u64::MAX,
            ] {
                let file = read(content.as_bytes(), claimed);
                assert!(file.text().expect("text") == content, "{len} {claimed}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let mut large = vec![b'x'; 1 << 20];
        large.push(0xff);
        let problem = read(&large, large.len() as u64)
            .text()
            .expect_err("no text");
        assert_eq!(problem.message, "`x` is not UTF-8");
        let problem = read(&[0xff, 0xfe, 0], 3).text().expect_err("no text");
        assert_eq!(problem.message, "`x` is UTF-16, not UTF-8");
    }
}
