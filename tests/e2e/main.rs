//! The product from outside: the real binary, real files, real protocols.

mod bad_input;
mod check;
mod fixture;
mod rules;
mod samples;
