"""What was checked of each territory's part, taken again where all that the check looked at is the same.

A part is checked against its own pages, notebooks and lines of the common files, and against what the service counts
for its territory. What it looked at beside them (figures of other parts, texts) is noted while it is checked. What is
between the parts is never remembered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from rlpipeline.audit.territory import Asked, Checked
from rlpipeline.execution.code import Code, sha256
from rlpipeline.execution.territory_files import TerritoryFiles
from rlpipeline.processes import each_territory
from rlpipeline.published import FigureKey
from rlpipeline.published.cutting import Cut

T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of check of a part: what comes of it, and the part of it that the audit knows."""

    result: type[T]
    checked: Callable[[T], Checked]


@dataclass(frozen=True)
class RememberedChecks:
    """Checks kept in a private folder, one a territory: what the check looked at, then what came of it.

    Parameters
    ----------
    counted
        Digest of all that the service counts for some territories.
    settings
        Digest of the settings, texts apart.
    jobs
        Processes that check, at most, as ``each_territory`` has them.
    """

    directory: Path
    code: Code
    counted: Callable[[Sequence[str]], str]
    settings: str
    jobs: int | None

    def each(self, cut: Cut, asked: Asked, check: Callable[[str], T], kind: Kind[T]) -> Iterator[T]:
        """Check each part of a publication, or take what was checked of it.

        Parameters
        ----------
        check
            Checks the part of a territory; it goes to other processes.
        """
        keys = {place: self._key(cut, asked, place) for place in cut.places.all}
        stands = {place: self._stands(place, key, cut, asked) for place, key in keys.items()}
        made = each_territory(check, [place for place, stood in stands.items() if not stood], self.jobs)
        adapter: TypeAdapter[T] = TypeAdapter(kind.result)
        for place, key in keys.items():
            if stands[place]:
                yield adapter.validate_json(self._kept(place)[1])
            else:
                result = next(made)
                self._keep(place, self._looked_at(key, kind.checked(result), cut, asked), adapter.dump_json(result))
                yield result
        self._files.prune(cut.places.all)

    def _key(self, cut: Cut, asked: Asked, place: str) -> str:
        """Digest of what every check of a part looks at."""
        files = [*cut.pages.get(place, ()), *cut.notebooks.get(place, ())]
        told = (
            self.code.digest,
            self.settings,
            cut.places.all,
            asked.declared.within_dates,
            cut.marks(place),
            self.counted(cut.owned(place)),
            [(file, sha256(cut.directory / file)) for file in files],
        )
        return _digest(repr(told).encode())

    def _looked_at(self, key: str, checked: Checked, cut: Cut, asked: Asked) -> dict[str, Any] | None:
        """All that a check looked at, as values for JSON; None where it is better made again."""
        if checked.blocking or checked.borrowed:  # its words may tell places in files that others move
            return None
        return {
            "cle": key,
            "tableaux": [[*name, cut.mark(*name)] for name in checked.tables],
            "chiffres": [[list(key), repr(figure)] for key, figure in checked.former],
            "textes": [[name, _text(asked, name)] for name in checked.texts],
        }

    def _stands(self, place: str, key: str, cut: Cut, asked: Asked) -> bool:
        """Whether what was checked of a part is whole, and all that the check looked at is the same."""
        told = json.loads(self._kept(place)[0] or b"{}")
        return bool(
            told.get("cle") == key
            and all(cut.mark(territory, id) == mark for territory, id, mark in told["tableaux"])
            and all(_text(asked, name) == text for name, text in told["textes"])
            and all(_figure(asked, FigureKey(*of)) == figure for of, figure in told["chiffres"])
        )

    def _keep(self, place: str, looked_at: dict[str, Any] | None, result: bytes) -> None:
        if looked_at is None:
            self._files.forget(place)
        else:
            self._files.write(place, json.dumps(looked_at).encode() + b"\n" + result)

    def _kept(self, place: str) -> tuple[bytes, bytes]:
        """What a check looked at, and what came of it; empty where nothing whole was kept."""
        looked_at, _, result = (self._files.read(place) or b"").partition(b"\n")
        return looked_at, result

    @property
    def _files(self) -> TerritoryFiles:
        return TerritoryFiles(self.directory, ".json", self.code)


def _text(asked: Asked, name: str) -> str:
    return _digest(repr(asked.texts.get(name)).encode())


def _figure(asked: Asked, key: FigureKey) -> str:
    return repr(asked.former(key)) if asked.former else ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
