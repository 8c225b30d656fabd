"""What the check of the records found: its codes and its two forms, text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Literal

from rlpipeline.records.labels import said
from rlpipeline.records.tables import TABLE_NAMES
from rlpipeline.settings.strict_yaml import packaged

Gravite = Literal["erreur", "avertissement"]

CODES: Mapping[str, str] = packaged("records/codes.yml")
"""Stable code of every finding: E is an error (the build stops); A a warning (it goes on and says so); P a warning of
what is implausible, which the service may accept (``plausibilite.yml``)."""

ABSENT = "A003"
ENTERED_TWICE = "P405"
"""Told before the lines of its table: other findings may follow from it."""
MAX_SHOWN, KEYS_SHOWN = 80, 10
_PLACES = {name: place for place, name in enumerate(TABLE_NAMES, start=1)}


@dataclass(frozen=True)
class Finding:
    """One thing found in the records.

    An ``erreur`` stops the build. ``ligne`` is as seen in the file or the sheet, in a database the rank of the record
    once the table is sorted by its key, None where the finding is about something larger; ``lignes`` are all that it
    is about. An empty ``table`` is the source. ``valeur`` is what is written there, ``cle`` what tells the row from the
    others in ``plausibilite.yml``, ``code`` one of ``CODES``.
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
    name: str,
    table: str,
    /,
    ligne: int | None = None,
    colonne: str | None = None,
    valeur: str | None = None,
    message: str = "",
    **words: object,
) -> Finding:
    """A finding whose ``name`` begins with its code; what it says is its message, else the sentence of that name.

    A value too long to be read is cut, unless it may be accepted.
    """
    code, message = name[:4], message or said(name, **words)
    gravite: Gravite = "erreur" if code.startswith("E") else "avertissement"
    lignes = () if ligne is None else (ligne,)
    shown = valeur if code.startswith("P") else shortened(valeur)
    return Finding(gravite, table, ligne, colonne, shown, message, code, lignes)


def of_lines(item: Finding, lines: Iterable[int]) -> Finding:
    """The same finding about all these lines."""
    ordered = tuple(sorted(lines))
    return replace(item, ligne=ordered[0] if ordered else None, lignes=ordered)


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of one cause made one, with every line.

    They differ by their line only; those of rows that are accepted one by one, by their value and their key too: the
    one has the key of the first, its value where it is that of all, and names the other keys.
    """
    groups: dict[Finding, list[Finding]] = {}
    for item in findings:
        cause = replace(item, ligne=None, lignes=())
        if item.cle is not None:
            cause = replace(cause, valeur=None, cle="")
        groups.setdefault(cause, []).append(item)
    return [_joined(sorted(items, key=lambda item: item.ligne or 0)) for items in groups.values()]


def _joined(items: Sequence[Finding]) -> Finding:
    first, *others = items
    joined = of_lines(first, (line for item in items for line in item.lignes))
    keys = list(dict.fromkeys(item.cle for item in others if item.cle not in (None, first.cle)))
    if not keys:
        return joined
    more = f" ; et {len(keys) - KEYS_SHOWN} de plus" if len(keys) > KEYS_SHOWN else ""
    shown = " ; ".join(str(key) for key in keys[:KEYS_SHOWN])
    message = f"{first.message} Chaque ligne s'accepte par sa clé, celle-ci ou : {shown}{more}."
    same = all(item.valeur == first.valeur for item in others)
    return replace(joined, message=message, valeur=first.valeur if same else None)


def shortened(value: str | None) -> str | None:
    """A value too long to be read, cut."""
    if value is None or len(value) <= MAX_SHOWN:
        return value
    return f"{value[:MAX_SHOWN]}… ({len(value)} caractères)"


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, causes before their consequences.

    The source comes first, with the tables that it should not hold, then those of the contract in its order: what a
    table refers to comes before it. In a table comes what is wrong with it as a whole, then its lines and columns.
    """
    return sorted(findings, key=_rank)


def _rank(item: Finding) -> tuple[int, str, bool, int, str, str, str]:
    place = _PLACES.get(item.table, 0)
    in_a_line = item.ligne is not None and item.code[1] != "0" and item.code != ENTERED_TWICE
    return place, item.table, in_a_line, item.ligne or 0, item.colonne or "", item.code, item.message


def where(item: Finding) -> str:
    """Where the finding stands and its code, without any value: the only form allowed in logs and error reports."""
    place = f"table {item.table}" if item.table else "source"
    if item.ligne is not None:
        place += f", ligne {item.ligne}"
    if len(item.lignes) > 1:
        place += f" et {len(item.lignes) - 1} autre{'s' if len(item.lignes) > 2 else ''}"
    if item.colonne is not None:
        place += f", colonne {item.colonne}"
    return f"{place} : {item.code} ({CODES[item.code]})"


def render_json(findings: Iterable[Finding]) -> str:
    """The findings as the JSON list of ``rlpipeline check --json``."""
    return json.dumps([asdict(item) for item in findings], ensure_ascii=False, indent=1)


def render_text(findings: Sequence[Finding], empty: bool = False) -> str:
    """The findings as a French text, grouped by table; ``empty`` records have no line yet."""
    absent = [item.table for item in sorted_findings(findings) if item.code == ABSENT]
    several = len(absent) > 2  # one by one they would hide the rest
    blocks = []
    told = [item for item in findings if not (several and item.code == ABSENT)]
    for table, group in groupby(sorted_findings(told), key=lambda item: item.table):
        title = f"Table {table}" if table else "Source"
        blocks.append("\n".join([title, *map(_item_text, group)]))
    if several:
        words = "le rapport dira qu'elles ne sont pas tenues ; les ajouter si elles le sont."
        names = ", ".join(absent)
        blocks.append(f"Tables facultatives absentes\n  avertissement {ABSENT} : {names}\n      {words}")
    return "\n\n".join([*blocks, _conclusion(findings, empty)])


def _item_text(item: Finding) -> str:
    parts = [_lines_text(item.lignes), f"colonne {shortened(item.colonne)}" if item.colonne else ""]
    place = ", ".join(part for part in parts if part) or "table entière"
    # Control characters are shown, not obeyed.
    shown = (
        char if char.isprintable() or char in "\u00a0\u202f" else repr(char)[1:-1]
        for char in shortened(item.valeur) or ""
    )
    value = "" if item.valeur is None else f" : « {''.join(shown)} »"
    label = "ERREUR" if item.is_error else "avertissement"
    asked = {"table": item.table, "colonne": item.colonne, "valeur": item.valeur, "cle": item.cle, "raison": "…"}
    words = (f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in asked.items() if value)
    may_be = item.code.startswith("P") and item.code != "P000"
    accepting = f"\n      - {{code: {item.code}, {', '.join(words)}}}" if may_be else ""
    return f"  {label} {item.code}, {place}{value}\n      {item.message}{accepting}"


def _lines_text(lines: Sequence[int]) -> str:
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


def _conclusion(findings: Sequence[Finding], empty: bool) -> str:
    errors = sum(item.is_error for item in findings)
    warnings = len(findings) - errors
    counts = f"{plural(errors, 'erreur')}, {plural(warnings, 'avertissement')}"
    if errors:
        return f"{counts} : corriger les erreurs dans les données avant de faire le rapport."
    if empty:
        return f"{counts} : les données n'ont encore aucune ligne, il n'y a pas de rapport à faire."
    return f"{counts} : le rapport peut être fait."


def plural(number: int, noun: str) -> str:
    """Write a number and its noun: « 2 erreurs »."""
    return f"{number} {noun}{'s' if number > 1 else ''}"
