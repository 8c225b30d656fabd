"""A publication and its store of figures: its tables are taken from it, and its pages held against it."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline.checks.audit import (
    DATA,
    PAGE,
    Audit,
    Context,
    audit_publication,
    check_publication,
    write_audit,
)
from rlpipeline.checks.model import Discrepancy, Figure, Location
from rlpipeline.checks.published import Output, Publication, read_publication, readable
from rlpipeline.checks.relations import RECORDS, Counted, Declared
from rlpipeline.declared import FigureKey
from rlpipeline.display.cells import Reference
from rlpipeline.display.laid_out import WITHOUT_PAGE, LaidOut
from rlpipeline.display.lookup import Lookup
from rlpipeline.errors import (
    DisclosureError,
    ReconciliationError,
    SettingsError,
    UsageError,
    first_of,
)
from rlpipeline.figures import (
    CSV_COLUMNS,
    PROTECTED_UNITS,
    SERVICE,
    Scope,
    Store,
    TableData,
    territories,
)
from rlpipeline.processes import Workers
from rlpipeline.publication.exporter import ShownTable
from rlpipeline.publication.figures import KEY, Figures, Label, Table, figures_of
from rlpipeline.publication.page import marked
from rlpipeline.settings.acceptances import read_acceptances
from rlpipeline.settings.models import Settings, load_settings
from rlpipeline.states import ARRONDI, OK, PARTIEL

AT_ONCE = 3
"""Territories, the service among them, whose counts are kept."""
SHOWN_BY_CHAPTERS = frozenset({"page", "notebook", "graphique"})
"""What the address pass checks of a chapter: it may have counted what it shows."""
SHAREABLE = frozenset({"table", "figure", "text"})
"""What ``report`` gives: a file (the list of alerts) is for the service alone."""
NOW, BEFORE = {"compare": "bool"}, {"origine": "str", "rupture": "str"}
"""Columns of the figures of the year and of the year before, beside those of ``indicateurs.csv`` and ``base``."""


def gather(
    directory: Path, settings: Settings, shown: Sequence[ShownTable], workers: Workers | None = None
) -> Figures:
    """Give the figures of tables, in the order in which chapters show them, beside those of the year before.

    ``directory``: the store, exact or protected; ``workers``: who opens it; this process when None. Raises UsageError:
    it has no such table.
    """
    groups = [[*tables] for _, tables in groupby(dict.fromkeys(shown), lambda table: table[1:])]
    each = workers.each if workers else map
    gathered = [*each(partial(_gather, directory, settings), groups)]
    tables: dict[str, Table] = {}
    for table in chain.from_iterable(of_place.tables for of_place in gathered):
        tables.setdefault(table.id, table).add(table)
    every = _joined([of_place.now for of_place in gathered], NOW)
    repeated = every.duplicated(KEY)
    if repeated.any():  # actions are with the service's, then in their portrait
        every["compare"] = every.groupby(KEY)["compare"].transform("any")
        every = every[~repeated]
    before = _joined([of_place.before for of_place in gathered], BEFORE)
    names = settings.service.commune_names
    return figures_of(every, before, tables, names)


@dataclass(frozen=True)
class _TablesOfTerritory:
    """What the store has of the tables of one year and territory: figures of the year, and of the year before."""

    tables: Sequence[Table]
    now: pd.DataFrame
    before: pd.DataFrame


def _gather(directory: Path, settings: Settings, shown: Sequence[ShownTable]) -> _TablesOfTerritory:
    """Gather tables of one year and territory."""
    _, year, territory = shown[0]
    if year != settings.year:  # a chapter may show another year
        edition = {"edition": settings.edition}
        settings = load_settings(settings.directory, year).model_copy(update=edition)
    scope = Scope(year, territory, settings.service)
    laid = LaidOut(Store(directory), settings, scope)
    tables = list[Table]()
    now = list[pd.DataFrame]()
    then = list[pd.DataFrame]()
    for id, *_ in shown:
        layout = laid.layout(id, scope)
        data = layout.data
        before = layout.before
        tables.append(_described(data, territory, is_shared=layout.is_shared))
        compare = before is not None and not before.figures.empty
        now.append(data.figures.assign(compare=compare))
        if scope.is_service:
            now.append(_without_page(laid, data).assign(compare=False))
        if before is not None:
            origin = {"origine": before.origin, "rupture": before.reason}
            then.append(before.figures.assign(annee=year, **origin))
    figures = _joined(now, NOW)
    compared = figures["compare"] & (figures["annee"] == year)
    return _TablesOfTerritory(tables, figures.assign(compare=compared), _joined(then, BEFORE))


def _described(data: TableData, territory: str, *, is_shared: bool) -> Table:
    """Describe a table as the workbook and the dictionary have it."""
    spec = data.spec
    words = (spec.title, spec.definition, spec.source, spec.unit, spec.look.tab)
    rows = (Label(row.code, row.label, row.kind) for row in data.rows)
    columns = (Label(column.code, column.label, column.kind) for column in data.columns)
    texts = {(line, column): text for line, column, text in data.texts.to_numpy()}
    rows_by_code = {row.code: row for row in rows}
    columns_by_code = {column.code: column for column in columns}
    texts_by_territory = {territory: texts} if texts else {}
    return Table(data.id, *words, not is_shared, rows_by_code, columns_by_code, texts_by_territory)


def _without_page(laid: LaidOut, data: TableData) -> pd.DataFrame:
    """Figures told with the service's: of territories without a page; of actions, each again for its territory."""
    if data.spec.of_actions:
        places = data.figures["colonne"].map(laid.source.territories_of_actions())
        return data.figures.assign(territoire=places)
    others = WITHOUT_PAGE if data.spec.scope == "tous" else ()
    every = [laid.lookup.table(data.id, laid.scope.year, place) for place in others]
    return pd.concat([data.figures.iloc[:0], *every])


