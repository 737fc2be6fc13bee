//! The product from outside: the real binary, real files, real protocols.

mod bad_input;
mod check;
mod client;
mod convert;
mod fixture;
mod lsp;
mod notebook;
mod readme;
mod refactor;
#[cfg(unix)]
mod register;
mod reports;
mod rules;
mod samples;
