"""What is declared of a table: words, how it is shown, and what counts it; the store carries it to all that follows."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pandas as pd

from rlpipeline.declared import PERSONS, WANTED, Described, Link, Links, read_links
from rlpipeline.declared import Table as LinkedTable
from rlpipeline.errors import UsageError
from rlpipeline.figures.labels import LABELS
from rlpipeline.figures.scope import Scope
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

if TYPE_CHECKING:  # a crossing makes an indicator
    from rlpipeline.figures.crossing import Crossing

Kind = Literal["corps", "famille", "sous_total", "total", "note"]
Words = Mapping[str, str]
Labels = Callable[[Records, Scope], Words]
Frames = Callable[[Records, Scope], pd.DataFrame]
PROTECTED_UNITS = PERSONS
"""Units in which a small number could let a young person be recognised (disclosure.md)."""
FEW_PERSONS = "il porte sur peu de personnes et est réservé au service"
WOULD_BE_EXACT = "il reprendrait des nombres exacts que cette édition arrondit"


def labelled(words: Words) -> Labels:
    """Make a labels function of words that do not depend on the records, beside those that mean the same everywhere."""
    merged = {**LABELS, **words}
    return lambda records, scope: merged


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a table is shown, where that does not follow from its lines and columns.

    ``tab`` names its sheet (else the beginning of its title), ``chart`` is the kind drawn without being asked for,
    ``drawn`` what the totals of its lines are about, ``summary`` the column that sums it up. Its lines say something by
    their order (``in_order``), are drawn from the year before (``slopes``), or are communes, as its columns may be
    (``by_place``); its chart has one scale in every portrait (``one_scale``); its columns are equals, each cell with
    its own year before (``side_by_side``).
    """

    tab: str = ""
    chart: str = ""
    drawn: str = ""
    in_order: bool = False
    one_scale: bool = False
    slopes: bool = False
    summary: str = ""
    side_by_side: bool = False
    by_place: bool = False


PLAIN = Look()


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What is said of one table, whoever counts it; figure-store.md describes each field.

    ``filter`` says which rows of the records are kept, with ``{annee}``, ``{avant}`` and the place: ``{residents}`` (of
    persons), ``{lieu}`` (of things), ``{quartiers}``, ``{territoires}``. ``axes`` names the variables of the lines and
    of the columns of a table that is no crossing.
    """

    id: str
    title: str
    section: str
    definition: str
    unit: str
    source: str
    tables: tuple[str, ...] = ()
    scope: Literal["service", "both"] = "both"
    protected: bool = False
    denominator: str = ""
    with_previous_year: bool = False
    filter: str = ""
    axes: tuple[str, str] = ("", "")
    not_shared: str = ""
    shares_words: bool = True
    look: Look = PLAIN
    own: bool = False
    optional: bool = False
    dated: bool = False
    overlapping: bool = False

    def concerns(self, scope: Scope) -> bool:
        """Say whether the table exists for a territory."""
        return self.scope == "both" or scope.is_service

    def check_concerns(self, scope: Scope) -> None:
        """Refuse a territory smaller than the service where the table is about the whole of it (UsageError)."""
        if not self.concerns(scope):
            raise UsageError(
                f"L'indicateur « {self.id} » n'existe que pour l'ensemble du service.",
                got=f"territoire {scope.territory}",
                todo="le demander pour le territoire « service »",
            )

    @property
    def of_actions(self) -> bool:
        """Whether its columns are actions, each of one commune and of one year."""
        return self.axes == ("public", "action")

    @property
    def side_by_side(self) -> bool:
        """Whether its columns are not summed up by any: actions, territories, marks."""
        return self.of_actions or self.look.side_by_side


@dataclass(frozen=True, kw_only=True)
class Indicator(Declared):
    """One table: what is said of it, and what counts it.

    ``compute`` gives the figures of a scope, one row each, in display order; the rest follows from ``crossing``, where
    it is one. ``from_others`` makes some of these fields of all the tables, where it is worked out of them; ``when``
    says whether it exists at all. ``additive``: communes + hors + sans_commune = service, cell by cell, save for the
    columns ``not_additive``. Columns (before the figures) and lines (after them) may be of words only; ``groups`` are
    lines that are sub-totals, ``distinct`` columns whose total counts each person once, ``balances`` lines that may be
    negative, ``vintages`` the years of values that have one each, ``used`` the rows kept, by table of the records.
    """

    compute: Frames
    crossing: Crossing | None = None
    from_others: Callable[[Mapping[str, Indicator]], Mapping[str, Any]] | None = None
    when: Callable[[Records, Service], bool] | None = None
    additive: bool = False
    not_additive: frozenset[str] = frozenset()
    row_labels: Labels = field(default=lambda records, scope: LABELS)
    column_labels: Labels = field(default=lambda records, scope: LABELS)
    groups: tuple[str, ...] = ()
    texts: Frames | None = None
    text_columns: tuple[str, ...] = ()
    text_rows: tuple[str, ...] = ()
    notes: Callable[[Records, Scope], tuple[str, ...]] = field(default=lambda records, scope: ())
    used: Callable[[Records, Scope], Mapping[str, int]] = field(default=lambda records, scope: {})
    vintages: Callable[[Records, Scope], str] | None = None
    distinct: tuple[str, ...] = ()
    balances: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        """Say of it what follows from how it is counted."""
        object.__setattr__(self, "optional", self.when is not None)
        object.__setattr__(self, "dated", self.vintages is not None)
        object.__setattr__(self, "overlapping", bool(self.crossing and self.crossing.several_lines))

    def counts_as(self, ours: Indicator) -> bool:
        """Say whether it counts what the package's table counts, or less of it, whatever words it is shown with."""
        if self.crossing and ours.crossing:
            same = (self.text_columns, self.scope) == (ours.text_columns, ours.scope)
            return same and self.crossing.within(ours.crossing)
        said = {"id", "title", "section", "definition", "denominator", "source", "filter", "look", "own"}
        said |= {"optional", "dated", "overlapping", "notes", "used"}
        return all(getattr(self, one.name) == getattr(ours, one.name) for one in fields(self) if one.name not in said)

    def rebands(self, ours: Indicator) -> bool:
        """Say whether it counts what the package's table counts, by other bands of ages."""
        mine, theirs = self.crossing, ours.crossing
        return bool(mine and theirs and self.scope == ours.scope and mine.rebands(theirs))


