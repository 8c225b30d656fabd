"""The tables of one report laid out, each once: what is shown, charted and quoted takes the same figures."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from rlpipeline.display import french, many
from rlpipeline.display.comparability import Comparability, ComparedProse
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.printed_before import read_printed
from rlpipeline.display.scales import scale_of
from rlpipeline.display.tables import NOT_SHARED, Layout
from rlpipeline.errors import UsageError
from rlpipeline.figures import HORS, SANS_COMMUNE, SERVICE, Scope, Store, TableData, label_of
from rlpipeline.figures.labels import PARTENAIRES, TOTAL
from rlpipeline.protection.classes import Classes, classes_of, wider_classes
from rlpipeline.protection.shared_tables import OF_PERSONS, PARTLY
from rlpipeline.settings.models import Settings

BY_AGE = re.compile(r"(?:, par| et l)[ ']âge$")
WITHOUT_PAGE = (HORS, SANS_COMMUNE)
"""Parts of the service that no portrait is about; their figures come with the service's."""


def uncrossed(data: TableData) -> TableData:
    """Name a table by what it shows, where the edition to share has it without its ages."""
    if [column.code for column in data.columns] != [TOTAL]:
        return data
    return replace(data, of=replace(data.of, title=BY_AGE.sub("", data.title)))


def _codes(layout: Layout, side: str) -> list[str]:
    """List the codes that the lines or the columns of a table have, or had the year before."""
    every = layout.data.rows if side == "ligne" else layout.data.columns
    before = layout.before.figures[side] if layout.before else ()
    return [*dict.fromkeys([*(one.code for one in every), *map(str, before)])]


@dataclass(frozen=True)
class LaidOut:
    """The tables of a report.

    Parameters
    ----------
    scales
        Largest figure that the chart of a table has room for in every portrait, by table.
    """

    source: Store
    settings: Settings
    scope: Scope
    comparability: Comparability
    scales: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def lookup(self) -> Lookup:
        """The figures that texts quote."""
        return Lookup(
            self.source,
            self.settings.service,
            self.scope.year,
            lambda year: read_printed(self.settings, year, self.source.declared),
            self.comparability,
            shared=self.settings.edition == "diffusion",
        )

    def prose(self, territory: str | None = None) -> ComparedProse:
        """What fills in a text about a territory, by default the report's."""
        about = territory or self.scope.territory
        return ComparedProse(self.lookup.cell, self.scope.year, about, self.lookup.comparable)

    @cached_property
    def _layouts(self) -> dict[tuple[str, str], Layout]:
        return {}

    def layout(self, id: str, scope: Scope) -> Layout:
        """Lay a table out once."""
        key = (id, scope.territory)
        if key not in self._layouts:
            data = uncrossed(self.source.table(id, scope))
            self.lookup.keep(data.figures, (id, scope.year, scope.territory))
            former = self.lookup.former(id, scope.territory)
            scale = 0.0 if self.scope.is_service else scale_of(self.scales, data.of)
            left = self._left_out(data) if self.scope.is_service and scope.is_service else many.NOTHING
            more = [note for note in (left.note, self._unshared_lines(data)) if note]
            noted = replace(data, notes=(*data.notes, *more)) if more else data
            colour = self.settings.service.apparence.couleur or ""
            self._layouts[key] = Layout(noted, self.place(scope.territory), former, scale, left, colour=colour)
        return self._layouts[key]

    def asked(self, layout: Layout, scope: Scope, lines: Sequence[str], columns: Sequence[str]) -> Layout:
        """Lay out the lines and columns of a table that a cell asks for.

        Raises
        ------
        UsageError
            The table has no such code, neither here nor in the whole service, this year or the year before; not in the
            edition to share, which may lack any of them. The message gives the nearest.
        """
        lines, columns = ([codes] if isinstance(codes, str) else codes for codes in (lines, columns))
        wider = {} if self.source.is_exact else wider_classes(layout.data.id, self._classes, self.source.declared.links)
        data, left = layout.data, layout.left_out
        if self.source.is_exact and data.rows:
            self._check_codes(layout, scope, {"ligne": lines, "colonne": columns})
        data, left = many.asked(data, left, *([wider.get(code, code) for code in codes] for codes in (lines, columns)))
        return replace(layout, data=data, left_out=left)

    @cached_property
    def _classes(self) -> Classes:
        return classes_of(self.settings.service.diffusion, self.settings.service)

    def _check_codes(self, layout: Layout, scope: Scope, asked: Mapping[str, Sequence[str]]) -> None:
        for side, codes in asked.items():
            if {*codes} <= {*_codes(layout, side), *self.source.rare}:
                continue
            everywhere = self.layout(layout.data.id, replace(scope, territory=SERVICE))
            expected_codes = [*dict.fromkeys([*_codes(layout, side), *_codes(everywhere, side)])]
            unknown = [code for code in codes if code not in {*expected_codes, *self.source.rare}]
            if unknown:
                near = difflib.get_close_matches(unknown[0], expected_codes, n=1, cutoff=0)
                raise UsageError(
                    f"Le tableau « {layout.data.id} » n'a pas de {side} {unknown[0]!r}.",
                    expected=", ".join(expected_codes),
                    todo=f"la plus proche est « {near[0]} »",
                )

    def _unshared_lines(self, data: TableData) -> str:
        """Name the lines of sensitive subjects, and what else the edition to share has not."""
        if self.settings.edition != "diffusion" or not data.rows:
            return ""
        if data.id not in OF_PERSONS:
            return PARTLY.get(data.id, "")
        names = {family.code: family.libelle for family in self.settings.service.problematiques}
        if data.id == "co_accompagnements":
            names = {code: label_of(code) for code in PARTENAIRES}
        absent = [f"« {names[code]} »" for code in self.settings.service.diffusion.sensibles if code in names]
        return f"{french.listing(absent)}{NOT_SHARED}" if absent else ""

    @cached_property
    def communes(self) -> tuple[str, ...]:
        """The communes that the service's report shows one by one: all of them, or the largest of many."""
        service = self.settings.service
        if len(service.communes) <= many.MOST_COMMUNES:
            return service.commune_codes
        return many.largest(self.lookup.table("communes", self.scope.year, SERVICE), service)

    def _left_out(self, data: TableData) -> many.LeftOut:
        service = self.settings.service
        if not data.of.look.by_place:  # before the communes are ranked by what another table says
            return many.NOTHING
        return many.left_out(data, service, self.communes, self.source.territories_of_actions)

    def place(self, territory: str) -> str:
        """Name of a territory; empty for the whole service."""
        if territory == SERVICE:
            return ""
        names = {commune.code: commune.nom for commune in self.settings.service.communes}
        return names.get(territory) or label_of(territory)

    def published(self, id: str, scope: Scope) -> pd.DataFrame:
        """Figures of a table for the bundle: its own, and those of the territories without a page."""
        others = WITHOUT_PAGE if scope.is_service and self.source.declared.find(id).scope == "both" else ()
        return pd.concat(
            [self.lookup.table(id, scope.year, territory) for territory in (scope.territory, *others)],
            ignore_index=True,
        )
