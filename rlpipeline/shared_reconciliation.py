"""The check of the edition to share: sums within the rounding, copies, and texts that tell of few persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from rlpipeline.audit.copies import check_copies
from rlpipeline.audit.findings import Finding
from rlpipeline.audit.movements import movement_by
from rlpipeline.audit.prose.persons import Few, scan_persons
from rlpipeline.audit.published import Figure, FigureKey, Publication, read_publication
from rlpipeline.audit.relations import examine_relations
from rlpipeline.audit.relations.grids import path_of
from rlpipeline.audit.typed import scan_pages, typed_findings
from rlpipeline.disclosure.source import FromProtected
from rlpipeline.display.approximate import slack_of
from rlpipeline.errors import DisclosureError, ReconciliationError
from rlpipeline.indicators import HORS, PROTECTED_UNITS, REGISTRY, SANS_COMMUNE, SERVICE
from rlpipeline.params import Settings
from rlpipeline.reconciliation import FIRST, declared_of, former_of, texts_of, told
from rlpipeline.records.personal import given_names
from rlpipeline.shared_provenance import refuse_strangers, refuse_unprotected

SUMS = frozenset({"total_ligne", "total_colonne", "sous_total", "marge", "additivite", "pourcentage", "unite"})
"""Relations that the edition to share keeps; the others compare what is rounded with what is not."""


def reconcile_shared(staging: Path, settings: Settings, source: FromProtected) -> None:
    """Check that every copy of a figure to share is the protected one, and that no text tells more.

    Raises
    ------
    ReconciliationError
        Two files or places disagree.
    DisclosureError
        A chapter shows what was not protected, or a text gives a small number of young people, or speaks of one of
        them.
    """
    shared = settings.model_copy(update={"edition": "diffusion"})
    publication = _rounding_told(read_publication(staging), shared)
    former = former_of(source, shared)
    refuse_strangers(publication)
    refuse_unprotected(publication, lambda key: former(_protected_with(key, shared)))
    _refuse_small_figures(publication, shared)
    _refuse_few_persons(staging, publication, shared)
    moved = movement_by(lambda key: publication.figures.get(key) or former(key))
    found = [
        *_broken_sums(publication, shared),
        *check_copies(publication, former, texts_of(shared)),
        *typed_findings(scan_pages(staging, publication.pages, moved), shared.report.statut == "valide"),
    ]
    blocking = [finding for finding in found if finding.blocking]
    if blocking:
        raise ReconciliationError(
            f"{len(blocking)} écart(s) dans l'édition à diffuser : elle n'est pas publiée.",
            where="\n".join(["", *(told(finding) for finding in blocking[:FIRST])]),
        )


def _protected_with(key: FigureKey, settings: Settings) -> FigureKey:
    """Give the figure as it was protected: with one commune, its tables are of actions, protected as the service's."""
    alone = settings.service.commune_codes == (key.territoire,)
    return key._replace(territoire=SERVICE) if alone else key


def _rounding_told(publication: Publication, settings: Settings) -> Publication:
    """Say of each figure by how much it may be rounded."""
    slack = slack_of(settings)

    def marked(figure: Figure) -> Figure:
        of = figure.key
        return replace(figure, marge=slack(of.indicateur, of.territoire, of.ligne, figure.unite))

    figures = {key: marked(figure) for key, figure in publication.figures.items()}
    return replace(publication, year=settings.year, figures=figures)  # a report may have no figure


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

    names = given_names()
    pages = ((staging / name).read_text(encoding="utf-8") for name in publication.pages)
    return tuple(dict.fromkeys(few for page in pages for few in scan_persons(page, threshold, unit_of, names)))


def _broken_sums(publication: Publication, settings: Settings) -> Iterator[Finding]:
    """Test the sums, those of rounded figures against an exact one within the rounding that the note states."""
    declared = declared_of(settings, None)
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
