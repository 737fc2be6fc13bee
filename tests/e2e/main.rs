//! The product from outside: the real binary, real files, real protocols.

mod actions;
#[cfg(unix)]
mod azurite;
mod bad_input;
mod check;
mod client;
mod completion;
mod convert;
mod diagnostics;
mod features;
mod fixes;
mod fixture;
mod formatting;
mod graph;
mod hover;
mod images;
mod lsp;
#[cfg(unix)]
mod manager;
mod navigate;
mod notations;
mod notebook;
mod ordering;
mod reading;
mod readme;
mod refactor;
#[cfg(unix)]
mod register;
#[cfg(unix)]
mod registering;
#[cfg(unix)]
mod registry;
mod reports;
mod roles;
mod rules;
mod samples;
mod stubborn;
mod transplant;
#[cfg(unix)]
mod upload;
mod vectors;
#[cfg(unix)]
mod wire;
mod workspace;
