//! What the files of an Azure ML environment mean.
//!
//! Pure: no I/O, no clock, no network, no async. A shell puts texts and facts about the disk into a
//! [`Workspace`] and asks the five questions: [`diagnostics`], [`completions`], [`hover`] (with links
//! and symbols), [`actions`] and [`registration_plan`]. Only host positions leave this crate.

pub mod finding;
pub mod path;
pub mod rules;
