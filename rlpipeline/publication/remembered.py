"""Pages of the last build, taken again where their notebooks, their cover and our code are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rlpipeline.execution.code import Code, sha256
from rlpipeline.execution.resume import make_private, write_whole
from rlpipeline.publication.document import render_document
from rlpipeline.publication.page import Cover


@dataclass(frozen=True)
class RememberedPages:
    """Pages kept in a private folder: those of the edition ``interne`` show exact figures."""

    directory: Path
    code: Code
    _used: set[Path] = field(default_factory=set, compare=False, repr=False)

    def render(self, chapters: Sequence[Path], cover: Cover) -> str:
        """The page that ``render_document`` makes of them."""
        key = _digest(repr((self.code.digest, [(path.stem, sha256(path)) for path in chapters], repr(cover))))
        path = self.directory / f"{key}.html"
        self._used.add(path)
        kept = path.read_bytes().decode() if path.is_file() else ""
        seal, _, page = kept.partition("\n")
        if kept and seal == _digest(key + page):
            return page
        page = render_document(chapters, cover)
        if self.code.still():
            make_private(self.directory)
            write_whole(path, f"{_digest(key + page)}\n{page}".encode())
        return page

    def prune(self) -> None:
        """Remove the pages that were not asked for."""
        for path in self.directory.glob("*"):
            if path not in self._used:
                path.unlink()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
