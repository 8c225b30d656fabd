"""What the free text of the records says of one young person, or of few: the report prints it, or once will."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from rlpipeline.errors import DisclosureError
from rlpipeline.prose.persons import FEW, scan_label
from rlpipeline.records.findings import Finding, finding, where
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.personal import given_names
from rlpipeline.records.raw import Lines
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.acceptances import ABOUT_PERSONS, PLAUSIBLE_FILE, Plausible
from rlpipeline.settings.models import Service

CODES = ABOUT_PERSONS
"""Something of one person, a small number of persons."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    table.name: tuple(column.name for column in table.columns if column.kind == "text") for table in TABLES
}
UNSHARED = frozenset(
    {
        ("personnel", "precision"),
        ("diagnostics", "commentaire"),
        ("orientations", "partenaire"),
        ("territoires", "libelle"),
        ("jeunes", "quartier"),
        ("presences", "lieu"),
        *(("demandes", name) for name in ("origine", "motif")),
        *((table, "educateur") for table in ("suivis", "temps")),
    }
)
"""Table and column of the words that the edition to share never prints; a column that is not here is taken to be."""


def recognisable_cells(
    frames: Mapping[str, pd.DataFrame], service: Service, lines: Mapping[str, Lines] | None = None
) -> Iterator[Finding]:
    """Find the cells that tell of fewer persons than the threshold of the edition to share.

    Parameters
    ----------
    frames
        Tables of the contract, by name.
    lines
        Line of each row in the source; without it, findings have none.

    Yields
    ------
    One finding a different text, with all its lines.
    """
    names, threshold = given_names(), service.diffusion.seuil
    for table, frame in frames.items():
        for column in COLUMNS[table]:
            words = frame[column]
            for text in words.dropna().unique():
                passages = scan_label(text, threshold, names)
                if passages:
                    rows = () if lines is None else lines[table][(words == text).to_numpy(bool)]
                    yield _finding(table, column, text, passages, tuple(map(int, rows)))


def recognisable_in_tables(parsed: Mapping[str, ParsedTable], service: Service) -> Iterator[Finding]:
    """Find them in the tables as they are read, each with its lines."""
    frames = {name: table.frame for name, table in parsed.items()}
    return recognisable_cells(frames, service, {name: table.lines for name, table in parsed.items()})


def recognisable_in_reasons(accepted: Iterable[Plausible], service: Service) -> Iterator[Finding]:
    """Find the reasons of acceptances that tell of one person, or few: the annex prints them."""
    for one in accepted:
        for words, reason in scan_label(one.raison, service.diffusion.seuil, given_names())[:1]:
            message = (
                f"{PLAUSIBLE_FILE}, raison de {one.code}, « {words} » : {reason}, et l'annexe du rapport l'imprime ; "
                "écrire la raison sans la personne."
            )
            yield finding("A007", "", message)


def _finding(
    table: str, column: str, text: str, passages: Sequence[tuple[str, str]], lines: tuple[int, ...]
) -> Finding:
    code = "P602" if all(reason.startswith(FEW) for _, reason in passages) else "P601"
    words, reason = passages[0]
    follows = "l'édition à diffuser n'est pas faite"
    if (table, column) in UNSHARED:
        follows = "l'édition à diffuser, où cette colonne n'est pas, se fait quand même"
    message = (
        f"« {words} » : {reason} ; {follows}. Écrire la cellule sans la personne, ou "
        "accepter la valeur, avec sa raison."
    )
    one = finding(code, table, message, lines[0] if lines else None, column, text)
    return replace(one, lignes=lines)


def refuse_persons(findings: Sequence[Finding], frames: Mapping[str, pd.DataFrame], year: int) -> None:
    """Stop the edition to share where a free text that it prints tells of few persons and the service accepts it not.

    Parameters
    ----------
    frames
        Tables of the contract, by name.
    year
        Of the report: its rows are printed, or compared, with those of the year before.

    Raises
    ------
    DisclosureError
        The table, column and lines of each, never a value.
    """
    printed = [one for one in findings if _is_printed(one, frames, year)]
    if printed:
        raise DisclosureError(
            "Des textes des données laisseraient reconnaître une personne : l'édition à diffuser n'est pas publiée.",
            where="\n".join(["", *(f"    {line}" for one in printed for line in _each_line(one))]),
            todo="lire chaque texte avec « rlpipeline check », puis le corriger dans la source, ou l'accepter avec sa "
            "raison dans plausibilite.yml",
        )


def _is_printed(one: Finding, frames: Mapping[str, pd.DataFrame], year: int) -> bool:
    if one.colonne is None or (one.table, one.colonne) in UNSHARED:
        return False
    frame = frames[one.table]
    return bool((frame.loc[_of_years(frame, (year - 1, year)), one.colonne] == one.valeur).any())


def _of_years(frame: pd.DataFrame, years: tuple[int, ...]) -> pd.Series[bool]:
    """Say which rows are of these years; every one, where no column tells."""
    if "annee" in frame:
        return frame["annee"].isin(years)
    return pd.Series(True, index=frame.index)


def _each_line(one: Finding) -> Iterator[str]:
    for line in one.lignes or (None,):
        yield where(replace(one, ligne=line))
