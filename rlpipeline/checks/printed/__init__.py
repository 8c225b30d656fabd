"""Audit of a report printed by others: the arithmetic of its tables, its dates, its empty or repeated sections."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain, groupby
from pathlib import Path

from rlpipeline.checks.printed.arithmetic import check_derived, check_margins, check_totals
from rlpipeline.checks.printed.transcription import (
    CHECKS,
    Certitude,
    Misprint,
    PrintedTable,
    fold,
    read_report,
)

__all__ = ["CHECKS", "Misprint", "audit_printed", "render_json", "render_text"]
MONTH = (
    "janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre"
)
YEAR = r"(?:19|20)\d\d"
NUMERIC = re.compile(rf"\b(\d{{1,2}})[/.](\d{{1,2}})[/.]({YEAR})\b")
WRITTEN = re.compile(rf"\b(\d{{1,2}})(?:er)? ({MONTH})(?: ({YEAR}))?\b", re.IGNORECASE)
BEGINNING = rf"du (\d{{1,2}})(?:er)?(?: ({MONTH}))?(?: ({YEAR}))?"
SPAN = re.compile(rf"\b{BEGINNING} au (\d{{1,2}})(?:er)? ({MONTH})(?: ({YEAR}))?\b", re.IGNORECASE)
WEEK = re.compile(r"\bsemaine (?:n ?° ?)?(\d{2,3})\b")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
LAST_WEEK, LEAP_YEAR = 53, 2024
Where = tuple[str, int, str]
"""File, line, place in words."""
LONG = 80  # letters of a passage that nobody writes twice


def audit_printed(directory: Path) -> tuple[Misprint, ...]:
    """Find what is wrong, or likely, in a transcribed report, by kind of check; UsageError where nothing is there."""
    tables, texts = read_report(directory)
    of_tables = check_totals(tables), check_derived(tables), check_margins(tables)
    found = chain(*of_tables, _check_dates(tables, texts), _check_sections(texts))
    order = list(CHECKS)

    def rank(finding: Misprint) -> tuple[int, str, int]:
        return order.index(finding.controle), finding.fichier, finding.ligne

    return tuple(sorted(dict.fromkeys(found), key=rank))


def render_json(findings: Sequence[Misprint]) -> str:
    """Write the findings for a machine: a list of objects with the fields of :class:`Misprint`."""
    text = json.dumps([*map(asdict, findings)], ensure_ascii=False, indent=2)
    return f"{text}\n"


def render_text(findings: Sequence[Misprint]) -> str:
    """Write the findings for a terminal, by kind of check."""
    certain = sum(finding.certitude == "certain" for finding in findings)
    lines = ["Aucun écart relevé."]
    if findings:
        lines = [f"Constats : {len(findings)}, dont certains : {certain}."]
    for controle, group in groupby(findings, key=lambda finding: finding.controle):
        lines += ["", CHECKS[controle].capitalize()]
        for finding in group:
            place = finding.lieu[:1].upper() + finding.lieu[1:]
            lines.append(f"  {finding.fichier}, ligne {finding.ligne} ({finding.certitude})")
            lines.append(f"    {place} : {finding.message}")
    return "\n".join(lines) + "\n"


def _check_dates(
    tables: Sequence[PrintedTable], texts: Mapping[str, Sequence[str]]
) -> Iterator[Misprint]:
    """Tell days that do not exist, and ends before their beginning, in texts and in tables."""
    passages: list[tuple[Where, str]] = []
    for path, lines in texts.items():
        for at, line in enumerate(lines, 1):
            passages.append(((path, at, f"ligne {at}"), line))
    for table in tables:
        for row, cells in enumerate(table.texts):
            for column, cell in enumerate(cells):
                passages.append((table.place(row, column), cell))
            yield from _backwards_line(table, row)
    for place, text in passages:
        for certitude, printed, what in _wrong(" ".join(text.split())):
            message = f"{what} : « {text.strip()} »."
            yield Misprint("dates", certitude, *place, printed, "", message)


def _backwards_line(table: PrintedTable, row: int) -> Iterator[Misprint]:
    """Tell the line of a table that has two days, the second before the first."""
    dated = [cell for cell in table.texts[row] if _day(cell)]
    days = [*filter(None, map(_day, dated))]
    if len(days) == 2 and days[1] < days[0]:
        message = f"La fin précède le début : {' ; '.join(dated)}."
        yield Misprint("dates", "certain", *table.place(row, 0), "", "", message)


def _day(text: str) -> dt.date | None:
    match = NUMERIC.fullmatch(text)
    if not match:
        return None
    try:
        return dt.date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None


def _wrong(text: str) -> Iterator[tuple[Certitude, str, str]]:
    """Find dates that cannot be, with how sure that is and what is wrong."""
    for match in NUMERIC.finditer(text):
        if _day(match[0]) is None:
            yield "certain", match[0], "Ce jour n'existe pas"
    for match in WRITTEN.finditer(text):
        year = int(match[3] or LEAP_YEAR)
        _, longest = calendar.monthrange(year, _month(match[2]))
        if not 1 <= int(match[1]) <= longest:
            yield "certain", match[0], "Ce jour n'existe pas"
    yield from _backwards(text)
    for match in WEEK.finditer(text):
        if int(match[1]) > LAST_WEEK:
            yield "certain", match[0], "Une année n'a pas tant de semaines"


def _backwards(text: str) -> Iterator[tuple[Certitude, str, str]]:
    """Find « du … au … » whose end is before its beginning."""
    for match in SPAN.finditer(text):
        end_month = _month(match[5])
        start_month = _month(match[2]) if match[2] else end_month
        end = match[6] or "", end_month, int(match[4])
        start = match[3] or end[0], start_month, int(match[1])
        if end < start:  # a school year may be meant
            is_sure = match[3] or start_month == end_month
            certitude: Certitude = "certain" if is_sure else "probable"
            yield certitude, match[0], "La fin précède le début"


def _month(name: str) -> int:
    months = MONTH.split("|")
    [month] = [form for form in months if re.fullmatch(form, name, re.IGNORECASE)]
    return months.index(month) + 1


def _check_sections(texts: Mapping[str, Sequence[str]]) -> Iterator[Misprint]:
    """Tell headings that nothing follows, and passages that are printed twice."""
    printed: dict[str, str] = {}
    for path, lines in texts.items():
        yield from _empty_sections(path, lines)
        for number, line in enumerate(lines, 1):
            passage = fold(line)
            where = f"ligne {number}"
            if len(passage) >= LONG and passage in printed:
                message = f"Ce passage est déjà imprimé : {printed[passage]}."
                place = path, number, where
                yield Misprint("section_repetee", "certain", *place, line[:60], "", message)
            printed.setdefault(passage, f"{path}, {where}")


def _empty_sections(path: str, lines: Sequence[str]) -> Iterator[Misprint]:
    """Tell headings right before one that is no deeper, or the end."""
    above: tuple[int, str, int] | None = None
    for number, line in enumerate([*lines, "# "], 1):
        match = HEADING.match(line)
        if match and above and len(match[1]) <= above[0]:
            _, title, at = above
            place = path, at, f"section « {title} »"
            yield Misprint("section_vide", "certain", *place, title, "", "Rien ne suit ce titre.")
        if line.strip():
            above = (len(match[1]), match[2], number) if match else None
