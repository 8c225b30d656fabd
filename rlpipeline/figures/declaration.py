"""What a count is about, what the service kept in its year; what is declared of a table, and by which cell.

A zero that was counted is told from what is not known. The store carries what is declared to all that follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rlpipeline.declared import PERSONS, Described, Links, TableSpec, described, read_links
from rlpipeline.errors import SettingsError, UsageError, nearest
from rlpipeline.figures.labels import LABELS
from rlpipeline.our_notebooks import COUNTING, OURS
from rlpipeline.records.frames import DATED_TABLES, Records, among, lacks
from rlpipeline.settings.models import Service

SERVICE, HORS, SANS_COMMUNE = "service", "hors", "sans_commune"
PROTECTED_UNITS = PERSONS
"""Units in which a small number could let a young person be recognised (disclosure.md)."""
ISSUES_AND_REFERRALS = ("problematiques", "orientations")
"""Tables of what is noted on a follow-up."""
DECLARED = re.compile(r"^[^#\n]*\btable\(\s*(?:id\s*=\s*)?[\"'](\w+)[\"']", re.MULTILINE)
"""A table that a cell declares in plain words."""
OPENING = frozenset({"parameters", "setup", "injected-parameters"})
"""Tags of cells that open the records, and declare nothing."""
HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
MARKS = re.compile(r"[*_`<>\[\]\\&]|^\s*(?:[-+]|\d+\.) ", re.MULTILINE)
"""What may be a mark of Markdown."""
FEW_PERSONS = "il porte sur peu de personnes et est réservé au service"
WOULD_BE_EXACT = "il reprendrait des nombres exacts que cette édition arrondit"


@dataclass(frozen=True)
class Scope:
    """Year and territory of a count.

    ``territory`` is the INSEE code of one of the service's communes, ``service``, ``hors`` (outside of them) or
    ``sans_commune`` (actions, requests and time of the service itself); UsageError where it is none of these.
    """

    year: int
    territory: str
    service: Service

    def __post_init__(self) -> None:
        """Refuse a territory that the service does not have, which would count zero everywhere."""
        if self.territory not in (SERVICE, HORS, SANS_COMMUNE, *self.service.commune_codes):
            codes = (SERVICE, *territories(self.service))
            todo = f"le plus proche est « {nearest(self.territory, codes)} »"
            raise UsageError(
                f"Territoire inconnu : {self.territory!r}.", expected=", ".join(codes), todo=todo
            )

    @property
    def first_day(self) -> pd.Timestamp:
        """1 January of the year."""
        return pd.Timestamp(self.year, 1, 1)

    @property
    def last_day(self) -> pd.Timestamp:
        """31 December of the year."""
        return pd.Timestamp(self.year, 12, 31)

    @property
    def is_service(self) -> bool:
        """Whether the whole service is counted."""
        return self.territory == SERVICE

    @cached_property
    def whole(self) -> Scope:
        """The same year of the whole service."""
        return self if self.is_service else replace(self, territory=SERVICE)

    @cached_property
    def before(self) -> Scope:
        """The same of the year before."""
        return replace(self, year=self.year - 1)


def in_year(dates: pd.Series[pd.Timestamp], year: int) -> pd.Series[bool]:
    """Say which dates fall in a year."""
    return dates.dt.year == year


def entered(records: Records, scope: Scope) -> Records:
    """Give the records without the tables that were not entered for the scope's year, the same object each time."""

    def made() -> Records:
        asked = records.present.intersection(DATED_TABLES).difference(scope.service.annee_vide)
        missing = frozenset(table for table in asked if lacks(records, table, scope.year))
        if not missing:
            return records
        return replace(records, present=records.present - missing, not_entered=missing)

    return records.once(("entered", scope.year, scope.service.annee_vide), made)


def is_recorded(records: Records, table: str, scope: Scope) -> bool:
    """Say whether the service has any row of a table that a count of the year may look at, whatever the territory."""
    key = ("recorded", table, scope.year)
    return records.once(key, lambda: bool(_countable(records, table, scope).any()))


def is_kept(records: Records, table: str, scope: Scope) -> bool:
    """Say the same, or that it has none of the year by the settings."""
    return table in scope.service.annee_vide or is_recorded(records, table, scope)


