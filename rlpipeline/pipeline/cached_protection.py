"""The protected figures of the last build, taken again where the exact figures, the rules and the code are the same.

Protecting takes tens of seconds and depends on nothing else: the result is that of protecting again, bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rlpipeline.declared import FigureKey
from rlpipeline.execution.cache import PROTECTION, Cache, Dependencies, digest_of
from rlpipeline.figures import CSV_COLUMNS, Declarations
from rlpipeline.figures.store import rows_of
from rlpipeline.protection.classes import Classes, classes_of
from rlpipeline.protection.protection import PROTECTED_COLUMNS, Exact, Protected, protect
from rlpipeline.protection.releases import Releases
from rlpipeline.settings.models import Disclosure, Service


@dataclass(frozen=True)
class CachedProtection:
    """Protects figures, unless the same were protected by the same rules.

    Parameters
    ----------
    begin
        Called before figures are protected, and not where they are taken as they were.
    """

    cache: Cache
    begin: Callable[[], None]

    def protect(
        self, exact: Exact, settings: Disclosure, service: Service, released: Releases, declared: Declarations
    ) -> Protected:
        """Protect figures, or take them as they were protected. Parameters and errors are those of ``protect``."""
        dependencies = _dependencies(exact, settings, service, released, declared)
        content = self.cache.get(PROTECTION, dependencies)
        if content is not None:
            return _read(json.loads(content), classes_of(settings, service))
        self.begin()
        protected = protect(exact, settings, service, released, declared)
        self.cache.put(PROTECTION, dependencies, _written(protected))
        return protected


def _dependencies(
    exact: Exact, settings: Disclosure, service: Service, released: Releases, declared: Declarations
) -> Dependencies:
    values = {
        "chiffres": [[*key, digest_of(rows_of(frame, CSV_COLUMNS))] for key, frame in exact.items()],
        "regles": settings.model_dump(mode="json"),
        "service": service.model_dump(mode="json"),
        "tableaux": [declared.linked, dict(declared.not_shared)],
        "diffuse": [[one.rules, one.figures.astype("str").to_numpy().tolist()] for one in released.each],
    }
    return {(name,): digest_of(value) for name, value in values.items()}


def _written(protected: Protected) -> bytes:
    values = {
        "chiffres": rows_of(protected.figures, PROTECTED_COLUMNS),
        "laisses": [[*table, reason] for table, reason in protected.left_out.items()],
        "corriges": sorted([*cell] for cell in protected.corrected),
        "suivis_seuls": protected.followed_only,
        "reprises": protected.loops,
    }
    return json.dumps(values, ensure_ascii=False).encode()


def _read(values: dict[str, Any], classes: Classes) -> Protected:
    types = dict.fromkeys(CSV_COLUMNS, "str") | {"annee": "int64", "valeur": "float64", "base": "int64"}
    return Protected(
        figures=pd.DataFrame(values["chiffres"], columns=list(PROTECTED_COLUMNS)).astype(types),
        classes=classes,
        left_out={(id, place): reason for id, place, reason in values["laisses"]},
        corrected=frozenset(FigureKey(*cell) for cell in values["corriges"]),
        followed_only=values["suivis_seuls"],
        loops=values["reprises"],
    )
