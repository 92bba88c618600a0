//! Files of the run: inputs are read here, and outputs find their places and are written.

mod outputs;
mod place;
mod read;
mod rules;
mod saved_file;
mod writing;

pub use outputs::{Destination, Outputs, ReportTo, Reserved};
pub use place::{is_stdout, write_new};
pub use read::read;
pub use rules::read_rules;
pub use saved_file::SavedFile;
pub use writing::{Lost, Rendered};
