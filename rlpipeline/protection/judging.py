"""The attack as judge of what is about to be published: our figures beside all that was released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rlpipeline.attack import Dictionary, Document, Knowledge, attack_documents, document_of
from rlpipeline.figures import REGISTRY
from rlpipeline.figures.structure import structure
from rlpipeline.protection.classes import Classes
from rlpipeline.protection.protection import Judged, Protected, protect
from rlpipeline.protection.releases import Release, Releases
from rlpipeline.protection.unknowns import Exact
from rlpipeline.published.links import Links, read_links
from rlpipeline.settings.models import Disclosure, Service

OURS = "édition"
Spelled = Mapping[str, Mapping[str, Sequence[str]]]


def attacked(protected: Protected, service: Service, released: Releases) -> Judged:
    """Attack figures about to be published beside those released: which are known too well, and what cures each."""
    rules = knowledge(service, protected.followed_only)
    former = [_released(one, protected.classes, rules.links) for one in released.each]
    ours = _document(OURS, protected.figures, _spelled(protected.classes), rules.links)
    attack = attack_documents([*former, ours], rules)
    unsafe = {one.bounds.key: one.cures for one in attack.failures}
    return Judged(unsafe, attack.contradiction)


def protect_and_attack(exact: Exact, settings: Disclosure, service: Service, released: Releases) -> Protected:
    """Protect the figures of a year until the attack finds none too narrow; as ``protect``."""
    return protect(exact, settings, service, released, attacked)


def knowledge(service: Service, followed_only: bool = True) -> Knowledge:
    """Tell the attack the rules that the report prints.

    Parameters
    ----------
    followed_only
        Whether issues and referrals are those of young people followed, as :class:`Knowledge` has it.
    """
    rules = service.diffusion
    return Knowledge(
        {commune.code: commune.nom for commune in service.communes},
        seuil=rules.seuil,
        seuil_sensible=rules.seuil_sensible,
        sensibles=rules.sensibles,
        base=rules.base,
        base_sensible=2 * rules.base,
        familles={family.code: tuple(one.code for one in family.codes) for family in service.problematiques},
        shown_means_counted=False,
        rounded_in_report=True,
        followed_only=followed_only,
        links=read_links(structure(REGISTRY, service)),
    )


def _released(release: Release, classes: Classes, links: Links) -> Document:
    """Give a release with the wider classes that it told; a former one told none beside its codes."""
    own = release.rules["classes"] if release.rules else _spelled(classes)
    return _document(f"diffusion {release.name}", release.figures, own, links, released=True)


def _spelled(classes: Classes) -> Spelled:
    return {axis: {code: one.codes for code, one in named.items()} for axis, named in classes.items()}


def _document(name: str, figures: pd.DataFrame, classes: Spelled, links: Links, *, released: bool = False) -> Document:
    spelled = {axis: {code: tuple(codes) for code, codes in named.items()} for axis, named in classes.items()}
    rows = ({str(name): value for name, value in row.items()} for row in figures.to_dict("records"))
    return document_of(name, rows, links, dictionary=Dictionary(classes=spelled), released=released)
