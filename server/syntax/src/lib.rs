//! Text in, trees out: the readers behind amlenv.
//!
//! Nothing here knows Azure ML. Every reader is total: it takes any text, never fails and never
//! panics, and says what is wrong as problems with ranges.

mod comments;
pub mod conda;
pub mod dockerfile;
mod earlier;
pub mod image;
pub mod json;
pub mod map;
pub mod notebook;
pub mod python;
pub mod requirements;
pub mod shell;
pub mod text;
pub mod yaml;

pub use earlier::Earlier;
pub use map::{Segment, SourceMap};
pub use text::{HostRange, LineIndex, TextRange};
