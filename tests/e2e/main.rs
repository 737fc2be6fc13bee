//! The product from outside: the real binary, real files, real protocols.

mod bad_input;
mod check;
mod client;
mod completion;
mod convert;
mod fixture;
mod graph;
mod hover;
mod lsp;
mod notebook;
mod readme;
mod refactor;
#[cfg(unix)]
mod register;
mod reports;
mod roles;
mod rules;
mod samples;
mod vectors;
