//! The questions every advisor asks of the syntax tree.
