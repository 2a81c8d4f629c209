#!/bin/sh
# A launcher that is not Python for a while, and then starts one.
sleep 0.1
"$@"
code=$?
echo launched
exit $code
