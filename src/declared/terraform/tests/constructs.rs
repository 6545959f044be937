//! One program per construct of the language.
