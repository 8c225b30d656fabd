"""What the check of the records found: its codes and its two forms, text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Literal

Gravite = Literal["erreur", "avertissement"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        # The source as a whole, or a whole table.
        "E001": "table obligatoire absente",
        "E002": "colonne obligatoire absente",
        "E003": "fichier ou feuille vide",
        "E004": "encodage du fichier non lu",
        "E005": "séparateur ambigu ou inconnu",
        "E006": "ligne mal découpée",
        "E007": "guillemets mal fermés",
        "E008": "en-tête répété ou sans nom",
        "E009": "table présente deux fois",
        "E010": "source illisible",
        "E011": "classeur refusé par sécurité",
        "E012": "cellules fusionnées",
        # One cell.
        "E101": "valeur illisible",
        "E102": "date impossible",
        "E103": "code inconnu",
        "E104": "code géographique amputé de son zéro",
        "E105": "cellule obligatoire vide",
        "E106": "nombre hors des bornes",
        "E107": "formule sans valeur enregistrée",
        "E108": "erreur de calcul du tableur",
        "E109": "caractère illisible",
        "E110": "cellule trop longue",
        # Several cells.
        "E201": "clé en double",
        "E202": "référence introuvable",
        "E203": "fin avant le début",
        "E204": "motif de clôture absent",
        # Personal data.
        "E301": "colonne de données personnelles",
        "E302": "donnée personnelle",
        # The build goes on.
        "A001": "table inconnue",
        "A002": "colonne inconnue",
        "A003": "table facultative absente",
        "A004": "nom lu à une différence d'écriture près",
        "A005": "feuille masquée",
        "A006": "fichier non lu",
        "A101": "nombre de tableur gardé comme code",
        "A201": "ligne hors des dates du suivi",
        # Plausible or not: what a service may accept in plausibilite.yml.
        "P000": "acceptation sans objet",
        "P601": "texte libre sur une personne",
        "P602": "petit nombre de personnes dans un texte libre",
    }
)
"""Stable code of every finding: E is an error (the build stops); A a warning (it goes on and says so); P a warning
about what is implausible, which the service may accept (``plausibilite.yml``)."""

MAX_SHOWN = 80


@dataclass(frozen=True)
class Finding:
    """One thing found in the records.

    Parameters
    ----------
    gravite
        ``erreur`` stops the build, ``avertissement`` does not.
    table, ligne, colonne
        Where: the line as seen in the file or the sheet; in a database, the rank of the record once the table
        is sorted by its key. None where the finding is about something larger; an empty table is the source.
    valeur
        What is written there, None where nothing is.
    message
        What is wrong, what was expected and what to do, in French.
    code
        One of ``CODES``.
    lignes
        Every line that the finding is about, in order; ``ligne`` is the first.
    cle
        What tells the row from the others in ``plausibilite.yml``, None where the finding is not about one row.
    """

    gravite: Gravite
    table: str
    ligne: int | None
    colonne: str | None
    valeur: str | None
    message: str
    code: str
    lignes: tuple[int, ...] = ()
    cle: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether the build must stop."""
        return self.gravite == "erreur"


def finding(
    code: str,
    table: str,
    message: str,
    ligne: int | None = None,
    colonne: str | None = None,
    valeur: str | None = None,
) -> Finding:
    """A finding whose severity follows from its code; a value too long to be read is cut."""
    if code not in CODES:
        raise KeyError(code)
    gravite: Gravite = "erreur" if code.startswith("E") else "avertissement"
    return Finding(gravite, table, ligne, colonne, _shortened(valeur), message, code)


def _shortened(value: str | None) -> str | None:
    if value is None or len(value) <= MAX_SHOWN:
        return value
    return f"{value[:MAX_SHOWN]}… ({len(value)} caractères)"


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by table, line, column."""
    return sorted(findings, key=lambda item: (item.table, item.ligne or 0, item.colonne or "", item.code, item.message))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings stops the build."""
    return any(item.is_error for item in findings)


def where(item: Finding) -> str:
    """Where the finding stands and its code, without any value: the only form allowed in logs and error reports."""
    place = f"table {item.table}" if item.table else "source"
    if item.ligne is not None:
        place += f", ligne {item.ligne}"
    if item.colonne is not None:
        place += f", colonne {item.colonne}"
    return f"{place} : {item.code} ({CODES[item.code]})"


def render_json(findings: Iterable[Finding]) -> str:
    """The findings as the JSON list of ``rlpipeline check --json``."""
    return json.dumps([asdict(item) for item in findings], ensure_ascii=False, indent=1)


def render_text(findings: Sequence[Finding]) -> str:
    """The findings as a French text, grouped by table; equal findings of several lines are written once."""
    blocks = []
    for table, group in groupby(sorted_findings(findings), key=lambda item: item.table):
        title = f"Table {table}" if table else "Source"
        blocks.append("\n".join([title, *_block_lines(list(group))]))
    return "\n\n".join([*blocks, _conclusion(findings)])


def _block_lines(items: Sequence[Finding]) -> Iterator[str]:
    """Two lines a group of findings that differ by their line only, in the order of their first line."""
    groups: dict[tuple[str | None, ...], list[int | None]] = {}
    for item in items:
        groups.setdefault((item.code, item.colonne, item.valeur, item.message), []).append(item.ligne)
    for (code, column, value, message), lines in groups.items():
        place = [_lines_text([line for line in lines if line is not None]), column and f"colonne {column}"]
        head = ", ".join(part for part in place if part) or "table entière"
        seen = "" if value is None else f" : « {_printable(value)} »"
        label = "ERREUR" if str(code).startswith("E") else "avertissement"
        yield f"  {label} {code}, {head}{seen}\n      {message}"


def _printable(value: str) -> str:
    """The value on one line of a terminal: control characters are shown, not obeyed."""
    return "".join(char if char.isprintable() or char in "\u00a0\u202f" else repr(char)[1:-1] for char in value)


def _lines_text(lines: Sequence[int]) -> str:
    """« lignes 2 à 5, 9 et 12 », every line included; two lines are « 6 et 7 »."""
    if not lines:
        return ""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    if len(lines) == 2:
        return f"lignes {lines[0]} et {lines[1]}"
    parts = [str(first) if first == last else f"{first} à {last}" for first, last in runs]
    text = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} et {parts[-1]}"
    return f"ligne {text}" if len(lines) == 1 else f"lignes {text}"


def _conclusion(findings: Sequence[Finding]) -> str:
    errors = sum(item.is_error for item in findings)
    warnings = len(findings) - errors
    counts = f"{_plural(errors, 'erreur')}, {_plural(warnings, 'avertissement')}"
    if errors:
        return f"{counts} : corriger les erreurs dans la source avant de construire le rapport."
    return f"{counts} : le rapport peut être construit."


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
