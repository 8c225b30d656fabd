"""What a line of an export may be, where its columns may go, and the French words of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from rlpipeline.importing import FRENCH
from rlpipeline.importing.cells import MONTHS, read_day
from rlpipeline.records.communes import OUTSIDE_LABEL, by_code, read_commune
from rlpipeline.records.labels import codes_by_label, label_key, words_of
from rlpipeline.records.parsing import Unread
from rlpipeline.records.tables import TABLES, table_named
from rlpipeline.settings.models import Service

LEFT, NOTHING, SESSION = "ne pas reprendre", "rien", "une séance"
OF_LINE = "ligne"
"""In the place of a table: what a column says of the line whole, whatever tables it fills."""
TICKED = " : la case est cochée"
CODED = ("code", "flag", "commune", "territory")
RESOLVED = ("jeunes", "actions")
"""Tables whose rows are joined by person or by action."""
KINDS: Mapping[str, tuple[str, ...]] = {kind: tuple(tables) for kind, tables in FRENCH["genres"].items()}
"""What a line is, to the tables that it may fill, the one that it is about first."""
PERSON = ("id_jeune", "nom", "prenom", "nom_complet")
TICKS = frozenset({"x", "✓", "✔", "oui", "vrai", "true"})
_RANK = re.compile(r"(?<!\w)(?:n° ?)?(\d{1,2})(?!\w)")
_LEADING_DAY = re.compile(r"(?:lun|mar|mer|jeu|ven|sam|dim)\w*\.?\s+", re.IGNORECASE)


class Target(NamedTuple):
    """Where a column goes: a column of the contract, or of the line whole, by the label that the workbook shows.

    « suivis — premier jour du suivi », of which ``short`` is the end.
    """

    table: str
    column: str
    label: str
    short: str
    kind: str
    is_asked: bool

    @property
    def names_a_person(self) -> bool:
        """Whether it says who the line is about."""
        return self.table == OF_LINE and self.column in PERSON

    @property
    def is_placing(self) -> bool:
        """Whether a wrong proposal would place persons or hours: it is confirmed by hand."""
        return self.table in (OF_LINE, "presences") or self.kind in ("number", "commune")


def table_words(table: str) -> str:
    """The name of a table in French."""
    return str(FRENCH["tables"].get(table, table))


@cache
def targets() -> Mapping[str, Target]:
    """Every target by its label."""
    every = [
        Target(OF_LINE, name, label, label, "year" if name == "annee" else "identifier", False)
        for name, (label, _) in FRENCH["ligne"].items()
    ]
    for table in TABLES:
        for column in (c for c in table.columns if c.kind != "identifier" and c.name != "annee"):
            noted = re.split(r"[,;:(]", column.note)[0].strip()
            short = FRENCH["colonnes"].get(f"{table.name}.{column.name}") or noted
            label, asked = f"{table_words(table.name)} — {short}", column.required and not column.nullable
            every.append(Target(table.name, column.name, label, short, column.kind, asked))
    return {target.label: target for target in every}


@cache
def find_target(table: str, column: str) -> Target | None:
    """The target of a column of the records, or of the line; None where nothing goes there."""
    return next((target for target in targets().values() if target[:2] == (table, column)), None)


def target_of(table: str, column: str) -> Target:
    """The same, of a column where something goes."""
    target = find_target(table, column)
    assert target is not None
    return target


@cache
def targets_of_kind(kind: str) -> tuple[Target, ...]:
    """Where the columns of such lines may go, the line first."""
    held = {column for name in KINDS[kind] for column in table_named(name).column_names}
    held |= {*PERSON} if "id_jeune" in held else set()
    order = {table: rank for rank, table in enumerate((OF_LINE, *KINDS[kind]))}
    found = (t for t in targets().values() if t.table in order and (t.table != OF_LINE or t.column in held))
    return tuple(sorted(found, key=lambda target: order[target.table]))


@cache
def _keys(target: Target) -> frozenset[str]:
    of_line = target.table == OF_LINE
    written = FRENCH["ligne"][target.column][1] if of_line else FRENCH["en-têtes"].get(target.column, "")
    words = (target.column.replace("_", " "), target.label.rpartition(" — ")[2], *written.split(", "))
    return frozenset(label_key(word) for word in words) - {""}


def targets_named(header: str, kind: str) -> list[Target]:
    """The targets that a header names exactly, in the order of the kind."""
    keys = {label_key(header), label_key(header.rpartition(" / ")[2])} - {""}
    return [target for target in targets_of_kind(kind) if keys & _keys(target)]


def without_rank(header: str) -> tuple[str, str]:
    """A header that counts, « Suivi 2 », without its number, and « n° 2 »; both as they are where it does not."""
    match = _RANK.search(header)
    return (_RANK.sub("", header, count=1), f"n° {match[1]}") if match and len(match[1]) < 2 else (header, "")


def words_for(target: Target, service: Service, ticked: bool = False) -> Mapping[str, str]:
    """Code to its French words, for what may stand in the column; empty where any text may."""
    if ticked:
        return {"oui": "Oui", "non": "Non"}
    if target.kind in ("code", "flag"):
        return words_of(table_named(target.table).column(target.column), service)
    communes = {commune.code: commune.nom for commune in service.communes}
    return {**communes, "hors": OUTSIDE_LABEL} if target.kind in CODED else {}


def code_of(text: str, target: Target, service: Service, ticked: bool = False) -> str | None:
    """The code that a word of the vocabulary means; None where it means none or several."""
    if target.kind in ("commune", "territory") and not ticked:
        read = read_commune(re.sub(r"\s*\(\d{2,5}\)$", "", text), service, suggests=False)
        return None if isinstance(read, Unread) else read
    if ticked and text.strip().casefold() in TICKS:
        return "oui"
    meant = codes_by_label(words_for(target, service, ticked)).get(label_key(text), ())
    return meant[0] if len(meant) == 1 else None


def word_of(code: str, target: Target, service: Service, ticked: bool = False) -> str:
    """The French words of a code."""
    words = words_for(target, service, ticked)
    return words.get(code) or (by_code()[code].name if code in by_code() else code)


class Said(NamedTuple):
    """What a header says by itself: the rank of a repeated group, and columns of the records with their codes."""

    rank: int = 0
    values: tuple[tuple[str, str], ...] = ()


def said(text: str, target: Target, service: Service, year: int | None) -> Said | None:
    """Read what « l'en-tête dit » holds; None where a part of it means nothing for that table."""
    rank, values = 0, dict[str, str]()
    for part in filter(None, (part.strip() for part in text.split(";"))):
        if part.startswith("n°") and (match := _RANK.fullmatch(part)):
            rank = int(match[1])
            continue
        meant = list(_meant(part, target, service, year))
        if len(meant) != 1:
            return None
        values.update(meant)
    return Said(rank, tuple(sorted(values.items())))


