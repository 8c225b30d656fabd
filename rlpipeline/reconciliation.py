"""The audit of a publication set up: what the registry, the settings and the records have to say to it."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rlpipeline.acceptances import read_acceptances
from rlpipeline.audit.copies import Former
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.published import Figure, FigureKey
from rlpipeline.audit.relations import Declared, Recompute
from rlpipeline.audit.relations.recomputed import RECORDS, Counted
from rlpipeline.audit.report import DATA, PAGE, Audit, Terms, audit_publication, write_audit
from rlpipeline.display.approximate import slack_of
from rlpipeline.display.comparability import comparability_of
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Reference
from rlpipeline.display.published import read_printed
from rlpipeline.errors import ReconciliationError, SettingsError, UsageError
from rlpipeline.indicators import (
    REGISTRY,
    SERVICE,
    FromRecords,
    Scope,
    Source,
    figures,
)
from rlpipeline.indicators.population import PAEI, follow_ups, in_year
from rlpipeline.params import Service, Settings, load_settings
from rlpipeline.records import Records

FIRST = 5
"""Findings that the error names; the page has them all."""


def audit_year(out: Path, year: int, params: Path) -> Audit:
    """Check the publication of a year again, from its files and the settings alone.

    Raises
    ------
    UsageError
        Nothing is published for this year.
    SettingsError, ReconciliationError
        The settings break their contract, or the publication cannot be read.
    """
    directory = out / str(year)
    if not directory.is_dir():
        raise UsageError(
            f"Aucune publication pour {year}.",
            where=str(directory),
            todo="la faire d'abord avec « rlpipeline build », ou indiquer son dossier avec --out",
        )
    return audit_publication(directory, terms_of(load_settings(params, year)))


def reconcile(staging: Path, settings: Settings, records: Records, kept: Path) -> Audit:
    """Check a publication that is ready to be put in place, and write its audit there.

    Parameters
    ----------
    staging
        The publication; in a draft, what was typed by hand is marked in its pages.
    kept
        Folder where the audit is kept if it prevents publication.

    Raises
    ------
    ReconciliationError
        Something stands that blocks; the message gives the first findings and the audit's page.
    """
    audit = audit_publication(staging, terms_of(settings, records), mark=True)
    write_audit(audit, staging)
    if audit.blocking:
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)  # the page has exact figures
        for name in (PAGE, DATA):
            shutil.copyfile(staging / name, kept / name)
        raise _refusal(audit, kept / PAGE)
    return audit


def terms_of(settings: Settings, records: Records | None = None) -> Terms:
    """Tell an audit what it cannot read in the files.

    Parameters
    ----------
    records
        Without them nothing is counted again, and what rows outside the dates of their follow-up could break does not
        block.
    """
    report, service = settings.report, settings.service
    return Terms(
        declared=declared_of(settings, records),
        service=service.nom,
        titre=report.titre or "",
        validated=report.statut == "valide",
        acceptances=read_acceptances(settings.directory, settings.year),
        recompute=_recompute(records, service) if records else None,
        former=former_of(FromRecords(records), settings) if records else None,
        texts=texts_of(settings),
    )


def declared_of(settings: Settings, records: Records | None) -> Declared:
    """Give what the registry and the settings declare."""
    additive = {id: indicator.not_additive for id, indicator in REGISTRY.items() if indicator.additive}
    return Declared(
        year=settings.year,
        communes=settings.service.commune_codes,
        additive=additive,
        not_additive=frozenset(REGISTRY) - frozenset(additive),
        within_dates=records is not None and within_dates(records, settings),
    )


def within_dates(records: Records, settings: Settings) -> bool:
    """Say whether every issue and referral of the year belongs to a PAEI active in it."""
    plans = follow_ups(records, Scope(settings.year, SERVICE, settings.service))
    idle = plans.loc[(plans["statut"] == PAEI) & ~plans["actif"], "id_suivi"]
    issues, referrals = records["problematiques"], records["orientations"]
    noted = issues.loc[issues["annee"] == settings.year, "id_suivi"]
    referred = referrals.loc[in_year(referrals["date"], settings.year), "id_suivi"]
    return not (noted.isin(idle).any() or referred.isin(idle).any())


def _recompute(records: Records, service: Service) -> Recompute:
    def counted(id: str, year: int, territory: str) -> Mapping[tuple[str, str], Counted] | None:
        try:
            table = figures(id, records, Scope(year, territory, service))
        except UsageError:  # a table of a chapter of the service's own, a territory that the settings no longer have
            return None
        of_year = table[table["annee"] == year]
        names = ("ligne", "colonne", "valeur", "unite", "etat")
        rows = zip(*(of_year[name] for name in names), strict=True)
        return {(line, column): (_known(value), unit, state) for line, column, value, unit, state in rows}

    return counted


def former_of(source: Source, settings: Settings) -> Former:
    """Give any figure of the registry, of its source or of a printed report."""
    lookup = Lookup(
        source,
        settings.service,
        settings.year,
        lambda year: read_printed(settings, year),
        comparability_of(settings),
        slack_of(settings),
    )

    def figure(key: FigureKey) -> Figure | None:
        try:
            cell = lookup.cell(Reference(key.indicateur, key.ligne, key.colonne, key.annee, key.territoire))
        except (SettingsError, UsageError):
            return None
        return Figure(key, _known(cell.valeur), cell.unite, cell.etat, Place(RECORDS, str(key.annee)), cell.slack)

    return figure


def texts_of(settings: Settings) -> Mapping[str, str]:
    """Give the Markdown of the texts of the edition, by name."""
    written: dict[str, str] = {}
    folder = settings.directory / str(settings.year) / "textes"
    own = folder.glob(f"{settings.edition}/*.md") if settings.edition == "diffusion" else ()
    for path in sorted([*folder.glob("*.md"), *own]):
        with suppress(SettingsError):  # a file whose name is no text's, or whose bytes are no text: not in the pages
            written[path.stem] = settings.text(path.stem) or ""
    return written


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _refusal(audit: Audit, page: Path) -> ReconciliationError:
    count = len(audit.blocking)
    plural = "s" if count > 1 else ""
    more = [f"    et {count - FIRST} autre{'s' if count > FIRST + 1 else ''}"] if count > FIRST else []
    return ReconciliationError(
        f"{count} écart{plural} dans ce qui allait être publié : rien n'est publié, "
        "la publication précédente reste en place.",
        where="\n".join(["", *(told(finding) for finding in audit.blocking[:FIRST]), *more]),
        todo=f"ouvrir {page}, corriger (ou accepter un écart, avec sa raison, dans {audit.year}/ecarts.yml), relancer",
    )


def told(finding: Finding) -> str:
    """Write a finding as the message of an error: what, both places and values, key."""
    other = f"{finding.second} : " if finding.second else ""
    return (
        f"    {finding.message}\n      {finding.first} : {finding.first_value}\n"
        f"      {other or 'attendu : '}{finding.second_value}\n      clé : {finding.key}"
    )
