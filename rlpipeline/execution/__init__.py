"""Execution: chapters × territories run as notebooks to their last cell, and installed only when all of them did."""

import sys

# jsonschema loads, if it is installed, a library that compiles at each start the grammar of international addresses: a
# second of every build, for a format that no notebook has. It does without where it cannot be imported.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
