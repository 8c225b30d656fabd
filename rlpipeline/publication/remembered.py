"""Pages of the last build, taken again where their notebooks, their cover and our code are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.execution.code import Code, sha256
from rlpipeline.execution.resume import make_private, write_whole
from rlpipeline.publication.document import Executed, document_of
from rlpipeline.publication.page import Cover


@dataclass(frozen=True)
class RememberedPages:
    """Pages kept in a private folder, one a territory: those of the edition ``interne`` show exact figures."""

    directory: Path
    code: Code

    def render(self, place: str, chapters: Sequence[Executed], cover: Cover) -> str:
        """The page of a territory, as ``document_of`` makes it."""
        notebooks = [(chapter.path.stem, sha256(chapter.path)) for chapter in chapters]
        key = _digest(repr((self.code.digest, notebooks, repr(cover))))
        path = self._page(place)
        kept = path.read_bytes().decode() if path.is_file() else ""
        seal, _, page = kept.partition("\n")
        if kept and seal == _digest(key + page):
            return page
        page = document_of(chapters, cover)
        if self.code.still():
            make_private(self.directory)
            write_whole(path, f"{_digest(key + page)}\n{page}".encode())
        return page

    def prune(self, places: Iterable[str]) -> None:
        """Remove every page but those of these territories."""
        used = {self._page(place) for place in places}
        for path in self.directory.glob("*"):
            if path not in used:
                path.unlink()

    def _page(self, place: str) -> Path:
        return self.directory / f"{place}.html"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
