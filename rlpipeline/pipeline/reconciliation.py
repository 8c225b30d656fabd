"""The audit of a publication set up: what the figures, the settings and the records have to say to it."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlpipeline.checks.audit import DATA, PAGE, Audit, Context, audit_publication, write_audit
from rlpipeline.checks.findings import Finding
from rlpipeline.checks.model import Figure
from rlpipeline.checks.relations import RECORDS, Counted, Declared, Names, Recount
from rlpipeline.declared import FigureKey
from rlpipeline.display.cells import Reference
from rlpipeline.display.former import comparability_of
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.lookup import Lookup
from rlpipeline.errors import ReconciliationError, SettingsError, UsageError, first_of
from rlpipeline.figures import SERVICE, Scope, Store, territories
from rlpipeline.publication.page import marked
from rlpipeline.settings.acceptances import read_acceptances
from rlpipeline.settings.models import Settings, load_settings

AT_ONCE = 4
"""Territories beside the service whose counts are kept."""
Key = tuple[int, str, str]
"""Year, line and column of a figure."""


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
    audit = audit_publication(staging, context_of(settings, figures), mark=True)
    write_audit(audit, staging)
    if audit.blocking:
        failures.mkdir(parents=True, exist_ok=True, mode=0o700)  # the page has exact figures
        for name in (PAGE, DATA):
            shutil.copyfile(staging / name, failures / name)
        raise _refusal(audit, failures / PAGE)
    return audit


def context_of(settings: Settings, figures: Path | None = None) -> Context:
    """Tell an audit what it cannot read in the files.

    ``figures``: the store of the exact figures; without it nothing is compared with what was counted, and what rows
    outside the dates of their follow-up could break does not block.
    """
    report = settings.report
    store = Store(figures) if figures else None
    counts = FormerFigures(settings, store) if store else None
    return Context(
        declared_of(settings, store),
        counts,
        text_of=text_of(settings),
        former_names=counts.names if counts else lambda *of: frozenset(),
        names=names_of(settings, store) if store else None,
        recount=_recount(settings, counts) if counts else None,
        service=settings.service.nom,
        titre=report.titre or "",
        validated=report.statut == "valide",
        acceptances=read_acceptances(settings.directory, settings.year),
        said=marked("", settings.service.demonstration),
    )


def text_of(settings: Settings) -> Callable[[str], str | None]:
    """Give what reads the texts of a service by name; words of ours have no text."""

    def read(name: str) -> str | None:
        try:
            return settings.text(name)
        except SettingsError:
            return None

    return read


def declared_of(settings: Settings, store: Store | None = None) -> Declared:
    """Give what the indicators and the settings declare.

    ``store``: the exact figures; without it what was declared of them is not known, nor whether rows lie outside of the
    dates of their follow-up.
    """
    return Declared(
        year=settings.year,
        communes=settings.service.commune_codes,
        expected=store.declared.linked if store else {},
        within_dates=store is not None and store.within_dates(settings.year),
        shared=settings.edition == "diffusion",
    )


def names_of(settings: Settings, store: Store) -> Names:
    """Give what reads the code and the words of each line and column of a table of the year in a store."""

    return lambda id, territory: store.written_names(id, Scope(settings.year, territory, settings.service))


def _recount(settings: Settings, counts: FormerFigures) -> Recount:
    def counted(id: str, year: int, territory: str) -> Mapping[tuple[str, str], Counted] | None:
        if territory not in (SERVICE, *territories(settings.service)):
            return None
        for of in (settings.year, year):  # a table may have the year before beside its own
            rows = counts.rows(id, Scope(of, territory, settings.service)).values()
            found = {(*row[3:5],): (*row[5:8],) for row in rows if row[1] == year}
            if found:
                return found
        return None

    return counted


@dataclass
class FormerFigures:
    """Gives any figure of a store, exact or protected, or of a printed report."""

    settings: Settings
    store: Store
    _rows: dict[tuple[str, int, str], Mapping[Key, Sequence[Any]]] = field(default_factory=dict, init=False, repr=False)
    _lookups: dict[str, Lookup] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, key: FigureKey) -> Figure | None:
        """Give a figure; None where the store has none."""
        return self._counted(key) or self._looked_up(key)

    def rows(self, id: str, scope: Scope) -> Mapping[Key, Sequence[Any]]:
        """Give the figures of a table that are written in the store, by year, line and column."""
        key = id, scope.year, scope.territory
        if key not in self._rows:
            self._rows[key] = {(row[1], *row[3:5]): row for row in self.store.written_figures(id, scope)}
        return self._rows[key]

    def _counted(self, key: FigureKey) -> Figure | None:
        """Give a number that was counted in a year that the service recorded: nothing printed comes before it."""
        places = (SERVICE, *territories(self.settings.service))
        if not self.store.is_exact or key.annee not in self.store.years or key.territoire not in places:
            return None
        scope = Scope(key.annee, key.territoire, self.settings.service)
        rows = self.rows(key.indicateur, scope) if self.store.is_recorded(key.indicateur, scope) else {}
        row = rows.get((key.annee, key.ligne, key.colonne))
        return None if row is None or row[5] is None else Figure(key, float(row[5]), row[6], row[7], RECORDS)

    def _looked_up(self, key: FigureKey) -> Figure | None:
        try:
            cell = self.lookup(key.territoire).cell(
                Reference(key.indicateur, key.ligne, key.colonne, key.annee, key.territoire)
            )
        except (SettingsError, UsageError):
            return None
        return Figure(key, _or_none(cell.valeur), cell.unite, cell.etat, RECORDS, cell.slack)

    def names(self, indicator: str, territory: str, year: int) -> frozenset[str]:
        """Give what the lines and columns of a table are called in a year; nothing where it has none."""
        source, scope = self.lookup(territory).source, Scope(year, territory, self.settings.service)
        if not source.is_exact or not source.is_recorded(indicator, scope):
            return frozenset()
        lines, columns = source.declared.words[indicator]
        usual = {**lines, **columns}.values()
        data = source.table(indicator, scope)
        return frozenset({*usual, *(row.label for row in data.rows), *(column.label for column in data.columns)})

    def lookup(self, territory: str) -> Lookup:
        """Figures about a territory, opened once; of few others at a time."""
        if territory not in self._lookups:
            others = [name for name in self._lookups if name != SERVICE]
            if len(others) >= AT_ONCE:
                del self._lookups[others[0]]
            whole = Scope(self.settings.year, SERVICE, self.settings.service)
            laid = LaidOut(Store(self.store.directory), self.settings, whole, comparability_of(self.settings))
            self._lookups[territory] = laid.lookup
        return self._lookups[territory]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _refusal(audit: Audit, page: Path) -> ReconciliationError:
    count = len(audit.blocking)
    plural = "s" if count > 1 else ""
    return ReconciliationError(
        f"{count} écart{plural} dans ce qui allait être publié : rien n'est publié, "
        "la publication précédente reste en place.",
        where=first_of([*map(finding_line, audit.blocking)]),
        todo=f"ouvrir {page}, corriger (ou accepter un écart, avec sa raison, dans {audit.year}/ecarts.yml), relancer",
    )


def finding_line(finding: Finding) -> str:
    """Write a finding as the message of an error: what, both places and values, key."""
    other = f"{finding.second} : " if finding.second else ""
    return (
        f"{finding.message}\n      {finding.first} : {finding.first_value}\n"
        f"      {other or 'attendu : '}{finding.second_value}\n      clé : {finding.key}"
    )
