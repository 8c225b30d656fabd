"""The tables of one report laid out, each once, and the scales that its portraits share.

What is shown, charted and quoted takes the same figures.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path

import pandas as pd

from rlpipeline import french
from rlpipeline.display import layout
from rlpipeline.display.layout import MOST_COMMUNES, NOT_SHARED, NOTHING, Layout
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
    """The tables of a report; ``scales`` as those of portraits."""

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
        return Prose(
            self.lookup.cell,
            self.scope.year,
            territory or self.scope.territory,
            self.lookup.comparable,
        )

    def layout(self, id: str, scope: Scope) -> Layout:
        """Lay a table out once."""
        return self.once((id, scope.territory), lambda: self._lay_out(id, scope))

    def _lay_out(self, id: str, scope: Scope) -> Layout:
        data, left, service = (
            uncrossed(self.source.table(id, scope)),
            NOTHING,
            self.settings.service,
        )
        self.lookup.keep(data.figures, id, scope.year, scope.territory)
        # Before the communes are ranked by what another table says:
        if self.scope.is_service and scope.is_service and data.spec.look.by_place:
            left = layout.of_others(
                data, service, self.communes, self.source.territories_of_actions
            )
        more = [note for note in (left.note, self._unshared_lines(data)) if note]
        return Layout(
            replace(data, notes=(*data.notes, *more)) if more else data,
            self.place(scope.territory),
            self.lookup.former(id, scope.territory),
            self.scales.get(id, 0.0)
            if data.spec.look.one_scale and not self.scope.is_service
            else 0.0,
            left,
            colour=service.apparence.couleur or "",
        )

    def for_chart(self, whole: Layout, scope: Scope, story: frozenset[str]) -> Layout:
        """Give a table what its chart shows beside its figures: what stands out, what they are parts of."""
        table, data = whole.data.spec.look.share_of, whole.data
        codes = [side.code for side in (*data.rows, *data.columns)] if table else []
        wholes = dict[tuple[int, str], Observation]()
        for year in (data.year - 1, data.year) if table else ():
            for code in {TOTAL, *codes}:
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
        lines, columns = (
            [codes] if isinstance(codes, str) else codes for codes in (lines, columns)
        )
        if not self.source.is_exact:
            service = self.settings.service
            wider = wider_classes(
                whole.data.id, classes_of(service.diffusion, service), self.source.declared.links
            )
            lines, columns = (
                [wider.get(code, code) for code in codes] for codes in (lines, columns)
            )
        for side, codes in (
            (("ligne", lines), ("colonne", columns))
            if self.source.is_exact and whole.data.rows
            else ()
        ):
            expected = [*_codes(whole, side), *self.source.rare]
            if not {*codes} <= {*expected}:
                everywhere = self.layout(whole.data.id, replace(scope, territory=SERVICE))
                expected = [*dict.fromkeys([*_codes(whole, side), *_codes(everywhere, side)])]
            unknown = [code for code in codes if code not in {*expected, *self.source.rare}]
            if unknown:
                raise UsageError(
                    f"Le tableau « {whole.data.id} » n'a pas de {side} {unknown[0]!r}.",
                    expected=", ".join(expected),
                    todo=f"la plus proche est « {nearest(unknown[0], expected)} »",
                )
        return layout.asked(whole, lines, columns)

    def _unshared_lines(self, data: TableData) -> str:
        if self.settings.edition != "diffusion" or not data.rows:
            return ""
        if data.id not in OF_PERSONS:
            return PARTLY.get(data.id, "")
        names = {family.code: family.libelle for family in self.settings.service.problematiques}
        if data.id == "co_accompagnements":
            names = {code: label_of(code) for code in PARTENAIRES}
        absent = [
            f"« {names[code]} »"
            for code in self.settings.service.diffusion.sensibles
            if code in names
        ]
        return f"{french.listing(absent)}{NOT_SHARED}" if absent else ""

    @cached_property
    def communes(self) -> tuple[str, ...]:
        """The communes that the service's report shows one by one: all of them, or the largest of many."""
        service = self.settings.service
        if len(service.communes) <= MOST_COMMUNES:
            return service.commune_codes
        return largest(self.lookup.table("communes", self.scope.year, SERVICE), service)

    def place(self, territory: str) -> str:
        """Name of a territory; empty for the whole service."""
        names = {commune.code: commune.nom for commune in self.settings.service.communes}
        return "" if territory == SERVICE else names.get(territory) or label_of(territory)


