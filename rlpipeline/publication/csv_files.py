"""``indicateurs.csv`` and the other CSV files published: every figure once, exactly."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from rlpipeline.characters import guarded
from rlpipeline.publication.bundles import FigureRow, FileBundle

COLUMNS = ("indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat")
SERVICE = "service"
APART = ("hors", "sans_commune")


def write_indicators_csv(figures: Iterable[FigureRow], path: Path, notice: str = "") -> None:
    """Write every figure of the tables: UTF-8, comma, decimal point, integers without decimals; ``notice`` as below."""
    rows = ((f.indicateur, f.annee, f.territoire, f.ligne, f.colonne, f.valeur, f.unite, f.etat) for f in figures)
    write_csv(path, COLUMNS, rows, notice)


def write_file(bundle: FileBundle, directory: Path, notice: str = "") -> None:
    """Write a file that a notebook publishes beside the report."""
    write_csv(directory / bundle.name, bundle.columns, bundle.rows, notice)


def exact(value: str | int | float | None) -> str:
    """The shortest decimal writing that reads back as the same number; empty for None, texts as they are."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int | float | None]], notice: str = ""
) -> None:
    """Write rows as UTF-8 with commas, the same bytes on every machine; no text is a formula.

    ``notice``: what is to be read of the whole file, if anything: the header of one more column, which is empty. The
    columns before it, their types and the rows stay what they are to whoever reads them by name or by place; a line
    before the header, or one more row, would be taken for the header or for a figure.
    """
    more, empty = ([notice], [""]) if notice else ([], [])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([guarded(name) for name in (*header, *more)])
        writer.writerows([*map(_cell, row), *empty] for row in rows)


def _cell(value: str | int | float | None) -> str:
    return guarded(value) if isinstance(value, str) else exact(value)
