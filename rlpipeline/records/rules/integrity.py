"""What no cell says alone: tables and years that are not there, keys, references between tables, dates in order."""

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.frames import DATED_TABLES, Records, among, entered_years, lacks, tables_by_year
from rlpipeline.records.labels import said
from rlpipeline.records.rules import Told, Whole, referred, rule
from rlpipeline.records.table import Table
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service

MAX_BROKEN = 10  # rows that refer to nothing and are told by their values, even where they are most of the rows


def absent(records: Records, service: Service, latest: int) -> Iterator[Finding]:
    """Tables that the source does not have, or that lack years up to the latest, unless the settings say it is true. A
    year of one table alone is a slip, as an ``annee`` of 2062, and not a year that the others lack."""
    for table in (table for table in TABLES if table.name not in records.present):
        yield finding("E001" if table.required else "A003", table.name, note=table.note, table=table.name)
    years = sorted(year for year, number in tables_by_year(records).items() if number > 1 and year <= latest)
    for name in (name for name in DATED_TABLES if name in records.present and name not in service.annee_vide):
        without = ", ".join(str(year) for year in years if lacks(records, name, year))
        had = ", ".join(map(str, entered_years(records.frames, name)))
        if without:
            why = said("P501 had", had=had) if had else said(f"P501 {name}")
            yield finding("P501", name, valeur=without, without=without, why=why, table=name)


@rule("E003")
def _empty_targets(target: Table, whole: Whole) -> Iterator[Told]:
    others = (table for table in whole.tables.values() if len(table.lines))
    names = [table.name for table in others if target.name in {item.table for item in table.contract.references}]
    if names and not len(target.lines) and not target.lost:
        words = {"tables": ", ".join(f"« {name} »" for name in names), "note": target.contract.note}
        yield Told((), "E003 table", words, together=True)


@rule("E201")
def _duplicate_keys(table: Table, whole: Whole) -> Iterator[Told]:
    key = list(table.contract.key)
    rows = table.frame.loc[table.readable(*key), key] if key else pd.DataFrame()
    shared = rows[rows.duplicated(keep=False)]
    for _, same in shared.groupby(key) if len(shared) else ():
        for row in same.index[1:]:
            shown = ", ".join(str(table.shown(name, row)) for name in key)
            yield Told([row], "E201", {"line": table.lines[same.index[0]]}, ", ".join(key), shown)


@rule("E202")
def _broken_references(table: Table, whole: Whole) -> Iterator[Told]:
    for reference in table.contract.references:
        name, target = reference.column, whole.tables.get(reference.table)
        words: dict[str, object] = {"there": reference.table, "target": reference.target, "table": table.name}
        if name not in table.texts or not len(table.lines):
            continue
        if reference.table not in whole.present:
            yield Told((), "E202 absent", words, name, together=True)
        if target is None or reference.target not in target.texts:
            continue
        # What stands on a line that could not be cut exists too.
        cells, lost = table.texts[name], pa.array(sorted(target.lost), pa.large_string())
        targets = pa.chunked_array([target.texts[reference.target].values, lost])
        readable = table.readable(name)
        broken = readable & ~cells.per_row(pc.is_in(cells.values, value_set=targets).to_numpy(zero_copy_only=False))
        words |= {"count": int(broken.sum()), "every": int(readable.sum())}
        if broken.sum() > MAX_BROKEN and readable.sum() < 2 * broken.sum():  # the other is incomplete, of other years
            yield Told(broken, "E202 most", words, name, value="", together=True)
        else:
            yield Told(broken, "E202", words, name)


@rule("E203", "suivis", "date_fin")
def _ends_before_starts(suivis: Table, whole: Whole) -> Iterator[Told]:
    starts, ends = suivis.frame["date_debut"], suivis.frame["date_fin"]
    yield Told(suivis.readable("date_debut", "date_fin") & (ends < starts), "E203", {"start": starts})


@rule("E204", "suivis", "motif_cloture")
def _missing_reasons(suivis: Table, whole: Whole) -> Iterator[Told]:
    ended = suivis.readable("statut", "date_fin") & (suivis.frame["statut"] == "PAEI")
    codes = ", ".join(suivis.contract.column("motif_cloture").codes)
    yield Told(ended & suivis.texts["motif_cloture"].missing, "E204", {"codes": codes})


@rule("A201", "orientations", "date")
@rule("A201", "problematiques", "annee")
def _outside_follow_up(table: Table, whole: Whole) -> Iterator[Told]:
    column, suivis = "date" if table.name == "orientations" else "annee", whole.tables.get("suivis")
    if suivis is None:
        return
    known = suivis.frame[suivis.readable("id_suivi", "date_debut") & ~suivis.unread("date_fin")]
    span = referred(known, "id_suivi", table.frame["id_suivi"], ["date_debut", "date_fin"])
    start, end, when = span["date_debut"], span["date_fin"], table.frame[column]
    first, last = (start, end) if column == "date" else (start.dt.year, end.dt.year)
    wrong = table.readable("id_suivi", column) & ((when < first) | (when > last))
    since = "depuis le " + start.dt.strftime("%d/%m/%Y")
    between = "du " + start.dt.strftime("%d/%m/%Y") + " au " + end.dt.strftime("%d/%m/%Y")
    yield Told(wrong, "A201", {"span": between.fillna(since)}, column)


@rule("P502", "actions", "libelle")
def _blank_actions(actions: Table, whole: Whole) -> Iterator[Told]:
    publics = whole.tables.get("participations")
    if publics is None or "participations" in whole.service.annee_vide or not publics.has("id_action", "nombre"):
        return
    entered = publics.ranked | ~publics.texts["nombre"].missing  # a number of a database has no other way to be NC
    years = entered_years({"actions": actions.frame, "participations": publics.frame}, "participations")
    without = ~among(actions.frame["id_action"], publics.frame.loc[entered, "id_action"])
    yield Told(without & actions.frame["annee"].isin(years), "P502")
