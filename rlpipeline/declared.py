"""What is declared of the tables of a report, and what links them: one form of it, from the cell to the files.

A cell makes a :class:`TableSpec`, figures carry it, ``datapackage.json`` publishes it; audit and attack read it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, cast

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic import dataclasses as checked

Described = Mapping[str, Any]
SERVICE = "service"
"""The whole service, as a territory."""
Total = Literal["somme", "familles", "reunion"]
Sign = Literal["=", "<=", "zéro", "pour_mille"]
RATE: Sign = "pour_mille"
Check = Literal["cohorte", "marge", "stock_flux", "taux"]
"""Checks that test the links of our tables; those of a store may have others."""
Holds = Literal["toujours", "dans_les_dates", "en_general", "suppose"]
PERSONS = frozenset(
    {
        "jeunes",
        "accompagnements",
        "orientations",
        "demandes",
        "suivis",
        "problematiques_relevees",
        "personnes",
        "presences",
        "familles",
    }
)
"""Units of figures that count persons or what is theirs; a test holds them against those that are protected."""
DICTIONARY = "datapackage.json"
WANTED = ("variables", "tableaux", "liens")
KEYS: Mapping[str, str] = {
    "title": "titre",
    "unit": "unite",
    "denominator": "denominateur",
    "tables": "donnees",
    "scope": "territoires",
    "persons": "personnes",
    "additive": "additif",
    "apart": "non_additives",
    "balances": "soldes",
    "lines": "lignes",
    "columns": "colonnes",
    "measures": "mesures",
    "counts": "compte",
    "newcomers": "dont",
    "weekly": "par_semaine",
    "own_total": "total_propre",
    "groups": "sous_totaux",
    "families": "familles",
    "rare": "rares",
}
"""How a field is called in the files, where it has another name there."""
UNPUBLISHED = frozenset(
    {
        "links",
        "look",
        "own",
        "alike",
        "optional",
        "dated",
        "overlapping",
        "with_previous_year",
        "not_shared",
        "shares_words",
    }
)
"""Fields of a table that concern the report alone: the dictionary has all others."""


class FigureKey(NamedTuple):
    """What two figures that must agree have in common."""

    indicateur: str
    annee: int
    territoire: str
    ligne: str
    colonne: str

    @property
    def place(self) -> tuple[str, int, str]:
        """Table that holds the figure: indicator, year, territory."""
        return self.indicateur, self.annee, self.territoire

    def in_year(self, year: int) -> FigureKey:
        """The same in another year."""
        return FigureKey(self.indicateur, year, self.territoire, self.ligne, self.colonne)


Address = TypeVar("Address", bound=tuple[Any, ...])


def by_territory(addresses: Iterable[Address]) -> list[Address]:
    """Give keys, or the tables that hold them, a territory after the other: each is then opened once."""
    return sorted(addresses, key=lambda address: address[2])


@checked.dataclass(frozen=True)
class Each:
    """Every code of a variable, the same on both sides, save some; in a table by family, the family of an issue."""

    variable: str = Field(alias="chaque")
    save: tuple[str, ...] = Field(default=(), alias="sauf")


@checked.dataclass(frozen=True)
class CellRange:
    """Cells of a table: one, or one for each code of a variable; of another territory, or of years before."""

    table: str = Field(alias="tableau")
    line: str | Each = Field(alias="ligne")
    column: str | Each = Field(alias="colonne")
    territory: Each | None = Field(default=None, alias="territoire")
    before: int = Field(default=0, alias="avant")


def gone_through(side: Iterable[CellRange]) -> frozenset[Each]:
    """List the variables that cells go through."""
    axes = (axis for cells in side for axis in (cells.line, cells.column, cells.territory))
    return frozenset(axis for axis in axes if isinstance(axis, Each))


@checked.dataclass(frozen=True)
class Link:
    """A sum of cells and another, for every territory and year that has both.

    Parameters
    ----------
    check, name
        Code of the check that tests it, and what tells it from the others of that check.
    sign
        ``=``; ``<=`` (the left side is part of the right one); ``zéro`` (the right side is zero where the left one is);
        ``pour_mille`` (the left cell is the first of the right side for a thousand of the second, to one decimal).
    why
        The reason in French, without a full stop.
    holds
        ``dans_les_dates`` where rows outside the dates of their follow-up, which are counted, can break it;
        ``en_general`` where nothing in the records prevents the contrary; ``suppose`` where it is no check, only what
        a reader of both figures takes for granted.
    partial, service
        Whether it also holds between sums of what is known; whether it is about the whole service only.
    """

    check: str = Field(alias="controle")
    name: str = Field(alias="nom")
    left: tuple[CellRange, ...] = Field(alias="gauche", min_length=1)
    sign: Sign = Field(alias="signe")
    right: tuple[CellRange, ...] = Field(alias="droite", min_length=1)
    why: str = Field(alias="pourquoi")
    holds: Holds = Field(alias="tient")
    partial: bool = Field(alias="partiel")
    service: bool = Field()

    @model_validator(mode="after")
    def _goes_through_the_same(self) -> Link:
        if gone_through(self.right) - gone_through(self.left[:1]):
            raise ValueError(
                f"un lien parcourt à droite ce qu'il ne parcourt pas à gauche : {self.name}"
            )
        return self

    @property
    def tables(self) -> frozenset[str]:
        """The tables that it is about."""
        return frozenset(cells.table for cells in (*self.left, *self.right))


def _key(name: str) -> str:
    return KEYS.get(name, name)


IN_FILES = ConfigDict(alias_generator=_key)
Text = Annotated[str, BeforeValidator(lambda value: value or "")]
"""A text that older files leave null where it is empty."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a cell counts: rows, persons (each once in a cell, and in its total), the sum of the column ``of``.

    What is made from the sums before it, a share or an amount a week, does not add up over the territories.

    Parameters
    ----------
    code
        Of its column; empty where the columns are those of a variable.
    total
        What the total line is of it: the sum of the lines, that of the families, a count of distinct persons;
        empty where there is none.
    """

    __pydantic_config__: ClassVar = IN_FILES

    unit: str
    counts: Literal["lignes", "jeunes_distincts", "somme", "part", "par_semaine"]
    code: Text = ""
    total: Annotated[Total | Literal[""], BeforeValidator(lambda value: value or "")] = ""
    of: str = ""

    @property
    def derived(self) -> bool:
        """Whether it is made from the column before it."""
        return self.counts in ("part", "par_semaine")


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The lines or the columns of a table.

    Parameters
    ----------
    variable
        Empty where nothing is declared, or where each column counts something of its own.
    total
        Code of the total, empty without one.
    own_total
        Whether the total is known where the lines are not.
    groups
        Lines that are the sum of those before them.
    """

    __pydantic_config__: ClassVar = IN_FILES

    variable: Text = ""
    total: Text = ""
    own_total: bool = False
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a table is shown, where that does not follow from its lines and columns.

    ``tab`` names its sheet (else the beginning of its title), ``chart`` is the kind drawn by itself, ``drawn`` what the
    totals of its lines are about, ``summary`` the column that sums it up. Its lines have an order (``in_order``) or are
    communes, as its columns may be (``by_place``); its chart has one scale everywhere (``one_scale``); its columns are
    equals, each cell with its own year before (``side_by_side``). ``share_of``: table whose lines count what its
    columns, or its lines, are parts of: its chart shows parts. ``corner``: what stands above its lines and before its
    columns, where ``{annee}`` and ``{avant}`` are the years.
    """

    tab: str = ""
    chart: str = ""
    drawn: str = ""
    in_order: bool = False
    one_scale: bool = False
    summary: str = ""
    side_by_side: bool = False
    by_place: bool = False
    share_of: str = ""
    corner: str = ""


PLAIN = Look()
EachAxis = Annotated[Axis, BeforeValidator(lambda value: value or {})]
"""An axis that older files leave null where nothing is declared of it."""


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """What is declared of a table.

    Parameters
    ----------
    id, title, section
        Its name in texts and files, its caption, its place in the printed report (``V.2``).
    definition, unit, source, denominator
        What it counts, in what, from what, and what it may be divided by, in French.
    tables
        Tables of the records without which its figures are not communicated.
    scope
        Whether it exists for the whole service only.
    persons, residents, population
        Whether it counts persons; whether a figure is about young people where they live: nobody is then without any
        commune; the rows that are counted, where it crosses some.
    lines, columns, measures
        What it crosses, and what is counted in each column.
    additive, apart
        Whether communes + hors + sans_commune = service, and the columns for which that does not hold.
    balances
        Lines of those who come minus those who go, which may be negative.
    newcomers
        The column that counts those who are new, and that of which they are a part.
    parts, weekly
        Columns of percentages (two decimals, 100 in all) and of amounts a week, each with the column it is made from.
    links
        What its cell says of its links with other tables.
    own, alike
        Whether the service counts it in a way of its own; whether by other bands of ages alone.
    optional, dated
        Whether it may be absent; whether each of its figures says of which year it is.
    overlapping
        Whether one person may count on several of its lines.
    with_previous_year
        Whether it has the figures of the year before as well.
    not_shared, shares_words
        Why it is left out of the edition to share; whether words of its rows are in it.
    """

    __pydantic_config__: ClassVar = IN_FILES

    id: str = ""
    title: str = ""
    section: str = ""
    definition: str = ""
    unit: str = ""
    source: str = ""
    denominator: str = ""
    tables: tuple[str, ...] = ()
    scope: Literal["service", "tous"] = "tous"
    persons: bool = False
    residents: bool = False
    population: Text = ""
    lines: EachAxis = Axis()
    columns: EachAxis = Axis()
    measures: tuple[Measure, ...] = ()
    additive: bool = False
    apart: tuple[str, ...] = ()
    balances: tuple[str, ...] = ()
    newcomers: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    weekly: Mapping[str, str] = field(default_factory=dict)
    links: str = ""
    look: Look = PLAIN
    own: bool = False
    alike: bool = False
    optional: bool = False
    dated: bool = False
    overlapping: bool = False
    with_previous_year: bool = False
    not_shared: str = ""
    shares_words: bool = True

    def concerns(self, territory: str) -> bool:
        """Say whether it exists for a territory."""
        return self.scope == "tous" or territory == SERVICE

    @property
    def of_actions(self) -> bool:
        """Whether its columns are actions, each in a unit of its own, by public."""
        return self.lines.variable == "public"

    @property
    def side_by_side(self) -> bool:
        """Whether its columns are not summed up by any: actions, territories, marks."""
        return self.of_actions or self.look.side_by_side

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Unit of each column; of all of them under ""."""
        return {measure.code: measure.unit for measure in self.measures}

    @cached_property
    def totals(self) -> Mapping[str, Total]:
        """What the total line is of each column that has one; of all of them under ""."""
        return {measure.code: measure.total for measure in self.measures if measure.total}


