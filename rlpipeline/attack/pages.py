"""Pages as an intruder reads them: cells, bound figures, alternative texts, and what each lets one know."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rlpipeline.attack.statements import SUM, TOTAL, Figure, Key, Relation
from rlpipeline.published.links import Links, Table
from rlpipeline.published.markup import HtmlElement, parse, without_images
from rlpipeline.published.model import ROUNDED
from rlpipeline.published.numbers import first_number, folded, read_fraction, read_rounded
from rlpipeline.published.page import PlacedCell, placed_cells, reference_of

Attributes = Mapping[str, str]
Said = Figure | Relation
STEP = 5.0
"""An approximate percentage is given to the nearest multiple of it."""
STEADY = 0.05
"""A figure that moved by less than this part of its former value is called stable: the method annex says so."""
TIMES = {
    word: float(times)
    for times, word in enumerate("deux trois quatre cinq six sept huit neuf dix".split(), start=2)  # noqa: SIM905
}
NEARLY = 0.1
"""What « près de deux fois » may lack of twice."""
PLUS = "+"
"""Between the lines of which a text quotes the sum."""
_ITEM = re.compile(r"^(?P<label>.*?)[\u202f\u00a0 ]+(?P<words>(?:≈|environ|moins de(?= \d))?[\u202f\u00a0 ]*\S+)$")
_CLASSES = re.compile(r"\s*\((?P<items>(?:[^()]|\([^()]*\))*)\)\s*$")
_SERIES = re.compile(r"^(?P<column>[^:.]+?)[\u00a0 ]*: (?P<items>.*)$")


@dataclass(frozen=True)
class Page:
    """A page, or a fragment of one.

    Parameters
    ----------
    cells
        Of tables and charts, each with its words.
    spans
        Bound figures: attributes and words.
    alternatives
        Alternative texts with the attributes of their chart, none outside of one.
    labels
        Words of lines and columns by (indicator, code).
    lines
        Lines of tables in order: indicator, code, class.
    """

    cells: tuple[tuple[PlacedCell, str], ...]
    spans: tuple[tuple[Attributes, str], ...]
    alternatives: tuple[tuple[Attributes, str], ...]
    labels: Mapping[tuple[str, str], str]
    lines: tuple[tuple[str, str, str], ...]


def read_page(html: str) -> Page:
    """Read a page, or a fragment of one."""
    root = parse(without_images(html))
    labels: dict[tuple[str, str], str] = {}
    for name, words in _labels(root):
        labels.setdefault(name, words)
    spans = (span for span in root.iter("span") if span.get("data-ref"))
    return Page(
        cells=tuple((cell, words_of(cell.element)) for cell in placed_cells(root) if cell.ligne and cell.colonne),
        spans=tuple((dict(span.attrib), span.text_content().strip()) for span in spans),
        alternatives=tuple(_alternatives(root)),
        labels=labels,
        lines=tuple(_lines(root)),
    )


def words_of(cell: HtmlElement) -> str:
    """Own words of a cell; where it has none, or a sign alone, with those of the spans inside it, hidden or not."""
    pieces = [*_pieces(cell)]
    own, inside = ("".join(words for words, apart in pieces if apart is hidden).strip() for hidden in (False, True))
    return own if any(sign.isalnum() for sign in own) else f"{own} {inside}".strip()


def _pieces(element: HtmlElement, hidden: bool = False) -> Iterator[tuple[str, bool]]:
    """Texts of a cell, and whether each is in a span."""
    yield element.text or "", hidden
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child, hidden or child.tag == "span")
        yield child.tail or "", hidden


def _alternatives(root: HtmlElement) -> Iterator[tuple[Attributes, str]]:
    for image in root.iter("img"):
        if image.get("alt"):
            figure = next(image.iterancestors("figure"), None)
            chart = {} if figure is None or not figure.get("data-graphique") else dict(figure.attrib)
            yield chart, image.get("alt")


def _labels(root: HtmlElement) -> Iterator[tuple[tuple[str, str], str]]:
    """Words of the lines and columns of the tables, those of another year left out."""
    for table in root.iter("table"):
        heads = ((one.get("data-colonne"), one) for one in table.iterfind("thead/tr/*") if not one.get("data-annee"))
        names = ((line.get("data-ligne"), one) for line in table.iterfind("tbody/tr") for one in line.iterfind("th"))
        for code, element in (*heads, *names):
            if table.get("data-tableau") and code and (words := words_of(element)):
                yield (table.get("data-tableau"), code), words


def _lines(root: HtmlElement) -> Iterator[tuple[str, str, str]]:
    for line in root.iter("tr"):
        table = next(line.iterancestors("table"), None)
        if line.get("data-ligne") and table is not None and table.get("data-tableau"):
            yield table.get("data-tableau"), line.get("data-ligne"), line.get("class") or ""


def of_span(attributes: Attributes, words: str, source: str, persons: frozenset[str]) -> Iterator[Said]:
    """Turn a bound span into what it says of figures about persons."""
    key = _key(attributes, attributes["data-ref"])
    if key is None or key.indicateur not in persons:
        return
    function = attributes.get("data-fonction", "chiffre")
    words = words[:1].lower() + words[1:]  # it may open a sentence
    if function == "chiffre" and PLUS in key.ligne:
        yield from _sum(key, words)
    elif function in {"chiffre", "avant"}:
        yield from _figure(key, attributes, words, source)
    elif function == "somme":
        yield from _figure(key._replace(colonne=SUM + key.colonne), attributes, words, source)
    elif function == "part":
        yield from _share(key, attributes, words)
    elif function in {"evolution", "tendance", "fois", "sens"} and "data-sur" not in attributes:
        former = key._replace(annee=int(attributes.get("data-depuis") or key.annee - 1))
        if function in {"fois", "sens"}:
            yield from _direction(key, former, words, attributes)
        else:
            yield from (_evolution if function == "evolution" else _trend)(key, former, words)


def _key(attributes: Attributes, ref: str) -> Key | None:
    parts = reference_of(ref)
    if parts is None or not attributes.get("data-annee", "").isdigit():
        return None
    return Key(parts[0], int(attributes["data-annee"]), attributes.get("data-territoire", ""), parts[1], parts[2])


def _figure(key: Key, attributes: Attributes, words: str, source: str) -> Iterator[Said]:
    if attributes.get("data-nombre") == "sans":
        singular, _, plural = attributes.get("data-accord", "").partition("|")
        if folded(words) == folded(singular) != folded(plural):
            yield Relation(((key, 1.0),), 0, 1, f"« {words} » est au singulier", stated=True)
        return
    if "masqu" in words:
        yield Figure(key, "masque", None, source)
    elif (about := read_rounded(words)) is not None:
        yield Figure(key, ROUNDED, about[0], source, about[1])
    elif (value := first_number(words)) is not None and "non communiqué" not in words:
        state = ROUNDED if "data-environ" in attributes else "partiel" if words.startswith("au moins") else "ok"
        yield Figure(key, state, value, source)


def _terms(key: Key, coefficient: float) -> tuple[tuple[Key, float], ...]:
    """Give the figures of which a quoted one is the sum."""
    return tuple((key._replace(ligne=line), coefficient) for line in key.ligne.split(PLUS))


def _sum(key: Key, words: str) -> Iterator[Relation]:
    if (value := first_number(words)) is not None and read_rounded(words) is None:
        yield Relation(_terms(key, 1.0), value, value, f"« {words} », une somme", stated=True)


def _share(key: Key, attributes: Attributes, words: str) -> Iterator[Relation]:
    whole = _key(attributes, attributes.get("data-sur", ""))
    if whole is None:
        return
    percent, about = first_number(words), words.startswith("environ") or "data-environ" in attributes
    step = 10.0 ** -int(attributes.get("data-decimales") or 0)
    bounds = read_fraction(words) if percent is None else _within(percent, words, STEP if about else step)
    if words.startswith("moins de") and percent == step:
        yield Relation(_terms(key, 1.0), 1, math.inf, f"« {words} » n'est pas zéro", stated=True)
    if bounds is not None:
        vague = about or percent is None or words.startswith(("moins de", "plus de"))
        yield from _between(key, whole, bounds, f"« {words} » de l'ensemble", precise=not vague)


def _within(percent: float, words: str, step: float) -> tuple[float, float]:
    """Give where a percentage lies: « moins de 1 % » is rounded to zero, « moins de 10 % » made from a rounded part."""
    if words.startswith("moins de"):
        return 0.0, (step / 2 if percent == step else percent) / 100
    if words.startswith("plus de"):
        return (100 - step / 2 if percent == 100 - step else percent) / 100, 1.0
    return (percent - step / 2) / 100, (percent + step / 2) / 100


def _between(
    part: Key, whole: Key, bounds: tuple[float, float], words: str, *, precise: bool = False
) -> Iterator[Relation]:
    """Say low × whole ≤ part ≤ high × whole."""
    for bound, low, high in ((bounds[0], 0, math.inf), (bounds[1], -math.inf, 0)):
        terms = (*_terms(part, 1.0), *_terms(whole, -bound))
        yield Relation(terms, low, high, words, stated=True, precise=precise)


def _evolution(now: Key, then: Key, words: str) -> Iterator[Relation]:
    moved = first_number(words.replace("+", ""))
    if moved is None:
        return
    sentence = f"évolution de « {words} » depuis {then.annee}"
    if "%" in words:
        yield from _between(now, then, (1 + (moved - 0.5) / 100, 1 + (moved + 0.5) / 100), sentence)
    elif "point" not in words:
        yield Relation(((now, 1.0), (then, -1.0)), moved, moved, sentence, stated=True)


def _direction(now: Key, then: Key, words: str, attributes: Attributes) -> Iterator[Relation]:
    """Read « deux fois plus », « moins », « autant », or an author's own words for one of the two directions."""
    sentence = f"« {words} » depuis {then.annee}"
    own = {folded(attributes.get(f"data-{way}") or ""): of for way, of in (("hausse", "plus"), ("baisse", "moins"))}
    of_span = own.get(folded(words)) or words
    times = TIMES.get(words.removeprefix("près de ").removeprefix("plus de ").partition(" fois ")[0], 1.0)
    if of_span.startswith("autant"):
        yield Relation((*_terms(now, 1.0), *_terms(then, -1.0)), 0, 0, sentence, stated=True)
    elif of_span.endswith(("plus", "moins")):
        more, less = (now, then) if of_span.endswith("plus") else (then, now)
        yield Relation((*_terms(more, 1.0), *_terms(less, -1.0)), 1, math.inf, sentence, stated=True)
        yield Relation((*_terms(more, 1.0), *_terms(less, -(times - NEARLY))), 0, math.inf, sentence, stated=True)


