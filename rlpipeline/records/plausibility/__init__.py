"""What is implausible in the records: told as warnings, which the service may accept (``plausibilite.yml``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from rlpipeline.records.findings import Finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility import contradictions, ranges, spelling, totals
from rlpipeline.settings.models import Service

__all__ = ["implausible"]

OF_ONE_TABLE: Mapping[str, Callable[[ParsedTable], Iterator[Finding]]] = {
    "jeunes": ranges.unlikely_ages,
    "suivis": contradictions.overlapping_plans,
    "temps": ranges.unlikely_hours,
    "personnel": ranges.unlike_parts,
    "financements": ranges.thousands_after_a_point,
    "territoires": ranges.unlike_percentages,
}


def implausible(
    parsed: Mapping[str, ParsedTable], service: Service, extraction: date | None, latest: int
) -> Iterator[Finding]:
    """Every finding of plausibility.

    Parameters
    ----------
    parsed
        The tables that could be read, without their totals.
    extraction
        Day of the extraction, None where it is unknown.
    latest
        The latest year of the records.
    """
    compared = {name: contradictions.entered_twice(item) for name, item in parsed.items()}
    parsed = {name: item for name, (_, item) in compared.items()}
    for findings, _ in compared.values():
        yield from findings
    alone = ranges.years_alone(parsed)
    for name, item in parsed.items():
        yield from ranges.unlikely_dates(item, extraction, latest)
        yield from ranges.unlikely_years(item, extraction, latest, alone)
        yield from ranges.far_out(item)
        yield from ranges.mostly_outside(item, service)
        if name in totals.SUMMED:
            yield from totals.sums_of_others(item)
    yield from spelling.several_spellings(parsed)
    for name, rule in OF_ONE_TABLE.items():
        if name in parsed:
            yield from rule(parsed[name])
    if {"jeunes", "suivis"} <= parsed.keys():
        yield from contradictions.too_early(parsed)
    if "actions" in parsed:
        yield from contradictions.actions_twice(parsed)