def _countable(records: Records, table: str, scope: Scope) -> pd.Series[bool]:
    """Say which rows of a table a count of the year may look at."""
    frame = records[table]
    year = scope.year

    def listed(key: str, *tables: str) -> pd.Series[bool]:
        others = [records[other].loc[_countable(records, other, scope), key] for other in tables]
        return among(frame[key], pd.concat(others))

    if table == "territoires":
        return frame["millesime"] <= year
    if table == "jeunes":
        return listed("id_jeune", "suivis", "presences", "co_accompagnements")
    if table == "suivis":  # something of the year may be noted on one outside its dates
        return (frame["date_debut"] <= scope.last_day) | listed("id_suivi", *ISSUES_AND_REFERRALS)
    if table == "participations":
        return listed("id_action", "actions")
    if "date" in frame:
        return in_year(frame["date"], year)
    return frame["annee"].isin([year, year - 1] if table == "diagnostics" else [year])


Kind = Literal["corps", "famille", "sous_total", "total", "note", "nombre", "texte"]
Words = Mapping[str, str]
Labels = Callable[[Records, Scope], Words]
Frames = Callable[[Records, Scope], pd.DataFrame]


def territories(service: Service) -> tuple[str, ...]:
    """List the parts of the service: its communes in report order, then ``hors`` and ``sans_commune``."""
    return (*service.commune_codes, HORS, SANS_COMMUNE)


def labelled(words: Words) -> Labels:
    """Make a labels function of words that do not depend on the records, beside those that mean the same everywhere."""
    merged = {**LABELS, **words}
    return lambda records, scope: merged


@dataclass(frozen=True)
class CodeCell:
    """A cell of code of a notebook.

    Parameters
    ----------
    place
        Notebook and number among the cells of code, as an error names them.
    definition
        The Markdown directly above, without its headings, as plain text.
    """

    place: str
    number: int
    id: str
    source: str
    tags: frozenset[str]
    definition: str

    @cached_property
    def tables(self) -> Sequence[str]:
        """The tables that it declares in plain words."""
        return DECLARED.findall(self.source)

    @cached_property
    def digest(self) -> str:
        """Digest of what it declares, and of the definition above."""
        written = f"{self.definition}\n{self.source}" if self.tables else self.source
        return sha256(written.encode()).hexdigest()[:16]


def code_cells(notebook: Path) -> Sequence[CodeCell]:
    """List the cells of code of a notebook; SettingsError: it is none."""
    cells = list[CodeCell]()
    above = ""
    for cell in content_of(notebook)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            above = source if cell["cell_type"] == "markdown" else ""
            continue
        number = len(cells) + 1
        id = cell.get("id", "")
        place = f"{notebook.name}, cellule de code n° {number}"
        tags = frozenset(cell.get("metadata", {}).get("tags", ()))
        cells.append(CodeCell(place, number, id, source, tags, definition=plain_text(above)))
        above = ""
    return cells


def plain_text(markdown: str) -> str:
    """Give the words of a Markdown text, without headings and marks, on one line."""
    text = HEADING.sub("", markdown)
    if MARKS.search(text):
        blocks = (block.children for block in MarkdownIt().parse(text) if block.children)
        text = " ".join(map(_words_of_block, blocks))
    return " ".join(text.split())


def _words_of_block(pieces: Sequence[Token]) -> str:
    """Give the words of a block of Markdown."""
    return "".join(" " if piece.type.endswith("break") else piece.content for piece in pieces)


def declaring_cells(notebook: Path) -> Sequence[CodeCell]:
    """List the cells of code but those that open the records; none without a notebook.

    SettingsError: it is no notebook, or a table is declared in two cells.
    """
    if not notebook.is_file():
        return ()
    cells = [cell for cell in code_cells(notebook) if OPENING.isdisjoint(cell.tags)]
    declared = dict[str, int]()
    for cell in cells:
        for id in cell.tables:
            first = declared.setdefault(id, cell.number)
            if first != cell.number:
                both = f"cellules de code n° {first} et n° {cell.number}"
                raise declared_twice(id, f"{notebook.name}, {both}")
    return cells


def declared_twice(id: str, where: str) -> SettingsError:
    """Say that a table is declared twice."""
    todo = "effacer l'une des deux déclarations, ou donner un autre nom à son tableau"
    return SettingsError("Un tableau est déclaré deux fois.", where, got=f"« {id} »", todo=todo)