def _joined(frames: Sequence[pd.DataFrame], more: dict[str, str]) -> pd.DataFrame:
    """Join figures, with the columns of ``indicateurs.csv``, their base and some more; typed even where none is."""
    numbers = {"annee": "int64", "valeur": "float64", "base": "float64"}
    types = {**dict.fromkeys(CSV_COLUMNS, "str"), **numbers, **more}
    none = pd.DataFrame(columns=[*types]).astype(types)
    every = pd.concat([none, *frames], ignore_index=True)[[*types]]
    return every.assign(base=every["base"].where(every["etat"] == ARRONDI, 0))


def audit_year(out: Path, year: int, params: Path) -> Audit:
    """Check the publication of a year again, from its files and the settings alone.

    Raises UsageError: nothing is published for this year; SettingsError, ReconciliationError: the settings break their
    contract, or the publication cannot be read.
    """
    directory = out / str(year)
    if not directory.is_dir():
        raise UsageError(
            f"Aucun rapport n'est publié pour {year}.",
            where=str(directory),
            todo="le faire d'abord avec « rlpipeline build », ou indiquer son dossier avec --out",
        )
    return audit_publication(directory, context_of(load_settings(params, year)))


def reconcile(staging: Path, settings: Settings, figures: Path, failures: Path) -> Audit:
    """Check a publication that is ready to be put in place, and write its audit there.

    ``staging``: the publication; in a draft, what was typed by hand is marked in its pages; ``figures``: the store of
    the exact figures, opened afresh; ``failures``: folder where the audit is kept if it prevents publication. Raises
    ReconciliationError: something stands that blocks; the message gives the first findings and the audit's page.
    """
    audit = audit_publication(staging, context_of(settings, Store(figures)), mark=True)
    write_audit(audit, staging)
    if audit.blocking:
        failures.mkdir(parents=True, exist_ok=True, mode=0o700)  # the page has exact figures
        for name in (PAGE, DATA):
            shutil.copyfile(staging / name, failures / name)
        count = len(audit.blocking)
        raise ReconciliationError(
            f"{count} écart{'s' if count > 1 else ''} dans ce qui allait être publié : rien n'est publié, "
            "la publication précédente reste en place.",
            where=first_of([*map(_line, audit.blocking)]),
            todo=f"ouvrir {failures / PAGE}, corriger (ou accepter un écart, avec sa raison, dans "
            f"{audit.year}/ecarts.yml), relancer",
        )
    return audit


def reconcile_shared(staging: Path, settings: Settings, figures: Path) -> None:
    """Check that every copy of a figure to share is the protected one.

    ``settings``: those of the edition to share; ``figures``: the store of the protected figures, opened afresh. Raises
    ReconciliationError: two files or places disagree; DisclosureError: a chapter shows what was not protected.
    """
    publication = read_publication(staging, settings.year)
    store = Store(figures)
    _refuse_other_outputs(publication)
    _refuse_unprotected(_unprotected(publication, settings, store))
    _refuse_small_numbers(publication, settings, store)
    _refuse_contradictions(publication, settings, store)