def _trend(now: Key, then: Key, words: str) -> Iterator[Relation]:
    sentence = f"« {words} » depuis {then.annee}"
    difference = ((now, 1.0), (then, -1.0))
    if words == "stable":
        yield from _between(now, then, (1 - STEADY, 1 + STEADY), sentence)
    elif words == "en hausse":
        yield Relation(((now, 1.0), (then, -1 - STEADY)), 0, math.inf, sentence, stated=True)
        yield Relation(difference, 1, math.inf, sentence, stated=True)
    elif words == "en baisse":
        yield Relation(((now, 1.0), (then, -1 + STEADY)), -math.inf, 0, sentence, stated=True)
        yield Relation(difference, -math.inf, -1, sentence, stated=True)


def in_alternative(
    attributes: Attributes, words: str, codes: Mapping[str, str], source: str, links: Links
) -> Iterator[Figure]:
    """Read the figures written in the alternative text of a chart.

    Parameters
    ----------
    codes
        Words of the lines and columns of the chart's table, folded, to codes.

    Notes
    -----
    Three shapes: « Filles : moins de 11 ans 11, …, total 50. », « Collège : 69 ; École primaire : 24. Total : 114. »
    and « Carvin : 12 (11 à 14 ans 9, 15 à 18 ans 3) ; Oignies : 7 (…). »
    """
    indicator = attributes.get("data-graphique", "")
    if indicator not in links.persons or not attributes.get("data-annee", "").isdigit():
        return
    start = indicator, int(attributes["data-annee"]), attributes.get("data-territoire", "")
    for sentence in re.split(r"\.(?:\s|$)", words)[1:]:
        pieces = [piece.strip() for piece in sentence.split(" ; ")]
        series = _SERIES.match(sentence.strip())
        if len(pieces) == 1 and series and "," in series["items"] and not _CLASSES.search(sentence):
            yield from _of_series(start, series, codes, source, links.actions)
        else:
            yield from _of_bars(start, pieces, codes, source, links.tables[indicator])


