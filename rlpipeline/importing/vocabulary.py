"""What a line of an export may be, where its columns may go, and the French words of both."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rlpipeline.importing.cells import MONTHS, read_day
from rlpipeline.records.communes import OUTSIDE_LABEL, read_commune
from rlpipeline.records.dates import Unread
from rlpipeline.records.labels import codes_by_label, label_key, words_of
from rlpipeline.records.official_communes import by_code
from rlpipeline.records.schema import Column
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service
from rlpipeline.settings.strict_yaml import packaged

LEFT = "ne pas reprendre"
NOTHING = "rien"
OF_LINE = "ligne"
"""In the place of a table: what a column says of the line whole, whatever tables it fills."""
SESSION = "une séance"
TICKED = " : la case est cochée"
FRENCH: Mapping[str, Any] = packaged("importing/mots.yml")
KINDS: Mapping[str, tuple[str, ...]] = {kind: tuple(tables) for kind, tables in FRENCH["genres"].items()}
"""What a line is, to the tables that it may fill, the one that it is about first."""
TABLE_WORDS: Mapping[str, str] = {name: FRENCH["tables"].get(name, name) for name in TABLE_NAMES}
_OF_LINE: Mapping[str, Sequence[str]] = FRENCH["ligne"]
TICKS = frozenset({"x", "✓", "✔", "oui", "vrai", "true"})
_RANK = re.compile(r"n° ?(\d{1,2})")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LEADING_DAY = re.compile(r"(?:lun|mar|mer|jeu|ven|sam|dim)\w*\.?\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """Where a column goes: a column of a table of the records, or of the line whole.

    Parameters
    ----------
    label
        In French, as the workbook shows it: « suivis — premier jour du suivi ».
    """

    table: str
    column: str
    label: str

    @property
    def spec(self) -> Column:
        """The column of the contract; a text where the target is of the line."""
        if self.table == OF_LINE:
            return Column(self.column, "year" if self.column == "annee" else "identifier")
        return table_named(self.table).column(self.column)

    @property
    def names_a_person(self) -> bool:
        """Whether it says who the line is about."""
        return self.table == OF_LINE and self.column in ("id_jeune", "nom", "prenom", "nom_complet")

    @property
    def is_placing(self) -> bool:
        """Whether a wrong proposal would place persons or hours: it is confirmed by hand."""
        return self.table in (OF_LINE, "presences") or self.spec.kind in ("number", "commune")


@cache
def targets() -> Mapping[str, Target]:
    """Every target by its label."""
    every = [Target(OF_LINE, name, label) for name, (label, _) in _OF_LINE.items()]
    for name in TABLE_NAMES:
        for column in table_named(name).columns:
            if column.kind != "identifier" and column.name != "annee":
                label = FRENCH["colonnes"].get(f"{name}.{column.name}") or re.split(r"[,;:(]", column.note)[0].strip()
                every.append(Target(name, column.name, f"{TABLE_WORDS[name]} — {label}"))
    return {target.label: target for target in every}


@cache
def find_target(table: str, column: str) -> Target | None:
    """The target of a column of the records, or of the line; None where nothing goes there."""
    return next((target for target in targets().values() if (target.table, target.column) == (table, column)), None)


def target_of(table: str, column: str) -> Target:
    """The same, of a column where something goes."""
    target = find_target(table, column)
    assert target is not None
    return target


@cache
def targets_of_kind(kind: str) -> tuple[Target, ...]:
    """Where the columns of such lines may go, the line first."""
    tables = KINDS[kind]
    held = {column for name in tables for column in table_named(name).column_names}
    of_line = [target_of(OF_LINE, name) for name in ("id_suivi", "id_action", "annee") if name in held]
    if held & {"id_jeune"}:
        of_line = [target_of(OF_LINE, name) for name in ("id_jeune", "nom", "prenom", "nom_complet")] + of_line
    return (*of_line, *(target for name in tables for target in targets().values() if target.table == name))


@cache
def _keys(target: Target) -> frozenset[str]:
    words = [target.column.replace("_", " "), target.label.partition(" — ")[2] or target.label]
    words += (
        _OF_LINE[target.column][1] if target.table == OF_LINE else FRENCH["en-têtes"].get(target.column, "")
    ).split(", ")
    return frozenset(label_key(word) for word in words) - {""}


def targets_named(header: str, kind: str) -> list[Target]:
    """The targets that a header names exactly, or but for a letter or two, in the order of the kind."""
    keys = {label_key(header), label_key(header.rpartition(" / ")[2])} - {""}
    named = [target for target in targets_of_kind(kind) if keys & _keys(target)]
    return named or [
        target for target in targets_of_kind(kind) if any(is_near(key, word) for key in keys for word in _keys(target))
    ]


def is_near(one: str, other: str) -> bool:
    """Whether two texts differ by no more than a slip: 95 % alike."""
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= 0.95 and matcher.ratio() >= 0.95


def words_for(target: Target, service: Service, ticked: bool = False) -> Mapping[str, str]:
    """Code to its French words, for what may stand in the column; empty where any text may."""
    if ticked:
        return {"oui": "Oui", "non": "Non"}
    column = target.spec
    if column.kind in ("code", "flag"):
        return words_of(column, service)
    if column.kind in ("commune", "territory"):
        return {**{commune.code: commune.nom for commune in service.communes}, "hors": OUTSIDE_LABEL}
    return {}


def code_of(text: str, target: Target, service: Service, ticked: bool = False) -> str | None:
    """The code that a word of the vocabulary means, exactly or but for a letter or two; None where none or several."""
    if target.spec.kind in ("commune", "territory") and not ticked:
        read = read_commune(re.sub(r"\s*\(\d{2,5}\)$", "", text), service, suggests=False)
        return None if isinstance(read, Unread) else read
    by_label = codes_by_label(words_for(target, service, ticked))
    key = label_key(text)
    meant = by_label.get(key) or next((codes for word, codes in by_label.items() if is_near(key, word)), ())
    if ticked and text.strip().casefold() in TICKS:
        return "oui"
    return meant[0] if len(meant) == 1 else None


def word_of(code: str, target: Target, service: Service, ticked: bool = False) -> str:
    """The French words of a code."""
    words = words_for(target, service, ticked)
    return words.get(code) or (by_code()[code].name if code in by_code() else code)


@dataclass(frozen=True)
class Said:
    """What a header says by itself: the rank of a repeated group, and columns of the records with their codes."""

    rank: int = 0
    values: tuple[tuple[str, str], ...] = ()


def said(text: str, target: Target, service: Service, year: int | None) -> Said | None:
    """Read what « l'en-tête dit » holds; None where a part of it means nothing for that table."""
    rank = 0
    values: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        if match := _RANK.fullmatch(part):
            rank = int(match[1])
            continue
        meant = list(_meant(part, target, service, year))
        if len(meant) != 1:
            return None
        values.update(meant)
    return Said(rank, tuple(sorted(values.items())))


