"""The audit of a publication set up: what the registry, the settings and the records have to say to it."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from rlpipeline.acceptances import read_acceptances
from rlpipeline.audit.copies import Former, check_copies
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.movements import movement_by
from rlpipeline.audit.prose.persons import Few, scan_persons
from rlpipeline.audit.published import Figure, FigureKey, Publication, read_publication
from rlpipeline.audit.relations import Declared, Recompute, examine_relations
from rlpipeline.audit.relations.grids import path_of
from rlpipeline.audit.relations.recomputed import RECORDS, Counted
from rlpipeline.audit.report import DATA, PAGE, Audit, Terms, audit_publication, write_audit
from rlpipeline.audit.typed import scan_pages, typed_findings
from rlpipeline.disclosure.source import FromProtected
from rlpipeline.display.comparability import comparability_of
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Reference
from rlpipeline.display.published import read_published
from rlpipeline.errors import DisclosureError, ReconciliationError, SettingsError, UsageError
from rlpipeline.indicators import (
    HORS,
    PROTECTED_UNITS,
    REGISTRY,
    SANS_COMMUNE,
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


def reconcile_shared(staging: Path, settings: Settings, source: FromProtected) -> None:
    """Check that every copy of a figure to share is the protected one, and that no text tells more.

    Raises
    ------
    ReconciliationError
        Two files or places disagree.
    DisclosureError
        A text gives a small number of young people, or speaks of one of them.
    """
    shared = settings.model_copy(update={"edition": "diffusion"})
    publication = replace(read_publication(staging), year=settings.year)  # a report may have no figure
    _refuse_small_figures(publication, shared)
    _refuse_few_persons(staging, publication, shared)
    former = _former(source, shared)
    moved = movement_by(lambda key: publication.figures.get(key) or former(key))
    found = [
        *_broken_sums(publication, shared),
        *check_copies(publication, former, _texts(shared)),
        *typed_findings(scan_pages(staging, publication.pages, moved), shared.report.statut == "valide"),
    ]
    blocking = [finding for finding in found if finding.blocking]
    if blocking:
        raise ReconciliationError(
            f"{len(blocking)} écart(s) dans l'édition à diffuser : elle n'est pas publiée.",
            where="\n".join(["", *(_told(finding) for finding in blocking[:FIRST])]),
        )


def _refuse_small_figures(publication: Publication, settings: Settings) -> None:
    """Stop an exact figure of the service that protection should have masked."""
    threshold = settings.service.diffusion.seuil
    small = [
        figure
        for figure in publication.csv
        if _protected(figure) and figure.valeur is not None and 0 < figure.valeur < threshold
    ]
    if small:
        raise DisclosureError(
            f"{len(small)} nombre(s) de personnes plus petits que {threshold} dans l'édition à diffuser.",
            where="\n".join(["", *(f"    {figure.place}" for figure in small[:FIRST])]),
            expected="un nombre masqué ou arrondi",
            todo="signaler cette erreur : la protection aurait dû les masquer",
        )


def _refuse_few_persons(staging: Path, publication: Publication, settings: Settings) -> None:
    """Stop a text that gives a small number of young people, or speaks of one of them."""
    found = few_persons(staging, publication, settings.service.diffusion.seuil)
    if not found:
        return
    told = []
    for few in found[:FIRST]:
        where = str(settings.text_path(few.texte)) if few.texte else f"chapitre « {few.chapitre} »"
        told.append(f"    {where} : « {few.words} » ({few.reason})\n      dans « {few.sentence} »")
    name = found[0].texte or "nom"
    raise DisclosureError(
        f"{len(found)} phrase(s) de l'édition à diffuser laisseraient reconnaître un jeune : elle n'est pas publiée.",
        where="\n".join(["", *told]),
        todo="reformuler la phrase, ou donner au texte une version pour cette édition dans "
        f"{settings.year}/textes/diffusion/{name}.md",
    )


def few_persons(staging: Path, publication: Publication, threshold: int) -> tuple[Few, ...]:
    """List what the pages to share tell of few persons, once each, however many pages repeat it."""
    units = {figure.key: figure.unite for figure in publication.csv}

    def unit_of(attributes: Mapping[str, str]) -> str:
        parts = [unquote(part) for part in attributes.get("data-ref", "").split("/")]
        if len(parts) != 3 or not attributes.get("data-annee", "").isdigit():
            return ""
        year, territory = int(attributes["data-annee"]), attributes.get("data-territoire", "")
        return units.get(FigureKey(parts[0], year, territory, parts[1], parts[2]), "")

    pages = ((staging / name).read_text(encoding="utf-8") for name in publication.pages)
    return tuple(dict.fromkeys(few for page in pages for few in scan_persons(page, threshold, unit_of)))


SUMS = frozenset({"total_ligne", "total_colonne", "sous_total", "marge", "additivite", "pourcentage", "unite"})
"""Relations that the edition to share keeps; the others compare what is rounded with what is not."""


def _broken_sums(publication: Publication, settings: Settings) -> Iterator[Finding]:
    """Test the sums, those of rounded figures against an exact one within the rounding that the note states."""
    declared = _declared(settings, None)
    paths = {path_of(key): key for key in publication.figures}
    for finding in examine_relations(publication.figures, publication.bundles, declared).findings:
        key = paths.get(finding.key.partition(":")[2])
        if finding.check in SUMS and not (key and _within_rounding(publication, key, finding.check, settings)):
            yield finding


def _within_rounding(publication: Publication, key: FigureKey, check: str, settings: Settings) -> bool:
    """Say whether rounded parts and their exact whole differ by less than the base for each part."""
    whole = publication.figures[key]
    if key.territoire != SERVICE or whole.valeur is None or not _protected(whole):
        return False
    places = (*settings.service.commune_codes, HORS, SANS_COMMUNE)
    if check == "additivite":
        keys = [key._replace(territoire=place) for place in places]
    elif check == "total_colonne" and key.indicateur == "communes":
        keys = [key._replace(ligne=place) for place in places]
    else:
        return False
    parts = [publication.figures[one].valeur for one in keys if one in publication.figures]
    known = [value for value in parts if value is not None]
    return abs(sum(known) - whole.valeur) <= len(parts) * (settings.service.diffusion.base - 1)


def _protected(figure: Figure) -> bool:
    indicator = REGISTRY.get(figure.key.indicateur)
    return indicator is not None and indicator.protected and figure.unite in PROTECTED_UNITS


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
        declared=_declared(settings, records),
        service=service.nom,
        titre=report.titre or "",
        validated=report.statut == "valide",
        acceptances=read_acceptances(settings.directory, settings.year),
        recompute=_recompute(records, service) if records else None,
        former=_former(FromRecords(records), settings) if records else None,
        texts=_texts(settings),
    )


def _declared(settings: Settings, records: Records | None) -> Declared:
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


def _former(source: Source, settings: Settings) -> Former:
    """Give any figure of the registry, of its source or of a printed report."""
    lookup = Lookup(
        source,
        settings.service,
        settings.year,
        lambda year: read_published(settings.published_path(year), year),
        comparability_of(settings),
    )

    def figure(key: FigureKey) -> Figure | None:
        try:
            cell = lookup.cell(Reference(key.indicateur, key.ligne, key.colonne, key.annee, key.territoire))
        except (SettingsError, UsageError):
            return None
        return Figure(key, _known(cell.valeur), cell.unite, cell.etat, Place(RECORDS, str(key.annee)))

    return figure


def _texts(settings: Settings) -> Mapping[str, str]:
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
        where="\n".join(["", *(_told(finding) for finding in audit.blocking[:FIRST]), *more]),
        todo=f"ouvrir {page}, corriger (ou accepter un écart, avec sa raison, dans {audit.year}/ecarts.yml), relancer",
    )


def _told(finding: Finding) -> str:
    other = f"{finding.second} : " if finding.second else ""
    return (
        f"    {finding.message}\n      {finding.first} : {finding.first_value}\n"
        f"      {other or 'attendu : '}{finding.second_value}\n      clé : {finding.key}"
    )