def _of_series(
    start: tuple[str, int, str], series: re.Match[str], codes: Mapping[str, str], source: str, actions: frozenset[str]
) -> Iterator[Figure]:
    column = codes.get(folded(series["column"]), "")
    if start[0] in actions:
        first = series["column"].split(",")[0].lower()
        column = SUM + {"personnes": "personnes", "présences": "presences"}.get(first, first)
    for item in series["items"].split(", "):
        label, written = _label_and_number(item)
        code = codes.get(folded(label))
        if code and column:
            yield _written(Key(*start, code, column), written, source)


def _of_bars(
    start: tuple[str, int, str], pieces: list[str], codes: Mapping[str, str], source: str, table: Table
) -> Iterator[Figure]:
    column = next(iter(table.units), "") or TOTAL
    for piece in pieces:
        label, mark, written = piece.partition(":")
        code = codes.get(folded(label))
        if mark and code:
            yield _written(Key(*start, code, column), _CLASSES.sub("", written), source)
            yield from _of_classes((*start, code), written, codes, source)


def _of_classes(
    line: tuple[str, int, str, str], written: str, codes: Mapping[str, str], source: str
) -> Iterator[Figure]:
    classes = _CLASSES.search(written)
    for item in classes["items"].split(", ") if classes else ():
        label, written_number = _label_and_number(item)
        code = codes.get(folded(label))
        if code:
            yield _written(Key(*line, code), written_number, source)


def _label_and_number(item: str) -> tuple[str, str]:
    """Split « 11 à 14 ans moins de 5 »."""
    match = _ITEM.match(item.strip())
    return (match["label"].strip(), match["words"].strip()) if match else ("", "")


def _written(key: Key, words: str, source: str) -> Figure:
    about = read_rounded(words)
    if about is not None:
        return Figure(key, ROUNDED, about[0], source, about[1])
    value = first_number(words)
    return Figure(key, "ok" if value is not None else "masque" if "masqu" in words else "nc", value, source)
