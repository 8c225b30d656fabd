"""The year before: counted from the records or printed (``<year>/publie.csv``), and whether it may be compared."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from rlpipeline.display import cells
from rlpipeline.display.cells import Figure
from rlpipeline.errors import SettingsError, nearest
from rlpipeline.figures import CSV_COLUMNS, PROTECTED_UNITS, Declarations
from rlpipeline.figures.cells import cell_of_ours
from rlpipeline.figures.tidy import MASQUE, NC, OK, PARTIEL, VIDE
from rlpipeline.settings.models import Rupture, Settings

CALCULE, PUBLIE = "calculé", "publié"
"""Origins of a former figure: counted from the records, or copied from a printed report."""
NATURES: Mapping[str, str] = {"definition": "de définition", "perimetre": "de périmètre", "source": "de source"}
STATES = (OK, NC, PARTIEL, VIDE, MASQUE)
"""Those of a figure that was printed."""


@dataclass(frozen=True)
class Former:
    """The figures of a table for the year before.

    ``figures``: columns of ``indicateurs.csv``; ``origin``: ``calculé``, or ``publié`` for figures copied from a
    printed report; ``reason``: why they are not comparable; empty where they are; ``names``: words for the lines that
    only the year before had; ``rare``: codes that a table shows only where someone is counted there: elsewhere they are
    zero.
    """

    year: int
    figures: pd.DataFrame
    origin: str = CALCULE
    reason: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    rare: frozenset[str] = frozenset()

    @cached_property
    def by_cell(self) -> Mapping[tuple[str, str], Figure]:
        """Figures by (ligne, colonne)."""
        return cells.figures_by_cell(self.figures)

    def at(self, line: str, column: str) -> Figure:
        """Give one figure; what was not counted then is not applicable, or zero for a code that is rarely shown."""
        if (line, column) in self.by_cell:
            return self.by_cell[line, column]
        if self.origin == CALCULE and {line, column} & self.rare:
            return Figure(0.0, "", OK, colonne=column)
        return Figure(math.nan, "", NC if self.origin == PUBLIE else VIDE, colonne=column)


@dataclass(frozen=True)
class Comparability:
    """What the settings of a year say of the years before it; ``trusted`` were printed as they are counted now."""

    year: int
    ruptures: tuple[Rupture, ...] = ()
    trusted: frozenset[str] = frozenset()

    def reason(self, indicator: str, since: int, origin: str) -> str:
        """Say why the figures of a former year are not comparable; empty where they are."""
        reasons = [
            (rupture.nature, rupture.raison)
            for rupture in self.ruptures
            if indicator in rupture.indicateurs and since < (rupture.annee or self.year)
        ]
        if origin == PUBLIE and indicator not in self.trusted:
            reasons.append(("source", f"chiffre publié dans le rapport imprimé de {since}, non recalculé"))
        return " ".join(f"changement {NATURES[nature]}, {why.strip().rstrip('.')}." for nature, why in reasons)


def comparability_of(settings: Settings) -> Comparability:
    """Read what ``rapport.yml`` declares."""
    report = settings.report
    return Comparability(settings.year, report.ruptures, frozenset(report.publies_comparables))


def check_comparability(settings: Settings, indicators: Collection[str]) -> None:
    """Hold what ``rapport.yml`` declares against the indicators that there are.

    Raises SettingsError: it names an indicator that does not exist; the message gives the nearest.
    """
    report = settings.report
    named = [(f"ruptures.{rank}.indicateurs", rupture.indicateurs) for rank, rupture in enumerate(report.ruptures)]
    for key, names in (*named, ("publies_comparables", report.publies_comparables)):
        for name in names:
            if name not in indicators:
                near = nearest(name, indicators)
                raise SettingsError(
                    "Indicateur inconnu dans les paramètres de l'année.",
                    where=f"{settings.report_path}, {key}",
                    got=name,
                    todo=f"écrire {near}, s'il s'agit de lui",
                )


def read_printed(settings: Settings, year: int, declared: Declarations) -> pd.DataFrame:
    """Read the printed figures of a year that the edition may show; as :func:`read_published`.

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

    Gives columns of ``indicateurs.csv``, one row per figure in the order of the file; no row where there is no file.
    Raises SettingsError: the file is not UTF-8, lacks a column, or a line is not a figure of that year; with the line.
    """
    rows = [*_figures(path, year, declared)] if path.is_file() else []
    frame = pd.DataFrame(rows, columns=list(CSV_COLUMNS))
    words = {name: "str" for name in CSV_COLUMNS if name not in {"annee", "valeur"}}
    return frame.astype({**words, "annee": "int64", "valeur": "float64"})


def _figures(path: Path, year: int, declared: Declarations) -> Iterator[tuple[object, ...]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(
            "Les chiffres publiés ne sont pas en UTF-8.", str(path), todo="enregistrer le fichier en UTF-8"
        ) from error
    header = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=";" if header.count(";") > header.count(",") else ",")

    def wrong(what: str, got: str, expected: Iterable[str] = ()) -> SettingsError:
        where = f"{path}, ligne {reader.line_num or 1}"
        return SettingsError(what, where, ", ".join(expected) or None, got, "corriger cette ligne")

    names = [name.strip() for name in next(reader, [])]
    if sorted(names) != sorted(CSV_COLUMNS):
        raise wrong("Les colonnes des chiffres publiés ne vont pas.", ", ".join(names), CSV_COLUMNS)
    seen: dict[tuple[str, ...], int] = {}
    for line in reader:
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(names):
            raise wrong("Une ligne n'a pas le bon nombre de cellules.", str(len(line)))
        row = {name: cell.strip() for name, cell in zip(names, line, strict=True)}
        id, *_ = key = tuple(row[name] for name in ("indicateur", "territoire", "ligne", "colonne"))
        if key in seen:
            raise wrong("Un chiffre publié est écrit deux fois.", f"déjà à la ligne {seen[key]}")
        seen[key] = reader.line_num
        if id not in declared.ours:
            if cell_of_ours(id):
                continue  # the service took the table out, or counts it otherwise: what was printed is of another
            raise wrong("Indicateur inconnu.", id, [f"le plus proche est « {nearest(id, declared.ours)} »"])
        if row["annee"] != str(year):
            raise wrong("Un chiffre publié est d'une autre année.", row["annee"], (str(year),))
        if row["etat"] not in STATES:
            raise wrong("État inconnu.", row["etat"], STATES)
        if empty := [name for name in ("territoire", "ligne", "colonne", "unite") if not row[name]]:
            raise wrong(f"La cellule {empty[0]} est vide.", "rien")
        value = _number(row["valeur"]) if row["etat"] in cells.WITH_NUMBER else math.nan
        if row["etat"] in cells.WITH_NUMBER and not math.isfinite(value):
            raise wrong("La valeur d'un chiffre publié n'est pas un nombre.", row["valeur"] or "rien")
        yield (id, year, *key[1:], value, row["unite"], row["etat"])


def _number(written: str) -> float:
    try:
        return float("".join(written.split()).replace(",", "."))
    except ValueError:
        return math.nan
