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
from rlpipeline.display.layout import Layout, without_empty
from rlpipeline.display.locator import mapped
from rlpipeline.display.lookup import check_comparability
from rlpipeline.display.prose import Prose
from rlpipeline.display.subjects import RATES
from rlpipeline.display.text import without_tags
from rlpipeline.display.year_findings import YearFindings
from rlpipeline.display.year_flow import IN_FIGURES, flow_of, text_of, title_of, where_of
from rlpipeline.display.year_flow import TABLE as FLOW
from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE, Col, Row, Scope, Store, TableSpec
from rlpipeline.figures.computed import RATIO
from rlpipeline.figures.declaration import cell_of_ours
from rlpipeline.figures.labels import TOTAL
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
    """Open the report of a year.

    Parameters
    ----------
    year
        0 for the latest of the records.
    source
        Store of the figures, as a build prepares it; else folder, workbook, database URL or store of the records, whose
        tables are counted when they are asked for. For the edition to share, a store of protected figures: records
        cannot be opened in that edition. Empty, what the project file says.
    params
        Directory of the settings; empty, what the project file says.
    commune
        INSEE code or name of a commune, for its portrait; None or empty for the whole service.

    Raises
    ------
    UsageError
        The commune or the edition is unknown, there is no such source or nothing of the year in it, or nothing says
        where it is.
    SettingsError, DataError
        The settings or the records break their contract.

    Examples
    --------
    >>> open_report("", "", year=2023, commune="Oignies")
    Report(year=2023, territory='62637')
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
    """Open the figures, and give the year that is reported."""
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


def _only_label(title: str, row: Row) -> str:
    """Say what the number of a table's only line is: its title does, of a total or a ratio; of another line, both."""
    if row.code in {TOTAL, RATIO}:
        return title
    counted = title.partition(" : ")[0]  # « Accompagnements (PAEI) » : then, how they are shown
    return f"{counted} – {row.label}"


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

    Examples
    --------
    >>> report = open_report("", "", 2023)  # where rlpipeline.yml says the rest
    >>> report
    Report(year=2023, territory='service')
    """

    source: Store
    settings: Settings
    scope: Scope
    scales: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say which report it is: a cell that ends with it must not print the records."""
        return f"Report(year={self.scope.year}, territory={self.scope.territory!r})"

    def _has(self, id: str, scope: Scope) -> bool:
        """Whether a place has a table. Raises UsageError: there is no such table."""
        declared = self.source.declared
        was_taken_out = id not in declared.tables and cell_of_ours(id)
        if was_taken_out:  # by the service: our chapters leave it out
            return False
        table = declared.find(id)
        if id == RATES and len(self.settings.service.communes) == 1:  # it compares communes
            return False
        is_in_edition = self.source.is_exact or not table.own
        if not (is_in_edition and table.concerns(scope.territory)):
            return False
        return not table.optional or self.source.opened(id, scope) is not None

    @property
    def _tables(self) -> list[TableSpec]:
        """The tables that the report has."""
        tables = self.source.declared.tables.values()
        return [table for table in tables if self._has(table.id, self.scope)]

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
        id
            Name of the table, of those that ``indicators`` lists.
        commune
            INSEE code, to show the table of one commune in the service's report.
        columns, lines
            Codes of those to show, in that order; all by default. What the page leaves out stays in the files.
        folded
            Whether the page shows its title alone until it is opened, or does so in portraits alone; paper leaves it to
            the workbook.

        Raises
        ------
        UsageError
            The indicator, the commune, a column or a line is unknown; the message gives the nearest.

        Examples
        --------
        >>> report.table("accompagnes", columns=["F", "G"]).plain
        'Jeunes accompagnés, par sexe et âge'
        """
        scope = replace(self.scope, territory=commune) if commune else self.scope
        if not self._has(id, scope):
            return None
        shown = self._table(id, scope, columns, lines)
        layout = self._laid.layout(id, scope)
        is_folded = folded is True or (folded == "portrait" and not self.scope.is_service)
        if is_folded and layout.is_shared:
            shown = charts.folded(layout, shown)
        return self._titled(id, shown) if scope == self.scope else shown

    def _table(
        self, id: str, scope: Scope, columns: Sequence[str] = (), lines: Sequence[str] = ()
    ) -> Shown:
        """Show a table of a place, or say in a sentence the one number that it has."""
        layout = self._laid.layout(id, scope)
        page = self._laid.asked(layout, scope, lines, columns)
        if not (lines or columns):
            page = without_empty(page)
        if layout.data.spec.of_actions:
            return actions.shown(self._laid, layout, page)
        alone = tables.alone(page)
        html = self._sentence(page, *alone) if alone else tables.to_html(page)
        role = SENTENCE if alone or not layout.is_shared else ""
        bundle = tables.bundle(layout.data)
        return Shown(html, layout.caption, tables.MIME, bundle, role=role)

    def _sentence(self, page: Layout, row: Row, column: Col) -> str:
        """Say the only number that the page shows of a table, unless what is found of it does; then its notes."""
        data, notes = page.data, tables.paragraphs(tables.notes(page))
        if self._findings.remark(data.id):
            return notes
        place = row.code, column.code
        is_compared = page.before is not None and place in page.before.by_cell
        label = row.label if len(data.rows) > 1 else _only_label(data.spec.title, row)
        return self._findings.beside(label, (data.id, *place), is_compared) + notes

    def _titled(self, id: str, table: Shown) -> Shown:
        """Set what is found of a table above it."""
        found = self._findings.remark(id)
        if not found:
            return table
        return replace(table, html=f'<p class="rl-constat">{found}</p>{table.html}')

    @_keeping_what_is_handed
    def figure(self, id: str, kind: str = "", title: str = "", table: bool = False) -> Shown | None:
        """Show the chart of a table, with its alternative text and its data.

        None for a table about the whole service in the portrait of a commune, for one that the edition leaves out, and
        for a pyramid without its table where the edition has no sex by age. The lines that the sentence above it names
        stand out.

        Parameters
        ----------
        id
            Name of the table, of those that ``indicators`` lists.
        kind
            ``bars`` (with the year before), ``grouped``, ``stacked``, ``pyramid`` (girls and boys), ``heat`` or
            ``line``, of those that the table allows; by default, its own.
        title
            What the chart says, in a sentence whose figures are expressions, as in a text: it stands above the measure;
            by default, what is found of the table, above its own chart and above the one that carries it.
        table
            Whether the whole table is folded under the chart, instead of what is drawn; under the words that say why
            none is drawn. Where the edition leaves the table out, it is shown as ``table`` shows it.

        Raises
        ------
        UsageError
            The table is unknown (the message gives the nearest), or does not allow the kind (it lists those allowed);
            a figure of the title is typed.

        Examples
        --------
        >>> report.figure("durees", kind="bars").plain.partition(",")[0]
        "Durée d'accompagnement"
        """
        if not self._has(id, self.scope):
            return None
        layout = self._laid.layout(id, self.scope)
        whole = self._table(id, self.scope) if table else None
        if not layout.is_shared:
            return whole
        self._check_kind(layout, kind)
        told = self._laid.for_chart(layout, self.scope, self._findings.story(id))
        drawn = charts.chart(told, kind)
        is_other = kind == charts.PYRAMID and not charts.is_drawn_as(drawn, kind)
        if is_other and not table:
            return None
        message = self._message(id, title, is_own=table or not kind)
        shown = charts.shown(layout, drawn, message, whole)
        if not isinstance(drawn, str):
            return replace(shown, role=FINDING if message else "")
        return self._titled(id, shown) if whole else shown

    def _message(self, id: str, title: str, is_own: bool) -> str:
        """Give what a chart says: its title, else what is found of its table, above its own chart."""
        message = sections.message(self._laid, title)
        if message or not is_own:
            return message
        return self._findings.remark(id)

    def _check_kind(self, layout: Layout, kind: str) -> None:
        """Raise UsageError: neither a table nor its look allows a kind of chart, here or in the whole service."""
        data = layout.data
        allowed = {*charts.kinds(layout), data.spec.look.chart} - {""}
        if (kind or charts.usual(layout)) in allowed:
            return
        everywhere = replace(self.scope, territory=SERVICE)  # a portrait may have less of a table
        whole = self._laid.layout(data.id, everywhere)
        charts.check_kind(kind, whole, self.source.is_exact)

    def axes(self, id: str, kind: str = "") -> Axes:
        """Draw the chart of a table on axes of matplotlib to go on with, and to show by ``chart``.

        Parameters
        ----------
        id, kind
            As in ``figure``.

        Raises
        ------
        UsageError
            As ``figure``; or there is nothing to draw.

        Examples
        --------
        >>> axes = report.axes("durees", kind="bars")
        >>> axes.axvline(20).get_xdata()
        [20, 20]
        """
        layout = self._laid.layout(id, self.scope)
        charts.check_kind(kind, layout, self.source.is_exact)
        return charts.axes_of(layout, kind)

    @_keeping_what_is_handed
    def year_flow(self) -> Shown | None:
        """Show what became of the follow-ups of the year as a river, where its changes lie, its table folded under it.

        None where the edition or the records lack one of its branches, and where too few are followed.

        Examples
        --------
        >>> report.year_flow().plain.partition("dont ")[2].partition(" (")[0]
        "58 sur une amélioration, selon l'équipe"
        """
        if not self._has(FLOW, self.scope):
            return None
        laid, prose = self._laid, self._laid.prose()
        layout = laid.layout(FLOW, self.scope)
        flow = flow_of(laid.lookup, prose) if layout.is_shared else None
        if flow is None:
            return None
        title = sections.sentence(laid, title_of(flow))
        words = f"{without_tags(title)}. {text_of(flow)}"
        html = river.to_html(flow, title, words, layout.colour) + self._where_it_changed(prose)
        spec = replace(layout.data.spec, title=IN_FIGURES)  # its own name is its section's
        named = replace(layout, data=replace(layout.data, spec=spec))
        below, carried = tables.to_html(without_empty(named)), tables.bundle(layout.data)
        table = Shown(below, named.caption, tables.MIME, carried)
        return replace(charts.above(named, html, words, table), role=FINDING)

    def _where_it_changed(self, prose: Prose) -> str:
        """Say in which communes the flow of the year changed; nothing in a portrait, or where there is but one."""
        communes = self.settings.service.commune_names
        several = communes if self.scope.is_service and len(communes) > 1 else {}
        where = sections.sentence(self._laid, where_of(self._laid.lookup, prose, several))
        return f'<p class="rl-ou">{where}</p>' if where else ""

    @_keeping_what_is_handed
    def text(self, name: str) -> Shown | None:
        """Show a section written by the service, « texte à rédiger » where there is none yet.

        In the portrait of a commune, the text ``<name>-<INSEE>``, else None: the others are the report's.

        Parameters
        ----------
        name
            Name of the file in ``<year>/textes``, without ``.md``.

        Raises
        ------
        SettingsError
            The text quotes a figure that does not exist; the message has file and line.

        Examples
        --------
        >>> report.text("edito").plain[:43]
        'En 2023, les éducateurs de Rencontres et Lo'
        """
        return sections.section(self._laid, name)

    def indicator(self, id: str) -> pd.DataFrame:
        """Give the figures of a table as tidy data.

        Parameters
        ----------
        id
            Name of the table, of those that ``indicators`` lists.

        Returns
        -------
        One row per figure, in display order: indicateur, annee, territoire, ligne, libelle_ligne, colonne,
        libelle_colonne, valeur (float64, NaN where etat is nc, masque or vide), unite (jeunes, heures, euros…), etat.

        Raises
        ------
        UsageError
            The indicator is unknown, or is about the whole service and the report is a commune's.

        Examples
        --------
        >>> ages = report.indicator("accompagnes").query("colonne == 'total'")
        >>> dict(zip(ages["ligne"], ages["valeur"]))
        {'moins_11': 24.0, '11_14': 69.0, '15_18': 11.0, '19_21': 8.0, 'plus_21': 2.0, 'total': 114.0}
        """
        data = self.source.table(id, self.scope)
        rows = {row.code: row.label for row in data.rows}
        columns = {column.code: column.label for column in data.columns}
        lines, across = data.figures["ligne"].map(rows), data.figures["colonne"].map(columns)
        return data.figures.assign(libelle_ligne=lines, libelle_colonne=across)[COLUMNS]

    def indicators(self) -> pd.DataFrame:
        """List the tables that may be asked for.

        Returns
        -------
        One row per table of the year and territory: id (what ``table``, ``figure`` and ``indicator`` take), titre,
        graphique (the kind of chart by default, empty where there is none).

        Examples
        --------
        >>> report.indicators().query("graphique == 'pyramid'")["id"].tolist()
        ['travail_de_rue', 'presence_sociale', 'accompagnes']
        """
        rows = [(table.id, table.title, table.look.chart) for table in self._tables]
        return pd.DataFrame(rows, columns=["id", "titre", "graphique"])

    @_keeping_what_is_handed
    def extract(self, data: pd.DataFrame, title: str) -> Shown:
        """Show lines chosen among those of ``indicator``, in a table; the report fills in their numbers.

        Parameters
        ----------
        data
            Rows of ``indicator``, of one table or of several; only their address counts.
        title
            What they are, above them.

        Raises
        ------
        UsageError
            They are not rows of ``indicator`` of this year.

        Examples
        --------
        >>> girls = report.indicator("accompagnes").query("colonne == 'F'")
        >>> report.extract(girls, "Filles accompagnées").bundle["name"]
        'extrait_filles_accompagnees'
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
        data
            The rows of ``indicator`` that it was drawn from: they are folded under it.
        title
            What it shows, above it.

        Raises
        ------
        UsageError
            They are not rows of ``indicator`` of this year, a value is not the report's, or this is no drawing.

        Examples
        --------
        >>> lasting = report.indicator("durees").query("colonne == 'total' and ligne != 'total'")
        >>> drawn = lasting.plot.barh(x="libelle_ligne", y="valeur")
        >>> report.chart(drawn, lasting, "Durées").bundle["name"]
        'extrait_durees'
        """
        html = charts.own_chart(self._laid, drawn, data, title)
        return sections.words(sections.name_of(title), html)

    @_keeping_what_is_handed
    def alerts(self) -> Shown | None:
        """Show how many follow-ups are to be looked at again, and give their list for ``alertes.csv``.

        None in the portrait of a commune and in the edition to share: the list is for the service alone.

        Examples
        --------
        >>> report.alerts().bundle["name"]
        'alertes.csv'
        """
        listed = self.source.alerts(self.scope) if self.scope.is_service else None
        return None if listed is None else sections.alerts(listed)

    @_keeping_what_is_handed
    def findings(self) -> Shown | None:
        """Show the year in one sentence, then what changed more than by chance, or the year beside the year before.

        Raises
        ------
        SettingsError
            ``constats`` in the settings names a finding that does not exist, or quotes a figure that does not.

        Examples
        --------
        >>> report.findings().bundle["titre"]
        "En 2023, deux fois plus d'accompagnements clos et des jeunes accompagnés plus jeunes"
        """
        html = self._findings.to_html()
        if not html:
            return None
        headline = without_tags(self._findings.headline)
        return sections.words("constats", html, titre=headline)

    @_keeping_what_is_handed
    def essentials(self) -> Shown | None:
        """Show the key figures of the year in cards, with the years before, save those that a finding says.

        Examples
        --------
        >>> report.essentials().plain.splitlines()[:3]
        ['Jeunes accompagnés', '114', '+16 par rapport à 2022']
        """
        laid, told = self._laid, self._findings.said
        html = Essentials(laid.lookup, laid.prose(), told).to_html()
        return sections.words("essentiel", html) if html else None

    @_keeping_what_is_handed
    def poster(self) -> Shown | None:
        """Show the poster of a commune: key figures beside the year before and the service, actions, picture, contact.

        None in the service's report, and where no key figure is known.

        Examples
        --------
        >>> open_report("", "", 2023, "Oignies").poster().plain.splitlines()[:2]
        ['Oignies', 'La prévention spécialisée en 2023']
        """
        html = "" if self.scope.is_service else poster(self._laid)
        return sections.words("affiche", html) if html else None

    @_keeping_what_is_handed
    def identity(self) -> Shown | None:
        """Show the service, its territory and the status of the report; None in a portrait, whose cover says it.

        Examples
        --------
        >>> report.identity().bundle["name"]
        'fiche'
        """
        if not self.scope.is_service:
            return None
        return sections.words("fiche", sections.identity(self.settings))

    @_keeping_what_is_handed
    def pictures(self, section: str) -> Shown | None:
        """Show the pictures of a section: those of the service and of its communes, or of one commune in its portrait.

        Parameters
        ----------
        section
            ``affiche``, ``annexes``, ``actions``, ``developpement_social_local``, ``parentalite`` or
            ``actions_partenariales``, as ``images.yml`` has it.

        Raises
        ------
        SettingsError
            ``images.yml`` breaks its contract, or a picture cannot be opened.

        Examples
        --------
        >>> report.pictures("annexes") is None  # where images.yml lists none of them
        True
        """
        service, wanted = self.settings.service, [f"{section}-{self.scope.territory}"]
        if self.scope.is_service:
            wanted = [section, *(f"{section}-{code}" for code in service.commune_codes)]
        html = sections.pictures(self.settings, wanted)
        return sections.words("images", html) if html else None

    @_keeping_what_is_handed
    def map(self, id: str = "communes", column: str = "total") -> Shown | None:
        """Show where the communes are, by their outlines (``carte``) or their positions, each with a disc.

        None where the settings have no outlines, and for another table than that of the communes in a portrait or
        where the edition has it not.

        Parameters
        ----------
        id, column
            What discs are in proportion to: ``communes``, ``total`` (young people followed) or ``taux_communes``,
            ``accompagnes`` (the same for 1,000 inhabitants).

        Raises
        ------
        UsageError
            The map does not show this column.
        SettingsError
            The file of ``carte`` is missing, or is no GeoJSON of the communes.

        Examples
        --------
        >>> report.map() is None  # where service.yml has no carte
        True
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
        """Show the communes and their priority neighbourhoods.

        Examples
        --------
        >>> report.territory().html.count("Commune d")
        4
        """
        html = sections.territory(self.settings.service, self.scope.territory)
        return sections.words("territoire", html)

    @_keeping_what_is_handed
    def method(self) -> Shown:
        """Show how everything is counted; a portrait leaves rules and definitions of tables to the report.

        Examples
        --------
        >>> "accompagnes" in report.method().bundle["fiches"]
        True
        """
        is_exact = self.source.is_exact
        concerned = [table for table in self._tables if is_exact or not table.not_shared]
        html = sections.method(concerned, self.scope, self.settings)
        defined = [table.id for table in concerned] if self.scope.is_service else []
        return sections.words("methode", html, fiches=defined)

    @_keeping_what_is_handed
    def accepted(self) -> Shown | None:
        """Show what the service accepts, with its reasons: findings on the figures, implausible records.

        None in the portrait of a commune and in the edition to share: they give exact figures of the service.

        Examples
        --------
        >>> report.accepted().plain.startswith("Les chiffres publiés s'accordent entre eux")
        True
        """
        if not self.scope.is_service or not self.source.is_exact:
            return None
        tables, silenced = self.source.declared.tables, self.source.silenced
        return sections.words("ecarts", sections.accepted(self.settings, tables, silenced))

    def records(self, table: str) -> pd.DataFrame:
        """Give the rows of a table of the records; a chapter that asks for one is made again when any record changes.

        Parameters
        ----------
        table
            Name of the file without its ending: ``jeunes``, ``suivis``, ``temps``…

        Returns
        -------
        The columns of that file, typed: dates as ``datetime64``, numbers as ``float64``, all else as text.

        Raises
        ------
        UsageError
            There is no such table, or the edition is the one to share: it opens no record.

        Examples
        --------
        >>> report.records("jeunes").columns[:3].tolist()
        ['id_jeune', 'sexe', 'date_naissance']
        """
        return records_of(self.source, table)
