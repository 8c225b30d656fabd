"""What rows say together: what breaks the contract, and what is implausible, which the service may accept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from rlpipeline.records.findings import Finding
from rlpipeline.records.rules import copies, habits, integrity, likely, totals
from rlpipeline.records.rules.rule import Told, Whole, findings_of, judged
from rlpipeline.records.table import Table
from rlpipeline.settings.models import Service

__all__ = ["copies", "habits", "integrity", "judge", "likely", "totals"]


def judge(
    tables: Mapping[str, Table], present: frozenset[str], service: Service, extraction: date | None, latest: int
) -> Iterator[Finding]:
    """What every rule says of the tables, which have lost their totals; rows entered twice are not judged twice.

    A table that is ``present`` but could not be read breaks no reference.
    """
    whole = Whole(tables, present, service, extraction, latest, likely.years_alone(tables))
    yield from integrity.presence(present)
    yield from judged(whole, "EA")
    once = dict(tables)
    for name, table in tables.items():
        again = copies.entered_twice(table, tables)
        if again.any():
            yield from findings_of(table, "P405", Told(again, copies.SENTENCE), copies.shown(table))
            once[name] = table.only(~again)
    yield from judged(replace(whole, tables=once, alone=likely.years_alone(once)), "P")
