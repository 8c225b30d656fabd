"""What no cell says alone: keys, references between tables, dates in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.findings import Finding, finding, of_lines
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.raw import Mask, rows_of
from rlpipeline.records.schema import Reference
from rlpipeline.records.tables import TABLES, table_named

Parsed = Mapping[str, ParsedTable]
MAX_BROKEN = 10
"""Rows that refer to nothing and are told by their values, even where they are most of the rows."""

_BY_FOLLOW_UP = {"orientations": "date", "problematiques": "annee"}


def validate(parsed: Parsed, present: frozenset[str]) -> Iterator[Finding]:
    """Every finding that needs more than one cell.

    Parameters
    ----------
    parsed
        The tables that could be read.
    present
        Every table of the source: a table that exists but could not be read breaks no reference.
    """
    yield from _presence(present)
    yield from empty_targets(parsed)
    for item in parsed.values():
        yield from duplicate_keys(item)
        for reference in item.table.references:
            yield from broken_references(item, reference, parsed, present)
    if "suivis" in parsed:
        yield from ends_before_starts(parsed["suivis"])
        yield from missing_reasons(parsed["suivis"])
        for name in _BY_FOLLOW_UP.keys() & parsed.keys():
            yield from outside_follow_up(parsed[name], parsed["suivis"])


def _presence(present: frozenset[str]) -> Iterator[Finding]:
    for table in TABLES:
        if table.name in present:
            continue
        if table.required:
            message = f"Table obligatoire absente ({table.note}) ; l'ajouter sous le nom « {table.name} »."
            yield finding("E001", table.name, message)
        else:
            message = f"Table facultative absente ({table.note}) : le rapport le dira ; l'ajouter si elle est tenue."
            yield finding("A003", table.name, message)


def empty_targets(parsed: Parsed) -> Iterator[Finding]:
    """Tables without a row to which the rows of others refer."""
    referring: dict[str, list[str]] = {}
    for item in parsed.values():
        for reference in item.table.references:
            target = parsed.get(reference.table)
            if len(item.lines) and target and target.complete and not len(target.lines) and not target.lost:
                referring.setdefault(reference.table, []).append(f"« {item.table.name} »")
    for name, others in referring.items():
        message = (
            f"La table n'a aucune ligne, alors que des lignes de {', '.join(others)} y renvoient ; y mettre les lignes "
            f"({table_named(name).note})."
        )
        yield finding("E003", name, message)


def duplicate_keys(item: ParsedTable) -> Iterator[Finding]:
    """Rows whose key was already on an earlier line."""
    key = list(item.table.key)
    if not key or not all(name in item.columns for name in key):
        return
    rows = item.frame.loc[item.readable(item.table.key), key]
    twice = rows.index[rows.duplicated(keep="first")]
    if twice.empty:
        return
    first = _first_lines(rows, key, item)
    for row in twice:
        shown = ", ".join(str(item.shown(name, row)) for name in key)
        message = f"Clé déjà présente à la ligne {first[row]} ; retirer l'une des deux lignes ou corriger sa clé."
        yield finding("E201", item.table.name, message, int(item.lines[row]), ", ".join(key), shown)


def _first_lines(rows: pd.DataFrame, key: list[str], item: ParsedTable) -> pd.Series:
    """For each row that shares its key, the line where the key first stands."""
    shared = rows[rows.duplicated(keep=False)]
    lines = pd.Series(item.lines[shared.index], index=shared.index)
    return lines.groupby([shared[name] for name in key]).transform("first")


def broken_references(
    item: ParsedTable, reference: Reference, parsed: Parsed, present: frozenset[str]
) -> Iterator[Finding]:
    """Rows that refer to something that exists nowhere."""
    if reference.column not in item.columns or not len(item.lines):
        return
    if reference.table not in present:
        yield _no_target(item, reference)
        return
    target = parsed.get(reference.table)
    if target is None or not target.complete or reference.target not in target.columns:
        return
    readable = item.readable((reference.column,))
    broken = rows_of(readable & ~_exists(item, reference, target))
    if len(broken) > MAX_BROKEN and len(broken) > readable.sum() / 2:
        yield _most_broken(item, reference, broken, int(readable.sum()))
        return
    for row in broken:
        message = (
            f"La table « {reference.table} » n'a pas cette valeur dans « {reference.target} » ; la corriger, ou y "
            "ajouter la ligne."
        )
        shown = item.shown(reference.column, row)
        yield finding("E202", item.table.name, message, int(item.lines[row]), reference.column, shown)


def _most_broken(item: ParsedTable, reference: Reference, rows: list[int], among: int) -> Finding:
    """One finding where most rows refer to nothing: the other table is incomplete, or of another export."""
    message = (
        f"{len(rows)} lignes sur {among} renvoient à « {reference.table} », qui n'a pas leur « {reference.target} » : "
        f"« {reference.table} » est vide, incomplète ou d'un autre export ; l'exporter en entier, ou corriger ceci."
    )
    return of_lines(
        finding("E202", item.table.name, message, colonne=reference.column), (int(item.lines[row]) for row in rows)
    )


def _exists(item: ParsedTable, reference: Reference, target: ParsedTable) -> Mask:
    """Whether each value stands in the target, even on a line of it that could not be cut; distinct values only."""
    cells = item.columns[reference.column].cells
    lost = pa.array(sorted(target.lost), pa.large_string())
    targets = pa.chunked_array([target.columns[reference.target].cells.values, lost])
    mask: Mask = cells.per_row(pc.is_in(cells.values, value_set=targets).to_numpy(zero_copy_only=False))
    return mask


def _no_target(item: ParsedTable, reference: Reference) -> Finding:
    message = (
        f"La table « {reference.table} », à laquelle cette colonne renvoie, est absente ; "
        f"l'ajouter, ou retirer « {item.table.name} »."
    )
    return finding("E202", item.table.name, message, colonne=reference.column)


def ends_before_starts(suivis: ParsedTable) -> Iterator[Finding]:
    """Follow-ups that end before they start."""
    wrong = suivis.readable(("date_debut", "date_fin")) & (suivis.frame["date_fin"] < suivis.frame["date_debut"])
    for row in rows_of(wrong):
        start = suivis.frame["date_debut"][row]
        message = f"La fin vient avant le début ({start:%d/%m/%Y}) ; corriger l'une des deux dates."
        shown = suivis.shown("date_fin", row)
        yield finding("E203", "suivis", message, int(suivis.lines[row]), "date_fin", shown)


def missing_reasons(suivis: ParsedTable) -> Iterator[Finding]:
    """PAEI that have ended without a reason."""
    if "motif_cloture" not in suivis.columns:
        return
    ended = suivis.readable(("statut", "date_fin")) & (suivis.frame["statut"] == "PAEI")
    codes = ", ".join(suivis.table.column("motif_cloture").codes)
    for row in rows_of(ended & suivis.columns["motif_cloture"].cells.missing):
        message = f"Ce PAEI est terminé sans motif de clôture ; en choisir un : {codes}."
        yield finding("E204", "suivis", message, int(suivis.lines[row]), "motif_cloture")


def outside_follow_up(item: ParsedTable, suivis: ParsedTable) -> Iterator[Finding]:
    """Rows of a day, or of a year, in which their follow-up was not active; they are still counted."""
    column = _BY_FOLLOW_UP[item.table.name]
    spans = _spans(suivis)
    readable = item.readable(("id_suivi", column))
    rows = item.frame.loc[readable, ["id_suivi", column]].join(spans, on="id_suivi", how="inner")
    start, end = rows["date_debut"], rows["date_fin"].fillna(pd.Timestamp.max.as_unit("us"))
    if column == "annee":
        start, end = start.dt.year, end.dt.year
    for row in rows.index[(rows[column] < start) | (rows[column] > end)]:
        message = (
            f"Hors des dates du suivi ({_span_text(rows.loc[row])}), compté quand même ; "
            "vérifier cette valeur et les dates du suivi."
        )
        shown = item.shown(column, row)
        yield finding("A201", item.table.name, message, int(item.lines[row]), column, shown)


def _spans(suivis: ParsedTable) -> pd.DataFrame:
    """First and last day of each follow-up whose dates were read, by id_suivi."""
    usable = suivis.readable(("id_suivi", "date_debut"))
    if "date_fin" in suivis.columns:
        usable = usable & ~suivis.columns["date_fin"].unread
    frame = suivis.frame.loc[usable, ["id_suivi", "date_debut", "date_fin"]]
    return frame.drop_duplicates("id_suivi").set_index("id_suivi")


def _span_text(row: pd.Series) -> str:
    start = f"{row['date_debut']:%d/%m/%Y}"
    return f"depuis le {start}" if pd.isna(row["date_fin"]) else f"du {start} au {row['date_fin']:%d/%m/%Y}"
