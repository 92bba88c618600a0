//! Tests of the binary: what it says and how it ends, over real HTTP.

mod emulator;
mod exit_codes;
mod false_clean;
mod judging;
mod support;
