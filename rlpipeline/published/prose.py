"""The prose of a finished page, block by block, with the place of every character in the page's source.

What ``display`` writes from the figures is left out (tables, charts, notes, the method annex, the table of contents):
other checks read it. What remains was typed by someone: the texts of the service, and the Markdown of the notebooks. A
tree does not say where its characters stand; the tags are followed one by one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import MappingProxyType

from rlpipeline.prose.blocks import IMAGES, Block, Figure

GENERATED_TEXTS = frozenset({"affiche", "carte", "essentiel", "methode", "fiche", "territoire"})
"""Values of ``data-texte`` that the pipeline writes itself."""
_GENERATED_CLASSES = frozenset(
    {
        "rl-note",
        "rl-vide",
        "rl-seul",
        "rl-figure",
        "rl-table",
        "rl-tableau",
        "rl-sr",
        "rl-numero",
        "rl-a-rediger",
        "rl-fiche",
        "couverture-faits",
        "mention",
        "evitement",
    }
)
_GENERATED_TAGS = frozenset({"head", "script", "style", "svg", "nav", "header", "footer", "template", "math", "button"})
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "i",
        "img",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
    }
    | {"span", "strong", "sub", "sup", "time", "u", "var", "wbr"}
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_FIGURES = re.compile(r"<(table|figure)\b[^>]*\bdata-(?:tableau|graphique)=.*?</\1>", re.DOTALL)
"""Tables and charts: what they hold is generated."""


def prose_blocks(page: str) -> tuple[Block, ...]:
    """Read the blocks of prose of a page, in its order."""
    bare = _FIGURES.sub(lambda match: " " * len(match[0]), page)  # most of its tags; places stay
    reader = _Reader(bare)
    reader.feed(bare)
    reader.close()
    reader.flush()
    return tuple(reader.blocks)


@dataclass
class _Opened:
    tag: str
    generated: bool
    texte: str
    figure: tuple[int, bool, Mapping[str, str]] | None


@dataclass
class _Run:
    text: list[str] = field(default_factory=list)
    length: int = 0
    figures: list[Figure] = field(default_factory=list)
    pieces: list[tuple[int, int, bool, int]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.blocks: list[Block] = []
        self._page = page
        self._lines = [0, *(match.end() for match in re.finditer("\n", page))]
        self._open: list[_Opened] = []
        self._run = _Run()
        self._chapitre = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self._break(tag)
        if tag in _VOID:
            return
        values = {name: value or "" for name, value in attrs if name in {"class", "id"} or name.startswith("data-")}
        outer = self._open[-1] if self._open else _Opened("", False, "", None)
        classes = frozenset(values.get("class", "").split())
        texte = IMAGES if "rl-photo" in classes else values.get("data-texte", outer.texte)
        if tag in _HEADINGS and values.get("id"):
            self._chapitre = values["id"]
        generated = outer.generated or _is_generated(tag, classes, values) or texte in GENERATED_TEXTS
        figure = None
        if classes & {"rl-chiffre", "rl-fixe"}:
            figure = self._run.length, "rl-chiffre" in classes, MappingProxyType(values)
        self._open.append(_Opened(tag, generated, texte, figure))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self._break(tag)
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth].tag == tag:
                closed = self._open[depth]
                del self._open[depth:]
                self._close_figure(closed)
                return

    def handle_data(self, data: str) -> None:
        self._add(data, len(data), is_reference=False)

    def handle_entityref(self, name: str) -> None:
        self._reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        self._reference(f"&#{name}")

    def flush(self) -> None:
        """End the block being read."""
        run, self._run = self._run, _Run()
        text = "".join(run.text)
        if text.strip():
            texte = self._open[-1].texte if self._open else ""
            self.blocks.append(Block(texte, self._chapitre, text, tuple(run.figures), tuple(run.pieces)))

    def _break(self, tag: str) -> None:
        if tag == "br" and self._run.length:
            self._run.text.append("\n")
            self._run.length += 1
        elif tag != "br":
            self.flush()

    def _close_figure(self, closed: _Opened) -> None:
        if closed.figure is not None and not closed.generated:
            start, bound, attributes = closed.figure
            words = "".join(self._run.text)[start:]
            self._run.figures.append(Figure(start, self._run.length, words, bound, attributes))

    def _reference(self, written: str) -> None:
        shown = html.unescape(f"{written};")
        closed = self._page.startswith(";", self._position() + len(written))
        if shown == f"{written};":  # no such reference: an ampersand and a word
            self._add(shown if closed else written, len(written) + closed, is_reference=False)
        else:
            self._add(shown if len(shown) == 1 else " ", len(written) + closed, is_reference=True)

    def _position(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _add(self, text: str, length: int, *, is_reference: bool) -> None:
        if self._open and self._open[-1].generated:
            return
        self._run.pieces.append((self._run.length, self._position(), is_reference, length))
        self._run.text.append(text)
        self._run.length += len(text)


def _is_generated(tag: str, classes: frozenset[str], values: Mapping[str, str]) -> bool:
    by_markup = tag in _GENERATED_TAGS or bool(classes & _GENERATED_CLASSES)
    return by_markup or "data-tableau" in values or "data-graphique" in values