AnyTable = TypeVar("AnyTable", bound=Declared)


def find_table(id: str, tables: Mapping[str, AnyTable]) -> AnyTable:
    """Look a table up; where there is none of that name, UsageError with the nearest, or with the cell that had it."""
    if id in tables:
        return tables[id]
    from rlpipeline.figures.cells import cell_of_ours  # noqa: PLC0415 - who finds its tables reads no notebook

    near, cell = difflib.get_close_matches(id, tables, n=1, cutoff=0), cell_of_ours(id)
    if cell:
        raise UsageError(
            f"Le tableau « {id} » n'est plus déclaré : {cell} du paquet le déclare, celui du service non.",
            todo=f"remettre cette cellule dans le calcul.ipynb du service, ou ne plus demander « {id} »",
        )
    raise UsageError(
        f"Indicateur inconnu : {id!r}.",
        expected=", ".join(tables),
        todo=f"le plus proche est « {near[0]} »" if near else None,
    )


@dataclass(frozen=True)
class Declarations:
    """What is said of every table, in the order of the report, and of what links them.

    Parameters
    ----------
    linked
        ``variables``, ``tableaux`` and ``liens``, as ``datapackage.json`` has them.
    words
        Words of the lines and of the columns of each table that do not depend on the records.
    cells
        Cell of the service's notebooks that declares a table, where one does.
    to_share
        The same of what the edition to share is made from, where that is something else: the tables that count what
        the package's do, whatever words a notebook has for them.
    """

    tables: Mapping[str, Declared]
    linked: Described
    words: Mapping[str, tuple[Words, Words]]
    cells: Words = field(default_factory=dict)
    to_share: Declarations | None = None

    def find(self, id: str) -> Declared:
        """Look a table up; UsageError where there is none of that name."""
        return find_table(id, self.tables)

    @cached_property
    def links(self) -> Links:
        """What the tables cross, and what links them."""
        return read_links(self.linked)

    @property
    def rare(self) -> frozenset[str]:
        """Codes that a table shows only where someone is counted there: elsewhere they are zero."""
        return self.links.rare

    @cached_property
    def about_persons(self) -> Mapping[str, LinkedTable]:
        """What the tables about persons cross."""
        return {id: table for id, table in self.links.tables.items() if table.persons}

    @cached_property
    def not_shared(self) -> Words:
        """Tables that are left out of the edition to share, and why."""
        return {id: table.not_shared for id, table in self.ours.items() if table.not_shared}

    @cached_property
    def ours(self) -> Mapping[str, Declared]:
        """The tables that the package counts alike: all others are in the edition ``interne`` alone."""
        return {id: table for id, table in self.tables.items() if not table.own}

    @cached_property
    def counted_as_ours(self) -> frozenset[str]:
        """Tables that count whom the package's count, be it by other bands: what we say of their figures is true."""
        return frozenset(self.of_ours().ours)

    def of_ours(self) -> Declarations:
        """Say what the edition to share is made from; its other tables are named, and nothing is said of them."""
        if self.to_share is None:
            return self
        words, cells = {**self.words, **self.to_share.words}, self.cells
        return replace(self.to_share, tables={**self.tables, **self.to_share.tables}, words=words, cells=cells)

    def to_json(self) -> dict[str, Any]:
        """Give values for JSON; words that mean the same everywhere are not written again."""
        names = [name.name for name in fields(Declared)]
        said = [
            {**{name: getattr(table, name) for name in names}, "look": asdict(table.look)}
            for table in self.tables.values()
        ]
        words: dict[str, list[Any]] = {id: [] for id in self.words}
        for id, both in self.words.items():
            for side in both:
                usual = LABELS.items() <= side.items()
                own = {code: word for code, word in side.items() if not usual or code not in LABELS}
                words[id].append({"usuels": usual, "mots": own})
        shared = {"a_diffuser": self.to_share.to_json()} if self.to_share else {}
        return {**self.linked, "declares": said, "mots": words, "cellules": dict(self.cells), **shared}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Declarations:
        """Read them again."""
        tables: dict[str, Declared] = {}
        for of in content["declares"]:
            named = {name: tuple(of[name]) for name in ("tables", "axes")}
            tables[of["id"]] = Declared(**{**of, **named, "look": Look(**of["look"])})

        def words(written: Mapping[str, Any]) -> Words:
            return {**LABELS, **written["mots"]} if written["usuels"] else written["mots"]

        named_words = {id: (words(lines), words(columns)) for id, (lines, columns) in content["mots"].items()}
        linked = {name: content[name] for name in WANTED}
        shared = cls.from_json(content["a_diffuser"]) if "a_diffuser" in content else None
        return cls(tables, linked, named_words, content["cellules"], shared)
