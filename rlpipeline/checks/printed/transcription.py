"""A printed report as its transcription holds it: tables of numbers with labelled axes, texts line by line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from rlpipeline.characters import unaccented
from rlpipeline.errors import UsageError

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
NUMBER = r"[-−+]?(?:\d{1,3}(?: \d{3})+|\d+)(?:[.,]\d+)?"
CELL = re.compile(rf"^({NUMBER}) ?(?:%|h|€|k€|etp|j|[a-z]+)?(?: ?\(? ?({NUMBER}) ?% ?\)?)?$")
HOURS = re.compile(r"^([-−+]?)(\d{1,3}(?: \d{3})*) ?h ?([0-5]\d)$")
ROLES = {
    "sous-total": r"\bsous[- ]?tota|^s[./]?[- ]?total|^total partiel",
    # what follows from other lines: shares, means, changes
    "dérivée": r"moyen|median|^(?:part|taux|proportion|poids)\b|%|\bpar \w+(?: \(.*\))?$|\bpour (?:1 ?000|100)\b"
    r"|evolution|variation|ecart|progression|difference\b",
    # what nothing adds: ranks, stocks, running sums, parts of another line
    "à part": r"^[-–• ]*dont\b|\(dont\b|^y compris|^ages? (?:du|de la)|^(?:resultat|rappel|cumul)\b"
    r"|^(?:rang|n ?°|numero|code(?: insee| postal)?|semaine|mois|jour)$|distinct|differente?s\b|au moins un"
    r"|\ben cours\b|\ben fin de\b|\b(?:au|le) (?:1er|31) ",
    "autre unité": r"^(?:nombre |nb )?(?:de |d')?(?:familles|menages|seances?|journees?|jours|partenaires?)\b",
    "total": r"^(?:grand )?(?:total|totaux|ensemble|somme)\b|^annee(?: \d{4})?$|[–—:-] (?:total|ensemble)$",
}
"""What a label says of its line, the first that fits; any other line is a ``poste``, which totals add."""
SEVERAL = re.compile(
    r"plusieurs (?:reponses|choix|fois)|reponses multiples|cumulable|compte(?:nt)? une fois|distinct"
)
INCLUDED = re.compile(r"\b(?:ensemble|total)\b.*\b(?:reuni|compren|compris|ajout|inclu)")
NOT_PRINTED = {
    "attendus.csv",
    "pieges.csv",
    "manques.csv",
    "populations.csv",
    "lisezmoi.md",
    "readme.md",
}


def fold(text: str) -> str:
    """Lower case, no accents, plain apostrophes, single spaces."""
    return " ".join(unaccented(text.replace("’", "'")).split())


Certitude = Literal["certain", "probable"]
CHECKS = {
    "total_ligne": "totaux de lignes",
    "total_colonne": "totaux de colonnes",
    "total_absent": "totaux laissés vides",
    "regle_de_total": "règle de total qui change",
    "pourcentage": "pourcentages, évolutions et écarts",
    "marge": "marges d'une même population",
    "dates": "dates impossibles",
    "section_vide": "sections vides",
    "section_repetee": "passages imprimés deux fois",
}
"""Name of each check in French, in the order of the report."""


@dataclass(frozen=True)
class Misprint:
    """One thing that is wrong, or likely wrong (``probable``: another reading exists), in what was printed.

    ``controle`` is a key of ``CHECKS``; ``fichier`` and ``ligne`` where it is, ``lieu`` in words; ``imprime`` and
    ``calcule`` the value as printed and as computed, empty where there is none; ``message`` has the arithmetic.
    """

    controle: str
    certitude: Certitude
    fichier: str
    ligne: int
    lieu: str
    imprime: str
    calcule: str
    message: str


@dataclass(frozen=True)
class PrintedTable:
    """A table as printed: labels, and of each cell its words, its number and the share of « 42 (37 %) » (or NaN).

    ``decimals`` are those of the share where there is one; ``lines`` are the rows' in the file; in a ``turned`` table
    rows and columns were exchanged.
    """

    path: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    texts: npt.NDArray[np.str_]
    values: Numbers
    shares: Numbers
    decimals: Numbers
    lines: tuple[int, ...]
    turned: bool = False

    @cached_property
    def transposed(self) -> PrintedTable:
        """The same table, rows and columns exchanged."""
        return replace(
            self,
            rows=self.columns,
            columns=self.rows,
            texts=self.texts.T,
            values=self.values.T,
            shares=self.shares.T,
            decimals=self.decimals.T,
            turned=not self.turned,
        )

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """Of each row, a key of ``ROLES`` or ``poste``."""
        return tuple(map(_role, self.rows))

    @cached_property
    def in_percent(self) -> Flags:
        """Of each row, whether most of its numbers are percentages."""
        percents = (np.char.find(self.texts, "%") >= 0).sum(axis=1)
        numbers = (~np.isnan(self.values)).sum(axis=1)
        mostly: Flags = percents * 2 > numbers
        return mostly

    def place(self, row: int, column: int) -> tuple[str, int, str]:
        """File, line and words of a cell, whatever the orientation."""
        if self.turned:
            return self.transposed.place(column, row)
        axes = f"ligne « {self.rows[row]} », colonne « {self.columns[column]} »"
        return self.path, self.lines[row], f"tableau « {self.title} », {axes}"


def _role(label: str) -> str:
    folded = fold(label)
    for role, pattern in ROLES.items():
        if re.search(pattern, folded):
            return role
    return "poste"


def read_report(directory: Path) -> tuple[tuple[PrintedTable, ...], dict[str, list[str]]]:
    """Read all below a folder: tables, and the lines of each text by file; ``UsageError`` where there is neither."""
    if not directory.is_dir():
        raise UsageError(
            "Ce dossier n'existe pas.",
            str(directory),
            todo="donner le dossier du rapport transcrit",
        )
    tables: list[PrintedTable] = []
    texts: dict[str, list[str]] = {}
    for path in _printed(directory):
        name = path.relative_to(directory).as_posix()
        text = _decoded(path)
        if path.suffix == ".md":
            texts[name] = text.splitlines()
        elif table := _table(name, text):
            tables.append(table)
    if not tables and not any(texts.values()):
        raise UsageError(
            "Ni tableau ni texte à contrôler.",
            str(directory),
            expected="des tableaux en .csv, du texte en .md",
            todo="transcrire le rapport dans ce dossier",
        )
    return tuple(tables), texts


def _printed(directory: Path) -> Iterator[Path]:
    """Give the tables and texts that were transcribed."""
    for path in sorted(directory.rglob("*")):
        is_transcribed = path.suffix in {".csv", ".md"} and path.name.lower() not in NOT_PRINTED
        if is_transcribed and path.is_file():
            yield path


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _table(name: str, text: str) -> PrintedTable | None:
    """Read a table, below its title where it has one; None where there are no two lines and two columns."""
    title, records = _records(text)
    width = max((len(cells) for _, cells in records), default=0)
    if len(records) < 2 or width < 2:
        return None
    for _, cells in records:
        cells.extend([""] * (width - len(cells)))
    (_, header), *body = records
    labels = tuple(cells[0] for _, cells in body)
    texts = np.array([cells[1:] for _, cells in body])
    numbers = np.array([[*map(_cell, cells)] for cells in texts.tolist()])
    values, shares, decimals = np.moveaxis(numbers, 2, 0)
    lines = tuple(line for line, _ in body)
    columns = tuple(header[1:])
    title = title or Path(name).stem
    return PrintedTable(name, title, labels, columns, texts, values, shares, decimals, lines)


def _records(text: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """Read the title of a table, empty where there is none, and its lines, each with its number."""
    first = text.splitlines()[:4]
    most = {mark: max((line.count(mark) for line in first), default=0) for mark in ";,\t"}
    reader = csv.reader(io.StringIO(text), delimiter=max(most, key=most.__getitem__))
    records = list[tuple[int, list[str]]]()
    for record in reader:
        if any(record):
            cells = [" ".join(cell.split()) for cell in record]
            records.append((reader.line_num, cells))
    if len(records) < 2:
        return "", records
    (_, (title, *others)), *below = records
    if any(others):
        return "", records
    return title, below


def _cell(text: str) -> tuple[float, float, int]:
    """Read the number of a cell, the share beside it, NaN where there is none, and decimals of the last of both."""
    folded = fold(text).rstrip("*")
    if hours := HOURS.match(folded):
        value = int(hours[2].replace(" ", "")) + int(hours[3]) / 60
        if hours[1] in {"-", "−"}:
            value = -value
        return value, np.nan, 2
    match = CELL.match(folded)
    if not match:
        return np.nan, np.nan, 0
    value, decimals = _number(match[1])
    if not match[2]:
        return value, np.nan, decimals
    return value, *_number(match[2])


def _number(printed: str) -> tuple[float, int]:
    """Read a number, and how many decimals it is printed with."""
    plain = printed.replace(" ", "").replace("−", "-").replace(",", ".")
    return float(plain), len(plain.partition(".")[2])
