//! Tests of the binary: it runs as users run it, against the emulator, over real HTTP.

mod emulator;
