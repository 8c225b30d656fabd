"""Every number of a page, found without the audit's own readers, with its place in the source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

THIN = "\u202f"
NUMBER = re.compile(rf"(?:\d{{1,3}}(?:{THIN}\d{{3}})+|\d+)(?:,\d+)?")
PLAIN = re.compile(r"\d+(?:\.\d+)?")
LETTERS = re.compile(r"[^\W\d_]+")
ENTITY = re.compile(r"&#?\w+;")
SPOKEN = {"alt", "title", "aria-label"}
VOID = {"img", "br", "hr", "meta", "link", "col"}
PRINTED = re.compile(r'@top-(?:left|right) \{ content: "(?P<text>[^"]*)"')


@dataclass(frozen=True)
class Number:
    """A number as it stands in one string of a file.

    Parameters
    ----------
    kind
        What shows it: tableau, prose, titre, note, alt…
    hints
        Words that a finding about it must say of its place, besides its file.
    near
        Where there are no hints, the words before it (a word, a number), one of which a finding must quote.
    """

    string: str
    start: int
    end: int
    kind: str
    hints: tuple[str, ...] = ()
    words: str = ""
    near: tuple[str, ...] = ()


@dataclass
class Content:
    """The strings of a file, its numbers, and the count of what is left out by reason."""

    strings: dict[str, str]
    numbers: list[Number] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def changed(words: str, by: int) -> str:
    """The number with one added to its last digit, or taken away, as it would be written."""
    separator = "," if "," in words else "."
    whole, _, decimals = words.replace(THIN, "").partition(separator)
    value = abs(Decimal(f"{whole}.{decimals or 0}") + by * Decimal(1).scaleb(-len(decimals)))
    text, _, fraction = f"{value:.{len(decimals)}f}".partition(".")
    text = text.zfill(len(whole)) if whole.startswith("0") else text
    if THIN in words:
        text = f"{int(text):,}".replace(",", THIN)
    return text + (separator + fraction if decimals else "")


# Pages


@dataclass(frozen=True)
class _Found:
    """A number of a page: its place in the source, what shows it, the line and column of its table, the word before."""

    start: int
    end: int
    kind: str
    hints: tuple[str, ...]
    near: tuple[str, ...]


class _Finder(HTMLParser):
    """Numbers of the texts and of the spoken attributes of a page, with their places in its source."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.starts = [0, *(match.end() for match in re.finditer("\n", source))]
        self.open: list[tuple[str, Mapping[str, str | None]]] = []
        self.columns: list[str] = []
        self.cell = 0
        self.near: tuple[str, ...] = ()
        self.found: list[_Found] = []
        self.left_out: Counter[str] = Counter()
        self.feed(source)
        self.close()

    def place(self) -> int:
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source, at = self.get_starttag_text() or "", self.place()
        self._follow_table(tag, dict(attrs))
        for match in re.finditer(r'([\w-]+)="([^"]*)"', source):
            name, value = match[1], ENTITY.sub(lambda entity: " " * len(entity[0]), match[2])
            if name in SPOKEN:
                self._keep(value, at + match.start(2), name, ())
            else:
                self.left_out[f"attribut {name}"] += len(PLAIN.findall(value))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def _follow_table(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "table":
            self.columns = []
        if tag == "tr":
            self.cell = -1
        if tag == "th" and attributes.get("data-colonne"):
            self.columns.append(attributes["data-colonne"] or "")
        if tag == "td":
            self.cell += 1

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        kind = self._kind()
        if kind == "style":
            self._printed(data)
        else:
            self._keep(data, self.place(), kind, self._hints() if kind in {"tableau", "données de graphique"} else ())

    def _keep(self, text: str, at: int, kind: str, hints: tuple[str, ...]) -> None:
        for number in NUMBER.finditer(text):
            near = near_words(text[: number.start()], self.near)
            self.found.append(_Found(at + number.start(), at + number.end(), kind, hints, near))
        if not any("rl-definition" in (attributes.get("class") or "") for _, attributes in self.open):
            self.near = near_words(text, self.near)  # the name of a link is no part of the sentence that it ends

    def _hints(self) -> tuple[str, ...]:
        """Line and column of a cell that holds a figure."""
        cell = next((attributes for tag, attributes in reversed(self.open) if tag == "td"), {})
        row = next((attributes for tag, attributes in reversed(self.open) if tag == "tr"), {})
        if "texte" in (cell.get("class") or "") or "num" not in (cell.get("class") or ""):
            return ()
        line = cell.get("data-ligne") or row.get("data-ligne")
        column = cell.get("data-colonne") or (self.columns[self.cell] if self.cell < len(self.columns) else "")
        return (f"ligne {line}, colonne {column}",) if line else ()

    def _printed(self, style: str) -> None:
        """Of a style sheet, the titles printed on every page are words; escapes of letters are not numbers."""
        self.left_out["style"] += len(PLAIN.findall(style))
        for match in PRINTED.finditer(style):
            text = re.sub(r"\\[0-9a-f]+ ", lambda m: "\\" * len(m[0]), match["text"])
            for number in NUMBER.finditer(text):
                at = self.place() + match.start("text")
                self.found.append(_Found(at + number.start(), at + number.end(), "titre imprimé", (), ()))
                self.left_out["style"] -= 1

    def _kind(self) -> str:
        names = {name for _, attributes in self.open for name in (attributes.get("class") or "").split()}
        tags = {tag for tag, _ in self.open}
        for name, kind in KINDS:
            if name in names or name in tags:
                return kind
        return "prose"


KINDS = (
    ("style", "style"), ("rl-numero", "numéro de section"), ("sommaire-numero", "sommaire"), ("sommaire", "sommaire"),
    ("couverture", "couverture"), ("couverture-faits", "couverture"), ("title", "titre de fenêtre"),
    ("rl-chiffre", "chiffre lié"), ("rl-fixe", "fixe"),
    ("caption", "légende"), ("figcaption", "légende"), ("rl-note", "note"), ("rl-detail", "détail"), ("th", "libellé"),
    ("details", "données de graphique"), ("td", "tableau"), ("h1", "titre"), ("h2", "titre"), ("h3", "titre"),
    ("h4", "titre"), ("h5", "titre"), ("h6", "titre"), ("pied", "pied"),
)  # fmt: skip


def near_words(before: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The last word and the last number of a text; those known where it has none."""
    found = (next(reversed(pattern.findall(before)), "") for pattern in (LETTERS, NUMBER))
    words = tuple(word for word in found if word)
    return words if len(words) == 2 else (*words, *known)[:3]


def html_numbers(name: str, source: str, left_out: Counter[str]) -> Iterator[Number]:
    """Numbers of HTML; pictures are blanked first, places kept."""
    bare = re.sub(r"data:image/[^\"]*", lambda match: "x" * len(match[0]), source)
    left_out["image (octets)"] += source.count("data:image/")
    finder = _Finder(bare)
    left_out.update(finder.left_out)
    for one in finder.found:
        after = LETTERS.search(re.sub(r"<[^>]*>", " ", source[one.end : one.end + 200]))
        near = (after[0],) if after and one.kind == "numéro de section" else one.near
        yield Number(name, one.start, one.end, one.kind, one.hints, source[one.start : one.end], near)


def read_page(path: Path) -> Content:
    source = path.read_text(encoding="utf-8")
    content = Content({"page": source})
    content.numbers += html_numbers("page", source, content.left_out)
    return content
