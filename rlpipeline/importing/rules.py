"""``import.yml``: which column of an export fills which column of the records, and which word means which code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rlpipeline.errors import SettingsError
from rlpipeline.importing.words import PERSON
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings import strict_yaml

FILE = "import.yml"
IGNORED, REFUSED = "ignorée : ", "refusée : "
LEFT, LOOKUP = "lignes écartées : ", "référence : "
FILLED = "remplie"
"""After LEFT: rows whose cell holds anything are left out, as the day of a deletion says."""
YEAR_OF, LATEST_YEAR = "année de ", "dernière année des dates"
LINES, ONE, EARLIEST = "nombre de lignes", "une action par ligne", "premier suivi"
ORDER_OF, SEVERAL_IN, BELOW = "dates de ", "plusieurs personnes dans ", "cases vides comme au-dessus dans "
UNIT_OF, MINUTES = "unité de ", "minutes"
OF_FILE, OF_SHEET = "le nom du fichier", "le nom de la feuille"
LEAVE_ROW = "lignes écartées"
"""In the place of a code: the rows that have this word are left out."""
OF_YEAR, AGE_IN = "dates sans année, de ", "âges à la fin de "
_TARGET = re.compile(r"(?P<table>[a-z_]+)(?:\[(?P<slot>[^\]]+)\])?(?:\.(?P<column>[a-z_]+))?")
_HEADING = """\
# Comment les exports du service remplissent ses données. Écrit par « import », relu à l'export suivant sans question ;
# peut se corriger à la main. Chaque colonne de l'export y est une fois :
#   "Sexe": jeunes.sexe                          remplit cette colonne de cette table (plusieurs : entre crochets)
#   "Nom": personne.nom                          désigne le jeune par un pseudonyme ; n'entre pas dans les données
#   "Début 2": "suivis[2].date_debut"            un deuxième suivi sur la même ligne
#   "11-14 ans": "participations[public=11_14].nombre"      un nombre par public ; de même cible, ils s'ajoutent
#   "Addiction": "problematiques[problematique=addiction]"  une case cochée
#   "Observations": "ignorée : raison"
#   "Supprimé": "lignes écartées : 1"            les lignes où la case dit 1 ne sont pas reprises
# « complements » donne ce qu'aucune colonne ne dit ; « valeurs », le code de chaque mot ("" : laisser vide).
"""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TableRule(_Strict):
    """How one table of an export is read: its file and sheet, its columns, and what no column says."""

    fichier: str
    feuille: str = ""
    colonnes: Mapping[str, str | tuple[str, ...]] = Field(default_factory=dict)
    complements: Mapping[str, str] = Field(default_factory=dict)


class ImportRules(_Strict):
    """All that was decided.

    Parameters
    ----------
    tableaux
        One an exported table.
    valeurs
        ``table.colonne`` to words and their codes.
    oublies
        Digests of the pseudonyms that ``forget`` removed: they do not come in again.
    """

    tableaux: tuple[TableRule, ...] = ()
    valeurs: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    oublies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A column of the records that a column of an export fills.

    Parameters
    ----------
    table, column
        In the contract; ``personne`` and what names a person. A ticked box has no column: its slot says all.
    slot
        What the header says by itself: the code or the year of a column, or the rank of a repeated group.
    """

    table: str
    column: str = ""
    slot: tuple[tuple[str, str], ...] = field(default=())

    def __str__(self) -> str:
        slot = ",".join(f"{name}={value}" if name else value for name, value in self.slot)
        return f"{self.table}{f'[{slot}]' if slot else ''}{f'.{self.column}' if self.column else ''}"


def target(text: str) -> Target:
    """Read a target.

    Raises
    ------
    SettingsError
        It names no column of the records.
    """
    match = _TARGET.fullmatch(text)
    if match:
        parts = [part.partition("=") for part in (match["slot"] or "").split(",") if part]
        slot = tuple((name if mark else "", value if mark else name) for name, mark, value in parts)
        read = Target(match["table"], match["column"] or "", slot)
        if _exists(read):
            return read
    raise SettingsError(
        f"« {text} » n'est pas une colonne des données.",
        where=FILE,
        expected="table.colonne, par exemple jeunes.sexe, ou « ignorée : raison »",
        todo="corriger cette ligne, ou effacer import.yml et recommencer l'import",
    )


