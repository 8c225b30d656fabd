"""``evolutions.csv`` and the sheet « Évolutions »: each figure beside that of the year before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.errors import ReconciliationError
from rlpipeline.publication.bundles import FigureRow, FormerRow, TableBundle
from rlpipeline.publication.csv_files import write_csv

COLUMNS = (
    "indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat", "annee_precedente",
    "valeur_precedente", "etat_precedent", "origine", "ecart", "comparable", "raison",
)  # fmt: skip
UNMEASURED = "évolution non mesurable à ce niveau d'arrondi"
DECIMALS = 6
"""Differences of decimals carry binary noise: no figure has more than six decimals."""
NUMBERLESS = {"nc": "non communiqué", "vide": "sans objet"}
"""States in which there is nothing to compare."""


@dataclass(frozen=True)
class Evolution:
    """A cell of a table in the year and in the year before; None for the year that does not have it."""

    indicator: str
    year: int
    territory: str
    line: str
    column: str
    now: FigureRow | None
    then: FormerRow | None

    @property
    def unit(self) -> str:
        """Unit of the figure."""
        return self.now.unite if self.now else self.then.figure.unite if self.then else ""

    @property
    def comparable(self) -> bool:
        """Whether both years have the figure, known, counted alike and in the same unit."""
        return not self.reason

    @property
    def is_beside(self) -> bool:
        """Whether both years have the figure in the same unit, known or not: a sheet sets them side by side."""
        return self.now is not None and self.then is not None and self.now.unite == self.then.figure.unite

    @property
    def reason(self) -> str:
        """Why the two are not comparable; empty where they are."""
        if self.then is None:
            return f"absent en {self.year - 1}"
        if self.now is None:
            return f"absent en {self.year}"
        for year, state in ((self.year, self.now.etat), (self.year - 1, self.then.figure.etat)):
            if state in NUMBERLESS:
                return f"{NUMBERLESS[state]} en {year}"
        if self.now.unite != self.then.figure.unite:
            return f"changement d'unité, {self.then.figure.unite} en {self.year - 1}"
        return ("" if self.then.comparable else self.then.reason) or _too_coarse(self.now, self.then.figure)

    @property
    def difference(self) -> int | float | None:
        """The figure minus that of the year before; None unless both are wholly known, exact and comparable."""
        if self.now is None or self.then is None or not self.comparable:
            return None
        now, then = self.now, self.then.figure
        if now.valeur is None or then.valeur is None or {now.etat, then.etat} != {"ok"}:
            return None
        return round(now.valeur - then.valeur, DECIMALS)


def _too_coarse(now: FigureRow, then: FigureRow) -> str:
    """Say that rounding alone could explain how a figure moved; empty where it could not."""
    if not now.slack + then.slack or now.valeur is None or then.valeur is None:
        return ""
    return "" if abs(now.valeur - then.valeur) > now.slack + then.slack else UNMEASURED


def write_evolutions_csv(evolutions: Iterable[Evolution], path: Path, notice: str = "") -> None:
    """Write every evolution; the header alone where there is no year before. ``notice`` as in ``write_csv``."""
    write_csv(path, COLUMNS, (_row(one) for one in evolutions), notice)


def evolutions_of(table: TableBundle) -> Iterator[Evolution]:
    """Every cell of a table that has a year before: those of the year, then those that only the year before had."""
    if not table.former:
        return
    now = {
        (figure.ligne, figure.colonne): figure
        for figure in table.figures
        if (figure.annee, figure.territoire) == (table.year, table.territory)
    }
    then = {(row.figure.ligne, row.figure.colonne): row for row in table.former}
    for line, column in _cells(now, then):
        both = now.get((line, column)), then.get((line, column))
        yield Evolution(table.id, table.year, table.territory, line, column, *both)


def _cells(now: Mapping[tuple[str, str], object], then: Mapping[tuple[str, str], object]) -> Iterable[tuple[str, str]]:
    return dict.fromkeys((*now, *then))


def _row(one: Evolution) -> tuple[str | int | float | None, ...]:
    now, then = one.now, one.then
    return (
        one.indicator,
        one.year,
        one.territory,
        one.line,
        one.column,
        now.valeur if now else None,
        one.unit,
        now.etat if now else "",
        one.year - 1,
        then.figure.valeur if then else None,
        then.figure.etat if then else "",
        then.origin if then else "",
        one.difference,
        "oui" if one.comparable else "non",
        one.reason,
    )


def contradicted(one: Evolution) -> ReconciliationError:
    """Two tables give different figures of the year before for one key: what is told, of the second."""
    return ReconciliationError(
        "Deux tableaux donnent deux valeurs de l'année précédente pour un même chiffre : rien n'est publié.",
        where=f"indicateur {one.indicator}, {one.year - 1}, territoire {one.territory}, ligne {one.line}, "
        f"colonne {one.column}",
        expected="la même valeur et la même origine partout",
        todo="corriger le chapitre qui calcule ce chiffre autrement que par report.table",
    )
