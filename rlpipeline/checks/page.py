"""What a page, or the HTML of a notebook's cell, shows: cells of tables and charts, labels, figures quoted, numbers.

A figure bound in a text is held here against the figures that it names: number, state, share, direction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from lxml import etree

from rlpipeline.checks.model import Figure, Place, is_too_near, rounded
from rlpipeline.declared import FigureKey
from rlpipeline.states import ABOUT, ARRONDI, BELOW, OK, SIGN, UNCERTAIN, WITHOUT_VALUE, WORDS

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
_ADDRESS = frozenset({"ref", "fonction", "territoire", "annee"})
_SHOWN = re.compile(
    rf"(?P<number>[-−+]?(?:\d{{1,3}}(?:[\u202f\u00a0\u2009]\d{{3}})+|\d+)(?:,\d+)?)"
    rf"[{SPACES}]?(?P<unit>%|€|h)?(?P<partial>\*?)(?P<rest>[{SPACES}]\(.*\))?"
)
_ANY_NUMBER = re.compile(rf"[−-]?\d+(?:[{SPACES}]\d{{3}}(?!\d))*(?:,\d+)?")
_DIGIT = re.compile(r"\d")
_BELOW = re.compile(rf"{BELOW}[{SPACES}]+(?P<below>\d+)", re.IGNORECASE)
_ABOUT = SIGN.strip()
Element = Any
"""An element of lxml."""


class Shown(NamedTuple):
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
def read_shown(words: str) -> Shown:
    """Read the words of a cell: « 1 234 », « 16,78 % », « 35* », « nc », « – », « ≈ 25 », « 1 303 h (16,78 %) »."""
    bare = words.strip(SPACES + "\n")
    if bare in STATES:
        return Shown(None, STATES[bare])
    if below := _BELOW.fullmatch(bare):
        return Shown(0.0, ARRONDI, below=int(below["below"]))
    about, bare = bare.startswith(_ABOUT), bare.removeprefix(_ABOUT).lstrip(SPACES)
    match = _SHOWN.fullmatch(bare)
    if match is None:
        return Shown(None, UNREADABLE)
    state = ARRONDI if about else "partiel" if match["partial"] else "ok"
    rest = (match["rest"] or "").strip(SPACES)
    return Shown(_value(match["number"]), state, match["unit"] or "", rest)


def first_number(words: str) -> float | None:
    """Give the first number of a text; None where there is none."""
    match = _ANY_NUMBER.search(words)
    return _value(match[0]) if match else None


def _value(written: str) -> float:
    plain = re.sub(rf"[{SPACES}]", "", written)
    return float(plain.replace(",", ".").replace("−", "-"))


class Cell(NamedTuple):
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
    def place(self) -> Place:
        """Where it stands, in French."""
        if self.kind == "sans adresse":
            return Place(self.file, f"« {self.words} »")
        apart = f", {self.key.annee}" if self.key.annee != self.year else ""
        axes = (
            (name, code)
            for name, code in zip(("ligne", "colonne"), self.key[3:], strict=True)
            if code
        )
        where = "".join(f", {name} {code}" for name, code in axes)
        return Place(
            self.file, f"{self.kind} {self.key.indicateur} ({self.key.territoire}){where}{apart}"
        )


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
    def place(self) -> Place:
        """Where it stands, in French."""
        said = f"« {' '.join(self.words.split())} »"
        return Place(self.file, f"texte {self.texte}, {said}" if self.texte else said)


def read_text(path: Path) -> str:
    """Read a page or a notebook without its pictures: ten times faster to parse."""
    first, *pictures = path.read_bytes().split(b"data:image/")
    return b"".join(
        [first, *(picture[max(picture.find(b'"') - 1, 0) :] for picture in pictures)]
    ).decode("utf-8")


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


def read_cells(root: Element, file: str) -> Iterator[Cell]:
    """Read the figures, labels and changes of every table and chart, in the order of the page."""
    for element in TABLES(root):
        kind: Literal["tableau", "graphique"] = (
            "tableau" if element.get("data-tableau") else "graphique"
        )
        id, territory = element.get(f"data-{kind}"), element.get("data-territoire") or ""
        year = _number(element.get("data-annee"))
        columns = [*_columns(element)] if kind == "tableau" else []
        for line in element.iter("tr") if kind == "tableau" else DATA(element):
            at = 0
            own = (
                line.get("data-ligne") or "",
                line.get("data-colonne") or "",
            )  # a line may be a column of the figures
            for rank, cell in enumerate(line):
                data = dict(cell.items())
                column, other = columns[at] if at < len(columns) else ("", 0)
                at += _number(data.get("colspan")) or 1
                codes = data.get("data-ligne"), data.get("data-colonne")
                if cell.tag == "th":
                    first = ("", "") if rank else own
                    names = codes[0] or first[0], codes[1] or first[1]
                    if kind == "tableau" and any(names) and not all(names):
                        yield Cell(
                            "libellé",
                            FigureKey(id, year, territory, *names),
                            shown_words(cell),
                            file,
                            year,
                        )
                    continue
                of = _number(data.get("data-annee")) or other or year
                key = FigureKey(id, of, territory, codes[0] or own[0], codes[1] or own[1] or column)
                shown = Cell(kind, key, shown_words(cell), file, year)
                classes = data.get("class", "").split()
                if not (key.ligne and key.colonne):
                    yield from (
                        [shown._replace(kind="sans adresse")] if _DIGIT.search(shown.words) else []
                    )
                elif key.colonne.startswith(CHANGE):
                    yield shown._replace(
                        kind="écart", key=key._replace(colonne=key.colonne.removeprefix(CHANGE))
                    )
                elif kind == "graphique" or ("num" in classes and "texte" not in classes):
                    yield shown
                    yield from _details(cell, shown) if len(cell) else ()
    for words in map(shown_words, UNNAMED(root)):
        if _DIGIT.search(words):
            yield Cell("sans adresse", FigureKey("", 0, "", "", ""), words, file, 0)


def _details(element: Element, cell: Cell) -> Iterator[Cell]:
    for detail in element.iter("span"):
        former = (
            _FORMER.match(shown_words(detail)) if "rl-detail" in detail.get("class", "") else None
        )
        if (
            former
            and int(former["annee"]) != cell.key.annee
            and read_shown(former["words"]).etat != UNREADABLE
        ):
            yield cell._replace(key=cell.key.in_year(int(former["annee"])), words=former["words"])


def _columns(table: Element) -> Iterator[tuple[str, int]]:
    for row in table.iterfind("thead/tr"):
        for header in row:
            for _ in range(_number(header.get("colspan")) or 1):
                yield header.get("data-colonne") or "", _number(header.get("data-annee"))


def read_quotes(root: Element, file: str) -> Iterator[Quote]:
    """Every figure bound in the prose, and every one typed with its reason."""
    for span in QUOTES(root):
        data = {
            key.removeprefix("data-"): value
            for key, value in span.items()
            if key.startswith("data-")
        }
        yield Quote(
            function=data.get("fonction", "fixe"),
            ref=reference_of(data.get("ref", "")) or ("", "", ""),
            territoire=data.get("territoire", ""),
            annee=_number(data.get("annee")),
            options={
                option: value for option, value in data.items() if value and option not in _ADDRESS
            },
            words="".join(span.itertext()),
            file=file,
            texte=next(
                filter(None, (above.get("data-texte") for above in span.iterancestors("div"))), ""
            ),
        )


def reference_of(written: str) -> tuple[str, str, str] | None:
    """Read ``id/ligne/colonne``, where %2F stands for a slash inside a name; None for anything else."""
    parts = [unquote(part) for part in written.split("/")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


Find = Callable[[FigureKey], Figure | None]
STEADY_PERCENT, STEADY_POINTS = 5, 1
"""A figure that moved by less, in percent of its former value or in points, is stable."""
NEAR, NEAR_FRACTION = 2.5, 0.1
"""How far from a share its nearest multiple of 5 % may be, and a fraction in words."""
UNKNOWN = frozenset({*WITHOUT_VALUE, UNCERTAIN})
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
    if options.get("nombre") == "sans" or (figure.valeur is None and "sinon" in options):
        return True
    if quote.function in {"chiffre", "avant", "somme"}:
        return _says_figure(quote, figure)
    whole = find(key_of(quote, reference_of(options["sur"]))) if "sur" in options else None
    if quote.function == "part":
        return whole is None or _says_part(quote, figure, whole)
    if options.get("comparable") == "non":
        return "non comparable" in quote.words or not options.keys().isdisjoint({"accord", "sinon"})
    since = int(options.get("depuis", quote.annee - 1))
    then = find(figure.key.in_year(since))
    if then is not None and "sur" in options:
        former = find(whole.key.in_year(since)) if whole else None
        if whole is None or former is None:
            return True
        figure, then = share(figure, whole), share(then, former)
    return then is None or _says_moved(quote, figure, then)


def _says_figure(quote: Quote, figure: Figure) -> bool:
    number, words = first_number(quote.words), quote.words.lower()
    if figure.valeur is None or figure.etat in UNKNOWN:
        return number is None
    if figure.marge and not figure.valeur:
        return BELOW in words and number == figure.marge + 1
    exact = number == rounded(figure.valeur, int(quote.options.get("decimales", "2")))
    partial = figure.etat != "partiel" or "au moins" in words or "*" in words
    says_about = ABOUT in words or ABOUT in quote.options or _ABOUT in words
    about = not figure.marge or says_about
    return exact and partial and about and ("%" in words) == (figure.unite == "%")


def share(part: Figure, whole: Figure) -> Figure:
    """Give a percentage, known where both are, and the whole not zero; of a rounded part, exact and of eight bases."""
    states = {part.etat, whole.etat} - {"ok", ARRONDI}
    if states or part.valeur is None or not whole.valeur or whole.marge:
        return Figure(part.key, None, "%", "nc", part.file)
    if part.marge and whole.valeur < 8 * (part.marge + 1):
        return Figure(part.key, None, "%", "incertain", part.file)
    # Multiplied before it is divided: 100 / 67.1 * 67.1 falls short of 100.
    return Figure(
        part.key,
        100 * part.valeur / whole.valeur,
        "%",
        "ok",
        part.file,
        100 * part.marge / whole.valeur,
        100 * part.base / whole.valeur,
    )


def _says_part(quote: Quote, part: Figure, whole: Figure) -> bool:
    of, number, words = share(part, whole), first_number(quote.words), quote.words.lower()
    if of.valeur is None:
        return number is None
    least, most = of.valeur - of.marge, of.valeur + of.marge
    if of.marge and number is None:
        said = next((fraction for name, fraction in FRACTIONS.items() if name in words), None)
        return said is None or abs(100 * said - of.valeur) <= 100 * NEAR_FRACTION
    if number is None:
        return False
    if "moins de" in words or "plus de" in words:
        edge = number - most if "moins de" in words else least - number
        return -1e-9 <= edge <= (10 if of.marge else 100) and (not of.marge or number % 5 == 0)
    if of.marge:
        return number % 5 == 0 and abs(number - of.valeur) <= NEAR + 1e-9
    return number == rounded(of.valeur, int(quote.options.get("decimales", "0")))


def _says_moved(quote: Quote, now: Figure, then: Figure) -> bool:
    number, words = first_number(quote.words), quote.words.strip()
    is_known = {now.etat, then.etat} <= {OK, ARRONDI}
    if not is_known or now.valeur is None or then.valeur is None or is_too_near(now, then):
        return number is None
    margin = now.marge + then.marge
    moved, before = now.valeur - then.valeur, then.valeur
    if quote.function == "evolution" and not margin:
        return number == _difference(quote, now.unite, moved, before)
    direction = (moved > 0) - (moved < 0)
    if quote.function == "evolution":
        return number is None and ("hausse" if direction > 0 else "baisse") in words
    if quote.function == "sens" and direction:
        return words == quote.options.get("hausse" if direction > 0 else "baisse", words)
    if quote.function != "fois" and not margin:
        direction = direction_of(now, then)
    return direction_said(words) == direction


def direction_said(words: str) -> int | None:
    """Give the direction that words say, « en hausse », « les jeunes sont stables »; None where they say none."""
    return DIRECTIONS.get(words, DIRECTIONS.get(words.rpartition(" ")[2]))


def direction_of(now: Figure, then: Figure) -> int:
    """Give the direction in which a number moved from another, 0 where both are nearly the same."""
    moved, before = (now.valeur or 0.0) - (then.valeur or 0.0), abs(then.valeur or 0.0)
    steady = STEADY_POINTS if now.unite == "%" else before * STEADY_PERCENT / 100
    return 0 if not moved or abs(moved) < steady else 1 if moved > 0 else -1


def _difference(quote: Quote, unit: str, moved: float, before: float) -> float:
    if unit == "%":
        return rounded(moved, 1)
    is_number = quote.options.get("forme") == "nombre" or before == 0
    return rounded(moved, 2) if is_number else rounded(100 * moved / before, 0)