def _refuse_other_outputs(publication: Publication) -> None:
    """Refuse what ``report`` did not give to be shown: nobody knows what it is."""
    others = [output.place for output in _outputs(publication) if not _is_shareable(output)]
    if others:
        raise DisclosureError(
            "Des cellules montrent autre chose que des chiffres protégés : l'édition à diffuser n'est pas publiée.",
            where=first_of(others),
            expected="report.table, report.figure, report.text, report.extract ou report.chart",
            todo="passer par report.extract (des lignes de report.indicator) ou report.chart (un graphique et ses "
            "lignes)",
        )


def _outputs(publication: Publication) -> Iterator[Output]:
    """Give what the cells of the notebooks show."""
    with readable(publication.directory):
        for file in publication.notebooks:
            yield from filter(attrgetter("is_shown"), publication.notebook(file).outputs)


def _is_shareable(output: Output) -> bool:
    """Whether it carries what ``report`` gives, and nothing else."""
    kinds = {kind for kind, _ in output.carried}
    return bool(kinds) and kinds <= SHAREABLE


def _refuse_small_numbers(publication: Publication, settings: Settings, store: Store) -> None:
    """Refuse exact numbers of persons below the threshold."""
    least = settings.service.diffusion.seuil
    persons = store.declared.about_persons

    def is_small(figure: Figure) -> bool:
        if figure.key.indicateur not in persons or figure.unite not in PROTECTED_UNITS:
            return False
        return figure.etat in (OK, PARTIEL) and 0 < (figure.valeur or 0) < least

    small = [figure.place for figure in filter(is_small, publication.figures.values())]
    if small:
        raise DisclosureError(
            f"L'édition à diffuser montre des nombres de personnes sous {least} : elle n'est pas publiée.",
            where=first_of(small),
            expected="un nombre masqué ou arrondi",
            todo="signaler cette erreur : la protection aurait dû les masquer",
        )


def _refuse_contradictions(publication: Publication, settings: Settings, store: Store) -> None:
    """Refuse what the checks find: figures that chapters show and were not protected first."""
    findings, *_ = check_publication(publication, context_of(settings, store))
    blocking = [finding for finding in findings if finding.blocking]
    _refuse_unprotected(finding.first for finding in blocking if finding.check in SHOWN_BY_CHAPTERS)
    if blocking:
        raise ReconciliationError(
            "Des chiffres de l'édition à diffuser ne s'accordent pas : elle n'est pas publiée.",
            where=first_of([*map(_line, blocking)]),
        )


def context_of(settings: Settings, store: Store | None = None) -> Context:
    """Tell an audit what it cannot read in the files.

    ``store``: the figures of the edition of the settings; without it nothing is compared with what was counted, and
    what rows outside the dates of their follow-up could break does not block.
    """
    report = settings.report
    service = settings.service
    is_shared = settings.edition == "diffusion"

    def text_of(name: str) -> str | None:
        try:
            return settings.text(name)
        except SettingsError:  # words of ours have no text
            return None

    declared = Declared(
        year=settings.year,
        communes=service.commune_codes,
        expected=store.declared.linked if store else {},
        within_dates=store is not None and store.within_dates(settings.year),
        shared=is_shared,
    )
    acceptances = read_acceptances(settings.directory, settings.year)
    context = Context(
        declared,
        before=not is_shared,
        text_of=text_of,
        service=service.nom,
        titre=report.titre or "",
        validated=report.statut == "valide",
        acceptances=acceptances,
        said=marked("", service.demonstration),
    )
    return _with_store(context, StoreFigures(settings, store)) if store else context


def _with_store(context: Context, known: StoreFigures) -> Context:
    """Have the figures and the names of a store told to an audit."""
    return replace(
        context,
        former=known,
        former_names=known.names,
        names=known.words,
        recount=known.recount if known.store.is_exact else None,
    )


