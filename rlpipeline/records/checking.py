"""The whole of a source read and checked: every finding at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rlpipeline.records.expected import Expected, silence
from rlpipeline.records.findings import Finding, grouped, sorted_findings
from rlpipeline.records.frames import Records, latest_of
from rlpipeline.records.free_text import free_cells
from rlpipeline.records.missing_years import missing_years
from rlpipeline.records.rules import judge
from rlpipeline.records.rules.totals import without_totals
from rlpipeline.records.schema import empty_frame, sorted_frame
from rlpipeline.records.sources import read_source
from rlpipeline.records.table import Table, read_table
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service

RECORDS_SHOWN = 5
"""Records of a database that a finding about many names by their keys."""


def check(source: str, service: Service, expected: Expected | None = None) -> list[Finding]:
    """Every finding of a source, causes before their consequences, but those that are accepted.

    Raises
    ------
    UsageError
        There is no such source.
    ToolError
        The database does not answer.
    """
    return load(source, service, expected)[1]


def load(source: str, service: Service, expected: Expected | None = None) -> tuple[Records, list[Finding]]:
    """Read a folder, a workbook or a database: the records, and every finding.

    Where a finding is an error the frames hold what could be read: an unreadable cell is missing, an unreadable year
    is 0. ``expected`` is what the settings expect of the records.

    Raises
    ------
    UsageError
        There is no such source.
    ToolError
        The database does not answer.
    """
    raw = read_source(source)
    tables = raw.tables  # each is let go of once it is read
    read = {table.name: read_table(tables.pop(table.name), table, service) for table in TABLES if table.name in tables}
    parsed = {name: without_totals(table, service) for name, table in read.items()}
    frames = {
        table.name: sorted_frame(parsed[table.name].frame, table) if table.name in parsed else empty_frame(table)
        for table in TABLES
    }
    lines = {name: table.lines for name, table in parsed.items() if not table.ranked}
    cells = free_cells({name: table.frame for name, table in parsed.items()}, lines)
    records = Records(frames, raw.present, cells=tuple(cells))
    findings = [item for table in parsed.values() for item in table.findings]
    expected = expected or Expected()
    latest = latest_of(records, expected.extraction)
    if not raw.closed:
        findings += missing_years(records, service, latest)
        findings += judge(parsed, raw.present, service, expected.extraction, latest)
    left, silenced = silence(findings, expected.accepted)
    placed = (_placed(item, read) for item in grouped(left))
    return replace(records, silenced=silenced), sorted_findings([*raw.findings, *placed])


def _placed(item: Finding, read: Mapping[str, Table]) -> Finding:
    """The finding itself; in a database, where a rank shows nowhere, with the keys of its first records."""
    table = read.get(item.table)
    if table is None or not table.ranked or not item.lignes:
        return item
    shown = " ; ".join(table.record(line) for line in item.lignes[:RECORDS_SHOWN])
    more = len(item.lignes) - RECORDS_SHOWN
    rest = f" ; et {more} de plus" if more > 0 else ""
    plural = "s" if len(item.lignes) > 1 else ""
    return replace(item, message=f"{item.message} Enregistrement{plural} : {shown}{rest}.")
