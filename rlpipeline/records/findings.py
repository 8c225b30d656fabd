"""What the check of the records found: its codes and its two forms, text and JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count, groupby
from typing import Any, Literal, get_args

from rlpipeline.records.tables import TABLE_NAMES, said
from rlpipeline.settings.strict_yaml import packaged

Gravite = Literal["erreur", "avertissement", "question", "information"]

GRAVITIES: Mapping[str, Gravite] = {"E": "erreur", "Q": "question", "I": "information"}
ANSWERED = ("P", "Q")  # what plausibilite.yml answers

CODES: Mapping[str, str] = packaged("records/codes.yml")
"""Stable code of every finding: E is an error, A a warning, P a warning that the service may accept."""

ABSENT = "I001"
ENTERED_TWICE = "P405"  # told before the lines of its table: other findings may follow from it
MAX_SHOWN, KEYS_SHOWN = 80, 10
RUNS_SHOWN = 8  # runs of lines that a text names; JSON and workbook name them all
SPACES = "\u00a0\u202f"  # that French writes, though no printable character
_PLACES = {name: place for place, name in enumerate(TABLE_NAMES, start=1)}


@dataclass(frozen=True)
class Finding:
    """One thing found in the records. ``ligne`` is as seen in the file or the sheet, in a database the rank of the
    record, None where the finding is about something larger; ``lignes`` are all that it is about. An empty ``table`` is
    the source; ``cle`` tells the row from the others in ``plausibilite.yml``; ``code`` is one of ``CODES``."""

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
    """A finding whose ``name`` begins with its code; what it says is its message, else the sentence of that name."""
    code, message = name[:4], message or said(name, **words)
    gravite = GRAVITIES.get(code[0], "avertissement")
    lignes = () if ligne is None else (ligne,)
    shown = valeur if code.startswith(ANSWERED) else shortened(valeur)
    return Finding(gravite, table, ligne, colonne, shown, message, code, lignes)


def of_lines(item: Finding, lines: Iterable[int]) -> Finding:
    """The same finding about all these lines."""
    ordered = tuple(sorted(lines))
    return replace(item, ligne=ordered[0] if ordered else None, lignes=ordered)


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that differ by their line only made one, with every line. Those that are accepted one by one may differ
    by their value and their key too: the one has the key of the first, its value where it is that of all, and names the
    other keys."""
    groups: dict[Finding, list[Finding]] = {}
    for item in findings:
        groups.setdefault(_without_its_row(item), []).append(item)
    return [_joined(sorted(items, key=lambda item: item.ligne or 0)) for items in groups.values()]


def _without_its_row(item: Finding) -> Finding:
    """What a finding says of any row."""
    if item.cle is None:
        return replace(item, ligne=None, lignes=())
    return replace(item, ligne=None, lignes=(), valeur=None, cle="")


def _joined(items: Sequence[Finding]) -> Finding:
    """One finding of several rows, by the first."""
    first = items[0]
    one = of_lines(first, (line for item in items for line in item.lignes))
    every = dict.fromkeys(item.cle for item in items)
    keys = [key for key in every if key not in (None, first.cle)]
    if not keys:
        return one
    more = f" ; et {len(keys) - KEYS_SHOWN} de plus" if len(keys) > KEYS_SHOWN else ""
    shown = " ; ".join(map(str, keys[:KEYS_SHOWN]))
    message = f"{first.message} Chaque ligne s'accepte par sa clé, celle-ci ou : {shown}{more}."
    is_same = all(item.valeur == first.valeur for item in items)
    return replace(one, message=message, valeur=first.valeur if is_same else None)


