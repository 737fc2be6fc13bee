//! The product from outside: the real binary, real files, real protocols.

mod fixture;
mod rules;
