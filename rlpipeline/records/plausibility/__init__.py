"""What is implausible in the records: told as warnings, which the service may accept (``plausibilite.yml``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from rlpipeline.records.findings import Finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility import copies, habits, hours, people, ranges, spelling, totals, years
from rlpipeline.records.plausibility.rules import Told, Whole, findings_of, judged
from rlpipeline.settings.models import Service

__all__ = ["copies", "habits", "hours", "implausible", "people", "ranges", "spelling", "totals", "years"]


def implausible(
    parsed: Mapping[str, ParsedTable], service: Service, extraction: date | None, latest: int
) -> Iterator[Finding]:
    """Every finding of plausibility; rows entered twice are not judged twice.

    Parameters
    ----------
    parsed
        The tables that could be read, without their totals.
    extraction
        Day of the extraction, None where it is unknown.
    latest
        The latest year of the records.
    """
    once = dict(parsed)
    for name, item in parsed.items():
        again = copies.entered_twice(item, parsed)
        if again.any():
            yield from findings_of(item, "P405", Told(again, copies.SENTENCE), copies.shown(item))
            once[name] = item.only(~again)
    yield from judged(Whole(once, service, extraction, latest, ranges.years_alone(once)))
