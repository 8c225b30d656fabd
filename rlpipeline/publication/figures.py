"""``indicateurs.csv`` and the other CSV files published: every figure once, exactly."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from rlpipeline.errors import ReconciliationError
from rlpipeline.publication.bundles import Bundles, FigureRow, FileBundle
from rlpipeline.spreadsheet_text import guarded

COLUMNS = ("indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat")
SERVICE = "service"
APART = ("hors", "sans_commune")


def united_figures(bundles: Bundles) -> tuple[FigureRow, ...]:
    """Every figure of the tables once, in report order.

    Returns
    -------
    tuple of FigureRow
        By indicator as the report shows them, year (latest first), territory (service, communes, hors,
        sans_commune), then as the table has them.

    Raises
    ------
    ReconciliationError
        Two tables give different figures for one key.
    """
    united: dict[tuple[str, int, str, str, str], FigureRow] = {}
    for table in bundles.tables:
        for figure in table.figures:
            known = united.setdefault(figure.key, figure)
            if (known.valeur, known.unite, known.etat) != (figure.valeur, figure.unite, figure.etat):
                raise _disagreement(figure)
    return _in_report_order(tuple(united.values()))


def write_indicators_csv(bundles: Bundles, path: Path) -> None:
    """Write every figure of the tables: UTF-8, comma, decimal point, integers without decimals.

    Raises
    ------
    ReconciliationError
        Two tables give different figures for one key.
    """
    rows = (
        (f.indicateur, f.annee, f.territoire, f.ligne, f.colonne, f.valeur, f.unite, f.etat)
        for f in united_figures(bundles)
    )
    write_csv(path, COLUMNS, rows)


def write_file(bundle: FileBundle, directory: Path) -> None:
    """Write a file that a notebook publishes beside the report."""
    write_csv(directory / bundle.name, bundle.columns, bundle.rows)


def exact(value: str | int | float | None) -> str:
    """The shortest decimal writing that reads back as the same number; empty for None, texts as they are."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> None:
    """Write rows as UTF-8 with commas, the same bytes on every machine; no text is a formula."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([guarded(name) for name in header])
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: str | int | float | None) -> str:
    return guarded(value) if isinstance(value, str) else exact(value)


def _in_report_order(figures: Sequence[FigureRow]) -> tuple[FigureRow, ...]:
    """Indicators, and communes, in order of appearance; the sort is stable, so tables keep their own order."""
    indicators = {name: rank for rank, name in enumerate(dict.fromkeys(figure.indicateur for figure in figures))}
    communes = dict.fromkeys(f.territoire for f in figures if f.territoire not in (SERVICE, *APART))
    territories = {name: rank for rank, name in enumerate((SERVICE, *communes, *APART))}
    return tuple(sorted(figures, key=lambda f: (indicators[f.indicateur], -f.annee, territories[f.territoire])))


def _disagreement(figure: FigureRow) -> ReconciliationError:
    return ReconciliationError(
        "Deux tableaux donnent deux valeurs pour un même chiffre : rien n'est publié.",
        where=f"indicateur {figure.indicateur}, {figure.annee}, territoire {figure.territoire}, "
        f"ligne {figure.ligne}, colonne {figure.colonne}",
        expected="la même valeur, la même unité et le même état partout",
        todo="corriger le chapitre qui calcule ce chiffre autrement que par report.table",
    )
