//! Profile to hotspots and sources; the only place that opens a file the target named.
