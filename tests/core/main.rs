//! Tests of the library, in one binary.

mod reports;
mod samples;
