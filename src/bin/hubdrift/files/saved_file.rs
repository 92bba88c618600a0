//! A path becomes the bytes of a file that a program wrote, which may be large: a snapshot, a saved report,
//! answers of another tool.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use hubdrift::problem::Problem;

use super::read::{unreadable, wait_for};

/// The largest file that is read, in bytes: some 100,000 connectors.
const MAX: u64 = 1 << 30;

/// What a file held when it was read.
#[derive(Debug)]
pub struct SavedFile {
    name: String,
    bytes: Vec<u8>,
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
                return whole(io::stdin().lock(), 0);
            }
            let file = File::open(from)?;
            let len = file.metadata()?.len();
            whole(file, len)
        });
        let bytes = read.map_err(|error| unreadable(&name, &error))?;
        let file = Self { name, bytes };
        if file.bytes.len() as u64 > MAX {
            let (name, limit) = (&file.name, MAX >> 30);
            return Err(Problem::without_place(format!(
                "`{name}` is larger than {limit} GiB"
            )));
        }
        Ok(file)
    }

    /// All that it holds, as text.
    ///
    /// # Errors
    /// When it is none.
    pub fn text(&self) -> Result<&str, Problem> {
        std::str::from_utf8(&self.bytes).map_err(|_| {
            let utf16 = matches!(*self.bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
            let what = if utf16 {
                "UTF-16, not UTF-8"
            } else {
                "not UTF-8"
            };
            Problem::without_place(format!("`{}` is {what}", self.name)).help("save it as UTF-8")
        })
    }
}

/// Reads a file that says to have `len` bytes, and may have more or fewer: a pipe says 0. Of a file
/// larger than [`MAX`] one byte more is read, which shows that it is.
fn whole(file: impl Read, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // A list that grows is copied, and takes more than twice the memory meanwhile.
    bytes.try_reserve_exact(usize::try_from(len.min(MAX) + 1).unwrap_or(0))?;
    file.take(MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
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
