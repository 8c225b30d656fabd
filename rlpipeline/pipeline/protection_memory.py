"""The protected figures of the last build, taken again where the exact figures, the rules and their code are the same.

Protecting takes tens of seconds and depends on nothing else: the result is that of protecting again, bit for bit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline.execution.code import Code
from rlpipeline.execution.resume import write_whole
from rlpipeline.figures import CSV_COLUMNS
from rlpipeline.protection.classes import Classes, classes_of
from rlpipeline.protection.judging import protect_and_attack
from rlpipeline.protection.protection import PROTECTED_COLUMNS, LeftOut, Protected
from rlpipeline.protection.releases import Releases
from rlpipeline.protection.unknowns import Cell, Exact
from rlpipeline.settings.models import Disclosure, Service

FILE = "protection.json"
MODULES = ("protection/", "attack/", "figures/", "pipeline/protection_memory.py", "settings/")
LIBRARIES = ("highspy", "numpy", "pandas", "scipy")


@dataclass(frozen=True)
class Remembered:
    """The protection kept in a private folder.

    Parameters
    ----------
    begin
        Called before figures are protected, and not where they are taken as they were.
    """

    directory: Path
    code: Code
    begin: Callable[[], None]

    def protect(self, exact: Exact, settings: Disclosure, service: Service, released: Releases) -> Protected:
        """Protect figures, or take them as they were protected. Parameters and errors are those of ``protect``."""
        key = self._key(exact, settings, service, released)
        kept = self._read(key, settings, service)
        if kept is None:
            self.begin()
            kept = protect_and_attack(exact, settings, service, released)
            if self.code.still():
                write_whole(self.directory / FILE, _written(kept, key))
        return kept

    def _key(self, exact: Exact, settings: Disclosure, service: Service, released: Releases) -> str:
        sources = {name: value for name, value in self.code.sources.items() if name.startswith(MODULES)}
        told = {
            "chiffres": [[*key, _rows(frame)] for key, frame in exact.items()],
            "regles": settings.model_dump(mode="json"),
            "service": service.model_dump(mode="json"),
            "diffuse": [[one.rules, one.figures.astype("str").to_numpy().tolist()] for one in released.each],
            "code": sources,
            "versions": [self.code.python, *(self.code.versions.get(name) for name in LIBRARIES)],
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def _read(self, key: str, settings: Disclosure, service: Service) -> Protected | None:
        try:
            told = json.loads((self.directory / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return _read(told, classes_of(settings, service)) if told.get("cle") == key else None


def _written(protected: Protected, key: str) -> bytes:
    told = {
        "cle": key,
        "chiffres": _rows(protected.figures, PROTECTED_COLUMNS),
        "laisses": [[one.indicateur, one.territoire, one.raison] for one in protected.left_out],
        "corriges": sorted([*cell] for cell in protected.corrected),
        "suivis_seuls": protected.followed_only,
        "reprises": protected.loops,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _read(told: dict[str, Any], classes: Classes) -> Protected:
    types = dict.fromkeys(CSV_COLUMNS, "str") | {"annee": "int64", "valeur": "float64", "base": "int64"}
    return Protected(
        figures=pd.DataFrame(told["chiffres"], columns=list(PROTECTED_COLUMNS)).astype(types),
        classes=classes,
        left_out=tuple(LeftOut(*one) for one in told["laisses"]),
        corrected=frozenset(Cell(*cell) for cell in told["corriges"]),
        followed_only=told["suivis_seuls"],
        loops=told["reprises"],
    )


def _rows(frame: pd.DataFrame, columns: Sequence[str] = CSV_COLUMNS) -> list[list[Any]]:
    """Rows as values for JSON, None where missing; Python writes a float so that reading it gives the same."""
    plain = frame[list(columns)].astype(object)
    return [list(row) for row in plain.where(plain.notna(), None).itertuples(index=False, name=None)]
