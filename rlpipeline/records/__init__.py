"""Records in: a folder, a workbook or a database read into one and the same set of frames, and checked."""

from rlpipeline.records.findings import Finding, render_json, render_text
from rlpipeline.records.frames import Records, Silenced, latest_year, years
from rlpipeline.records.store import Expected, check, load, open_records, read_expected, write_store
from rlpipeline.records.tables import TABLES

__all__ = [
    "TABLES",
    "Expected",
    "Finding",
    "Records",
    "Silenced",
    "check",
    "latest_year",
    "load",
    "open_records",
    "read_expected",
    "render_json",
    "render_text",
    "write_store",
    "years",
]
