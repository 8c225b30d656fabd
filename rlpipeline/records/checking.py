"""The whole of a source read and checked: every finding at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rlpipeline.params import Service
from rlpipeline.records import free_text
from rlpipeline.records.findings import Finding, sorted_findings
from rlpipeline.records.frames import Records
from rlpipeline.records.parsed import ParsedTable, parse_table
from rlpipeline.records.schema import empty_frame, sorted_frame
from rlpipeline.records.sources import read_source
from rlpipeline.records.tables import TABLES
from rlpipeline.records.validation import validate


def check(source: str, service: Service) -> list[Finding]:
    """Every finding of a source, by table, line, column.

    Raises
    ------
    UsageError
        There is no such source.
    ToolError
        The database does not answer.
    """
    return load(source, service)[1]


def load(source: str, service: Service) -> tuple[Records, list[Finding]]:
    """Read a folder, a workbook or a database.

    Returns
    -------
    tuple
        The records, and every finding. Where a finding is an error the frames hold what could be read: an
        unreadable cell is missing, an unreadable year is 0.

    Raises
    ------
    UsageError
        There is no such source.
    ToolError
        The database does not answer.
    """
    raw = read_source(source)
    tables = dict(raw.tables)
    raw = replace(raw, tables={})  # each is let go of once it is parsed
    parsed = {
        table.name: parse_table(tables.pop(table.name), table, service) for table in TABLES if table.name in tables
    }
    frames = {
        table.name: sorted_frame(parsed[table.name].frame, table) if table.name in parsed else empty_frame(table)
        for table in TABLES
    }
    closed = any(item.code in ("E010", "E011") and not item.table for item in raw.findings)
    rules = [] if closed else validate(parsed, raw.present)
    found = [*(item for table in parsed.values() for item in table.findings), *rules]
    found += free_text.told_in(parsed, service)
    return Records(frames, raw.present), sorted_findings([*raw.findings, *(_placed(item, parsed) for item in found)])


def _placed(item: Finding, parsed: Mapping[str, ParsedTable]) -> Finding:
    """The finding itself; in a database, where a rank shows nowhere, with the key of its record."""
    table = parsed.get(item.table)
    if table is None or not table.ranked or item.ligne is None:
        return item
    return replace(item, message=f"{item.message} Enregistrement : {table.record(item.ligne)}.")
