"""Processes that live on another day."""

from __future__ import annotations

from pathlib import Path

LIBRARIES = [path / "libfaketimeMT.so.1" for path in Path("/usr/lib").glob("*/faketime")]
DAYS = 500


def shifted() -> dict[str, str]:
    """Environment of a process that lives later, with all that it starts."""
    # Without the command faketime, whose lock can outlive a killed process.
    offset = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": f"+{DAYS}d"} if LIBRARIES else {}
    return {**offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