def undefined(id: str, where: str) -> SettingsError:
    """Say that nothing above a cell says what its table counts."""
    return SettingsError(
        "Un tableau n'a pas de définition.",
        where,
        expected="un texte Markdown juste au-dessus de la cellule : qui est compté, et comment",
        got=f"rien au-dessus de « {id} »",
        todo="l'écrire ; il va dans l'annexe de méthode et le classeur",
    )


def content_of(notebook: Path) -> Mapping[str, Any]:
    """Give the content of a notebook; SettingsError: it is none."""
    try:
        content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            _ = cell["cell_type"], "".join(cell["source"])
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError("Ce fichier n'est pas un notebook.", str(notebook)) from error
    return content


@cache
def cell_of_ours(id: str) -> str:
    """Say which cell of our notebook of counts declares a table; empty where none does."""
    cells = declaring_cells(OURS / f"{COUNTING}.ipynb")
    return next((cell.place for cell in cells if id in cell.tables), "")


@dataclass(frozen=True)
class Declarations:
    """What is said of every table, in the order of the report, and of what links them.

    Parameters
    ----------
    tables
        Those that may be asked for.
    links
        What the dictionary publishes: of the edition to share, all tables of the package, those that a service took
        out as well.
    words
        By table, the words of its lines and of its columns that do not depend on the records.
    cells
        By table, the cell of the service's notebooks that declares it, where one does.
    """

    tables: Mapping[str, TableSpec]
    links: Links
    words: Mapping[str, tuple[Words, Words]]
    cells: Words = field(default_factory=dict)

    def find(self, id: str) -> TableSpec:
        """Look a table up; where there is none of that name, UsageError with the nearest, or the cell that had it."""
        if id in self.tables:
            return self.tables[id]
        if cell := cell_of_ours(id):
            what = f"Le tableau « {id} » n'est plus déclaré : {cell} du paquet le déclare, celui du service non."
            todo = f"remettre cette cellule dans le calcul.ipynb du service, ou ne plus demander « {id} »"
            raise UsageError(what, todo=todo)
        near = nearest(id, self.tables)
        expected = "un de ceux que report.indicators() liste"
        advice = f"écrire « {near} », qui est le plus proche" if near else None
        raise UsageError("Indicateur inconnu.", expected=expected, got=f"« {id} »", todo=advice)

    @cached_property
    def linked(self) -> Described:
        """What the dictionary publishes, as values for JSON."""
        return self.links.described()

    @cached_property
    def about_persons(self) -> Mapping[str, TableSpec]:
        """What the tables about persons cross."""
        return {id: table for id, table in self.links.tables.items() if table.persons}

    @cached_property
    def not_shared(self) -> Words:
        """Tables that are left out of the edition to share, and why."""
        return {id: table.not_shared for id, table in self.ours.items() if table.not_shared}

    @cached_property
    def ours(self) -> Mapping[str, TableSpec]:
        """The tables that the package counts alike: all others are in the edition ``interne`` alone."""
        return {id: table for id, table in self.tables.items() if not table.own}

    @cached_property
    def counted_as_ours(self) -> Set[str]:
        """Tables that count whom the package's count, be it by other bands: what we say of their figures is true."""
        alike = {id for id, table in self.tables.items() if table.alike}
        return alike.union(self.ours)

    def to_json(self) -> dict[str, Any]:
        """Give values for JSON; words that mean the same everywhere are not written again."""
        every = {**self.links.tables, **self.tables}
        content = {**self.linked, "tableaux": described(every.values()), "cellules": self.cells}
        content["declares"] = [*self.tables]
        content["lies"] = [*self.links.tables]
        content["mots"] = {id: [*map(_unusual, both)] for id, both in self.words.items()}
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Declarations:
        """Read them again."""
        links = read_links(content)
        words = dict[str, tuple[Words, Words]]()
        tables = {id: links.tables[id] for id in content["declares"]}
        linked = {id: links.tables[id] for id in content["lies"]}
        for id, (lines, columns) in content["mots"].items():
            words[id] = {**LABELS, **lines}, {**LABELS, **columns}
        return cls(tables, replace(links, tables=linked), words, content["cellules"])


def _unusual(words: Words) -> Words:
    """Keep the words that do not mean the same everywhere."""
    return {code: word for code, word in words.items() if LABELS.get(code) != word}
