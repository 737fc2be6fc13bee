//! Text in, trees out: the readers behind amlenv.
//!
//! Nothing here knows Azure ML. Every reader is total: it takes any text, never fails and never
//! panics, and says what is wrong as problems with ranges.

pub mod map;
pub mod text;

pub use map::{Segment, SourceMap};
pub use text::{HostRange, LineIndex, TextRange};
