//! The promise at its edges: what looks read and isn't, one kind a file.

mod answers;
mod checked;
