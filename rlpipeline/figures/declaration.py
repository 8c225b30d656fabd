"""What a count is about, and what is declared of a table: words, how it is shown, what counts it.

The store carries what is declared to all that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from rlpipeline.declared import PERSONS, WANTED, Described, Links, read_links
from rlpipeline.declared import Table as LinkedTable
from rlpipeline.errors import UsageError, nearest
from rlpipeline.figures.labels import LABELS
from rlpipeline.figures.tidy import no_figures
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

if TYPE_CHECKING:  # a crossing makes an indicator
    from rlpipeline.figures.crossing import Crossing

SERVICE, HORS, SANS_COMMUNE = "service", "hors", "sans_commune"
PROTECTED_UNITS = PERSONS
"""Units in which a small number could let a young person be recognised (disclosure.md)."""
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
            raise UsageError(f"Territoire inconnu : {self.territory!r}.", expected=", ".join(codes), todo=todo)

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
    def before(self) -> Scope:
        """The same of the year before."""
        return replace(self, year=self.year - 1)


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


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a table is shown, where that does not follow from its lines and columns.

    ``tab`` names its sheet (else the beginning of its title), ``chart`` is the kind drawn by itself, ``drawn`` what the
    totals of its lines are about, ``summary`` the column that sums it up. Its lines have an order (``in_order``), are
    drawn from the year before (``slopes``), or are communes, as its columns may be (``by_place``); its chart has one
    scale everywhere (``one_scale``); its columns are equals, each cell with its own year before (``side_by_side``).
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

    ``axes`` names the variables of the lines and of the columns of a table that is no crossing.
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
    axes: tuple[str, str] = ("", "")
    not_shared: str = ""
    shares_words: bool = True
    look: Look = PLAIN
    own: bool = False
    alike: bool = False
    optional: bool = False
    dated: bool = False
    overlapping: bool = False

    def concerns(self, scope: Scope) -> bool:
        """Say whether the table exists for a territory."""
        return self.scope == "both" or scope.is_service

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

    ``compute`` gives the figures of a scope, one row each, in display order. ``from_others`` makes some of these fields
    of all the tables, where it is worked out of them; ``when`` says whether it exists at all. ``additive``: communes +
    hors + sans_commune = service, save for the columns ``not_additive``. Columns (before the figures) and lines (after
    them) may be of words only; ``groups`` are lines that are sub-totals, ``distinct`` columns whose total counts each
    person once, ``balances`` lines that may be negative; ``links`` are those that a cell adds.
    """

    compute: Frames = lambda records, scope: no_figures()
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
    distinct: tuple[str, ...] = ()
    balances: tuple[str, ...] = ()
    links: str = ""

    def __post_init__(self) -> None:
        """Say of it what follows from how it is counted."""
        object.__setattr__(self, "optional", self.when is not None)
        object.__setattr__(self, "overlapping", bool(self.crossing and self.crossing.several_lines))

    def counts_as(self, ours: Indicator) -> bool:
        """Say whether it counts what the package's table counts, or less of it, whatever words it is shown with."""
        if self.crossing and ours.crossing:
            same = (self.text_columns, self.scope) == (ours.text_columns, ours.scope)
            return same and self.crossing.within(ours.crossing)
        said = {"id", "title", "section", "definition", "denominator", "source", "look", "own", "alike", "links"}
        said |= {"optional", "dated", "overlapping", "notes"}
        names = [name.name for name in fields(self) if name.name not in said]
        return all(getattr(self, name) == getattr(ours, name) for name in names)


@dataclass(frozen=True)
class Declarations:
    """What is said of every table, in the order of the report, and of what links them.

    ``linked`` are ``variables``, ``tableaux`` and ``liens``, as ``datapackage.json`` has them; ``words`` those of the
    lines and of the columns of each table that do not depend on the records; ``cells`` the cell of the service's
    notebooks that declares a table, where one does.
    """

    tables: Mapping[str, Declared]
    linked: Described
    words: Mapping[str, tuple[Words, Words]]
    cells: Words = field(default_factory=dict)

    def find(self, id: str) -> Declared:
        """Look a table up; where there is none of that name, UsageError with the nearest, or the cell that had it."""
        from rlpipeline.figures.cells import cell_of_ours  # noqa: PLC0415 - who finds its tables reads no notebook

        if id in self.tables:
            return self.tables[id]
        if cell := cell_of_ours(id):
            what = f"Le tableau « {id} » n'est plus déclaré : {cell} du paquet le déclare, celui du service non."
            todo = f"remettre cette cellule dans le calcul.ipynb du service, ou ne plus demander « {id} »"
            raise UsageError(what, todo=todo)
        near = nearest(id, self.tables)
        todo = f"le plus proche est « {near} »" if near else ""
        raise UsageError(f"Indicateur inconnu : {id!r}.", expected=", ".join(self.tables), todo=todo or None)

    @cached_property
    def links(self) -> Links:
        """What the tables cross, and what links them."""
        return read_links(self.linked)

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
        return frozenset(id for id, table in self.tables.items() if table.alike or not table.own)

    def to_json(self) -> dict[str, Any]:
        """Give values for JSON; words that mean the same everywhere are not written again."""
        names = [name.name for name in fields(Declared)]
        return {
            **self.linked,
            "declares": [
                {**{name: getattr(of, name) for name in names}, "look": asdict(of.look)} for of in self.tables.values()
            ],
            "mots": {
                id: [{code: word for code, word in words.items() if LABELS.get(code) != word} for words in both]
                for id, both in self.words.items()
            },
            "cellules": dict(self.cells),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Declarations:
        """Read them again."""
        typed = ({**of, "tables": tuple(of["tables"]), "axes": tuple(of["axes"])} for of in content["declares"])
        return cls(
            tables={of["id"]: Declared(**{**of, "look": Look(**of["look"])}) for of in typed},
            linked={name: content[name] for name in WANTED},
            words={
                id: ({**LABELS, **lines}, {**LABELS, **columns}) for id, (lines, columns) in content["mots"].items()
            },
            cells=content["cellules"],
        )
