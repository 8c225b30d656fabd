"""The protected figures of the last build, taken again where the exact figures, the rules and their code are the same.

Protecting takes tens of seconds and depends on nothing else: the result is that of protecting again, bit for bit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline.disclosure.protection import Protected, protect
from rlpipeline.disclosure.releases import Releases
from rlpipeline.disclosure.unknowns import Cell, Exact
from rlpipeline.execution.code import Code
from rlpipeline.execution.resume import write_whole
from rlpipeline.indicators import CSV_COLUMNS
from rlpipeline.params import Disclosure, Service

FILE = "protection.json"
MODULES = ("disclosure/", "indicators/", "protection_memory.py", "params.py")
LIBRARIES = ("highspy", "numpy", "pandas", "scipy")


@dataclass(frozen=True)
class Remembered:
    """The protection kept in a private folder: it lists the figures that are too small to be shown.

    Parameters
    ----------
    jobs
        Processes that protect, at most.
    begin
        Called before figures are protected, and not where they are taken as they were.
    """

    directory: Path
    code: Code
    jobs: int | None
    begin: Callable[[], None]

    def protect(self, exact: Exact, settings: Disclosure, service: Service, released: Releases) -> Protected:
        """Protect figures, or take them as they were protected. Parameters and errors are those of ``protect``."""
        key = self._key(exact, settings, service, released)
        kept = self._read(key, settings)
        if kept is None:
            self.begin()
            kept = protect(exact, settings, service, released, self.jobs)
            if self.code.still():
                write_whole(self.directory / FILE, _written(kept, key))
        return kept

    def _key(self, exact: Exact, settings: Disclosure, service: Service, released: Releases) -> str:
        sources = {name: value for name, value in self.code.sources.items() if name.startswith(MODULES)}
        told = {
            "chiffres": [[*key, _rows(frame)] for key, frame in exact.items()],
            "regles": settings.model_dump(mode="json"),
            "service": service.model_dump(mode="json"),
            "diffuse": released.figures.astype("str").to_numpy().tolist(),
            "code": sources,
            "versions": [self.code.python, *(self.code.versions.get(name) for name in LIBRARIES)],
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def _read(self, key: str, settings: Disclosure) -> Protected | None:
        try:
            told = json.loads((self.directory / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return _read(told, settings) if told.get("cle") == key else None


def _written(protected: Protected, key: str) -> bytes:
    told = {
        "cle": key,
        "chiffres": _rows(protected.figures),
        "primaires": [[*cell, threshold] for cell, threshold in protected.primary.items()],
        "arrondis": sorted([*cell] for cell in protected.rounded),
        "masques": sorted([*cell] for cell in protected.masked),
        "base": protected.base,
        "suivis_seuls": protected.followed_only,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _read(told: dict[str, Any], settings: Disclosure) -> Protected:
    types = dict.fromkeys(CSV_COLUMNS, "str") | {"annee": "int64", "valeur": "float64"}
    figures = pd.DataFrame(told["chiffres"], columns=list(CSV_COLUMNS)).astype(types)
    return Protected(
        figures=figures,
        primary={Cell(*cell): threshold for *cell, threshold in told["primaires"]},
        rounded=frozenset(Cell(*cell) for cell in told["arrondis"]),
        masked=frozenset(Cell(*cell) for cell in told["masques"]),
        base=told["base"],
        regrouped=settings.regroupements,
        followed_only=told["suivis_seuls"],
    )


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    """Rows as values for JSON, None where missing; Python writes a float so that reading it gives the same."""
    plain = frame[list(CSV_COLUMNS)].astype(object)
    return [list(row) for row in plain.where(frame.notna(), None).itertuples(index=False, name=None)]
