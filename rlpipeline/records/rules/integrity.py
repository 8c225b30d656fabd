"""What no cell says alone: tables and years that are not there, keys, references between tables, dates in order."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.frames import DATED_TABLES, Records, among, entered_years, lacks, tables_by_year
from rlpipeline.records.labels import said
from rlpipeline.records.rules.rule import Told, Whole, rule
from rlpipeline.records.table import Table, rows_in
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service

MAX_BROKEN = 10
"""Rows that refer to nothing and are told by their values, even where they are most of the rows."""


def absent_tables(present: frozenset[str]) -> Iterator[Finding]:
    """Tables that the source does not have."""
    for table in (table for table in TABLES if table.name not in present):
        yield finding("E001" if table.required else "A003", table.name, note=table.note, table=table.name)


def missing_years(records: Records, service: Service, latest: int) -> Iterator[Finding]:
    """Tables that lack years, up to the latest, unless the settings say that there was nothing to enter.

    A year of one table alone is a slip, as an ``annee`` of 2062, and not a year that the others lack.
    """
    years = sorted(year for year, number in tables_by_year(records).items() if number > 1 and year <= latest)
    for table in (name for name in DATED_TABLES if name in records.present and name not in service.annee_vide):
        without = ", ".join(str(year) for year in years if lacks(records, table, year))
        had = ", ".join(map(str, entered_years(records.frames, table)))
        if without:
            why = said("P501 had", had=had) if had else said(f"P501 {table}")
            yield finding("P501", table, valeur=without, without=without, why=why, table=table)


@rule("E003")
def empty_targets(target: Table, whole: Whole) -> Iterator[Told]:
    """Tables without a row to which the rows of others refer."""
    referring = [
        f"« {table.name} »"
        for table in whole.tables.values()
        if len(table.lines) and target.name in {reference.table for reference in table.contract.references}
    ]
    if referring and not len(target.lines) and not target.lost:
        words = {"tables": ", ".join(referring), "note": target.contract.note}
        yield Told((), "E003 table", words, together=True)


@rule("E201")
def duplicate_keys(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows whose key was already on an earlier line."""
    key = list(table.contract.key)
    rows = table.frame.loc[table.readable(*key), key] if key else pd.DataFrame()
    shared = rows[rows.duplicated(keep=False)]
    for _, same in shared.groupby(key) if len(shared) else ():
        for row in same.index[1:]:
            shown = ", ".join(str(table.shown(name, row)) for name in key)
            yield Told([row], "E201", {"line": table.lines[same.index[0]]}, ", ".join(key), shown)


@rule("E202")
def broken_references(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows that refer to something that exists nowhere."""
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
        exists = cells.per_row(pc.is_in(cells.values, value_set=targets).to_numpy(zero_copy_only=False))
        readable = table.readable(name)
        broken = readable & ~exists
        words |= {"count": int(broken.sum()), "every": int(readable.sum())}
        if (
            broken.sum() > MAX_BROKEN and 2 * broken.sum() > readable.sum()
        ):  # the other is incomplete, of another export
            yield Told(broken, "E202 most", words, name, value="", together=True)
        else:
            yield Told(broken, "E202", words, name)


@rule("E203", "suivis", "date_fin")
def ends_before_starts(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups that end before they start."""
    starts, ends = suivis.frame["date_debut"], suivis.frame["date_fin"]
    for row in rows_in(suivis.readable("date_debut", "date_fin") & (ends < starts)):
        yield Told([row], "E203", {"start": starts[row]})


@rule("E204", "suivis", "motif_cloture")
def missing_reasons(suivis: Table, whole: Whole) -> Iterator[Told]:
    """PAEI that have ended without a reason."""
    ended = suivis.readable("statut", "date_fin") & (suivis.frame["statut"] == "PAEI")
    codes = ", ".join(suivis.contract.column("motif_cloture").codes)
    yield Told(ended & suivis.texts["motif_cloture"].missing, "E204", {"codes": codes})


@rule("A201", "orientations", "date")
@rule("A201", "problematiques", "annee")
def outside_follow_up(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows of a day, or of a year, in which their follow-up was not active; they are still counted."""
    column, suivis = "date" if table.name == "orientations" else "annee", whole.tables.get("suivis")
    if suivis is None:
        return
    known = suivis.readable("id_suivi", "date_debut") & ~suivis.unread("date_fin")
    spans = suivis.frame.loc[known, ["id_suivi", "date_debut", "date_fin"]].drop_duplicates("id_suivi")
    rows = table.frame.loc[table.readable("id_suivi", column), ["id_suivi", column]]
    rows = rows.join(spans.set_index("id_suivi"), on="id_suivi", how="inner")
    start, end = rows["date_debut"], rows["date_fin"].fillna(pd.Timestamp.max.as_unit("us"))
    if column == "annee":
        start, end = start.dt.year, end.dt.year
    wrong = rows[(rows[column] < start) | (rows[column] > end)]
    for row, first, last in zip(wrong.index, wrong["date_debut"], wrong["date_fin"], strict=True):
        span = f"depuis le {first:%d/%m/%Y}" if pd.isna(last) else f"du {first:%d/%m/%Y} au {last:%d/%m/%Y}"
        yield Told([row], "A201", {"span": span}, column)


@rule("P502", "actions", "libelle")
def blank_actions(actions: Table, whole: Whole) -> Iterator[Told]:
    """Actions without a number of participants, nor « NC », in a year in which others have some."""
    publics = whole.tables.get("participations")
    if publics is None or "participations" in whole.service.annee_vide or not publics.has("id_action", "nombre"):
        return
    said = publics.ranked | ~publics.texts["nombre"].missing  # a number of a database has no other way to be NC
    entered = publics.frame.loc[said, "id_action"]
    years = entered_years({"actions": actions.frame, "participations": publics.frame}, "participations")
    yield Told(~among(actions.frame["id_action"], entered) & actions.frame["annee"].isin(years), "P502")