def _exists(read: Target) -> bool:
    if read.table == PERSON:
        return read.column in ("identifiant", "nom", "prenom", "nom_complet")
    if read.table not in TABLE_NAMES or not (read.column or read.slot):
        return False
    names = [read.column, *(name for name, _ in read.slot)]
    return all(not name or name in table_named(read.table).column_names for name in names)


def targets_of(decision: str | tuple[str, ...]) -> tuple[Target, ...]:
    """Give what a column fills; nothing where it is ignored or refused."""
    texts = (decision,) if isinstance(decision, str) else decision
    return tuple(target(text) for text in texts if not is_left_out(text))


def is_left_out(text: str) -> bool:
    """Whether a column fills nothing: ignored, refused, or telling which rows to leave out."""
    return text.startswith(("ignorée", "refusée", LEFT, LOOKUP))


def read_rules(root: Path) -> ImportRules:
    """Read ``import.yml``; nothing is decided where there is none.

    Raises
    ------
    SettingsError
        It is not YAML, breaks its model, or names what the records do not have.
    """
    if not (root / FILE).is_file():
        return ImportRules()
    rules = strict_yaml.read(root / FILE, ImportRules)
    for table in rules.tableaux:
        for decision in table.colonnes.values():
            targets_of(decision)
    return rules


def rules_text(rules: ImportRules) -> str:
    """Write the rules as YAML."""
    return "\n".join([_HEADING, *_lines(rules), ""])


def _lines(rules: ImportRules) -> Iterator[str]:
    yield "tableaux:" if rules.tableaux else "tableaux: []"
    for table in rules.tableaux:
        yield f"- fichier: {_quoted(table.fichier)}"
        if table.feuille:
            yield f"  feuille: {_quoted(table.feuille)}"
        yield "  colonnes:"
        for header, decision in table.colonnes.items():
            texts = (decision,) if isinstance(decision, str) else decision
            written = _quoted(texts[0]) if len(texts) == 1 else f"[{', '.join(map(_quoted, texts))}]"
            yield f"    {_quoted(header)}: {written}"
        if table.complements:
            yield "  complements:"
            yield from (f"    {_quoted(name)}: {_quoted(value)}" for name, value in table.complements.items())
    if rules.valeurs:
        yield "valeurs:"
        for place, words in rules.valeurs.items():
            yield f"  {place}:"
            yield from (f"    {_quoted(word)}: {_quoted(code)}" for word, code in words.items())
    if rules.oublies:
        yield "oublies:"
        yield from (f"- {_quoted(one)}" for one in rules.oublies)


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[a-z_]+\.[a-z_]+", text) else json.dumps(text, ensure_ascii=False)


def with_tables(
    rules: ImportRules, tables: Iterable[TableRule], values: Mapping[str, Mapping[str, str]]
) -> ImportRules:
    """Put what was decided today in the place of what was decided before for the same tables."""
    new = list(tables)
    files = [(one.fichier, one.feuille, frozenset(one.colonnes)) for one in new]
    old = [one for one in rules.tableaux if (one.fichier, one.feuille, frozenset(one.colonnes)) not in files]
    old = [one for one in old if not any(_same_layout(one, other) for other in new)]
    words = {place: {**rules.valeurs.get(place, {}), **values.get(place, {})} for place in [*rules.valeurs, *values]}
    return ImportRules(tableaux=(*old, *new), valeurs=words, oublies=rules.oublies)


def _same_layout(one: TableRule, other: TableRule) -> bool:
    return one.feuille == other.feuille and shared(one.colonnes, other.colonnes) >= 0.5


def shared(one: Iterable[str], other: Iterable[str]) -> float:
    """How much two sets of headers have in common, from 0 to 1."""
    first, second = set(one), set(other)
    return len(first & second) / max(1, len(first | second))


def rule_for(rules: ImportRules, sheet: str, header: Iterable[str]) -> TableRule | None:
    """Give the rule of a table met before: that which shares most headers, and rather that of the same sheet."""
    names = tuple(header)
    scored = [
        (shared(one.colonnes, names) + 0.1 * (one.feuille == sheet), place, one)
        for place, one in enumerate(rules.tableaux)
    ]
    score, _, best = max(scored, key=lambda item: item[:2], default=(0.0, 0, None))
    return best if score >= 0.5 else None