def uncrossed(data: TableData) -> TableData:
    """Name a table by what it shows, where the edition to share has it without its ages."""
    if [column.code for column in data.columns] != [TOTAL]:
        return data
    return replace(data, spec=replace(data.spec, title=BY_AGE.sub("", data.spec.title)))


def _codes(whole: Layout, side: str) -> list[str]:
    every = whole.data.rows if side == "ligne" else whole.data.columns
    before = whole.before.figures[side] if whole.before else ()
    return [*dict.fromkeys([*(side.code for side in every), *map(str, before)])]


def largest(followed: pd.DataFrame, service: Service) -> tuple[str, ...]:
    """Choose the communes to show, in report order: a dozen, where most young people are followed.

    ``followed`` has the figures of the table ``communes`` of the service, as the edition gives them.
    """
    codes = service.commune_codes
    totals = followed[followed["colonne"] == TOTAL].set_index("ligne")["valeur"]
    ranked = totals.reindex(list(codes)).fillna(-1).sort_values(ascending=False, kind="stable")
    shown = {*ranked.index[:MOST_COMMUNES]}
    return tuple(code for code in codes if code in shown)


def common_scales(source: Store, service: Service, year: int) -> Mapping[str, float]:
    """Find the end of the scale of each table's chart, from the largest figure that it draws over the communes.

    By table; nothing where there are too few communes or too many.
    """
    codes = service.commune_codes
    if not 1 < len(codes) <= MOST_ON_SCALE:
        return {}
    shared = [table for table in source.declared.tables.values() if table.look.one_scale]
    ends = dict.fromkeys((table.id for table in shared), 0.0)
    for code in codes:
        opened = source.emptied()  # gone with the commune
        for table, drawn in product(shared, {year - 1, year} & {*source.years}):
            largest = _largest(table, opened, Scope(drawn, code, service))
            ends[table.id] = max(ends[table.id], largest)
    return {id: rounded_up(end) for id, end in ends.items()}


def rounded_up(largest: float) -> float:
    """Give an end of scale at most a fifth above the largest figure, that one record more or less seldom moves.

    Each portrait would be made again, where the largest figure of one of them is the end of the scale of all.
    """
    if not largest:
        return 0.0
    power: float = 10 ** math.floor(math.log10(largest / 5))
    step = max(times * power for times in (1, 2, 5) if times * power <= largest / 5)
    return math.ceil(largest / step) * step


def _largest(of: TableSpec, source: Store, scope: Scope) -> float:
    try:
        figures = source.figures(of.id, scope)
    except UsageError:
        return 0.0
    lines, columns = figures["ligne"], figures["colonne"]
    drawn = (figures["annee"] == scope.year) & (lines != "total")
    by_sex = drawn & columns.isin(["F", "G"])
    if of.look.chart == "pyramid" and by_sex.any():
        drawn = by_sex
    elif of.look.chart in {"bars", "pyramid"}:
        drawn &= columns == "total"
    else:
        drawn &= lines.isin([family.code for family in scope.service.problematiques]) & (
            columns != "total"
        )
    largest = figures["valeur"][drawn].max()
    return 0.0 if pd.isna(largest) else float(largest)


def write_scales(scales: Mapping[str, float], directory: Path) -> None:
    """Write the scales beside the source."""
    (directory / SCALES).write_text(json.dumps(dict(scales), indent=1), encoding="utf-8")


def read_scales(source: str) -> Mapping[str, float]:
    """Read the scales that stand beside a source; none where a notebook is opened by hand."""
    return {} if "://" in source else Parts(Path(source).parent / SCALES)
