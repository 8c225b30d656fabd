"""What a page, or the HTML of a notebook's cell, shows: cells of tables and charts, labels, figures quoted, numbers.

A figure bound in a text is held here against the figures that it names: number, state, share, direction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from lxml import etree

from rlpipeline.checks.model import Figure, Location, is_too_near, moved, rounded
from rlpipeline.declared import FigureKey
from rlpipeline.states import (
    ABOUT,
    ARRONDI,
    BELOW,
    NC,
    OK,
    PARTIEL,
    SIGN,
    UNCERTAIN,
    WITHOUT_VALUE,
    WORDS,
)

SPACES = "\u202f\u00a0\u2009 "
STATES = {
    words: state for state in WITHOUT_VALUE for words in (WORDS[state].cell, WORDS[state].word)
}
"""What a cell without a number may say."""
UNREADABLE = "illisible"
CHANGE = "ecart:"
"""Before the code of a column: that of its change since the year before."""
TABLES = etree.XPath("//table[@data-tableau] | //figure[@data-graphique]")
DATA = etree.XPath(".//tr[not(ancestor::table[@data-tableau])]")
UNNAMED = etree.XPath(
    "//table[not(@data-tableau)][not(ancestor::*[@data-texte or @data-graphique])]//td[contains(@class, 'num')]"
)
"""Numbers of tables that say nothing of themselves, save those of a text, which is read where it is typed."""
QUOTES = etree.XPath("//span[@data-fonction or contains(@class, 'rl-fixe')]")
_FORMER = re.compile(r"^(?P<annee>\d{4})\s*:\s*(?P<words>.+)$", re.DOTALL)
_ABOUT = SIGN.strip()
_SHOWN = re.compile(
    rf"(?P<about>{re.escape(_ABOUT)}[{SPACES}]*)?(?P<number>[-−+]?(?:\d{{1,3}}(?:[\u202f\u00a0\u2009]\d{{3}})+|\d+)(?:,\d+)?)"
    rf"[{SPACES}]?(?P<unit>%|€|h)?(?P<partial>\*?)(?P<rest>[{SPACES}]\(.*\))?"
)
_ANY_NUMBER = re.compile(rf"[−-]?\d+(?:[{SPACES}]\d{{3}}(?!\d))*(?:,\d+)?")
_PLAIN = str.maketrans({",": ".", "−": "-", **dict.fromkeys(SPACES, "")})
_DIGIT = re.compile(r"\d")
_BELOW = re.compile(rf"{BELOW}[{SPACES}]+(?P<below>\d+)", re.IGNORECASE)
Element = Any
"""An element of lxml."""


class ReadValue(NamedTuple):
    """What words say: a number or none, its state, its unit (%, € or h).

    ``etat`` is ok, partiel (a star), arrondi (« ≈ », « moins de 5 »), nc, vide, masque, or ``illisible``; ``reste``
    what follows in brackets, « (16,78 %) » beside hours; ``below`` the base of « moins de 5 ».
    """

    valeur: float | None
    etat: str
    unite: str = ""
    reste: str = ""
    below: int = 0


@lru_cache(maxsize=4096)
def read_shown(words: str) -> ReadValue:
    """Read the words of a cell: « 1 234 », « 16,78 % », « 35* », « nc », « – », « ≈ 25 », « 1 303 h (16,78 %) »."""
    bare = words.strip(SPACES + "\n")
    if bare in STATES:
        return ReadValue(None, STATES[bare])
    if below := _BELOW.fullmatch(bare):
        return ReadValue(0.0, ARRONDI, below=int(below["below"]))
    match = _SHOWN.fullmatch(bare)
    if match is None:
        return ReadValue(None, UNREADABLE)
    state = PARTIEL if match["partial"] else OK
    if match["about"]:
        state = ARRONDI
    rest = match["rest"] or ""
    number = _value(match["number"])
    return ReadValue(number, state, match["unit"] or "", rest.strip(SPACES))


def first_number(words: str) -> float | None:
    """Give the first number of a text; None where there is none."""
    match = _ANY_NUMBER.search(words)
    if match:
        return _value(match[0])
    return None


def _value(written: str) -> float:
    return float(written.translate(_PLAIN))


class AddressedCell(NamedTuple):
    """What somebody reads in a table, or beside a chart, and its address.

    ``écart``: what moved since the year before, at the address of the year; ``libellé``: the words of a line or of a
    column, the other being empty in the key; ``sans adresse``: a number that does not say which it is.
    """

    kind: Literal["tableau", "graphique", "écart", "libellé", "sans adresse"]
    key: FigureKey
    words: str
    file: str
    year: int

    @property
    def place(self) -> Location:
        """Where it stands, in French."""
        if self.kind == "sans adresse":
            return Location(self.file, f"« {self.words} »")
        key = self.key
        where = f"{self.kind} {key.indicateur} ({key.territoire})"
        if key.ligne:
            where += f", ligne {key.ligne}"
        if key.colonne:
            where += f", colonne {key.colonne}"
        if key.annee != self.year:
            where += f", {key.annee}"
        return Location(self.file, where)


@dataclass(frozen=True)
class Quote:
    """A figure in a text, bound to the one it names by ``ref`` (id, ligne, colonne), which may be empty.

    ``function`` is chiffre, part, evolution, tendance, annee…; ``fixe`` for one typed with a reason; ``avant`` and
    ``somme`` in the notes of tables. ``options`` are sur, depuis, forme, decimales, accord, nombre, decalage, raison…
    """

    function: str
    ref: tuple[str, str, str]
    territoire: str
    annee: int
    options: Mapping[str, str]
    words: str
    file: str
    texte: str = ""
    """Name of the text; empty outside of any."""

    @property
    def place(self) -> Location:
        """Where it stands, in French."""
        said = f"« {' '.join(self.words.split())} »"
        return Location(self.file, f"texte {self.texte}, {said}" if self.texte else said)


def read_text(path: Path) -> str:
    """Read a page or a notebook without its pictures: ten times faster to parse."""
    first, *pictures = path.read_bytes().split(b"data:image/")
    after = (picture[max(picture.find(b'"') - 1, 0) :] for picture in pictures)
    return b"".join([first, *after]).decode("utf-8")


def parse(html: str) -> Element:
    """Read a page, or a part of one, as a tree."""
    return etree.HTML(html or "<p>")


def shown_words(element: Element) -> str:
    """Words of a cell, without its details nor what is for a screen reader alone."""
    return _shown(element).strip()


def _shown(element: Element) -> str:
    words = element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            classes = child.get("class") or ""
            if "rl-detail" not in classes and "rl-sr" not in classes:
                words += _shown(child)
            words += child.tail or ""
    return str(words)


def read_cells(root: Element, file: str) -> Iterator[AddressedCell]:
    """Read the figures, labels and changes of every table and chart, in the order of the page."""
    for element in TABLES(root):
        data_table = _data_table(element, file)
        lines = element.iter("tr") if data_table.is_table else DATA(element)
        for line in lines:
            yield from data_table.cells(line)
    for words in map(shown_words, UNNAMED(root)):
        if _DIGIT.search(words):
            yield AddressedCell("sans adresse", FigureKey("", 0, "", "", ""), words, file, 0)


@dataclass(frozen=True)
class _DataTable:
    """A table, or the data beneath a chart: what it says of all its cells, and code and year of each column."""

    kind: Literal["tableau", "graphique"]
    id: str
    year: int
    territory: str
    columns: Sequence[tuple[str, int]]
    file: str

    @property
    def is_table(self) -> bool:
        return self.kind == "tableau"

    def cells(self, line: Element) -> Iterator[AddressedCell]:
        """Read the cells of a line; its own codes are those of its header, and of cells without any."""
        own = _codes(line)
        at = 0
        for cell in line:
            if cell.tag == "th":
                yield from self._label(cell, ("", "") if at else own)
            else:
                column = self.columns[at] if at < len(self.columns) else ("", 0)
                yield from self._figures(cell, own, column)
            at += _number(cell.get("colspan")) or 1

    def _label(self, header: Element, own: tuple[str, str]) -> Iterator[AddressedCell]:
        """Read the words of a line, or of a column."""
        line, column = (code or other for code, other in zip(_codes(header), own, strict=True))
        if self.is_table and bool(line) != bool(column):
            key = FigureKey(self.id, self.year, self.territory, line, column)
            yield AddressedCell("libellé", key, shown_words(header), self.file, self.year)

    def _figures(
        self, cell: Element, own: tuple[str, str], column: tuple[str, int]
    ) -> Iterator[AddressedCell]:
        """Read the figure of a cell, with those of other years beneath it; or a change; nothing of mere words."""
        line, across = _codes(cell)
        year = _number(cell.get("data-annee")) or column[1] or self.year
        address = (line or own[0], across or own[1] or column[0])
        key = FigureKey(self.id, year, self.territory, *address)
        shown = AddressedCell(self.kind, key, shown_words(cell), self.file, self.year)
        if not all(address):
            if _DIGIT.search(shown.words):
                yield shown._replace(kind="sans adresse")
        elif key.colonne.startswith(CHANGE):
            moved = key._replace(colonne=key.colonne.removeprefix(CHANGE))
            yield shown._replace(kind="écart", key=moved)
        elif not self.is_table or _is_number(cell):
            yield shown
            yield from _other_years(cell, shown)


def _data_table(element: Element, file: str) -> _DataTable:
    is_table = bool(element.get("data-tableau"))
    id = element.get("data-tableau" if is_table else "data-graphique")
    columns = [*_columns(element)] if is_table else []
    territory = element.get("data-territoire") or ""
    year = _number(element.get("data-annee"))
    return _DataTable("tableau" if is_table else "graphique", id, year, territory, columns, file)


def _codes(element: Element) -> tuple[str, str]:
    """Give the codes of the line and of the column that an element names."""
    return element.get("data-ligne") or "", element.get("data-colonne") or ""


def _is_number(cell: Element) -> bool:
    classes = cell.get("class", "").split()
    return "num" in classes and "texte" not in classes


def _other_years(element: Element, cell: AddressedCell) -> Iterator[AddressedCell]:
    """Read what a cell tells of other years: « 2022 : 35 »."""
    for detail in element.iter("span"):
        is_detail = "rl-detail" in detail.get("class", "")
        former = _FORMER.match(shown_words(detail)) if is_detail else None
        if former is None or read_shown(former["words"]).etat == UNREADABLE:
            continue
        year = int(former["annee"])
        if year != cell.key.annee:
            yield cell._replace(key=cell.key.in_year(year), words=former["words"])


def _columns(table: Element) -> Iterator[tuple[str, int]]:
    """Give the code and the year of each column, as often as its header is wide."""
    for header in table.iterfind("thead/tr/*"):
        column = header.get("data-colonne") or "", _number(header.get("data-annee"))
        yield from [column] * (_number(header.get("colspan")) or 1)


def read_quotes(root: Element, file: str) -> Iterator[Quote]:
    """Every figure bound in the prose, and every one typed with its reason."""
    for span in QUOTES(root):
        data = {
            name.removeprefix("data-"): value
            for name, value in span.items()
            if value and name.startswith("data-")
        }
        function = data.pop("fonction", "fixe")
        written = data.pop("ref", "")
        place = data.pop("territoire", ""), _number(data.pop("annee", ""))
        texts = (above.get("data-texte") for above in span.iterancestors("div"))
        reference = reference_of(written) or ("", "", "")
        words = "".join(span.itertext())
        text = next(filter(None, texts), "")
        yield Quote(function, reference, *place, data, words, file, text)


def reference_of(written: str) -> tuple[str, str, str] | None:
    """Read ``id/ligne/colonne``, where %2F stands for a slash inside a name; None for anything else."""
    parts = [unquote(part) for part in written.split("/")]
    if len(parts) == 3:
        return (parts[0], parts[1], parts[2])
    return None


def _number(text: str | None) -> int:
    if text and text.isdigit():
        return int(text)
    return 0


Find = Callable[[FigureKey], Figure | None]
STEADY_PERCENT, STEADY_POINTS = 5, 1
"""A figure that moved by less, in percent of its former value or in points, is stable."""
NEAR, NEAR_FRACTION = 2.5, 0.1
"""How far from a share its nearest multiple of 5 % may be, and a fraction in words."""
FARTHEST, NOISE = 10, 1e-9
"""How far from all that a rounded share may be a limit of it is told; what is no difference."""
FEWEST_BASES = 8
"""Smallest whole, in times the base, of which a rounded part is told."""
UNKNOWN = frozenset({*WITHOUT_VALUE, UNCERTAIN})
AT_LEAST, ROUGHLY = ("au moins", "*"), (ABOUT, _ABOUT)
"""What says that a figure is partial, or rounded."""
FIGURES_THEMSELVES = frozenset({"chiffre", "avant", "somme"})
"""Functions that quote a figure as it is; the others tell a share of it, or how it moved."""
FRACTIONS = {
    "un dixième": 0.1,
    "un cinquième": 0.2,
    "un quart": 0.25,
    "un tiers": 1 / 3,
    "deux cinquièmes": 0.4,
    "la moitié": 0.5,
    "trois cinquièmes": 0.6,
    "deux tiers": 2 / 3,
    "trois quarts": 0.75,
    "neuf dixièmes": 0.9,
}
DIRECTIONS = {
    "stable": 0,
    "stables": 0,
    "en hausse": 1,
    "en baisse": -1,
    "plus": 1,
    "moins": -1,
    "autant": 0,
}


def key_of(quote: Quote, path: tuple[str, str, str] | None = None) -> FigureKey:
    """Give the address of the figure that a text quotes."""
    id, line, column = path or quote.ref
    return FigureKey(id, quote.annee, quote.territoire, line, column)


def says(quote: Quote, figure: Figure, find: Find) -> bool:
    """Whether a quoted figure says what the figures say; what needs one that is not known is right."""
    options = quote.options
    is_word_alone = options.get("nombre") == "sans"  # « jeunes », which agrees with a number
    if is_word_alone or (figure.valeur is None and "sinon" in options):
        return True
    if quote.function in FIGURES_THEMSELVES:
        return _says_figure(quote, figure)
    whole = find(key_of(quote, reference_of(options["sur"]))) if "sur" in options else None
    if quote.function == "part":
        return whole is None or _says_part(quote, share(figure, whole))
    if options.get("comparable") == "non":
        is_agreement = not options.keys().isdisjoint({"accord", "sinon"})
        return is_agreement or "non comparable" in quote.words
    return _says_change(quote, figure, whole, find)


def _says_figure(quote: Quote, figure: Figure) -> bool:
    """Whether words say a figure by itself, with what its state asks for."""
    number = first_number(quote.words)
    words = quote.words.lower()
    if figure.valeur is None or figure.etat in UNKNOWN:
        return number is None
    if figure.marge and not figure.valeur:
        return BELOW in words and number == figure.marge + 1
    marks: tuple[str, ...] = ("",)
    if figure.etat == PARTIEL:
        marks = AT_LEAST
    elif figure.marge:
        marks = ROUGHLY
    says_state = any(mark in words for mark in marks) or not quote.options.keys().isdisjoint(marks)
    decimals = int(quote.options.get("decimales", "2"))
    is_percent = figure.unite == "%"
    is_same = number == rounded(figure.valeur, decimals)
    return says_state and is_same and ("%" in words) == is_percent


def share(part: Figure, whole: Figure) -> Figure:
    """Give a percentage, known where both are, and the whole not zero; of a rounded part, exact and of eight bases."""
    states = {part.etat, whole.etat} - {OK, ARRONDI}
    if states or part.valeur is None or not whole.valeur or whole.marge:
        return Figure(part.key, None, "%", NC, part.file)
    if part.marge and whole.valeur < FEWEST_BASES * (part.marge + 1):
        return Figure(part.key, None, "%", UNCERTAIN, part.file)
    # Multiplied before it is divided: 100 / 67.1 * 67.1 falls short of 100.
    percent, margin, step = (
        100 * number / whole.valeur for number in (part.valeur, part.marge, part.base)
    )
    return Figure(part.key, percent, "%", OK, part.file, margin, step)


def _says_part(quote: Quote, part: Figure) -> bool:
    """Whether words say a percentage: exactly, or of a rounded one by a multiple of 5 %, a limit, a fraction."""
    number = first_number(quote.words)
    words = quote.words.lower()
    if part.valeur is None or number is None:
        return number is None and (part.valeur is None or _says_fraction(words, part))
    if part.marge and number % 5:
        return False
    if "moins de" in words:
        return _is_limit(number - (part.valeur + part.marge), part)
    if "plus de" in words:
        return _is_limit(part.valeur - part.marge - number, part)
    if part.marge:
        return abs(number - part.valeur) <= NEAR + NOISE
    return number == rounded(part.valeur, int(quote.options.get("decimales", "0")))


def _is_limit(beyond: float, part: Figure) -> bool:
    """Whether a limit is beyond all that a percentage may be; of a rounded one, not too far."""
    return -NOISE <= beyond <= (FARTHEST if part.marge else 100)


def _says_fraction(words: str, part: Figure) -> bool:
    """Whether words say « un tiers » of a rounded percentage that is about that, or no fraction at all."""
    percent = part.valeur or 0.0
    told = (100 * fraction for name, fraction in FRACTIONS.items() if name in words)
    return bool(part.marge) and abs(next(told, percent) - percent) <= 100 * NEAR_FRACTION


def _says_change(quote: Quote, now: Figure, whole: Figure | None, find: Find) -> bool:
    """Whether words say how a figure, or its share of a whole, moved since a year."""
    since = int(quote.options.get("depuis", quote.annee - 1))
    then = find(now.key.in_year(since))
    if then is None:
        return True
    if "sur" in quote.options:
        former = find(whole.key.in_year(since)) if whole else None
        if whole is None or former is None:
            return True
        now = share(now, whole)
        then = share(then, former)
    return _says_moved(quote, now, then)


def _says_moved(quote: Quote, now: Figure, then: Figure) -> bool:
    """Whether words say how one figure moved from another, or nothing where that may not be told."""
    number = first_number(quote.words)
    words = quote.words.strip()
    is_known = {now.etat, then.etat} <= {OK, ARRONDI} and moved(now, then) is not None
    if not is_known or is_too_near(now, then):
        return number is None
    is_exact = not (now.marge + then.marge)
    direction = _sign(_change(now, then))
    way = "hausse" if direction > 0 else "baisse"
    if quote.function == "evolution":
        if is_exact:
            return number == _told(quote, now, then)
        return number is None and way in words
    if quote.function == "sens" and direction:
        return words == quote.options.get(way, words)
    if is_exact and quote.function != "fois":
        direction = direction_of(now, then)
    return direction_said(words) == direction


def direction_said(words: str) -> int | None:
    """Give the direction that words say, « en hausse », « les jeunes sont stables »; None where they say none."""
    return DIRECTIONS.get(words, DIRECTIONS.get(words.rpartition(" ")[2]))


def direction_of(now: Figure, then: Figure) -> int:
    """Give the direction in which a number moved from another, 0 where both are nearly the same."""
    change = _change(now, then)
    before = abs(then.valeur or 0.0)
    steady = STEADY_POINTS if now.unite == "%" else before * STEADY_PERCENT / 100
    if abs(change) < steady:
        return 0
    return _sign(change)


def _change(now: Figure, then: Figure) -> float:
    return (now.valeur or 0.0) - (then.valeur or 0.0)


def _sign(change: float) -> int:
    return (change > 0) - (change < 0)


def _told(quote: Quote, now: Figure, then: Figure) -> float:
    """Give the number that tells a change: points of a percentage, a count, a percentage of the year before."""
    change = _change(now, then)
    before = then.valeur
    if now.unite == "%":
        return rounded(change, 1)
    if quote.options.get("forme") == "nombre" or not before:
        return rounded(change, 2)
    return rounded(100 * change / before, 0)
