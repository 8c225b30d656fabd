"""What a notebook opens: one year's report, whole or of one commune, with everything that it may show.

``report.table("accompagnes")`` and the like give fragments that Jupyter displays; ``report.indicator("accompagnes")``
gives the same figures to an analyst, as a plain DataFrame.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import pandas as pd
from matplotlib.figure import Figure

from rlpipeline.disclosure.source import FromProtected
from rlpipeline.display import (
    accepted,
    by_commune,
    cover,
    figures,
    locator,
    method,
    own,
    photographs,
    table_text,
    tables,
    text,
)
from rlpipeline.display.approximate import slack_of
from rlpipeline.display.cards import Origin
from rlpipeline.display.comparability import Comparability, ComparedProse, comparability_of
from rlpipeline.display.essentials import Essentials
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.published import read_printed
from rlpipeline.display.scales import read_scales, scale_of
from rlpipeline.display.shown import FILE_MIME, TEXT_MIME, Shown
from rlpipeline.display.tables import Layout
from rlpipeline.errors import UsageError
from rlpipeline.indicators import (
    HORS,
    REGISTRY,
    SANS_COMMUNE,
    SERVICE,
    FromRecords,
    Scope,
    Source,
    alerts,
    find_indicator,
    label_of,
)
from rlpipeline.indicators.slices import of_scope
from rlpipeline.params import Settings, load_settings
from rlpipeline.records import open_records

Edition = Literal["interne", "diffusion"]
GENERAL_TEXTS = frozenset({"cadre_legislatif", "publics"})
"""Texts that hold for every commune; the others speak of the whole service."""
PER_COMMUNE = frozenset({"actions"})
"""Tables that the service's report gives once per commune."""
WITHOUT_PAGE = (HORS, SANS_COMMUNE)
"""Parts of the service that no portrait is about; their figures come with the service's."""


def open_report(
    source: str, params: str, year: int, commune: str | None = None, edition: Edition = "interne"
) -> Report:
    """Open the report of a year.

    Parameters
    ----------
    source
        Folder, workbook, database URL or store of the records; for the edition to share, the folder of the protected
        figures: records cannot be opened in that edition.
    params
        Directory of the settings.
    commune
        INSEE code for the portrait of a commune, None for the whole service.

    Raises
    ------
    UsageError
        The commune or the edition is unknown, or there is no such source.
    SettingsError, DataError
        The settings or the records break their contract.
    """
    if edition not in get_args(Edition):
        raise UsageError(
            f"Édition inconnue : {edition!r}.", expected=" ou ".join(get_args(Edition)), todo="corriger edition"
        )
    settings = load_settings(Path(params), year).model_copy(update={"edition": edition})
    scope = Scope(year, commune or SERVICE, settings.service)
    if commune is not None and commune not in settings.service.commune_codes:
        raise UsageError(f"{commune!r} n'est pas une commune.", expected=", ".join(settings.service.commune_codes))
    figures_of: Source = (
        FromProtected(Path(source)) if edition == "diffusion" else FromRecords(open_records(source, settings.service))
    )
    return Report(figures_of, settings, scope, comparability_of(settings), read_scales(source))


