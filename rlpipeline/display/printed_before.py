"""``<year>/publie.csv``: the figures that a report printed, for the years of which no records are left."""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS, PROTECTED_UNITS, Declarations
from rlpipeline.figures.cells import cell_of_ours
from rlpipeline.settings.models import Settings

STATES = ("ok", "nc", "partiel", "vide", "masque")
WITH_NUMBER = frozenset({"ok", "partiel"})


def read_printed(settings: Settings, year: int, declared: Declarations) -> pd.DataFrame:
    """Read the printed figures of a year that the edition may show; as :func:`read_published`.

    Returns
    -------
    In the edition to share, those that count no persons: a report printed before may hold small numbers, and what was
    released of persons comes from the ledger alone.
    """
    printed = read_published(settings.published_path(year), year, declared)
    if settings.edition != "diffusion" or printed.empty:
        return printed
    counting = printed["indicateur"].map(lambda name: declared.ours[name].protected)
    return printed[~(counting & printed["unite"].isin(PROTECTED_UNITS))].reset_index(drop=True)


def read_published(path: Path, year: int, declared: Declarations) -> pd.DataFrame:
    """Read the printed figures of a year; comma or semicolon, decimal point or comma.

    Returns
    -------
    Columns of ``indicateurs.csv``, one row per figure in the order of the file; no row where there is no file.

    Raises
    ------
    SettingsError
        The file is not UTF-8, lacks a column, or a line is not a figure of that year; with the line.
    """
    rows = [*_figures(path, year, declared)] if path.is_file() else []
    frame = pd.DataFrame(rows, columns=list(CSV_COLUMNS))
    words = {name: "str" for name in CSV_COLUMNS if name not in {"annee", "valeur"}}
    return frame.astype({**words, "annee": "int64", "valeur": "float64"})


def _figures(path: Path, year: int, declared: Declarations) -> Iterator[tuple[object, ...]]:
    seen: dict[tuple[str, ...], int] = {}
    for line, row in _lines(path):
        key = tuple(row[name] for name in ("indicateur", "territoire", "ligne", "colonne"))
        if key in seen:
            raise _wrong(path, line, "Un chiffre publié est écrit deux fois.", f"déjà à la ligne {seen[key]}")
        seen[key] = line
        if key[0] not in declared.ours and cell_of_ours(key[0]):
            continue  # the service took the table out, or counts it otherwise: what was printed is of another
        _check(path, line, row, year, declared)
        yield (key[0], year, *key[1:], _number(path, line, row), row["unite"], row["etat"])


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each line of the file after the header, with its number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(
            "Les chiffres publiés ne sont pas en UTF-8.", str(path), todo="enregistrer le fichier en UTF-8"
        ) from error
    header = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=";" if header.count(";") > header.count(",") else ",")
    names = [name.strip() for name in next(reader, [])]
    if sorted(names) != sorted(CSV_COLUMNS):
        raise _wrong(path, 1, "Les colonnes des chiffres publiés ne vont pas.", ", ".join(names), CSV_COLUMNS)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise _wrong(path, reader.line_num, "Une ligne n'a pas le bon nombre de cellules.", str(len(cells)))
        yield reader.line_num, {name: cell.strip() for name, cell in zip(names, cells, strict=True)}


def _check(path: Path, line: int, row: Mapping[str, str], year: int, declared: Declarations) -> None:
    if row["indicateur"] not in declared.ours:
        near = difflib.get_close_matches(row["indicateur"], declared.ours, n=1, cutoff=0)
        raise _wrong(
            path, line, "Indicateur inconnu.", row["indicateur"], [f"le plus proche est « {id} »" for id in near]
        )
    if row["annee"] != str(year):
        raise _wrong(path, line, "Un chiffre publié est d'une autre année.", row["annee"], (str(year),))
    if row["etat"] not in STATES:
        raise _wrong(path, line, "État inconnu.", row["etat"], STATES)
    empty = [name for name in ("territoire", "ligne", "colonne", "unite") if not row[name]]
    if empty:
        raise _wrong(path, line, f"La cellule {empty[0]} est vide.", "rien")


def _number(path: Path, line: int, row: Mapping[str, str]) -> float:
    if row["etat"] not in WITH_NUMBER:
        return math.nan
    written = "".join(row["valeur"].split()).replace(",", ".")
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _wrong(path, line, "La valeur d'un chiffre publié n'est pas un nombre.", row["valeur"] or "rien")
    return value


def _wrong(path: Path, line: int, what: str, got: str, expected: Iterable[str] = ()) -> SettingsError:
    return SettingsError(what, f"{path}, ligne {line}", ", ".join(expected) or None, got, "corriger cette ligne")
