//! The promise at its edges: what says more than was done.

mod checked;