@dataclass(frozen=True)
class Report:
    """The report of one year for one territory.

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

    def table(self, id: str, commune: str | None = None) -> Shown | None:
        """Show a table.

        Parameters
        ----------
        commune
            INSEE code, to show the table of one commune in the service's report.

        Returns
        -------
        None, so that nothing is shown, for a table about the whole service in the portrait of a commune.

        Raises
        ------
        UsageError
            The indicator or the commune is unknown; the message gives the nearest.
        """
        indicator = find_indicator(id)
        scope = replace(self.scope, territory=commune) if commune else self.scope
        if not indicator.concerns(scope):
            return None
        layout = self._layout(id, scope)
        if id in PER_COMMUNE and scope.is_service:
            return self._table_by_commune(layout)
        bundle = tables.bundle(layout, self._published(id, scope))
        return Shown(tables.to_html(layout), table_text.to_text(layout), tables.MIME, bundle)

    def figure(self, id: str) -> Shown | None:
        """Show the chart of a table, with its alternative text and its data.

        Returns
        -------
        None for a table about the whole service in the portrait of a commune.

        Raises
        ------
        UsageError
            The table is unknown or has no chart; the message gives the nearest.
        """
        if id not in figures.CHARTS:
            near = difflib.get_close_matches(id, figures.CHARTS, n=1, cutoff=0)
            raise UsageError(
                f"Graphique inconnu : {id!r}.",
                expected=", ".join(figures.CHARTS),
                todo=f"le plus proche est « {near[0]} »",
            )
        if not find_indicator(id).concerns(self.scope):
            return None
        layout = self._layout(id, self.scope)
        drawn = figures.chart(layout)
        bundle = figures.bundle(layout, drawn)
        return Shown(figures.to_html(layout, drawn), bundle["alt"], figures.MIME, bundle)

    def evolution(self, id: str) -> Shown | None:
        """Show the lines of a table from the year before to the year.

        Returns
        -------
        None for a table about the whole service in the portrait of a commune, and where the year before is unknown or
        not comparable.

        Raises
        ------
        UsageError
            The table has no such chart.
        """
        if id not in figures.COMPARED:
            raise UsageError(f"Graphique inconnu : {id!r}.", expected=", ".join(sorted(figures.COMPARED)))
        if not find_indicator(id).concerns(self.scope):
            return None
        layout = self._layout(id, self.scope)
        drawn = figures.evolution(layout)
        if drawn is None:
            return None
        bundle = figures.bundle(layout, drawn)
        return Shown(figures.to_html(layout, drawn), bundle["alt"], figures.MIME, bundle)

    def text(self, name: str) -> Shown | None:
        """Show a section written by the service.

        Returns
        -------
        In the service's report, « texte à rédiger » where there is none yet. In the portrait of a commune, the text
        ``<name>-<INSEE>`` or a text that holds for every commune, else None.

        Raises
        ------
        SettingsError
            The text quotes a figure that does not exist, with file and line.
        """
        if self.scope.is_service or name in GENERAL_TEXTS:
            return self._text(name, SERVICE) or _to_write(name)
        return self._text(f"{name}-{self.scope.territory}", self.scope.territory)

    def indicator(self, id: str) -> pd.DataFrame:
        """Give the figures of a table as tidy data.

        Returns
        -------
        indicateur, annee, territoire, ligne, libelle_ligne, colonne, libelle_colonne, valeur (float64, NaN where etat
        is nc, masque or vide), unite, etat: one row per figure, in display order.

        Raises
        ------
        UsageError
            The indicator is unknown, or is about the whole service and the report is a commune's.
        """
        data = self.source.table(id, self.scope)
        rows = {row.code: row.label for row in data.rows}
        columns = {column.code: column.label for column in data.columns}
        labelled = data.figures.assign(
            libelle_ligne=data.figures["ligne"].map(rows), libelle_colonne=data.figures["colonne"].map(columns)
        )
        return labelled[INDICATOR_COLUMNS]

    def extract(self, data: pd.DataFrame, title: str) -> Shown:
        """Show lines chosen among those of ``indicator``, in a table; the report fills in their numbers.

        Raises
        ------
        UsageError
            They are not lines of ``indicator`` of this year.
        """
        return _words(own.name_of(title), self._extract(data, title))

    def chart(self, picture: Figure, data: pd.DataFrame, title: str) -> Shown:
        """Show a picture of one's own, with the lines of ``indicator`` that it was drawn from.

        Raises
        ------
        UsageError
            They are not lines of ``indicator`` of this year, or a value is not the report's.
        """
        table = self._extract(data, title)
        scopes = {place: replace(self.scope, territory=place) for place in set(data["territoire"])}
        places = data[["indicateur", "territoire"]].drop_duplicates().itertuples(index=False)
        known = [self.source.table(id, scopes[place]).figures for id, place in places]
        own.check_values(data, pd.concat(known, ignore_index=True))
        return _words(own.name_of(title), own.picture_html(picture, title, data, table))

    def _extract(self, data: pd.DataFrame, title: str) -> str:
        own.check_lines(data, self.scope.year)
        places = {place: self._place(place) or "ensemble du service" for place in set(data["territoire"])}
        prose = ComparedProse(self._lookup.cell, self.scope.year, self.scope.territory, self._lookup.comparable)
        return text.to_html(own.to_markdown(data, title, places), Path("report.extract"), prose)

    def alerts(self) -> Shown | None:
        """Show how many follow-ups are to be looked at again, and give their list for ``alertes.csv``.

        Returns
        -------
        None in the portrait of a commune and in the edition to share: the list is for the service alone.
        """
        if not self.scope.is_service or not isinstance(self.source, FromRecords):
            return None
        listed = alerts(of_scope(self.source.records, self.scope), self.scope)
        rows = listed.astype(object).where(listed.notna(), None)
        bundle = {
            "name": "alertes.csv",
            "columns": list(listed.columns),
            "rows": [[_plain(value) for value in row] for row in rows.itertuples(index=False)],
        }
        html, plain = method.alerts_notice(len(listed))
        return Shown(html, plain, FILE_MIME, bundle)

    def essentials(self) -> Shown | None:
        """Show the key figures of the year in sentences and cards, with the years before.

        Returns
        -------
        None where none is known.
        """
        prose = ComparedProse(self._lookup.cell, self.scope.year, self.scope.territory, self._lookup.comparable)
        html = Essentials(self._lookup, prose).to_html()
        return _words("essentiel", html) if html else None

    def identity(self) -> Shown:
        """Show the service, its territory and the status of the report, as the settings have them."""
        return _words("fiche", cover.identity(self.settings))

    def pictures(self, section: str) -> Shown | None:
        """Show the pictures of a section: those of the service and of its communes, or of one commune in its portrait.

        Returns
        -------
        None where there is none.

        Raises
        ------
        SettingsError
            ``images.yml`` breaks its contract, or a picture cannot be opened.
        """
        codes = self.settings.service.commune_codes if self.scope.is_service else (self.scope.territory,)
        own = [section] if self.scope.is_service else []
        found = [*photographs.pictures_of(self.settings, [*own, *(f"{section}-{code}" for code in codes)])]
        return _words("images", photographs.to_html(self.settings, found)) if found else None

    def map(self) -> Shown | None:
        """Show where the communes are; None where the settings name no outlines (``carte``)."""
        drawn = locator.to_html(self.settings, None if self.scope.is_service else self.scope.territory)
        return _words("carte", drawn) if drawn else None

    def territory(self) -> Shown:
        """Show the communes and their priority neighbourhoods."""
        return _words("territoire", cover.territory(self.settings.service, self.scope.territory))

    def method(self) -> Shown:
        """Show how everything is counted: rules, states, words, and the definition of every table."""
        concerned = [indicator for indicator in REGISTRY.values() if indicator.concerns(self.scope)]
        origin = Origin(self.source, self.scope, self.settings.report.donnees_arretees_au)
        return _words("methode", method.to_html(concerned, origin))

    def accepted(self) -> Shown | None:
        """Show the findings that the service accepts, with their reasons.

        Returns
        -------
        None in the portrait of a commune and in the edition to share: they give exact figures of the service.
        """
        if not self.scope.is_service or not isinstance(self.source, FromRecords):
            return None
        return _words("ecarts", accepted.to_html(self.settings))

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(
            self.source,
            self.settings.service,
            self.scope.year,
            self._read_published,
            self.comparability,
            slack_of(self.settings),
        )

    def _read_published(self, year: int) -> pd.DataFrame:
        return read_printed(self.settings, year)

    @cached_property
    def _layouts(self) -> dict[tuple[str, str], Layout]:
        return {}

    def _layout(self, id: str, scope: Scope) -> Layout:
        """Lay a table out once: its chart and the texts that quote it take the same figures."""
        key = (id, scope.territory)
        if key not in self._layouts:
            data = self.source.table(id, scope)
            self._lookup.keep(data.figures, (id, scope.year, scope.territory))
            former = self._lookup.former(id, scope.territory)
            scale = 0.0 if self.scope.is_service else scale_of(self.scales, id)
            self._layouts[key] = Layout(data, self._place(scope.territory), former, scale)
        return self._layouts[key]

    def _place(self, territory: str) -> str:
        if territory == SERVICE:
            return ""
        names = {commune.code: commune.nom for commune in self.settings.service.communes}
        return names.get(territory) or label_of(territory)

    def _published(self, id: str, scope: Scope) -> pd.DataFrame:
        """Give the figures of a table for the bundle: its own, and those of territories without a page."""
        others = WITHOUT_PAGE if scope.is_service and find_indicator(id).scope == "both" else ()
        return pd.concat(
            [self._lookup.table(id, scope.year, territory) for territory in (scope.territory, *others)],
            ignore_index=True,
        )

    def _table_by_commune(self, whole: Layout) -> Shown:
        """Show the table of each commune, then of what has none, each followed by its text."""
        communes = self.settings.service.commune_codes
        territory_of = self.source.territories_of_actions(communes)
        order = (*communes, *WITHOUT_PAGE)
        parts = [
            Layout(data, self._place(data.territory), by_commune.former_of(whole.before, territory_of, data.territory))
            for data in by_commune.split(whole.data, territory_of, order)
        ]
        shown = [part for part in parts if part.data.columns or part.data.territory not in WITHOUT_PAGE]
        html = "".join(self._part(part) for part in shown) + tables.definition_note(whole)
        figures = by_commune.published(whole.data.figures, territory_of, order)
        plain = [whole] if whole.data.columns else shown  # without an action, one sentence a commune, as in HTML
        words = "\n".join(table_text.to_text(one) for one in plain)
        return Shown(html, words, tables.MIME, tables.bundle(whole, figures, shown))

    def _part(self, part: Layout) -> str:
        table = tables.to_html(part, definition=False)
        territory = part.data.territory
        words = None if territory in WITHOUT_PAGE else self._text(f"{part.data.id}-{territory}", territory)
        return table + (words.html if words else "")

    def _text(self, name: str, territory: str) -> Shown | None:
        source = self.settings.text(name)
        if source is None:
            return None
        prose = ComparedProse(self._lookup.cell, self.scope.year, territory, self._lookup.comparable)
        return _words(name, text.to_html(source, self.settings.text_path(name), prose))


# fmt: off
INDICATOR_COLUMNS = [
    "indicateur", "annee", "territoire", "ligne", "libelle_ligne", "colonne", "libelle_colonne", "valeur", "unite",
    "etat",
]
# fmt: on


def _words(name: str, html: str) -> Shown:
    bundle = {"name": name, "etat": "ok"}
    return Shown(f'<div class="rl-text" data-texte="{name}">{html}</div>', text.without_tags(html), TEXT_MIME, bundle)


def _to_write(name: str) -> Shown:
    words = f"texte à rédiger : {name}"
    bundle = {"name": name, "etat": "a_rediger"}
    return Shown(f'<p class="rl-a-rediger">{words}</p>', words, TEXT_MIME, bundle)


def _plain(value: object) -> object:
    """Write dates as in the records; numbers and words stay."""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value
