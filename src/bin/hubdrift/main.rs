//! hubdrift.
mod commands { pub mod emulate; }
mod emulator;
mod observe;
fn main(){}
