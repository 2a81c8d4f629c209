//! Profile and findings to bytes; one file a format, one FORMATS table.
