//! The reports that other people's readers are given: each sample in each format, a file each.

use std::{env, fs, path::PathBuf};

use hubdrift::{
    audit::Audit,
    report::{Format, Style, render},
};

use super::hostile;
use crate::samples;

/// The folder that they are left in; without it they are written, read back and dropped.
const FOLDER: &str = "HUBDRIFT_REPORTS_DIR";

/// The samples that have a name; the hostile texts all in one audit, and one by one.
fn scenarios() -> Vec<(String, Audit)> {
    let named = samples::named()
        .into_iter()
        .map(|(name, audit)| (name.to_owned(), audit));
    let all = (
        "hostile".to_owned(),
        hostile::hostile(&hostile::HOSTILE.concat()),
    );
    let each = hostile::HOSTILE
        .iter()
        .enumerate()
        .map(|(at, text)| (format!("hostile_{at:02}"), hostile::hostile(text)));
    named.chain([all]).chain(each).collect()
}

/// `tests/python` reads what this leaves: `SCENARIO.FORMAT`, the JSON report beside the others
/// saying what they should hold.
#[test]
fn reports_for_other_peoples_readers() {
    let dropped = tempfile::tempdir().expect("a folder");
    let folder = env::var_os(FOLDER).map_or_else(|| dropped.path().to_owned(), PathBuf::from);
    fs::create_dir_all(&folder).expect("a folder");
    for (name, audit) in scenarios() {
        for format in Format::ALL {
            let path = folder.join(format!("{name}.{}", format.as_str()));
            let bytes = render(format, &audit, Style::default());
            fs::write(&path, &bytes).expect("written");
            // A second rendering gives the same bytes, whoever asks and whenever.
            let again = render(format, &audit, Style::default());
            assert!(
                again == fs::read(&path).expect("read"),
                "{}",
                path.display()
            );
        }
    }
}
