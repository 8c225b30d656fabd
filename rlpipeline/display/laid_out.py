"""The tables of one report laid out, each once, and the scales that its portraits share.

What is shown, charted and quoted takes the same figures.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path

import pandas as pd

from rlpipeline import french
from rlpipeline.display import layout
from rlpipeline.display.layout import MOST_COMMUNES, NOT_SHARED, NOTHING, Layout, LeftOut
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.errors import UsageError, nearest
from rlpipeline.figures import (
    HORS,
    SANS_COMMUNE,
    SERVICE,
    Scope,
    Store,
    TableData,
    TableSpec,
    label_of,
)
from rlpipeline.figures.labels import PARTENAIRES, TOTAL
from rlpipeline.figures.store import Parts
from rlpipeline.observations import Observation
from rlpipeline.protection.classes import OF_PERSONS, PARTLY, classes_of, wider_classes
from rlpipeline.records.frames import Memory
from rlpipeline.settings.models import Service, Settings

BY_AGE = re.compile(r"(?:, par| et l)[ ']âge$")
WITHOUT_PAGE = (HORS, SANS_COMMUNE)
"""Parts of the service that no portrait is about; their figures come with the service's."""
SCALES = "echelles.json"
"""File beside the source of the notebooks."""
MOST_ON_SCALE = 60
"""Communes beyond which the largest would flatten the others, and each portrait has its own scale."""


@dataclass(frozen=True)
class LaidOut(Memory):
    """The tables of a report.

    Parameters
    ----------
    scales
        Figure that the chart of a table has room for in every portrait, by table.
    """

    source: Store
    settings: Settings
    scope: Scope
    scales: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def lookup(self) -> Lookup:
        """The figures that texts quote."""
        return Lookup(self.source, self.settings)

    def prose(self, territory: str | None = None) -> Prose:
        """What fills in a text about a territory, by default the report's."""
        place = territory or self.scope.territory
        return Prose(self.lookup.cell, self.scope.year, place, self.lookup.comparable)

    def layout(self, id: str, scope: Scope) -> Layout:
        """Lay a table out once."""
        key = id, scope.territory
        return self.once(key, lambda: self._lay_out(id, scope))

    def _lay_out(self, id: str, scope: Scope) -> Layout:
        data = uncrossed(self.source.table(id, scope))
        # Before the communes are ranked by what another table says:
        self.lookup.keep(data.figures, id, scope.year, scope.territory)
        left = self._others(data) if self.scope.is_service and scope.is_service else NOTHING
        more = [note for note in (left.note, self._unshared_lines(data)) if note]
        data = replace(data, notes=(*data.notes, *more))
        place, scale = self.place(scope.territory), self._scale(data.spec)
        former = self.lookup.former(id, scope.territory)
        colour = self.settings.service.apparence.couleur or ""
        return Layout(data, place, former, scale, left, colour=colour)

    def _others(self, data: TableData) -> LeftOut:
        """Leave out what is of other communes than those that the service's report shows."""
        if not data.spec.look.by_place:
            return NOTHING
        places = self.source.territories_of_actions
        return layout.of_others(data, self.settings.service, self.communes, places)

    def _scale(self, table: TableSpec) -> float:
        """Give the figure that the chart of a table has room for in every portrait; 0 where each has its own."""
        is_common = table.look.one_scale and not self.scope.is_service
        return self.scales.get(table.id, 0.0) if is_common else 0.0

    def for_chart(self, whole: Layout, scope: Scope, story: frozenset[str]) -> Layout:
        """Give a table what its chart shows beside its figures: what stands out, what they are parts of."""
        data, wholes = whole.data, dict[tuple[int, str], Observation]()
        table = data.spec.look.share_of
        if not table:
            return replace(whole, story=story)
        codes = {TOTAL, *(side.code for side in (*data.rows, *data.columns))}
        for year, code in product((data.year - 1, data.year), codes):
            figure = self.lookup.known((table, code, TOTAL), year, scope.territory)
            if figure is not None:
                wholes[year, code] = figure
        return replace(whole, story=story, wholes=wholes)

    def asked(
        self, whole: Layout, scope: Scope, lines: Sequence[str], columns: Sequence[str]
    ) -> Layout:
        """Lay out the lines and columns of a table that a cell asks for.

        Raises UsageError: the table has no such code, neither here nor in the whole service, this year or the year
        before; not in the edition to share, which may lack any of them. The message gives the nearest.
        """
        lines, columns = _several(lines), _several(columns)
        if not self.source.is_exact:
            wider = self._wider(whole.data.id)
            lines, columns = [*map(wider, lines)], [*map(wider, columns)]
        elif whole.data.rows:
            self._check_codes(whole, scope, "ligne", lines)
            self._check_codes(whole, scope, "colonne", columns)
        return layout.asked(whole, lines, columns)

    def _wider(self, id: str) -> Callable[[str], str]:
        """Give what tells the class of the edition to share that stands for a code of a table."""
        service = self.settings.service
        classes = classes_of(service.diffusion, service)
        wider = wider_classes(id, classes, self.source.declared.links)
        return lambda code: wider.get(code, code)

    def _check_codes(self, whole: Layout, scope: Scope, side: str, codes: Sequence[str]) -> None:
        """Raise UsageError: a table has not one of some codes, neither here nor in the whole service."""
        there, rare = _codes(whole, side), self.source.rare
        if rare.union(there).issuperset(codes):
            return
        everywhere = self.layout(whole.data.id, replace(scope, territory=SERVICE))
        expected = [*dict.fromkeys([*there, *_codes(everywhere, side)])]
        unknown = [code for code in codes if code not in rare.union(expected)]
        if unknown:
            raise UsageError(
                f"Le tableau « {whole.data.id} » n'a pas de {side} {unknown[0]!r}.",
                expected=", ".join(expected),
                todo=f"la plus proche est « {nearest(unknown[0], expected)} »",
            )

    def _unshared_lines(self, data: TableData) -> str:
        """Name the lines of a table that the edition to share leaves out; nothing where it leaves none out."""
        service = self.settings.service
        if self.settings.edition != "diffusion" or not data.rows:
            return ""
        if data.id not in OF_PERSONS:
            return PARTLY.get(data.id, "")
        names = {family.code: family.libelle for family in service.problematiques}
        if data.id == "co_accompagnements":
            names = {code: label_of(code) for code in PARTENAIRES}
        absent = [f"« {names[code]} »" for code in service.diffusion.sensibles if code in names]
        return f"{french.listing(absent)}{NOT_SHARED}" if absent else ""

    @cached_property
    def communes(self) -> tuple[str, ...]:
        """The communes that the service's report shows one by one: all of them, or the largest of many."""
        service = self.settings.service
        if len(service.communes) <= MOST_COMMUNES:
            return service.commune_codes
        followed = self.lookup.table("communes", self.scope.year, SERVICE)
        return largest(followed, service)

    def place(self, territory: str) -> str:
        """Name of a territory; empty for the whole service."""
        if territory == SERVICE:
            return ""
        names = self.settings.service.commune_names
        return names.get(territory) or label_of(territory)