def _meant(part: str, target: Target, service: Service, year: int | None) -> Iterator[tuple[str, str]]:
    if target.table == OF_LINE:
        return
    table = table_named(target.table)
    names = table.column_names
    label, _, value = part.partition(" : ")
    ours = (target for target in targets().values() if target.table == table.name)
    named = next((target for target in ours if target.label.endswith(f"— {label}")), None)
    if named and value:
        yield named.column, code_of(value, named, service) or value
    elif _YEAR.fullmatch(part) and "annee" in names:
        yield "annee", part
    elif "date" in names and (day := read_day(_LEADING_DAY.sub("", part), "jour/mois", year)):
        yield "date", day.isoformat()
    elif "date" in names and year and label_key(part).casefold() in MONTHS:
        yield "date", f"{year}-{MONTHS[label_key(part).casefold()]:02d}-01"
    else:
        for column in table.columns:
            own = target_of(table.name, column.name) if column.kind in ("code", "flag", "commune") else None
            if own and label_key(part) == label_key(own.label.partition(" — ")[2]) and column.kind == "flag":
                yield column.name, "oui"
            elif own and column.kind != "flag" and (code := code_of(part, own, service)):
                yield column.name, code


def sayings(target: Target, service: Service) -> list[str]:
    """What the header of a column that goes there may say, for the drop-down."""
    ranks = [f"n° {rank}" for rank in (1, 2, 3, 4)] if target.table == "suivis" else []
    if target.table == OF_LINE:
        return []
    if target.spec.kind in ("code", "flag"):
        return [*ranks, *words_for(target, service).values()]
    if target.spec.kind != "number":
        return ranks
    coded = [column for column in table_named(target.table).columns if column.kind in ("code", "flag")]
    return [
        words if column.kind == "code" else target_of(target.table, column.name).label.partition(" — ")[2]
        for column in coded
        for words in (words_of(column, service).values() if column.kind == "code" else ["oui"])
    ]