class StoreFigures:
    """Gives any figure of a store, exact or protected, or of a printed report; None where there is none.

    Few territories are open at once: what was opened of the others is let go.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self._territories = (SERVICE, *territories(settings.service))
        self._lookup = lru_cache(AT_ONCE)(self._opened)

    def __call__(self, key: FigureKey) -> Figure | None:
        """Give a figure: as it was counted in a year that the service recorded, else as a text would quote it."""
        counted = self._counted(key)
        if counted is not None:
            return counted
        try:
            reference = Reference(key.indicateur, key.ligne, key.colonne, key.annee, key.territoire)
            cell = self._lookup(key.territoire).cell(reference)
        except (SettingsError, UsageError):
            return None
        value = None if math.isnan(cell.value) else cell.value
        return Figure(key, value, cell.unit, cell.state, RECORDS, cell.slack)

    def _counted(self, key: FigureKey) -> Figure | None:
        """Give a figure as it was counted; None where its year was not recorded, or it has no value."""
        is_of_year = self.store.is_exact and key.annee in self.store.years
        if not is_of_year or key.territoire not in self._territories:
            return None
        scope = Scope(key.annee, key.territoire, self.settings.service)
        if not self.store.is_recorded(key.indicateur, scope):
            return None
        row = self.rows(*key[:3]).get((key.annee, key.ligne, key.colonne))
        if row is None or row[5] is None:
            return None
        return Figure(key, float(row[5]), row[6], row[7], RECORDS)

    def rows(
        self, id: str, year: int, territory: str
    ) -> Mapping[tuple[int, str, str], Sequence[Any]]:
        """Give the figures of a table as they are written, by year, line and column."""
        lookup = self._lookup(territory)
        scope = Scope(year, territory, self.settings.service)

        def made() -> Mapping[tuple[int, str, str], Sequence[Any]]:
            rows = lookup.source.written_figures(id, scope)
            return {(row[1], row[3], row[4]): row for row in rows}

        return lookup.once(("rows", id, year), made)

    def recount(
        self, id: str, year: int, territory: str
    ) -> Mapping[tuple[str, str], Counted] | None:
        """Give the figures of a table by line and column; None where they are not counted."""
        if territory not in self._territories:
            return None
        for asked in (self.settings.year, year):  # a table may have the year before beside its own
            rows = self.rows(id, asked, territory).values()
            of_year = {(row[3], row[4]): (row[5], row[6], row[7]) for row in rows if row[1] == year}
            if of_year:
                return of_year
        return None

    def names(self, indicator: str, territory: str, year: int) -> frozenset[str]:
        """Give what the lines and columns of a table are called in a year; nothing where it has none."""
        source = self._lookup(territory).source
        scope = Scope(year, territory, self.settings.service)
        if not source.is_exact or not source.is_recorded(indicator, scope):
            return frozenset()
        lines, columns = source.declared.words[indicator]
        data = source.table(indicator, scope)
        named = (each.label for axis in (data.rows, data.columns) for each in axis)
        return frozenset({*lines.values(), *columns.values(), *named})

    def words(self, id: str, territory: str) -> Iterable[tuple[str, str]]:
        """Give the code and the words of each line and column of a table of the year."""
        scope = Scope(self.settings.year, territory, self.settings.service)
        return self._lookup(territory).source.written_names(id, scope)

    def _opened(self, territory: str) -> Lookup:  # the key: each keeps what it opens of a territory
        whole = Scope(self.settings.year, SERVICE, self.settings.service)
        return LaidOut(self.store.emptied(), self.settings, whole).lookup


def _unprotected(
    publication: Publication, settings: Settings, protected: Store
) -> Iterator[Location]:
    """Give where a figure is shown that is not the protected one."""
    codes = settings.service.commune_codes
    alone = codes[0] if len(codes) == 1 else ""
    known = StoreFigures(settings, protected)
    for figure in publication.figures.values():
        key = figure.key
        # With one commune, its tables are of actions, protected as the service's.
        place = SERVICE if key.territoire == alone else key.territoire
        rows = known.rows(key.indicateur, settings.year, place)
        row = rows.get((key.annee, key.ligne, key.colonne))
        shown = figure.valeur, figure.etat, figure.marge
        if row is None or shown != (row[5], row[7], max(0.0, row[8] - 1.0)):
            yield figure.place


def _refuse_unprotected(places: Iterable[Location]) -> None:
    if unprotected := [*dict.fromkeys(map(str, places))]:
        raise DisclosureError(
            "Des chiffres de l'édition à diffuser n'ont pas été protégés : elle n'est pas publiée.",
            where=first_of(unprotected),
            todo="ouvrir le rapport comme le modèle : open_report(source, params, year, commune, edition)",
        )


def _line(finding: Discrepancy) -> str:
    other = f"{finding.second} : " if finding.second else ""
    return (
        f"{finding.message}\n      {finding.first} : {finding.first_value}\n"
        f"      {other or 'attendu : '}{finding.second_value}\n      clé : {finding.key}"
    )
