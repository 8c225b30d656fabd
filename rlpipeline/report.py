"""What a notebook opens: one year's report, whole or of one commune, with everything that it may show.

``report.table("accompagnes")`` and the like give fragments that Jupyter displays; ``report.indicator("accompagnes")``
gives the same figures to an analyst, as a plain DataFrame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from pathlib import Path
from types import MappingProxyType
from typing import Concatenate, Literal, ParamSpec, TypeVar, get_args

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlpipeline.display import actions, charts, handed, river, sections, tables, year_findings
from rlpipeline.display.cells import FINDING, SENTENCE, Shown
from rlpipeline.display.essentials import Essentials, poster
from rlpipeline.display.laid_out import LaidOut, read_scales
from rlpipeline.display.layout import without_empty
from rlpipeline.display.locator import mapped
from rlpipeline.display.lookup import check_comparability
from rlpipeline.display.subjects import RATES
from rlpipeline.display.text import without_tags
from rlpipeline.display.year_findings import YearFindings
from rlpipeline.display.year_flow import IN_FIGURES, flow_of, text_of, title_of, where_of
from rlpipeline.display.year_flow import TABLE as FLOW
from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE, Scope, Store, TableSpec
from rlpipeline.figures.declaration import cell_of_ours
from rlpipeline.figures.notebook import open_store, records_of
from rlpipeline.figures.store import is_figure_store
from rlpipeline.records.frames import refuse_without_records
from rlpipeline.settings.models import Settings, load_settings, own_commune
from rlpipeline.settings.project import Project, opened_by

Edition = Literal["interne", "diffusion"]
P = ParamSpec("P")
Fragment = TypeVar("Fragment", Shown, Shown | None)
COLUMNS = [
    "indicateur", "annee", "territoire", "ligne", "libelle_ligne", "colonne", "libelle_colonne", "valeur", "unite",
    "etat",
]  # fmt: skip


def open_report(
    source: str,
    params: str,
    year: int = 0,
    commune: str | int | None = None,
    edition: Edition = "interne",
) -> Report:
    """Open the report of a year, of the latest of the records where that is 0.

    Parameters
    ----------
    source
        Store of the figures, as a build prepares it; else folder, workbook, database URL or store of the records, whose
        tables are counted when they are asked for. For the edition to share, a store of protected figures: records
        cannot be opened in that edition. Empty, what the project file says.
    params
        Directory of the settings; empty, what the project file says.
    commune
        INSEE code or name of a commune, for its portrait; None or empty for the whole service.

    Raises UsageError: the commune or the edition is unknown, there is no such source or nothing of the year in it, or
    nothing says where it is. SettingsError, DataError: the settings or the records break their contract.
    """
    if edition not in get_args(Edition):
        raise UsageError(
            f"Édition inconnue : {edition!r}.",
            expected=" ou ".join(get_args(Edition)),
            todo="corriger edition",
        )
    if not str(year).isdecimal():
        raise UsageError(
            "Ceci n'est pas une année.",
            expected="year = 2023",
            got=repr(year),
            todo="corriger year",
        )
    places = opened_by(str(source), str(params))
    figures, year = _figures_of(places, edition, int(year))
    settings = load_settings(places.params, year).model_copy(update={"edition": edition})
    territory = SERVICE if commune in (None, "") else own_commune(commune, settings.service)
    scope = Scope(settings.year, territory, settings.service)
    return report_of(figures, settings, scope, read_scales(places.source))


def report_of(
    figures: Store,
    settings: Settings,
    scope: Scope,
    scales: Mapping[str, float] = MappingProxyType({}),
) -> Report:
    """Make the report of figures that are open already."""
    if figures.is_exact:  # what is shared has none of the service's own, which may be named there
        check_comparability(settings, figures.declared.tables)
    return Report(figures, settings, scope, scales)


def _figures_of(places: Project, edition: Edition, year: int) -> tuple[Store, int]:
    source, directory = places.source, Path(places.source)
    store = Store(directory) if is_figure_store(directory) else None
    if edition == "diffusion" and (store is None or store.is_exact):
        raise UsageError(
            "L'édition à diffuser ne s'ouvre que sur des chiffres protégés.",
            where=source,
            expected="le dossier de chiffres protégés qu'un build prépare pour ses chapitres, et ne garde pas",
            todo="ouvrir l'édition interne, ou lire outputs/ANNÉE/diffusion/figures.parquet",
        )
    if store is not None:
        return store, year or max(store.years)
    counted = open_store(source, places.params, year, places.notebooks)
    year = counted.reported
    refuse_without_records(year, counted.records, source)
    return counted, year


def _keeping_what_is_handed(
    show: Callable[Concatenate[Report, P], Fragment],
) -> Callable[Concatenate[Report, P], Fragment]:
    """Have what the edition to share shows carry the texts that it was asked with: somebody reads them first."""

    @wraps(show)
    def shown(report: Report, /, *given: P.args, **named: P.kwargs) -> Fragment:
        fragment = show(report, *given, **named)
        if fragment is None or report.settings.edition != "diffusion":
            return fragment
        values = (*given, *named.values())
        return handed.sealed(fragment, values, report._words_of_frames(values))

    return shown


@dataclass(frozen=True)
class Report:
    """The report of one year for one territory; what has nothing to show there is None, and shows nothing.

    Parameters
    ----------
    scales
        Largest figure that the chart of a table has room for in every portrait, by table.
    """

    source: Store
    settings: Settings
    scope: Scope
    scales: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say which report it is: a cell that ends with it must not print the records."""
        return f"Report(year={self.scope.year}, territory={self.scope.territory!r})"

    def _has(self, id: str, scope: Scope) -> bool:
        tables = self.source.declared.tables
        if id not in tables and cell_of_ours(
            id
        ):  # the service took it out: our chapters leave it out
            return False
        of = self.source.declared.find(id)
        if id == RATES and len(self.settings.service.communes) == 1:  # it compares communes
            return False
        there = of.concerns(scope.territory) and (self.source.is_exact or not of.own)
        return there and (not of.optional or self.source.opened(id, scope) is not None)

    @property
    def _tables(self) -> list[TableSpec]:
        return [
            table
            for table in self.source.declared.tables.values()
            if self._has(table.id, self.scope)
        ]

    def _words_of_frames(self, values: Iterable[object]) -> set[str]:
        """Give what the tables are made of that frames of ``indicator`` were chosen from."""
        words = set(COLUMNS)
        for frame in (value for value in values if isinstance(value, pd.DataFrame)):
            places = frame[["indicateur", "territoire"]].drop_duplicates()
            for id, territory in places.itertuples(index=False):
                scope = replace(self.scope, territory=territory)
                words |= handed.words_of_table(self.source.table(id, scope))
        return words

    @cached_property
    def _laid(self) -> LaidOut:
        return LaidOut(self.source, self.settings, self.scope, self.scales)

    @cached_property
    def _findings(self) -> YearFindings:
        year_findings.check(self.settings)
        return YearFindings(self._laid.lookup, self._laid.prose(), self.settings)

    @_keeping_what_is_handed
    def table(
        self,
        id: str,
        commune: str | None = None,
        columns: Sequence[str] = (),
        lines: Sequence[str] = (),
        *,
        folded: bool | Literal["portrait"] = False,
    ) -> Shown | None:
        """Show a table; None for one about the whole service in the portrait of a commune.

        Parameters
        ----------
        commune
            INSEE code, to show the table of one commune in the service's report.
        columns, lines
            Codes of those to show, in that order; all by default. What the page leaves out stays in the files.
        folded
            Whether the page shows its title alone until it is opened, or does so in portraits alone; paper leaves it to
            the workbook.

        Raises UsageError: the indicator, the commune, a column or a line is unknown; the message gives the nearest.
        """
        scope = replace(self.scope, territory=commune) if commune else self.scope
        if not self._has(id, scope):
            return None
        shown = self._table(id, scope, columns, lines)
        layout = self._laid.layout(id, scope)
        if layout.is_shared and (
            folded is True or (folded == "portrait" and not self.scope.is_service)
        ):
            shown = charts.folded(layout, shown)
        return self._titled(id, shown) if scope == self.scope else shown

    def _table(
        self, id: str, scope: Scope, columns: Sequence[str] = (), lines: Sequence[str] = ()
    ) -> Shown:
        layout = self._laid.layout(id, scope)
        page = self._laid.asked(layout, scope, lines, columns)
        page = page if lines or columns else without_empty(page)
        if layout.data.spec.of_actions:
            return actions.shown(self._laid, layout, page)
        html, alone = "", tables.alone(page)
        if alone is None:
            html = tables.to_html(page)
        elif not self._findings.remark(
            id
        ):  # the only number is said, unless what is found of the table does
            path = id, alone[0].code, alone[1].code
            compared = page.before is not None and path[1:] in page.before.by_cell
            is_all = len(layout.data.rows) == 1  # then it is the title that says what the number is
            label = layout.data.spec.title if is_all else alone[0].label
            html = self._findings.beside(label, path, compared)
        html += tables.paragraphs(tables.notes(page)) if alone else ""
        role = SENTENCE if alone or not layout.is_shared else ""
        return Shown(html, layout.caption, tables.MIME, tables.bundle(layout.data), role=role)

    def _titled(self, id: str, table: Shown) -> Shown:
        found = self._findings.remark(id)
        return (
            replace(table, html=f'<p class="rl-constat">{found}</p>{table.html}')
            if found
            else table
        )

    @_keeping_what_is_handed
    def figure(self, id: str, kind: str = "", title: str = "", table: bool = False) -> Shown | None:
        """Show the chart of a table, with its alternative text and its data.

        None for a table about the whole service in the portrait of a commune, for one that the edition leaves out, and
        for a pyramid without its table where the edition has no sex by age. The lines that the sentence above it names
        stand out.

        Parameters
        ----------
        kind
            ``bars`` (with the year before), ``grouped``, ``stacked``, ``pyramid`` (girls and boys), ``heat`` or
            ``line``, of those that the table allows; by default, its own.
        title
            What the chart says, in a sentence whose figures are expressions, as in a text: it stands above the measure;
            by default, what is found of the table, above its own chart and above the one that carries it.
        table
            Whether the whole table is folded under the chart, instead of what is drawn; under the words that say why
            none is drawn. Where the edition leaves the table out, it is shown as ``table`` shows it.

        Raises UsageError: the table is unknown (the message gives the nearest), or does not allow the kind (it lists
        those allowed); a figure of the title is typed.
        """
        if not self._has(id, self.scope):
            return None
        layout, whole = (
            self._laid.layout(id, self.scope),
            self._table(id, self.scope) if table else None,
        )
        if not layout.is_shared:
            return whole
        if (kind or charts.usual(layout)) not in {
            *charts.kinds(layout),
            layout.data.spec.look.chart or None,
        }:
            everywhere = replace(
                self.scope, territory=SERVICE
            )  # a portrait may have less of a table
            charts.check_kind(kind, self._laid.layout(id, everywhere), self.source.is_exact)
        drawn = charts.chart(
            self._laid.for_chart(layout, self.scope, self._findings.story(id)), kind
        )
        if not table and kind == charts.PYRAMID and not charts.is_drawn_as(drawn, kind):
            return None
        remark = "" if kind and not table else self._findings.remark(id)
        message = sections.message(self._laid, title) or remark
        shown = charts.shown(layout, drawn, message, whole)
        if isinstance(drawn, str):
            return self._titled(id, shown) if whole else shown
        return replace(shown, role=FINDING if message else "")

    def axes(self, id: str, kind: str = "") -> Axes:
        """Draw the chart of a table on axes to go on with, and to show by ``chart``.

        Raises UsageError: as ``figure``; or there is nothing to draw.
        """
        layout = self._laid.layout(id, self.scope)
        charts.check_kind(kind, layout, self.source.is_exact)
        return charts.axes_of(layout, kind)

    @_keeping_what_is_handed
    def year_flow(self) -> Shown | None:
        """Show what became of the follow-ups of the year as a river, where its changes lie, its table folded under it.

        None where the edition or the records lack one of its branches, and where too few are followed.
        """
        if not self._has(FLOW, self.scope):
            return None
        layout, prose = self._laid.layout(FLOW, self.scope), self._laid.prose()
        flow = flow_of(self._laid.lookup, prose) if layout.is_shared else None
        if flow is None:
            return None
        title = sections.sentence(self._laid, title_of(flow))
        words = f"{without_tags(title)}. {text_of(flow)}"
        html = river.to_html(flow, title, words, layout.colour)
        communes = {commune.code: commune.nom for commune in self.settings.service.communes}
        several = communes if self.scope.is_service and len(communes) > 1 else {}
        where = sections.sentence(self._laid, where_of(self._laid.lookup, prose, several))
        html += f'<p class="rl-ou">{where}</p>' if where else ""
        spec = replace(layout.data.spec, title=IN_FIGURES)  # its own name is its section's
        named = replace(layout, data=replace(layout.data, spec=spec))
        below, carried = tables.to_html(without_empty(named)), tables.bundle(layout.data)
        table = Shown(below, named.caption, tables.MIME, carried)
        return replace(charts.above(named, html, words, table), role=FINDING)

    @_keeping_what_is_handed
    def text(self, name: str) -> Shown | None:
        """Show a section written by the service, « texte à rédiger » where there is none yet.

        In the portrait of a commune, the text ``<name>-<INSEE>``, else None: the others are the report's.

        Raises SettingsError: the text quotes a figure that does not exist, with file and line.
        """
        return sections.section(self._laid, name)

    def indicator(self, id: str) -> pd.DataFrame:
        """Give the figures of a table as tidy data.

        Returns
        -------
        indicateur, annee, territoire, ligne, libelle_ligne, colonne, libelle_colonne, valeur (float64, NaN where etat
        is nc, masque or vide), unite, etat: one row per figure, in display order.

        Raises UsageError: the indicator is unknown, or is about the whole service and the report is a commune's.
        """
        data = self.source.table(id, self.scope)
        rows, columns = (
            {side.code: side.label for side in sides} for sides in (data.rows, data.columns)
        )
        figures = data.figures.assign(
            libelle_ligne=data.figures["ligne"].map(rows),
            libelle_colonne=data.figures["colonne"].map(columns),
        )
        return figures[COLUMNS]

    def indicators(self) -> pd.DataFrame:
        """List the tables that may be asked for, a row a table of the year and territory.

        Returns
        -------
        id (what ``table``, ``figure`` and ``indicator`` take), titre, graphique (the kind of chart by default, empty
        where there is none).
        """
        rows = [(table.id, table.title, table.look.chart) for table in self._tables]
        return pd.DataFrame(rows, columns=["id", "titre", "graphique"])

    @_keeping_what_is_handed
    def extract(self, data: pd.DataFrame, title: str) -> Shown:
        """Show lines chosen among those of ``indicator``, in a table; the report fills in their numbers.

        Raises UsageError: they are not lines of ``indicator`` of this year.
        """
        return sections.words(sections.name_of(title), sections.extract(self._laid, data, title))

    @_keeping_what_is_handed
    def chart(self, drawn: Axes | Figure | object, data: pd.DataFrame, title: str) -> Shown:
        """Show a chart of one's own, with the lines of ``indicator`` that it was drawn from.

        Parameters
        ----------
        drawn
            Axes or figure of matplotlib, or what seaborn gives; those of ``axes``, gone on with. It is written in the
            report's typeface; where the screen is dark, its colours are turned.

        Raises UsageError: they are not lines of ``indicator`` of this year, a value is not the report's, or this is no
        drawing.
        """
        html = charts.own_chart(self._laid, drawn, data, title)
        return sections.words(sections.name_of(title), html)

    @_keeping_what_is_handed
    def alerts(self) -> Shown | None:
        """Show how many follow-ups are to be looked at again, and give their list for ``alertes.csv``.

        None in the portrait of a commune and in the edition to share: the list is for the service alone.
        """
        listed = self.source.alerts(self.scope) if self.scope.is_service else None
        return None if listed is None else sections.alerts(listed)

    @_keeping_what_is_handed
    def findings(self) -> Shown | None:
        """Show the year in one sentence, then what changed more than by chance, or the year beside the year before.

        Raises SettingsError: ``constats`` in the settings names a finding that does not exist, or quotes a figure that
        does not.
        """
        html = self._findings.to_html()
        if not html:
            return None
        headline = without_tags(self._findings.headline)
        return sections.words("constats", html, titre=headline)

    @_keeping_what_is_handed
    def essentials(self) -> Shown | None:
        """Show the key figures of the year in cards, with the years before, save those that a finding says."""
        html = Essentials(self._laid.lookup, self._laid.prose(), self._findings.said).to_html()
        return sections.words("essentiel", html) if html else None

    @_keeping_what_is_handed
    def poster(self) -> Shown | None:
        """Show the poster of a commune: key figures beside the year before and the service, actions, picture, contact.

        None in the service's report, and where no key figure is known.
        """
        html = "" if self.scope.is_service else poster(self._laid)
        return sections.words("affiche", html) if html else None

    @_keeping_what_is_handed
    def identity(self) -> Shown | None:
        """Show the service, its territory and the status of the report; None in a portrait, whose cover says it."""
        return (
            sections.words("fiche", sections.identity(self.settings))
            if self.scope.is_service
            else None
        )

    @_keeping_what_is_handed
    def pictures(self, section: str) -> Shown | None:
        """Show the pictures of a section: those of the service and of its communes, or of one commune in its portrait.

        Raises SettingsError: ``images.yml`` breaks its contract, or a picture cannot be opened.
        """
        codes = (
            self.settings.service.commune_codes
            if self.scope.is_service
            else (self.scope.territory,)
        )
        of_service = [section] if self.scope.is_service else []
        wanted = [*of_service, *(f"{section}-{code}" for code in codes)]
        html = sections.pictures(self.settings, wanted)
        return sections.words("images", html) if html else None

    @_keeping_what_is_handed
    def map(self, id: str = "communes", column: str = "total") -> Shown | None:
        """Show where the communes are, by their outlines (``carte``) or their positions, each with a disc.

        Discs are in proportion to a column of a table of the service with a line a commune. None where the settings say
        where no commune is, and for another table than that of the communes in a portrait or where the edition has it
        not.
        """
        of_service = replace(self.scope, territory=SERVICE)
        if id != "communes":
            there = self.scope.is_service and self._has(id, of_service)
            if not there or not self._laid.layout(id, of_service).is_shared:
                return None
        drawn = mapped(self._laid, id, column)
        return sections.words("carte", drawn) if drawn else None

    @_keeping_what_is_handed
    def territory(self) -> Shown:
        """Show the communes and their priority neighbourhoods."""
        return sections.words(
            "territoire", sections.territory(self.settings.service, self.scope.territory)
        )

    @_keeping_what_is_handed
    def method(self) -> Shown:
        """Show how everything is counted; a portrait leaves rules and definitions of tables to the report."""
        concerned = [
            table for table in self._tables if self.source.is_exact or not table.not_shared
        ]  # as the page shows them
        html = sections.method(concerned, self.scope, self.settings)
        defined = [table.id for table in concerned] if self.scope.is_service else []
        return sections.words("methode", html, fiches=defined)

    @_keeping_what_is_handed
    def accepted(self) -> Shown | None:
        """Show what the service accepts, with its reasons: findings on the figures, implausible records.

        None in the portrait of a commune and in the edition to share: they give exact figures of the service.
        """
        if not self.scope.is_service or not self.source.is_exact:
            return None
        tables, silenced = self.source.declared.tables, self.source.silenced
        return sections.words("ecarts", sections.accepted(self.settings, tables, silenced))

    def records(self, table: str) -> pd.DataFrame:
        """Give the rows of a table of the records; a chapter that asks for one is made again when any record changes.

        Raises UsageError: there is no such table, or the edition is the one to share: it opens no record.
        """
        return records_of(self.source, table)
