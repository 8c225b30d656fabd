"""The tables of one report laid out, each once: what is shown, charted and quoted takes the same figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from rlpipeline.display.approximate import slack_of
from rlpipeline.display.comparability import Comparability, ComparedProse
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.published import read_printed
from rlpipeline.display.scales import scale_of
from rlpipeline.display.tables import Layout
from rlpipeline.indicators import HORS, SANS_COMMUNE, SERVICE, Scope, Source, find_indicator, label_of
from rlpipeline.params import Settings

WITHOUT_PAGE = (HORS, SANS_COMMUNE)
"""Parts of the service that no portrait is about; their figures come with the service's."""


@dataclass(frozen=True)
class LaidOut:
    """The tables of a report.

    Parameters
    ----------
    scales
        Largest figure that the chart of a table has room for in every portrait, by table.
    """

    source: Source
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
            lambda year: read_printed(self.settings, year),
            self.comparability,
            slack_of(self.settings),
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
            data = self.source.table(id, scope)
            self.lookup.keep(data.figures, (id, scope.year, scope.territory))
            former = self.lookup.former(id, scope.territory)
            scale = 0.0 if self.scope.is_service else scale_of(self.scales, id)
            self._layouts[key] = Layout(data, self.place(scope.territory), former, scale)
        return self._layouts[key]

    def place(self, territory: str) -> str:
        """Name of a territory; empty for the whole service."""
        if territory == SERVICE:
            return ""
        names = {commune.code: commune.nom for commune in self.settings.service.communes}
        return names.get(territory) or label_of(territory)

    def published(self, id: str, scope: Scope) -> pd.DataFrame:
        """Figures of a table for the bundle: its own, and those of the territories without a page."""
        others = WITHOUT_PAGE if scope.is_service and find_indicator(id).scope == "both" else ()
        return pd.concat(
            [self.lookup.table(id, scope.year, territory) for territory in (scope.territory, *others)],
            ignore_index=True,
        )
