"""Austin's own format as JSON lines: file, function, line and columns of the innermost frame, and
microseconds. Runs where austin-python is installed."""

import json
import sys

from austin.format.mojo import MojoStreamReader

with open(sys.argv[1], "rb") as stream:
    for sample in MojoStreamReader(stream):
        if frames := getattr(sample, "frames", None):
            at = frames[-1]
            columns = (at.column, at.column_end) if at.line_end == at.line else (0, 0)
            print(json.dumps([at.filename, at.function, at.line, *columns, sample.metrics.time]))