def _meant(part: str, target: Target, service: Service, year: int | None) -> Iterator[tuple[str, str]]:
    own = [other for other in targets().values() if other.table == target.table != OF_LINE]
    names = table_named(target.table).column_names if own else ()
    short, _, value = part.partition(" : ")
    named = next((other for other in own if other.short == short), None)
    month = MONTHS.get(label_key(part).casefold())
    if named and value:
        yield named.column, code_of(value, named, service) or value
    elif re.fullmatch(r"(?:19|20)\d\d", part) and "annee" in names:
        yield "annee", part
    elif "date" in names and (day := read_day(_LEADING_DAY.sub("", part), "jour/mois", year)):
        yield "date", day.isoformat()
    elif "date" in names and year and month:
        yield "date", f"{year}-{month:02d}-01"
    else:
        for other in own:
            if other.kind == "flag" and label_key(part) == label_key(other.short):
                yield other.column, "oui"
            elif other.kind in ("code", "commune") and (code := code_of(part, other, service)):
                yield other.column, code


def sayings(target: Target, service: Service) -> Sequence[str]:
    """What the header of a column that goes there may say, for the drop-down."""
    ranks = [f"n° {rank}" for rank in (1, 2, 3, 4)] if target.table == "suivis" else []
    if target.kind in ("code", "flag"):
        return [*ranks, *words_for(target, service).values()]
    if target.kind != "number":
        return ranks
    own = [other for other in targets().values() if other.table == target.table]
    words = [word for other in own if other.kind == "code" for word in words_for(other, service).values()]
    return [*words, *(other.short for other in own if other.kind == "flag")]
