//! The product from outside: the real binary, real files, real protocols.

mod bad_input;
mod check;
mod client;
mod convert;
mod fixes;
mod fixture;
mod graph;
mod images;
mod lsp;
mod notations;
mod notebook;
mod readme;
mod refactor;
#[cfg(unix)]
mod register;
mod reports;
mod roles;
mod rules;
mod samples;
mod transplant;
mod vectors;
