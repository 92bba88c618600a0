//! Errors with their causes, as the SDK nests them: as text, and searched by type.

use std::{error::Error, iter::successors};

type AnyError = dyn Error + 'static;

/// An error and its causes.
fn chain(error: &AnyError) -> impl Iterator<Item = &AnyError> {
    successors(Some(error), |&it| it.source())
}

/// An error and its causes in words. A cause that is already in the text is not repeated.
pub fn with_causes(error: &AnyError) -> String {
    let mut text = error.to_string();
    for cause in chain(error).skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// The same on one line: for credentials the SDK writes a list of the places it looked in.
pub fn on_one_line(error: &AnyError) -> String {
    let text = with_causes(error);
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// The first error of type `T` among an error and its causes.
pub fn find<T: Error + 'static>(error: &AnyError) -> Option<&T> {
    chain(error).find_map(|it| it.downcast_ref())
}
