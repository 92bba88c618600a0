//! Tests of the binary: it runs as users run it, against the emulator, over real HTTP.

mod access;
mod accounts;
mod baseline;
mod clock;
mod demo;
mod emulator;
mod evidence;
mod examples;
mod exit_codes;
mod false_clean;
mod faults;
mod files;
mod hostile;
mod input;
mod interrupt;
mod judging;
mod limits;
mod log;
mod no_result;
mod places;
mod report;
mod rules;
mod rules_commands;
mod settings;
mod snapshot;
mod support;
