"""The check of the edition to share: sums within their rounding, and every figure against the protected store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rlpipeline.checks.audit import Context, check_publication
from rlpipeline.checks.reading import Publication, read_publication
from rlpipeline.errors import DisclosureError, ReconciliationError
from rlpipeline.figures import PROTECTED_UNITS, Declarations
from rlpipeline.figures.store import Store
from rlpipeline.figures.tidy import OK, PARTIEL
from rlpipeline.pipeline.reconciliation import FIRST, FormerFigures, declared_of, finding_line, names_of, text_of
from rlpipeline.pipeline.shared_provenance import read_cells, refuse_strangers, refuse_unprotected
from rlpipeline.settings.models import Settings

EXACT = frozenset({OK, PARTIEL})


def reconcile_shared(staging: Path, settings: Settings, figures: Path) -> None:
    """Check that every copy of a figure to share is the protected one.

    Parameters
    ----------
    figures
        The store of the protected figures, opened afresh.

    Raises
    ------
    ReconciliationError
        Two files or places disagree.
    DisclosureError
        A chapter shows what was not protected.
    """
    shared = settings.model_copy(update={"edition": "diffusion"})
    publication = read_publication(staging, settings.year)
    outputs = read_cells(publication)
    refuse_strangers(outputs)
    store = Store(figures)
    refuse_unprotected(outputs, publication, shared, store)
    _refuse_small_figures(publication, settings, store.declared)
    validated = shared.report.statut == "valide"
    former, texts, names = FormerFigures(shared, figures), text_of(shared), names_of(shared, store)
    declared = replace(declared_of(shared), expected=store.declared.linked)
    context = Context(declared, former, before=False, text_of=texts, names=names, validated=validated)
    every, *_ = check_publication(publication, context)
    blocking = [finding for finding in every if finding.blocking]
    if blocking:
        raise ReconciliationError(
            "Des chiffres de l'édition à diffuser ne s'accordent pas : elle n'est pas publiée.",
            where="\n".join(["", *(finding_line(finding) for finding in blocking[:FIRST])]),
        )


def _refuse_small_figures(publication: Publication, settings: Settings, declared: Declarations) -> None:
    """Stop an exact figure of the service that protection should have masked."""
    threshold = settings.service.diffusion.seuil
    small = [
        figure
        for figure in publication.figures.values()
        if figure.key.indicateur in declared.about_persons
        and figure.unite in PROTECTED_UNITS
        and figure.etat in EXACT
        and figure.valeur is not None
        and 0 < figure.valeur < threshold
    ]
    if small:
        raise DisclosureError(
            f"L'édition à diffuser montre des nombres de personnes sous {threshold} : elle n'est pas publiée.",
            where="\n".join(["", *(f"    {figure.place}" for figure in small[:FIRST])]),
            expected="un nombre masqué ou arrondi",
            todo="signaler cette erreur : la protection aurait dû les masquer",
        )