def _several(codes: Sequence[str]) -> Sequence[str]:
    """Take a code that a cell gives alone as a list of one."""
    return [codes] if isinstance(codes, str) else codes


def uncrossed(data: TableData) -> TableData:
    """Name a table by what it shows, where the edition to share has it without its ages."""
    if [column.code for column in data.columns] != [TOTAL]:
        return data
    title = BY_AGE.sub("", data.spec.title)
    return replace(data, spec=replace(data.spec, title=title))


def _codes(whole: Layout, side: str) -> list[str]:
    """List the codes of the lines or of the columns of a table, those of the year before included."""
    sides = {"ligne": whole.data.rows, "colonne": whole.data.columns}
    now = [each.code for each in sides[side]]
    before = whole.before.figures[side] if whole.before else ()
    return [*dict.fromkeys([*now, *map(str, before)])]


def largest(followed: pd.DataFrame, service: Service) -> tuple[str, ...]:
    """Choose the communes to show, in report order: a dozen, where most young people are followed.

    ``followed`` has the figures of the table ``communes`` of the service, as the edition gives them.
    """
    codes = service.commune_codes
    totals = followed[followed["colonne"] == TOTAL].set_index("ligne")["valeur"]
    known = totals.reindex([*codes]).fillna(-1)
    ranked = known.sort_values(ascending=False, kind="stable")
    shown = {*ranked.index[:MOST_COMMUNES]}
    return tuple(code for code in codes if code in shown)


def common_scales(source: Store, service: Service, year: int) -> Mapping[str, float]:
    """Find the end of the scale of each table's chart, from the largest figure that it draws over the communes.

    By table; nothing where there are too few communes or too many.
    """
    codes = service.commune_codes
    if not 1 < len(codes) <= MOST_ON_SCALE:
        return {}
    tables = source.declared.tables.values()
    shared = [table for table in tables if table.look.one_scale]
    ends = dict.fromkeys((table.id for table in shared), 0.0)
    years = {year - 1, year} & {*source.years}
    for code in codes:
        opened = source.emptied()  # gone with the commune
        for table, drawn in product(shared, years):
            largest = _largest(table, opened, Scope(drawn, code, service))
            ends[table.id] = max(ends[table.id], largest)
    return {id: rounded_up(end) for id, end in ends.items()}


def rounded_up(largest: float) -> float:
    """Give an end of scale at most a fifth above the largest figure, that one record more or less seldom moves.

    Each portrait would be made again, where the largest figure of one of them is the end of the scale of all.
    """
    if not largest:
        return 0.0
    fifth = largest / 5
    power: float = 10 ** math.floor(math.log10(fifth))
    step = max(times * power for times in (1, 2, 5) if times * power <= fifth)
    return math.ceil(largest / step) * step


def _largest(of: TableSpec, source: Store, scope: Scope) -> float:
    """Give the largest figure of a year that the chart of a table draws; 0 where it draws none."""
    try:
        figures = source.figures(of.id, scope)
    except UsageError:
        return 0.0
    figures = figures[figures["annee"] == scope.year]
    figures = figures[figures["ligne"] != TOTAL]
    drawn = figures[_is_drawn(of, figures, scope.service)]
    largest = drawn["valeur"].max()
    return 0.0 if pd.isna(largest) else float(largest)


def _is_drawn(of: TableSpec, figures: pd.DataFrame, service: Service) -> pd.Series:
    """Say of each figure whether the chart of its table draws it: by sex, by lines, or by families and ages."""
    lines, columns = figures["ligne"], figures["colonne"]
    by_sex = columns.isin(["F", "G"])
    if of.look.chart == "pyramid" and by_sex.any():
        return by_sex
    if of.look.chart in {"bars", "pyramid"}:
        return columns == TOTAL
    families = [family.code for family in service.problematiques]
    return lines.isin(families) & (columns != TOTAL)


def write_scales(scales: Mapping[str, float], directory: Path) -> None:
    """Write the scales beside the source."""
    written = json.dumps({**scales}, indent=1)
    (directory / SCALES).write_text(written, encoding="utf-8")


def read_scales(source: str) -> Mapping[str, float]:
    """Read the scales that stand beside a source; none where a notebook is opened by hand."""
    return {} if "://" in source else Parts(Path(source).parent / SCALES)