def shortened(value: str | None) -> str | None:
    """A value too long to be read, cut."""
    if value is None or len(value) <= MAX_SHOWN:
        return value
    return f"{value[:MAX_SHOWN]}… ({len(value)} caractères)"


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, causes before their consequences: the source, then each table, as a whole, then by its lines."""

    def rank(item: Finding) -> tuple[int, str, bool, int, str, str, str]:
        place = _PLACES.get(item.table, 0)
        in_a_line = item.ligne is not None and item.code[1] != "0" and item.code != ENTERED_TWICE
        return (
            place,
            item.table,
            in_a_line,
            item.ligne or 0,
            item.colonne or "",
            item.code,
            item.message,
        )

    return sorted(findings, key=rank)


def where(item: Finding) -> str:
    """Where the finding stands and its code, without any value: the only form allowed in logs and error reports."""
    others = f" et {plural(len(item.lignes) - 1, 'autre')}" if len(item.lignes) > 1 else ""
    line = f", ligne {item.ligne}{others}" if item.ligne is not None else ""
    column = f", colonne {item.colonne}" if item.colonne is not None else ""
    return f"{f'table {item.table}' if item.table else 'source'}{line}{column} : {item.code} ({CODES[item.code]})"


def render_json(findings: Iterable[Finding], more: Iterable[Mapping[str, object]] = ()) -> str:
    """The findings as the JSON list of ``rlpipeline check --json``, and others of the same form."""
    listed = [*(asdict(item) for item in findings), *more]
    return json.dumps(listed, ensure_ascii=False, indent=1)


def render_text(
    findings: Sequence[Finding], empty: bool = False, more: str = "", more_errors: int = 0
) -> str:
    """The findings as a French text, grouped by table; ``empty`` records have no line yet.

    ``more``: a block of others, that are no findings of the records; ``more_errors``: how many errors it tells.
    """
    absent = [item.table for item in sorted_findings(findings) if item.code == ABSENT]
    several = len(absent) > 2  # one by one they would hide the rest
    shown = [item for item in findings if not (several and item.code == ABSENT)]
    of_tables = groupby(sorted_findings(shown), key=lambda item: item.table)
    blocks = [_block(table, group) for table, group in of_tables]
    if several:
        todo = "le rapport dira qu'elles ne sont pas tenues ; les ajouter si elles le sont."
        title = f"Tables facultatives absentes\n  avertissement {ABSENT}"
        blocks.append(f"{title} : {', '.join(absent)}\n      {todo}")
    errors = sum(item.is_error for item in findings)
    always: dict[Gravite, int] = {"erreur": more_errors, "avertissement": 0}
    every = always | tally(findings) | {"erreur": errors + more_errors}
    counts = ", ".join(plural(number, noun) for noun, number in every.items())
    ending = f"{counts} : {_conclusion(errors, more_errors, empty)}."
    return "\n\n".join(filter(None, [*blocks, more, ending]))


def _block(table: str, items: Iterable[Finding]) -> str:
    """The findings of a table, or of the source, under its name."""
    title = f"Table {table}" if table else "Source"
    return "\n".join([title, *map(_text, items)])


def _conclusion(errors: int, more_errors: int, empty: bool) -> str:
    """Say what follows for the report from the errors of the records, those of notebooks, and records without rows."""
    if errors:
        return "corriger les erreurs dans les données avant de faire le rapport"
    if more_errors:
        return "corriger les notebooks avant de faire le rapport"
    if empty:
        return "les données n'ont encore aucune ligne, il n'y a pas de rapport à faire"
    return "le rapport peut être fait"


def tally(findings: Iterable[Finding]) -> dict[Gravite, int]:
    """Count the findings of each gravity that has some: errors, warnings, questions."""
    counts = Counter(item.gravite for item in findings)
    gravities: tuple[Gravite, ...] = get_args(Gravite)
    return {gravity: counts[gravity] for gravity in gravities if counts[gravity]}


def acceptance_of(item: Any) -> str:
    """What accepts a finding, as ``plausibilite.yml`` has it; of an acceptance, the same."""
    asked = {name: getattr(item, name) for name in ("table", "colonne", "valeur", "cle")} | {
        "raison": "…"
    }
    words = (
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in asked.items() if value
    )
    return f"{{code: {item.code}, {', '.join(words)}}}"


def _text(item: Finding) -> str:
    column = f"colonne {_printable(shortened(item.colonne) or '')}" if item.colonne else ""
    place = ", ".join(filter(None, [_lines_text(item.lignes), column])) or "table entière"
    value = "" if item.valeur is None else f" : « {_printable(shortened(item.valeur) or '')} »"
    is_answered = item.code.startswith(ANSWERED) and item.code != "P000"
    accepting = f"\n      - {acceptance_of(item)}" if is_answered else ""
    label = "ERREUR" if item.is_error else item.gravite
    return f"  {label} {item.code}, {place}{value}\n      {item.message}{accepting}"


def _printable(text: str) -> str:
    """The text with its control characters shown, not obeyed."""
    shown = (char if char.isprintable() or char in SPACES else repr(char)[1:-1] for char in text)
    return "".join(shown)


def _lines_text(lines: Sequence[int]) -> str:
    """The lines as a reader looks for them: a few runs, the rest counted."""
    if len(lines) < 2:
        return f"ligne {lines[0]}" if lines else ""
    rank = count()
    runs = [[*run] for _, run in groupby(lines, key=lambda line: line - next(rank))]
    if len(lines) == 2:
        runs = [[line] for line in lines]
    parts = [_run_text(run) for run in runs[:RUNS_SHOWN]]
    if left := sum(map(len, runs[RUNS_SHOWN:])):
        parts.append(plural(left, "autre"))
    *first, last = parts
    return f"lignes {', '.join(first)} et {last}" if first else f"lignes {last}"


def _run_text(run: Sequence[int]) -> str:
    return str(run[0]) if len(run) == 1 else f"{run[0]} à {run[-1]}"


def plural(number: int, noun: str) -> str:
    """Write a number and its noun: « 2 erreurs »."""
    return f"{number} {noun}{'s' if number > 1 else ''}"