@dataclass(frozen=True, kw_only=True)
class VariableSpec:
    """What is declared of a variable.

    Parameters
    ----------
    codes
        In order; none where they are names of the records.
    rare
        Codes that a table shows only where someone is counted there: elsewhere they are a zero.
    families
        Codes that each family of codes unites.
    """

    __pydantic_config__: ClassVar = IN_FILES

    title: str = ""
    codes: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Links:
    """All that a dictionary declares: the variables, the tables, and what links them."""

    variables: Mapping[str, VariableSpec] = field(default_factory=dict)
    tables: Mapping[str, TableSpec] = field(default_factory=dict)
    all: tuple[Link, ...] = ()

    @cached_property
    def codes(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of each variable, in order; none where they are names of the records."""
        return {id: variable.codes for id, variable in self.variables.items()}

    @cached_property
    def families(self) -> Mapping[str, tuple[str, ...]]:
        """Codes that each family of codes unites."""
        families: dict[str, tuple[str, ...]] = {}
        for variable in self.variables.values():
            families |= variable.families
        return families

    @cached_property
    def rare(self) -> frozenset[str]:
        """Codes that a table shows only where someone is counted there: elsewhere they are a zero."""
        return frozenset(code for variable in self.variables.values() for code in variable.rare)

    @cached_property
    def counted(self) -> frozenset[str]:
        """Units that count rows of the records: whole numbers."""
        of_persons = (table.measures for table in self.tables.values() if table.persons)
        measures = (measure for measures in of_persons for measure in measures)
        return frozenset(measure.unit for measure in measures if measure.counts in WHOLE)

    @cached_property
    def persons(self) -> frozenset[str]:
        """Tables about persons."""
        return frozenset(id for id, table in self.tables.items() if table.persons)

    @cached_property
    def actions(self) -> frozenset[str]:
        """Tables of actions."""
        return frozenset(id for id, table in self.tables.items() if table.of_actions)

    @cached_property
    def split(self) -> frozenset[str]:
        """Tables about persons whose lines share out their total."""
        tables = ((id, self.tables[id]) for id in self.persons - self.actions)
        return frozenset(id for id, table in tables if SHARED_OUT & {*table.totals.values()})

    def described(self) -> dict[str, Any]:
        """Write them as values for JSON, as the dictionary publishes them; :func:`read_links` reads them back."""
        return {
            "variables": _plain(_VARIABLES, self.variables),
            "tableaux": described(self.tables.values(), UNPUBLISHED),
            "liens": _plain(_LINKS, self.all),
        }


WHOLE = frozenset({"lignes", "jeunes_distincts"})
"""Measures that count rows: whole numbers."""
SHARED_OUT: frozenset[Total] = frozenset({"somme", "familles"})
"""Totals that are the sum of lines."""
_VARIABLES = TypeAdapter(dict[str, VariableSpec])
_TABLES = TypeAdapter(tuple[TableSpec, ...])
_LINKS = TypeAdapter(tuple[Link, ...])


def read_links(content: Described) -> Links:
    """Read what a dictionary declares: ``variables``, ``tableaux`` and ``liens`` of ``datapackage.json``.

    Raises
    ------
    ValueError, KeyError, TypeError
        It declares none, as an older one, or is damaged.
    """
    absent = [name for name in WANTED if name not in content]
    if absent:
        raise ValueError(f"sans « {absent[0]} »")
    tables = {table.id: table for table in read_tables(content["tableaux"])}
    links = _read(_LINKS, content["liens"], "liens")
    strangers = sorted(frozenset[str]().union(*(link.tables for link in links)) - tables.keys())
    if strangers:
        raise ValueError(f"un lien nomme le tableau « {strangers[0]} », qui n'est pas déclaré")
    return Links(_read(_VARIABLES, content["variables"], "variables"), tables, links)


def read_tables(content: object) -> tuple[TableSpec, ...]:
    """Read what :func:`described` writes; ValueError where something is not what is written there."""
    tables = cast("tuple[TableSpec, ...]", _read(_TABLES, content, "tableaux"))
    if not all(table.id for table in tables):
        raise ValueError("un tableau n'a pas de nom")
    return tables


def described(
    tables: Iterable[TableSpec], without: frozenset[str] = frozenset()
) -> list[Described]:
    """Write what is declared of tables as values for JSON, but some fields; those that say nothing are left out."""
    return cast("list[Described]", _plain(_TABLES, (*tables,), {"__all__": {*without}}))


def _plain(kind: TypeAdapter[Any], values: object, exclude: Any = None) -> Any:
    return kind.dump_python(
        values, mode="json", by_alias=True, exclude_defaults=True, exclude=exclude
    )


def _read(kind: TypeAdapter[Any], content: object, where: str) -> Any:
    """Read values for JSON; ValueError with the place of what is wrong."""
    try:
        return kind.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        is_ours = first["type"] == "value_error"
        wrong = first["msg"].removeprefix("Value error, ")
        what = wrong if is_ours else "ce n'est pas ce qui s'écrit là"
        raise ValueError(f"{where}, {', '.join(map(str, first['loc']))} : {what}") from error
