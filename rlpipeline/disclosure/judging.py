"""The attack as judge of what is about to be published: our figures beside all that was released, as a stranger reads."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from rlpipeline.disclosure.attack import Dictionary, Document, Key, Knowledge, attack_documents, document_of
from rlpipeline.disclosure.classes import Classes
from rlpipeline.disclosure.protection import Judged, Protected
from rlpipeline.disclosure.releases import Releases
from rlpipeline.disclosure.unknowns import KEY, Cell
from rlpipeline.params import Disclosure, Service

OURS = "édition"


def attacked(protected: Protected, settings: Disclosure, service: Service, released: Releases) -> Judged:
    """Attack figures about to be published beside those released: which are known too well, and what cures each."""
    former = [*_documents(released.figures, protected.classes)]
    ours = _document(OURS, protected.figures, protected.classes)
    found = attack_documents([*former, ours], _knowledge(protected, settings, service))
    unsafe = {_cell(one.bounds.key): tuple(_cell(key) for key in one.cures) for one in found.failures}
    return Judged(unsafe, found.contradiction)


def _knowledge(protected: Protected, settings: Disclosure, service: Service) -> Knowledge:
    return Knowledge(
        {commune.code: commune.nom for commune in service.communes},
        seuil=settings.seuil,
        seuil_sensible=settings.seuil_sensible,
        sensibles=settings.sensibles,
        base=settings.base,
        base_sensible=2 * settings.base,
        familles={family.code: tuple(one.code for one in family.codes) for family in service.problematiques},
        shown_means_counted=False,
        followed_only=protected.followed_only,
    )


def _documents(released: pd.DataFrame, classes: Classes) -> Iterator[Document]:
    """Give each release apart: the figures of a year that come again are those of a later one."""
    again = released.groupby(KEY).cumcount()
    for (year, rank), figures in released.groupby([released["annee"], again], sort=True):
        yield _document(f"diffusion {year}-{rank + 1:02}", figures, classes, released=True)


def _document(name: str, figures: pd.DataFrame, classes: Classes, *, released: bool = False) -> Document:
    spelled = {axis: {code: one.codes for code, one in named.items()} for axis, named in classes.items()}
    rows = figures.to_dict("records")
    return document_of(name, rows, dictionary=Dictionary(classes=spelled), released=released)


def _cell(key: Key) -> Cell:
    return Cell(*key)
