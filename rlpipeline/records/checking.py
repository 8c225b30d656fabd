"""The whole of a source read and checked: every finding at once, but those that the settings accept."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rlpipeline.records.findings import CODES, Finding, finding, grouped, sorted_findings
from rlpipeline.records.frames import Records, Silenced, free_cells, latest_of
from rlpipeline.records.rules import Told, Whole, copies, findings_of, habits, judged, likely  # noqa: F401 - their rules
from rlpipeline.records.rules.integrity import absent
from rlpipeline.records.rules.totals import without_totals
from rlpipeline.records.sources import read_source
from rlpipeline.records.table import read_table
from rlpipeline.records.tables import TABLE_NAMES, TABLES, empty_frame, sorted_frame, table_named
from rlpipeline.settings.acceptances import Plausible, read_plausible
from rlpipeline.settings.models import Service, load_settings

RECORDS_SHOWN = 5  # records of a database that a finding about many names by their keys


@dataclass(frozen=True)
class Expected:
    """What records are judged by: what is accepted, and the day of the extraction, before which nothing is too late."""

    accepted: tuple[Plausible, ...] = ()
    extraction: date | None = None

    def or_today(self) -> Expected:
        """The same, extracted today where the settings give no date: for ``check``, which alone looks at the clock."""
        return self if self.extraction else replace(self, extraction=date.today())


def read_expected(params: Path) -> Expected:
    """Read what all settings expect of the records. SettingsError where one breaks its contract."""
    years = sorted(int(path.parent.name) for path in params.glob("[0-9][0-9][0-9][0-9]/rapport.yml"))
    days = [load_settings(params, year).report.donnees_arretees_au for year in years]
    # Where the settings of the latest year give none, work is under way.
    extraction = max(day for day in days if day is not None) if days and days[-1] else None
    return Expected(read_plausible(params), extraction)


def check(source: str, service: Service, expected: Expected | None = None) -> list[Finding]:
    """Every finding of a source, causes before their consequences, but those that are accepted. Raises as ``load``."""
    return load(source, service, expected)[1]


def load(
    source: str, service: Service, expected: Expected | None = None, plausible: bool = True
) -> tuple[Records, list[Finding]]:
    """Read a folder, a workbook or a database: the records, and every finding, what is implausible where ``plausible``.
    A cell that cannot be read is missing, a year 0. UsageError: no such source. ToolError: the database's."""
    raw, expected = read_source(source), expected or Expected()
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
    if not raw.closed:
        latest = latest_of(records, expected.extraction)
        findings += absent(records, service, latest)
        whole = Whole(parsed, raw.present, service, expected.extraction, latest)
        findings += judged(whole, "EA")
        once = dict(parsed) if plausible else {}
        for name, table in [*once.items()]:  # rows entered twice are not judged twice
            again = copies.entered_twice(table, whole)
            if again.any():
                findings += findings_of(table, [Told(again, "P405")], copies.shown(table))
                once[name] = table.only(~again)
        findings += judged(replace(whole, tables=once), "P")
    left, silenced = _silenced(findings, expected.accepted)
    placed = []
    for item in grouped(left):
        ranks, more = item.lignes[:RECORDS_SHOWN], len(item.lignes) - RECORDS_SHOWN
        if ranks and read[item.table].ranked:  # nobody sees the rank of a record of a database
            shown = " ; ".join(read[item.table].record(rank) for rank in ranks)
            rest = f"{shown} ; et {more} de plus" if more > 0 else shown
            message = f"{item.message} Enregistrement{'s' if len(ranks) > 1 else ''} : {rest}."
            placed.append(replace(item, message=message))
        else:
            placed.append(item)
    return replace(records, silenced=silenced), sorted_findings([*raw.findings, *placed])


def _silenced(items: Iterable[Finding], accepted: Sequence[Plausible]) -> tuple[list[Finding], tuple[Silenced, ...]]:
    left: list[Finding] = []
    rows = [0] * len(accepted)
    for item in items:
        rank = next((rank for rank, acceptance in enumerate(accepted) if acceptance.fits(item)), None)
        if rank is None:
            left.append(item)
        else:
            rows[rank] += max(1, len(item.lignes))
    both = [*zip(accepted, rows, strict=True)]
    silenced = tuple(Silenced(told.code, told.raison.strip(), number) for told, number in both if number)
    return [*left, *_needless(accepted, rows, left)], silenced


def _needless(accepted: Sequence[Plausible], rows: Sequence[int], left: Sequence[Finding]) -> Iterator[Finding]:
    for rank, told in enumerate(accepted):
        if rows[rank]:
            continue
        asked = {"table": told.table, "colonne": told.colonne, "valeur": told.valeur, "cle": told.cle}
        what = ", ".join(f"{name} = {value}" for name, value in asked.items() if value is not None)
        twice = any(other.model_copy(update={"raison": told.raison}) == told for other in accepted[:rank])
        why = "est écrite deux fois ; retirer la seconde"
        why = why if twice else f"ne correspond à aucun constat ; {_todo(told, left)}"
        table = told.table if told.table in TABLE_NAMES else ""
        yield finding("P000", table, code=told.code, what=f" ({what})" if what else "", why=why)


def _todo(told: Plausible, left: Sequence[Finding]) -> str:
    columns = table_named(told.table).column_names if told.table in TABLE_NAMES else ()
    of_the_rule = [item for item in left if item.code == told.code and told.table in (None, item.table)]
    for word, words, what in (
        (told.code, [code for code in CODES if code[0] == "P"], "ce code n'existe pas"),
        (told.table, TABLE_NAMES, "cette table n'existe pas"),
        (told.colonne, columns, "cette table n'a pas cette colonne"),
        (told.cle, [item.cle for item in of_the_rule if item.cle], "aucun constat n'a cette clé"),
        (told.valeur, [item.valeur for item in of_the_rule if item.valeur], "aucun constat n'a cette valeur"),
    ):
        if word is not None and words and word not in words:
            return f"{what}, le plus proche est « {difflib.get_close_matches(word, words, 1, 0)[0]} »"
    return "la retirer, ou recopier la ligne que « check » affiche sous le constat"
