"""What is implausible in the records: told as warnings, which the service may accept (``plausibilite.yml``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from rlpipeline.params import Service
from rlpipeline.records.findings import Finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility import contradictions, copies, hours, ranges, spelling, totals

__all__ = ["implausible"]


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
    told = {name: copies.entered_twice(item) for name, item in parsed.items()}
    parsed = {name: item for name, (_, item) in told.items()}
    yield from (found for findings, _ in told.values() for found in findings)
    for name, item in parsed.items():
        yield from ranges.unlikely_dates(item, extraction, latest)
        yield from ranges.unlikely_years(item, extraction, latest)
        yield from ranges.far_out(item)
        yield from ranges.mostly_outside(item, service)
        if name in totals.SUMMED:
            yield from totals.sums_of_others(item)
    yield from spelling.several_spellings(parsed)
    if "jeunes" in parsed:
        yield from ranges.unlikely_ages(parsed["jeunes"])
    if "suivis" in parsed:
        yield from contradictions.overlapping_plans(parsed["suivis"])
    if {"jeunes", "suivis"} <= parsed.keys():
        yield from contradictions.too_early(parsed)
    if "temps" in parsed:
        yield from hours.unlikely_hours(parsed["temps"])
    if "actions" in parsed:
        yield from contradictions.actions_twice(parsed)
