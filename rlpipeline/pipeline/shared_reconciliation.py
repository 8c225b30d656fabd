"""The check of the edition to share: sums within their rounding, copies, and texts that tell of few persons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from rlpipeline.audit.examination import Context, PartChecks, check_publication_part, gather
from rlpipeline.audit.prose.typed import typed_findings
from rlpipeline.errors import DisclosureError, ReconciliationError
from rlpipeline.figures import PROTECTED_UNITS, REGISTRY, SERVICE
from rlpipeline.figures.tidy import OK, PARTIEL
from rlpipeline.pipeline.cached_checks import CachedChecks, Kind
from rlpipeline.pipeline.reconciliation import FIRST, FormerFigures, declared_of, finding_line, texts_of
from rlpipeline.pipeline.shared_provenance import refuse_strangers, refuse_unprotected, strangers, unprotected
from rlpipeline.prose.blocks import IMAGES
from rlpipeline.prose.persons import Few, scan_persons
from rlpipeline.published import Figure, FigureKey, Publication
from rlpipeline.published.prose import typed_blocks
from rlpipeline.published.reading import Cut, cut_publication, read_part
from rlpipeline.records.personal import given_names
from rlpipeline.settings.models import Settings

EXACT = frozenset({OK, PARTIEL})


@dataclass(frozen=True)
class Shared:
    """What was checked of one territory's part, and what it shows that it should not.

    Parameters
    ----------
    strangers, unprotected
        Cells that show something else than what ``report`` gives, places of figures that were not protected.
    few
        What its pages tell of few persons.
    """

    checked: PartChecks
    strangers: tuple[str, ...]
    unprotected: tuple[str, ...]
    few: tuple[Few, ...]


def reconcile_shared(staging: Path, settings: Settings, figures: Path, checks: CachedChecks, params: Path) -> None:
    """Check that every copy of a figure to share is the protected one, and that no text tells more.

    Parameters
    ----------
    figures
        The store of the protected figures, opened afresh.
    params
        The settings where the service wrote them; those that are checked may be a copy.
    checks
        What was checked of each territory by the last build.

    Raises
    ------
    ReconciliationError
        Two files or places disagree.
    DisclosureError
        A chapter shows what was not protected, or a text gives a small number of young people, or speaks of one of
        them.
    """
    shared = settings.model_copy(update={"edition": "diffusion"})
    cut = cut_publication(staging, settings.year)
    former = FormerFigures(shared, figures)
    asked = Context(declared_of(shared).of(cut), former, texts_of(shared), before=False)
    refused = _Refused()
    parts = checks.each(cut, asked, partial(check_shared, cut, asked, shared), SHARED)
    audit = gather(cut, refused.collect(parts), asked)
    refused.refuse(cut, shared, params)
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
    few = few_persons(part, settings.service.diffusion.seuil)  # first: the check tells what was looked at
    return Shared(
        checked=check_publication_part(part, cut, asked),
        strangers=tuple(strangers(part)),
        unprotected=tuple(unprotected(part, lambda key: former(_protected_with(key, settings)))),
        few=few,
    )


SHARED = Kind(Shared, lambda shared: shared.checked)


class _Refused:
    """What the parts show that they should not."""

    def __init__(self) -> None:
        self._strangers: list[str] = []
        self._unprotected: list[str] = []
        self._few: dict[Few, None] = {}

    def collect(self, parts: Iterable[Shared]) -> Iterator[PartChecks]:
        """Keep what is refused of each part, and pass the rest on."""
        for part in parts:
            self._strangers += part.strangers
            self._unprotected += part.unprotected
            self._few |= dict.fromkeys(part.few)
            yield part.checked

    def refuse(self, cut: Cut, settings: Settings, params: Path) -> None:
        """Stop the publication where there is something. Raises DisclosureError."""
        refuse_strangers(self._strangers)
        refuse_unprotected(self._unprotected)
        _refuse_small_figures(cut, settings)
        _refuse_few_persons([*self._few], settings, params)


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


def _refuse_few_persons(phrases: Sequence[Few], settings: Settings, params: Path) -> None:
    """Stop a text that gives a small number of young people, or speaks of one of them."""
    if not phrases:
        return
    places = ((_written_in(few, settings, params), few) for few in phrases)
    lines = [f"    {where} : « {few.words} » ({few.reason})\n      dans « {few.sentence} »" for where, few in places]
    names = {few.texte for few in phrases} - {"", IMAGES}
    name = names.pop() if len(names) == 1 else "<nom du texte>"
    raise DisclosureError(
        "Des phrases de l'édition à diffuser laisseraient reconnaître un jeune : elle n'est pas publiée.",
        where="\n".join(["", *lines]),
        todo="reformuler chaque phrase là où elle est écrite, ou donner au texte une version pour cette édition dans "
        f"{params / str(settings.year)}/textes/diffusion/{name}.md",
    )


def _written_in(few: Few, settings: Settings, params: Path) -> str:
    """Name the file that holds a sentence, as the service knows it."""
    if few.texte == IMAGES:
        return str(params / str(settings.year) / IMAGES / f"{IMAGES}.yml")
    if few.texte:
        return str(params / settings.text_path(few.texte).relative_to(settings.directory))
    return f"chapitre « {few.chapitre} »"


def few_persons(part: Publication, threshold: int) -> tuple[Few, ...]:
    """List what the pages to share tell of few persons, once each, however many pages repeat it."""

    def unit_of(attributes: Mapping[str, str]) -> str:
        parts = [unquote(part) for part in attributes.get("data-ref", "").split("/")]
        if len(parts) != 3 or not attributes.get("data-annee", "").isdigit():
            return ""
        year, territory = int(attributes["data-annee"]), attributes.get("data-territoire", "")
        figure = part.figures.get(FigureKey(parts[0], year, territory, parts[1].partition("+")[0], parts[2]))
        return figure.unite if figure else ""

    names = given_names()
    pages = (typed_blocks((part.directory / name).read_text(encoding="utf-8")) for name in part.pages)
    return tuple(dict.fromkeys(few for page in pages for few in scan_persons(page, threshold, unit_of, names)))


def _protected(figure: Figure) -> bool:
    indicator = REGISTRY.get(figure.key.indicateur)
    return indicator is not None and indicator.protected and figure.unite in PROTECTED_UNITS
