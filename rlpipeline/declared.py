"""What links the tables of a publication: what each crosses and adds up to, which say the same or are part of others.

The declarations of the tables make the links, ``datapackage.json`` holds them, audit and attack read them there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

Described = Mapping[str, Any]
SERVICE = "service"
"""The whole service, as a territory."""
ROUNDED = "arrondi"
Total = Literal["somme", "familles", "reunion"]
Sign = Literal["=", "<=", "zéro", "pour_mille"]
RATE: Sign = "pour_mille"
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


@dataclass(frozen=True)
class Each:
    """Every code of a variable, the same on both sides, save some."""

    variable: str
    save: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cells:
    """Cells of a table: one, or one for each code of a variable.

    Parameters
    ----------
    territory
        Another territory than the one looked at.
    before
        Years before the one looked at.
    """

    table: str
    line: str | Each
    column: str | Each
    territory: Each | None = None
    before: int = 0


@dataclass(frozen=True)
class Link:
    """A sum of cells and another, for every territory and year that has both.

    Parameters
    ----------
    check, name
        Code of the check that tests it, and what tells it from the others of that check.
    sign
        ``=``; ``<=`` (the left side is part of the right one); ``zéro`` (one is zero where the other is);
        ``pour_mille`` (the left cell is the first of the right side for a thousand of the second, to one decimal).
    why
        The reason in French, without a full stop.
    holds
        ``dans_les_dates`` where rows outside the dates of their follow-up, which are counted, can break it;
        ``en_general`` where nothing in the records prevents the contrary; ``suppose`` where it is no check, only what
        a reader of both figures takes for granted.
    partial
        Whether it also holds between sums of what is known: the left side adds some of the rows of the right one.
    service
        Whether it is about the whole service only.
    """

    check: str
    name: str
    left: tuple[Cells, ...]
    sign: Sign
    right: tuple[Cells, ...]
    why: str
    holds: Holds = "toujours"
    partial: bool = False
    service: bool = False

    @property
    def tables(self) -> frozenset[str]:
        """The tables that it is about."""
        return frozenset(cells.table for cells in (*self.left, *self.right))


@dataclass(frozen=True)
class Table:
    """What is declared of a table.

    Parameters
    ----------
    persons
        Whether it counts persons.
    service
        Whether it exists for the whole service only.
    additive
        Whether communes + hors + sans_commune = service, cell by cell.
    apart
        Columns of an additive table for which it does not hold.
    balances
        Lines that count those who come minus those who go, and may be negative.
    residents
        Whether a figure is about young people where they live: nobody is then without any commune.
    lines, columns
        Variables that it crosses; empty where nothing is declared, or where each column counts something of its own.
    units
        Unit of each column, or of all of them (under "").
    total
        Code of the total line, empty where there is none.
    totals
        What the total line is of each column, or of all of them (under ""): the sum of the lines, that of the families,
        a count of distinct persons.
    own_total
        Whether its total is known where its lines are not.
    groups
        Lines that are the sum of those before them.
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
        return frozenset(id for id, table in tables if {"somme", "familles"} & {*table.totals.values()})


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
    links = tuple(_link(one) for one in described["liens"])
    strangers = sorted(frozenset[str]().union(*(link.tables for link in links)) - tables.keys())
    if strangers:
        raise ValueError(f"un lien nomme le tableau « {strangers[0]} », qui n'est pas déclaré")
    return Links(
        tables=tables,
        all=links,
        codes={id: tuple(one["codes"]) for id, one in variables.items()},
        families={
            family: tuple(codes) for one in variables.values() for family, codes in one.get("familles", {}).items()
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
    return {
        "controle": link.check,
        "nom": link.name,
        "gauche": [_cells_written(cells) for cells in link.left],
        "signe": link.sign,
        "droite": [_cells_written(cells) for cells in link.right],
        "pourquoi": link.why,
        "tient": link.holds,
        "partiel": link.partial,
        "service": link.service,
    }


def _cells_written(cells: Cells) -> dict[str, Any]:
    address = {"tableau": cells.table, "ligne": _axis_written(cells.line), "colonne": _axis_written(cells.column)}
    territory = {"territoire": _axis_written(cells.territory)} if cells.territory else {}
    return {**address, **territory, **({"avant": cells.before} if cells.before else {})}


def _axis_written(axis: str | Each) -> str | dict[str, Any]:
    if isinstance(axis, str):
        return axis
    return {"chaque": axis.variable, **({"sauf": [*axis.save]} if axis.save else {})}


def _link(one: Described) -> Link:
    sign, holds = one["signe"], one["tient"]
    if sign not in get_args(Sign) or holds not in get_args(Holds):
        raise ValueError(f"un lien a pour signe « {sign} », et tient « {holds} »")
    sides = [tuple(_cells(cells) for cells in one[side]) for side in ("gauche", "droite")]
    if not all(sides):
        raise ValueError(f"un lien n'a qu'un côté : {one['nom']}")
    first = (sides[0][0].line, sides[0][0].column)
    if any(isinstance(axis, Each) and axis not in first for cells in sides[1] for axis in _axes(cells)):
        raise ValueError(f"un lien parcourt à droite ce qu'il ne parcourt pas à gauche : {one['nom']}")
    why, words = str(one["pourquoi"]), (str(one["controle"]), str(one["nom"]))
    return Link(*words, sides[0], sign, sides[1], why, holds, bool(one["partiel"]), bool(one["service"]))


def _cells(one: Described) -> Cells:
    territory = _axis(one["territoire"]) if "territoire" in one else None
    if isinstance(territory, str):
        raise ValueError(f"un lien est d'un territoire seul : {territory}")
    return Cells(str(one["tableau"]), _axis(one["ligne"]), _axis(one["colonne"]), territory, int(one.get("avant", 0)))


def _axes(cells: Cells) -> tuple[str | Each | None, ...]:
    return cells.line, cells.column, cells.territory


def _axis(axis: str | Described) -> str | Each:
    return axis if isinstance(axis, str) else Each(str(axis["chaque"]), tuple(axis.get("sauf", ())))


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
        totals={measure["code"] or "": measure["total"] for measure in measures if measure["total"]},
        own_total=bool(lines.get("total_propre")),
        groups=frozenset(lines.get("sous_totaux", ())),
        balances=frozenset(one.get("soldes", ())),
        newcomers="dont" in one,
        parts=dict(one.get("parts", {})),
        weekly=dict(one.get("par_semaine", {})),
    )
