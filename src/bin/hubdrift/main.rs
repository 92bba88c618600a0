//! hubdrift.
mod observe;
fn main(){}
