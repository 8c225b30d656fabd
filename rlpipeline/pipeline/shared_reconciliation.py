"""The check of the edition to share: sums within their rounding, copies, figures that protection should have masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rlpipeline.audit.examination import Context, PartChecks, check_publication_part, gather
from rlpipeline.audit.prose.typed import typed_findings
from rlpipeline.errors import DisclosureError, ReconciliationError
from rlpipeline.figures import PROTECTED_UNITS, REGISTRY, SERVICE
from rlpipeline.figures.tidy import OK, PARTIEL
from rlpipeline.pipeline.cached_checks import CachedChecks, Kind
from rlpipeline.pipeline.reconciliation import FIRST, FormerFigures, declared_of, finding_line, texts_of
from rlpipeline.pipeline.shared_provenance import refuse_strangers, refuse_unprotected, strangers, unprotected
from rlpipeline.published import Figure, FigureKey
from rlpipeline.published.dictionary import linked
from rlpipeline.published.reading import Cut, cut_publication, read_part
from rlpipeline.settings.models import Settings

EXACT = frozenset({OK, PARTIEL})


@dataclass(frozen=True)
class Shared:
    """What was checked of one territory's part, and what it shows that it should not.

    Parameters
    ----------
    strangers, unprotected
        Cells that show something else than what ``report`` gives, places of figures that were not protected.
    """

    checked: PartChecks
    strangers: tuple[str, ...]
    unprotected: tuple[str, ...]


def reconcile_shared(staging: Path, settings: Settings, figures: Path, checks: CachedChecks) -> None:
    """Check that every copy of a figure to share is the protected one.

    Parameters
    ----------
    figures
        The store of the protected figures, opened afresh.
    checks
        What was checked of each territory by the last build.

    Raises
    ------
    ReconciliationError
        Two files or places disagree.
    DisclosureError
        A chapter shows what was not protected.
    """
    shared = settings.model_copy(update={"edition": "diffusion"})
    cut = cut_publication(staging, settings.year)
    former = FormerFigures(shared, figures)
    asked = Context(
        replace(declared_of(shared), links=linked(cut.dictionary, staging)), former, texts_of(shared), before=False
    )
    refused = _Refused()
    parts = checks.each(cut, asked, partial(check_shared, cut, asked, shared), SHARED)
    audit = gather(cut, refused.collect(parts), asked)
    refused.refuse(cut, shared)
    every = [
        *audit.relations,
        *audit.copies,
        *typed_findings(audit.scans, shared.report.statut == "valide"),
    ]
    blocking = [finding for finding in every if finding.blocking]
    if blocking:
        raise ReconciliationError(
            "Des chiffres de l'édition à diffuser ne s'accordent pas : elle n'est pas publiée.",
            where="\n".join(["", *(finding_line(finding) for finding in blocking[:FIRST])]),
        )


def check_shared(cut: Cut, asked: Context, settings: Settings, place: str) -> Shared:
    """Check one territory's part. Raises as ``check_territory``."""
    former = asked.former or (lambda key: None)
    part = read_part(cut, place)
    return Shared(
        checked=check_publication_part(part, cut, asked),
        strangers=tuple(strangers(part)),
        unprotected=tuple(unprotected(part, lambda key: former(_protected_with(key, settings)))),
    )


SHARED = Kind(Shared, lambda shared: shared.checked)


class _Refused:
    """What the parts show that they should not."""

    def __init__(self) -> None:
        self._strangers: list[str] = []
        self._unprotected: list[str] = []

    def collect(self, parts: Iterable[Shared]) -> Iterator[PartChecks]:
        """Keep what is refused of each part, and pass the rest on."""
        for part in parts:
            self._strangers += part.strangers
            self._unprotected += part.unprotected
            yield part.checked

    def refuse(self, cut: Cut, settings: Settings) -> None:
        """Stop the publication where there is something. Raises DisclosureError."""
        refuse_strangers(self._strangers)
        refuse_unprotected(self._unprotected)
        _refuse_small_figures(cut, settings)


def _protected_with(key: FigureKey, settings: Settings) -> FigureKey:
    """Give the figure as it was protected: with one commune, its tables are of actions, protected as the service's."""
    alone = settings.service.commune_codes == (key.territoire,)
    return key._replace(territoire=SERVICE) if alone else key


def _refuse_small_figures(cut: Cut, settings: Settings) -> None:
    """Stop an exact figure of the service that protection should have masked."""
    threshold = settings.service.diffusion.seuil
    small = [
        figure
        for territory in cut.figures.territories
        for figure in cut.figures_of(territory)
        if _protected(figure) and figure.etat in EXACT and figure.valeur is not None and 0 < figure.valeur < threshold
    ]
    if small:
        raise DisclosureError(
            f"L'édition à diffuser montre des nombres de personnes sous {threshold} : elle n'est pas publiée.",
            where="\n".join(["", *(f"    {figure.place}" for figure in small[:FIRST])]),
            expected="un nombre masqué ou arrondi",
            todo="signaler cette erreur : la protection aurait dû les masquer",
        )


def _protected(figure: Figure) -> bool:
    indicator = REGISTRY.get(figure.key.indicateur)
    return indicator is not None and indicator.protected and figure.unite in PROTECTED_UNITS
