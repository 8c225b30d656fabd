"""What no cell says alone: keys, references between tables, dates in order."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.cells import rows_in
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.frames import among
from rlpipeline.records.missing_years import entered_years
from rlpipeline.records.rules.rule import Told, Whole, rule
from rlpipeline.records.schema import Reference
from rlpipeline.records.table import Table
from rlpipeline.records.tables import TABLES

MAX_BROKEN = 10
"""Rows that refer to nothing and are told by their values, even where they are most of the rows."""


def presence(present: frozenset[str]) -> Iterator[Finding]:
    """Tables that the source does not have."""
    for table in TABLES:
        if table.name not in present and table.required:
            message = f"Table obligatoire absente ({table.note}) ; l'ajouter sous le nom « {table.name} »."
            yield finding("E001", table.name, message)
        elif table.name not in present:
            message = f"Table facultative absente ({table.note}) : le rapport le dira ; l'ajouter si elle est tenue."
            yield finding("A003", table.name, message)


@rule("E003")
def empty_targets(target: Table, whole: Whole) -> Iterator[Told]:
    """Tables without a row to which the rows of others refer."""
    referring = [
        f"« {table.name} »"
        for table in whole.tables.values()
        if len(table.lines) and target.name in {reference.table for reference in table.contract.references}
    ]
    if referring and not len(target.lines) and not target.lost:
        sentence = f"La table n'a aucune ligne, alors que des lignes de {', '.join(referring)} y renvoient"
        yield Told((), f"{sentence} ; y mettre les lignes ({target.contract.note})", together=True)


@rule("E201")
def duplicate_keys(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows whose key was already on an earlier line."""
    key = list(table.contract.key)
    rows = table.frame.loc[table.readable(*key), key] if key else table.frame.iloc[:0]
    shared = rows[rows.duplicated(keep=False)] if key else rows
    first = pd.Series(table.lines[shared.index], index=shared.index)
    if len(shared):
        first = first.groupby([shared[name] for name in key]).transform("first")
    for row in shared.index[shared.duplicated()] if key else ():
        shown = ", ".join(str(table.shown(name, row)) for name in key)
        sentence = f"Clé déjà présente à la ligne {first[row]} ; retirer l'une des deux lignes ou corriger sa clé"
        yield Told([row], sentence, ", ".join(key), value=shown)


@rule("E202")
def broken_references(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows that refer to something that exists nowhere."""
    for reference in table.contract.references if len(table.lines) else ():
        if reference.column in table.texts:
            yield from _broken(table, reference, whole)


def _broken(table: Table, reference: Reference, whole: Whole) -> Iterator[Told]:
    name, there = reference.column, f"« {reference.table} »"
    if reference.table not in whole.present:
        sentence = f"La table {there}, à laquelle cette colonne renvoie, est absente"
        yield Told((), f"{sentence} ; l'ajouter, ou retirer « {table.name} »", name, together=True)
    target = whole.tables.get(reference.table)
    if target is None or reference.target not in target.texts:
        return
    # What stands on a line that could not be cut exists too.
    cells, lost = table.texts[name], pa.array(sorted(target.lost), pa.large_string())
    targets = pa.chunked_array([target.texts[reference.target].values, lost])
    exists = cells.per_row(pc.is_in(cells.values, value_set=targets).to_numpy(zero_copy_only=False))
    readable = table.readable(name)
    broken = readable & ~exists
    count, every = int(broken.sum()), int(readable.sum())
    if count > MAX_BROKEN and count > every / 2:  # the other table is incomplete, or of another export
        sentence = (
            f"{count} lignes sur {every} renvoient à {there}, qui n'a pas leur « {reference.target} » : "
            f"{there} est vide, incomplète ou d'un autre export ; l'exporter en entier, ou corriger ceci"
        )
        yield Told(broken, sentence, name, value="", together=True)
        return
    sentence = f"La table {there} n'a pas cette valeur dans « {reference.target} »"
    yield Told(broken, f"{sentence} ; la corriger, ou y ajouter la ligne", name)


@rule("E203", "suivis", "date_fin")
def ends_before_starts(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups that end before they start."""
    starts, ends = suivis.frame["date_debut"], suivis.frame["date_fin"]
    for row in rows_in(suivis.readable("date_debut", "date_fin") & (ends < starts)):
        sentence = f"La fin vient avant le début ({starts[row]:%d/%m/%Y}) ; corriger l'une des deux dates"
        yield Told([row], sentence)


@rule("E204", "suivis", "motif_cloture")
def missing_reasons(suivis: Table, whole: Whole) -> Iterator[Told]:
    """PAEI that have ended without a reason."""
    ended = suivis.readable("statut", "date_fin") & (suivis.frame["statut"] == "PAEI")
    codes = ", ".join(suivis.contract.column("motif_cloture").codes)
    sentence = f"Ce PAEI est terminé sans motif de clôture ; en choisir un : {codes}"
    yield Told(ended & suivis.texts["motif_cloture"].missing, sentence)


@rule("A201", "orientations", "date")
@rule("A201", "problematiques", "annee")
def outside_follow_up(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows of a day, or of a year, in which their follow-up was not active; they are still counted."""
    if "suivis" not in whole.tables:
        return
    column, suivis = "date" if table.name == "orientations" else "annee", whole.tables["suivis"]
    known = suivis.readable("id_suivi", "date_debut")
    known &= ~suivis.texts["date_fin"].unread if "date_fin" in suivis.texts else True
    spans = suivis.frame.loc[known, ["id_suivi", "date_debut", "date_fin"]].drop_duplicates("id_suivi")
    rows = table.frame.loc[table.readable("id_suivi", column), ["id_suivi", column]]
    rows = rows.join(spans.set_index("id_suivi"), on="id_suivi", how="inner")
    start, end = rows["date_debut"], rows["date_fin"].fillna(pd.Timestamp.max.as_unit("us"))
    if column == "annee":
        start, end = start.dt.year, end.dt.year
    for row, (first, last) in rows.loc[(rows[column] < start) | (rows[column] > end), spans.columns[1:]].T.items():
        span = f"depuis le {first:%d/%m/%Y}" if pd.isna(last) else f"du {first:%d/%m/%Y} au {last:%d/%m/%Y}"
        sentence = f"Hors des dates du suivi ({span}), compté quand même"
        yield Told([int(str(row))], f"{sentence} ; vérifier cette valeur et les dates du suivi", column)


@rule("P502", "actions", "libelle")
def blank_actions(actions: Table, whole: Whole) -> Iterator[Told]:
    """Actions without a number of participants, nor « NC », in a year in which others have some."""
    publics = whole.tables.get("participations")
    if publics is None or "participations" in whole.service.annee_vide:
        return
    if not {"id_action", "nombre"} <= publics.texts.keys():
        return
    said = publics.ranked | ~publics.texts["nombre"].missing  # a number of a database has no other way to be NC
    entered = publics.frame.loc[said, "id_action"]
    years = entered_years({"actions": actions.frame, "participations": publics.frame}, "participations")
    sentence = (
        "Aucun nombre de participants n'est saisi pour cette action : personne n'est-il venu, ou rien n'a-t-il été "
        "noté ? Ils seront non communiqués (nc), et non 0. Écrire dans « participations » 0 si personne n'est venu, NC "
        "si le nombre n'est pas connu"
    )
    yield Told(~among(actions.frame["id_action"], entered) & actions.frame["annee"].isin(years), sentence)
