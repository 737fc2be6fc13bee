//! The product from outside: the real binary, real files, real protocols.

#[cfg(unix)]
mod azurite;
mod bad_input;
mod check;
mod client;
mod convert;
mod fixture;
mod graph;
mod lsp;
#[cfg(unix)]
mod manager;
mod notebook;
mod readme;
mod refactor;
#[cfg(unix)]
mod register;
mod reports;
mod roles;
mod rules;
mod samples;
#[cfg(unix)]
mod upload;
mod vectors;
#[cfg(unix)]
mod wire;
