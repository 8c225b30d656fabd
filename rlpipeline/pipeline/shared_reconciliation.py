"""The check of the edition to share: sums within their rounding, and every figure against the protected store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rlpipeline.checks.audit import Context, check_publication
from rlpipeline.checks.findings import Place
from rlpipeline.checks.reading import Output, Publication, read_publication, readable
from rlpipeline.errors import DisclosureError, ReconciliationError, first_of
from rlpipeline.figures import PROTECTED_UNITS, SERVICE, Declarations, Scope
from rlpipeline.figures.store import Store
from rlpipeline.figures.tidy import OK, PARTIEL
from rlpipeline.pipeline.reconciliation import FormerFigures, declared_of, finding_line, names_of, text_of
from rlpipeline.settings.models import Settings

EXACT = frozenset({OK, PARTIEL})
SHOWN_BY_CHAPTERS = frozenset({"page", "notebook", "graphique"})
"""What the address pass checks of a chapter: it may have counted what it shows."""


def reconcile_shared(staging: Path, settings: Settings, figures: Path) -> None:
    """Check that every copy of a figure to share is the protected one.

    ``figures``: the store of the protected figures, opened afresh. Raises ReconciliationError: two files or places
    disagree; DisclosureError: a chapter shows what was not protected.
    """
    shared = settings.model_copy(update={"edition": "diffusion"})
    publication = read_publication(staging, settings.year)
    with readable(publication.directory):
        outputs = [output for file in publication.notebooks for output in publication.notebook(file).outputs]
    _refuse_strangers(outputs)
    store = Store(figures)
    _refuse_unprotected(_unprotected(publication, shared, store))
    _refuse_small_figures(publication, settings, store.declared)
    validated = shared.report.statut == "valide"
    former, texts, names = FormerFigures(shared, store), text_of(shared), names_of(shared, store)
    declared = replace(declared_of(shared), expected=store.declared.linked)
    context = Context(declared, former, before=False, text_of=texts, names=names, validated=validated)
    every, *_ = check_publication(publication, context)
    blocking = [finding for finding in every if finding.blocking]
    _refuse_unprotected(finding.first for finding in blocking if finding.check in SHOWN_BY_CHAPTERS)
    if blocking:
        raise ReconciliationError(
            "Des chiffres de l'édition à diffuser ne s'accordent pas : elle n'est pas publiée.",
            where=first_of([*map(finding_line, blocking)]),
        )


def _refuse_small_figures(publication: Publication, settings: Settings, declared: Declarations) -> None:
    """Stop an exact figure of the service that protection should have masked."""
    threshold = settings.service.diffusion.seuil
    small = [
        figure.place
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
            where=first_of(small),
            expected="un nombre masqué ou arrondi",
            todo="signaler cette erreur : la protection aurait dû les masquer",
        )


SHAREABLE = frozenset({"table", "figure", "text"})
"""What ``report`` gives: a file (the list of alerts) is for the service alone."""


def _refuse_strangers(outputs: Sequence[Output]) -> None:
    kinds = [{kind for kind, _ in output.carried} for output in outputs]
    strangers = [
        output.place
        for output, carried in zip(outputs, kinds, strict=True)
        if output.is_shown and not (carried and carried <= SHAREABLE)
    ]
    if strangers:
        raise DisclosureError(
            "Des cellules montrent autre chose que des chiffres protégés : l'édition à diffuser n'est pas publiée.",
            where=first_of(strangers),
            expected="report.table, report.figure, report.text, report.extract ou report.chart",
            todo="passer par report.extract (des lignes de report.indicator) ou report.chart (un graphique et ses "
            "lignes)",
        )


def _unprotected(publication: Publication, settings: Settings, protected: Store) -> Iterator[Place]:
    """Places of the files of figures that are not the protected store's."""
    alone = settings.service.commune_codes[0] if len(settings.service.commune_codes) == 1 else ""
    known: dict[tuple[str, str], dict[tuple[int, str, str], tuple[object, ...]]] = {}
    for figure in publication.figures.values():
        # With one commune, its tables are of actions, protected as the service's.
        table = figure.key.indicateur, SERVICE if figure.key.territoire == alone else figure.key.territoire
        if table not in known:
            rows = protected.written_figures(table[0], Scope(settings.year, table[1], settings.service))
            known[table] = {(row[1], row[3], row[4]): (row[5], row[7], max(0.0, row[8] - 1.0)) for row in rows}
        expected = known[table].get((figure.key.annee, figure.key.ligne, figure.key.colonne))
        if (figure.valeur, figure.etat, figure.marge) != expected:
            yield figure.place


def _refuse_unprotected(places: Iterable[Place]) -> None:
    if unprotected := [*dict.fromkeys(map(str, places))]:
        raise DisclosureError(
            "Des chiffres de l'édition à diffuser n'ont pas été protégés : elle n'est pas publiée.",
            where=first_of(unprotected),
            todo="ouvrir le rapport comme le modèle : open_report(source, params, year, commune, edition)",
        )
