"""What a page, or the HTML of a notebook's cell, shows: cells of tables and charts, their labels, figures quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import unquote

from lxml import html as lxml_html
from lxml.html import HtmlElement

from rlpipeline.checks.model import Place
from rlpipeline.checks.numbers import UNREADABLE, read_shown
from rlpipeline.declared import FigureKey

__all__ = ["Cell", "HtmlElement", "Quote", "parse", "read_cells", "read_quotes", "reference_of", "shown_words"]
CHANGE = "ecart:"
"""Before the code of a column: that of its change since the year before."""
TABLES = "//table[@data-tableau] | //figure[@data-graphique]"
DATA = ".//tr[not(ancestor::table[@data-tableau])]"
UNNAMED = "//table[not(@data-tableau)][not(ancestor::*[@data-texte or @data-graphique])]"
"""Tables that say nothing of themselves, save those of a text, which is read where it is typed."""
_IMAGE = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=\s]+")
_FORMER = re.compile(r"^(?P<annee>\d{4})\s*:\s*(?P<words>.+)$", re.DOTALL)
_HIDDEN = ("rl-detail", "rl-sr")
_ADDRESS = frozenset({"ref", "fonction", "territoire", "annee"})


class Cell(NamedTuple):
    """What somebody reads in a table, or beside a chart, and its address.

    ``écart``: what moved since the year before, at the address of the figure of the year; ``libellé``: the words of a
    line or a column, the other of which is empty in the key; ``sans adresse``: a number that does not say which it is.
    ``words`` are those shown, without what only a screen reader says.
    """

    kind: Literal["tableau", "graphique", "écart", "libellé", "sans adresse"]
    key: FigureKey
    words: str
    file: str
    year: int

    @property
    def place(self) -> Place:
        """Where it stands, in French."""
        if self.kind == "sans adresse":
            return Place(self.file, f"« {self.words} »")
        apart = f", {self.key.annee}" if self.key.annee != self.year else ""
        axes = ((name, code) for name, code in zip(("ligne", "colonne"), self.key[3:], strict=True) if code)
        where = "".join(f", {name} {code}" for name, code in axes)
        return Place(self.file, f"{self.kind} {self.key.indicateur} ({self.key.territoire}){where}{apart}")


@dataclass(frozen=True)
class Quote:
    """A figure in the text ``texte``, bound to the one it names by ``ref`` (id, ligne, colonne), which may be empty.

    ``function`` is chiffre, part, evolution, tendance, annee…; ``fixe`` for one typed with a reason; ``avant`` and
    ``somme`` in the notes of tables. ``options`` are sur, depuis, forme, decimales, accord, nombre, decalage, raison…
    """

    function: str
    ref: tuple[str, str, str]
    territoire: str
    annee: int
    options: Mapping[str, str]
    words: str
    texte: str
    place: Place


def parse(html: str) -> HtmlElement:
    """Read a fragment or a page as a tree, without its pictures: ten times faster."""
    html = _IMAGE.sub("", html)
    if "<html" in html[:1000].lower():
        return lxml_html.document_fromstring(html)
    return lxml_html.fragment_fromstring(html, create_parent="div")


def shown_words(element: HtmlElement) -> str:
    """Words of a cell, without its details nor what is for a screen reader alone."""
    if not len(element):
        return (element.text or "").strip()
    return "".join(_shown(element)).strip()


def _shown(element: HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            if not any(hidden in (child.get("class") or "") for hidden in _HIDDEN):
                yield from _shown(child)
            yield child.tail or ""


def read_cells(root: HtmlElement, file: str) -> Iterator[Cell]:
    """Read the figures, labels and changes of every table and chart, in the order of the page."""
    for element in root.xpath(TABLES):
        kind: Literal["tableau", "graphique"] = "tableau" if element.get("data-tableau") else "graphique"
        id, territory = element.get(f"data-{kind}"), element.get("data-territoire") or ""
        year = _number(element.get("data-annee"))
        columns = [*_columns(element)] if kind == "tableau" else []
        for line in element.iter("tr") if kind == "tableau" else element.xpath(DATA):
            at = 0
            own = line.get("data-ligne") or "", line.get("data-colonne") or ""  # a line may be a column of the figures
            for rank, cell in enumerate(line):
                column, other = columns[at] if at < len(columns) else ("", 0)
                at += _number(cell.get("colspan")) or 1
                if cell.tag == "th":
                    first = ("", "") if rank else own
                    codes = cell.get("data-ligne") or first[0], cell.get("data-colonne") or first[1]
                    if kind == "tableau" and any(codes) and not all(codes):
                        yield Cell("libellé", FigureKey(id, year, territory, *codes), shown_words(cell), file, year)
                    continue
                codes = cell.get("data-ligne") or own[0], cell.get("data-colonne") or own[1] or column
                of = _number(cell.get("data-annee")) or other or year
                yield from _figures(cell, Cell(kind, FigureKey(id, of, territory, *codes), "", file, year))
    for cell in root.xpath(f"{UNNAMED}//td[contains(@class, 'num')]"):
        if any(sign.isdigit() for sign in shown_words(cell)):
            yield Cell("sans adresse", FigureKey("", 0, "", "", ""), shown_words(cell), file, 0)


def _figures(element: HtmlElement, cell: Cell) -> Iterator[Cell]:
    """Give what a cell shows: words, a change, or a figure with that of another year below it, « 2022 : 3,5 »."""
    words, classes = shown_words(element), (element.get("class") or "").split()
    key, line, column = cell.key, cell.key.ligne, cell.key.colonne
    if not (line and column):
        if any(sign.isdigit() for sign in words):
            yield Cell("sans adresse", key, words, cell.file, cell.year)
    elif column.startswith(CHANGE):
        yield Cell("écart", key._replace(colonne=column.removeprefix(CHANGE)), words, cell.file, cell.year)
    elif cell.kind == "graphique" or ("num" in classes and "texte" not in classes):
        yield Cell(cell.kind, key, words, cell.file, cell.year)
        for detail in element.iter("span") if len(element) else ():
            former = _FORMER.match(shown_words(detail)) if "rl-detail" in (detail.get("class") or "") else None
            if former and int(former["annee"]) != key.annee and read_shown(former["words"]).etat != UNREADABLE:
                of = key._replace(annee=int(former["annee"]))
                yield Cell(cell.kind, of, former["words"], cell.file, cell.year)


def _columns(table: HtmlElement) -> Iterator[tuple[str, int]]:
    """Code and year of each column, a header over several columns counting as many; the first is the lines' own."""
    for row in table.iterfind("thead/tr"):
        for header in row:
            for _ in range(_number(header.get("colspan")) or 1):
                yield header.get("data-colonne") or "", _number(header.get("data-annee"))


def read_quotes(root: HtmlElement, file: str) -> Iterator[Quote]:
    """Every figure bound in the prose, and every one typed with its reason."""
    for span in root.xpath("//span[@data-fonction or contains(@class, 'rl-fixe')]"):
        name = next(iter(span.xpath("ancestor::div[@data-texte][1]/@data-texte")), "")
        words = "".join(span.itertext())
        said = f"« {' '.join(words.split())} »"
        data = {key.removeprefix("data-"): value for key, value in span.attrib.items() if key.startswith("data-")}
        yield Quote(
            function=data.get("fonction", "fixe"),
            ref=reference_of(data.get("ref", "")) or ("", "", ""),
            territoire=data.get("territoire", ""),
            annee=_number(data.get("annee")),
            options={option: value for option, value in data.items() if value and option not in _ADDRESS},
            words=words,
            texte=str(name),
            place=Place(file, f"texte {name}, {said}" if name else said),
        )


def reference_of(written: str) -> tuple[str, str, str] | None:
    """Read ``id/ligne/colonne``, where %2F stands for a slash inside a name; None for anything else."""
    parts = [unquote(part) for part in written.split("/")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
