//! Holding programs that are no Python.
