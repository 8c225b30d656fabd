"""What links the tables of a publication: what each crosses and adds up to, which say the same or are part of others.

The declarations of the tables make the links, ``datapackage.json`` holds them, audit and attack read them there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar, cast

from pydantic import Field, TypeAdapter, ValidationError, model_validator
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
class Cells:
    """Cells of a table: one, or one for each code of a variable; of another territory, or of years before."""

    table: str = Field(alias="tableau")
    line: str | Each = Field(alias="ligne")
    column: str | Each = Field(alias="colonne")
    territory: Each | None = Field(default=None, alias="territoire")
    before: int = Field(default=0, alias="avant")


def gone_through(side: Iterable[Cells]) -> frozenset[Each]:
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
    left: tuple[Cells, ...] = Field(alias="gauche", min_length=1)
    sign: Sign = Field(alias="signe")
    right: tuple[Cells, ...] = Field(alias="droite", min_length=1)
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


_LINKS = TypeAdapter(tuple[Link, ...])


@dataclass(frozen=True)
class Table:
    """What is declared of a table.

    Parameters
    ----------
    persons, service, additive
        Whether it counts persons; exists for the whole service only; communes + hors + sans_commune = service.
    apart, balances
        Columns for which that does not hold; lines of those who come minus those who go, which may be negative.
    residents
        Whether a figure is about young people where they live: nobody is then without any commune.
    lines, columns
        Variables that it crosses; empty where nothing is declared, or where each column counts something of its own.
    units, totals
        Unit of each column, and what the total line is of it: the sum of the lines, that of the families, a count of
        distinct persons; of all of them under "".
    total, own_total, groups
        Code of the total line, empty without one; whether it is known where the lines are not; lines that are the sum
        of those before them.
    newcomers
        Whether a column counts those who are new, some of the total.
    parts, weekly
        Columns of percentages (two decimals, 100 in all) and of amounts a week, each with the column it is made from.
    """

    id: str
    persons: bool
    service: bool
    additive: bool
    apart: frozenset[str]
    residents: bool
    lines: str = ""
    columns: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    total: str = ""
    totals: Mapping[str, Total] = field(default_factory=dict)
    own_total: bool = False
    groups: frozenset[str] = frozenset()
    balances: frozenset[str] = frozenset()
    newcomers: bool = False
    parts: Mapping[str, str] = field(default_factory=dict)
    weekly: Mapping[str, str] = field(default_factory=dict)

    @property
    def of_actions(self) -> bool:
        """Whether its columns are actions, each in a unit of its own, by public."""
        return self.lines == "public"


@dataclass(frozen=True)
class Links:
    """All that a dictionary declares of the tables.

    Parameters
    ----------
    codes
        Codes of each variable, in order; none where they are names of the records.
    families
        Codes that each family of codes unites.
    rare
        Codes that a table shows only where someone is counted there: elsewhere they are a zero.
    counted
        Units that count rows of the records: whole numbers.
    """

    tables: Mapping[str, Table] = field(default_factory=dict)
    all: tuple[Link, ...] = ()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rare: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()

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
        return frozenset(
            id for id, table in tables if {"somme", "familles"} & {*table.totals.values()}
        )


def read_links(described: Described) -> Links:
    """Read what a dictionary declares: ``variables``, ``tableaux`` and ``liens`` of ``datapackage.json``.

    Raises
    ------
    ValueError, KeyError, TypeError
        It declares none, as an older one, or is damaged.
    """
    absent = [name for name in WANTED if name not in described]
    if absent:
        raise ValueError(f"sans « {absent[0]} »")
    variables, listed = described["variables"], described["tableaux"]
    tables = {str(one["id"]): read_table(one) for one in listed}
    try:
        links = _LINKS.validate_python(described["liens"])
    except ValidationError as error:
        first = error.errors()[0]
        ours = first["type"] == "value_error"
        wrong = (
            first["msg"].removeprefix("Value error, ") if ours else "ce n'est pas ce qui s'écrit là"
        )
        raise ValueError(f"liens, {', '.join(map(str, first['loc']))} : {wrong}") from error
    strangers = sorted(frozenset[str]().union(*(link.tables for link in links)) - tables.keys())
    if strangers:
        raise ValueError(f"un lien nomme le tableau « {strangers[0]} », qui n'est pas déclaré")
    return Links(
        tables=tables,
        all=links,
        codes={id: tuple(one["codes"]) for id, one in variables.items()},
        families={
            family: tuple(codes)
            for one in variables.values()
            for family, codes in one.get("familles", {}).items()
        },
        rare=frozenset(code for one in variables.values() for code in one.get("rares", ())),
        counted=frozenset(
            measure["unite"]
            for one in listed
            for measure in one.get("mesures", ())
            if measure["compte"] in ("lignes", "jeunes_distincts") and one["personnes"]
        ),
    )


def written(link: Link) -> dict[str, Any]:
    """Write a link as values for JSON; :func:`read_links` reads it back."""
    [values] = _LINKS.dump_python((link,), mode="json", by_alias=True, exclude_defaults=True)
    return cast("dict[str, Any]", values)


def read_table(one: Described) -> Table:
    """Read what is declared of a table."""
    lines, columns = one.get("lignes") or {}, one.get("colonnes") or {}
    measures: Iterable[Described] = one.get("mesures", ())
    return Table(
        id=str(one["id"]),
        persons=bool(one["personnes"]),
        service=one["territoires"] == "service",
        additive=bool(one["additif"]),
        apart=frozenset(one["non_additives"]),
        residents=bool(one["residents"]),
        lines=str(lines.get("variable") or ""),
        columns=str(columns.get("variable") or ""),
        units={measure["code"] or "": str(measure["unite"]) for measure in measures},
        total=str(lines.get("total") or ""),
        totals={
            measure["code"] or "": measure["total"] for measure in measures if measure["total"]
        },
        own_total=bool(lines.get("total_propre")),
        groups=frozenset(lines.get("sous_totaux", ())),
        balances=frozenset(one.get("soldes", ())),
        newcomers="dont" in one,
        parts=dict(one.get("parts", {})),
        weekly=dict(one.get("par_semaine", {})),
    )
