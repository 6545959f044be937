//! x
mod extract;
mod time;
mod words;
