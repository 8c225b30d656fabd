"""Pages of the last build, taken again where their notebooks, their cover and our code are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.execution.code import Code, sha256
from rlpipeline.execution.territory_files import TerritoryFiles
from rlpipeline.publication.document import Executed, document_of
from rlpipeline.publication.page import Cover


@dataclass(frozen=True)
class RememberedPages:
    """Pages kept in a private folder, one a territory, each after the digest of all that it was made from."""

    directory: Path
    code: Code

    def render(self, place: str, chapters: Sequence[Executed], cover: Cover) -> str:
        """The page of a territory, as ``document_of`` makes it."""
        notebooks = [(chapter.path.stem, sha256(chapter.path)) for chapter in chapters]
        key = hashlib.sha256(repr((self.code.digest, notebooks, repr(cover))).encode()).hexdigest()
        made_from, _, kept = (self._files.read(place) or b"").partition(b"\n")
        if made_from == key.encode():
            return kept.decode()
        page = document_of(chapters, cover)
        self._files.write(place, f"{key}\n{page}".encode())
        return page

    def prune(self, places: Iterable[str]) -> None:
        """Remove every page but those of these territories."""
        self._files.prune(places)

    @property
    def _files(self) -> TerritoryFiles:
        return TerritoryFiles(self.directory, ".html", self.code)
