"""What is typed by hand in texts and chapters: numbers that no figure answers for, trends that figures deny."""

from __future__ import annotations

import ast
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial, reduce
from html import escape
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.checks.addresses import Sources
from rlpipeline.checks.forms import (
    Extent,
    Span,
    claims,
    forms,
    pattern,
    sentences,
    trends,
    typed_numbers,
)
from rlpipeline.checks.model import Discrepancy, Figure, Location, is_too_near, written
from rlpipeline.checks.published import Notebook
from rlpipeline.checks.shown_values import direction_of, share
from rlpipeline.declared import FigureKey
from rlpipeline.french import NBSP
from rlpipeline.states import ARRONDI, OK, SIGN

NUMBER, TREND = "chiffre_non_lie", "tendance_contredite"
FIGURES = frozenset({"chiffre", "part", "evolution", "tendance", "fois", "sens"})
"""Functions of the language of texts that bind a figure."""
MASK = "¤"
NEAR = 60
"""Characters between a name and what is said of it, at most."""
MAIN = ("total", "nombre", "jeunes", "heures", "participations", "montant_eur")
"""Columns that say how large a line is, the first that a table has."""
THINGS = frozenset(
    {
        "reseaux",
        "instances",
        "partenaires",
        "actions",
        "actions_partenariales",
        "developpement_social_local",
        "parentalite",
    }
)
"""Tables of what a service does or takes part in, which may be new."""
DIRECTIONS = {0: "stable", 1: "hausse", -1: "baisse"}
WORDS = {
    "hausse": "en hausse",
    "baisse": "en baisse",
    "stable": "stable",
    "ancien": "là l'année précédente déjà",
    "nouveau": "absent de l'année précédente",
}
NamesOf = Callable[[str, str, int], frozenset[str]]
"""Names of the lines and columns of a table (indicator, territory, year); none where they are not known."""
_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_UNPRINTED = re.compile(
    r"<!--.*?-->|!?\[(?P<words>[^\]\n]*)\]\([^)\n]*\)|\[\[|\]\]|[*`]+|(?<!\w)_+|_+(?!\w)|<[^>\n]*>",
    re.DOTALL,
)
_BLOCKS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-+]\s|\||\#))|\|")
_CLAUSE = re.compile(r"[;:]|\b(?:mais|tandis que|alors que|contre|quand|puis)\b", re.IGNORECASE)
_NAMING = re.compile(r"[;:.!?]|\b(?:mais|tandis que|alors que)\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PLACE = re.compile(r"(?:\d{2}|2[AB])\d{3}")
_MARK = '<mark class="rl-non-lie"'
_HIDDEN = re.compile(
    rf'<span class="rl-(?:chiffre|fixe)[^>]*>.*?</span>|{_MARK}.*?</mark>|<[^>]*>', re.DOTALL
)
IN_WORDS = ("zéro", "un", "deux", "trois", "quatre", "cinq")
_Bound = tuple[FigureKey, int, FigureKey | None]
"""A figure that is bound, the year it is compared with, and the whole of which it is a share."""


@dataclass(frozen=True)
class Text:
    """Markdown that a report prints of a territory; ``name`` is empty for that of a chapter."""

    file: str
    name: str
    territory: str
    source: str


@dataclass(frozen=True)
class Typed:
    """Words typed by hand; of a trend, ``denied`` is what figures say instead, else ``reason`` why none confirms it."""

    text: Text
    check: str
    words: str
    sentence: str
    denied: str = ""
    reason: str = ""

    @property
    def key(self) -> str:
        """The text, the words and a digest of the sentence as it is typed."""
        digest = hashlib.sha256(self.sentence.encode("utf-8")).hexdigest()[:8]
        return f"{self.check}:{self.text.name or self.text.file}/{'_'.join(self.words.split())}/{digest}"

    def finding(self, validated: bool) -> Discrepancy:
        """Tell it; it blocks where the report is validated, save a trend that nothing tells anything of."""
        message, against = self._told()
        place = Location(self.text.file, f"« {self.sentence} »")
        blocking = validated and not self.reason
        return Discrepancy(
            self.check, message, place, self.words, None, against, blocking, self.key
        )

    def _told(self) -> tuple[str, str]:
        """Say what is wrong, and what is expected."""
        if self.check == NUMBER:
            message = "Un nombre est écrit à la main : le lier à son chiffre, ou l'écrire avec fixe(…) et sa raison."
            return message, "un chiffre lié"
        if self.denied:
            return "Ce que dit une phrase est contredit par le chiffre qu'elle cite.", self.denied
        message = f"Un mot de tendance est écrit à la main et rien ne le confirme : {self.reason}."
        return message, "un chiffre lié qui le confirme"


def note_texts(
    notebook: Notebook, text_of: Callable[[str], str | None], texts: dict[tuple[str, str], Text]
) -> None:
    """Note the texts that a chapter prints, and what it says in Markdown, each once for each territory."""
    _, territory, chapter = notebook.file.split("/")
    for source in notebook.markdown:
        texts.setdefault((chapter, source), Text(f"notebooks/{chapter}", "", territory, source))
    for kind, value in chain.from_iterable(output.carried for output in notebook.outputs):
        if kind == "text":
            name = str(value.get("name"))
            text = Text(f"textes/{name}.md", name, territory, text_of(name) or "")
            texts.setdefault((name, territory), text)


def scan(
    texts: Iterable[Text], sources: Sources, names_of: NamesOf
) -> tuple[Sequence[Typed], Mapping[str, int]]:
    """Hold trends against the figures that their sentences bind or name; give these and numbers, how many were read."""
    evidence = _Evidence(sources, names_of)
    found: dict[Typed, None] = {}
    numbers = movements = 0
    for text in texts:
        for masked, expressions in _sentences(text.source):
            sentence = _Sentence(text, masked, expressions, evidence)
            typed = [*sentence.numbers()]
            judged = [*sentence.judged()]
            numbers += len(expressions) + len(typed)
            movements += len(judged)
            found |= dict.fromkeys(filter(None, (*typed, *judged)))
    return tuple(found), {NUMBER: numbers, TREND: movements}


def _sentences(source: str) -> Iterator[tuple[str, list[str]]]:
    """Give each sentence as it is printed, ¤ in the place of its expressions, and these."""
    expressions = iter(_EXPRESSION.findall(source))
    masked = _EXPRESSION.sub(MASK, source.replace(MASK, " "))
    printed = _UNPRINTED.sub(lambda match: match["words"] or "", masked)
    for block in (" ".join(block.split()) for block in _BLOCKS.split(printed)):
        for start, end in sentences(block):
            sentence = block[start:end]
            yield sentence, [*islice(expressions, sentence.count(MASK))]


class _Named(NamedTuple):
    """A line or a column of a table, by the words of its name, and the figure that says how large it is."""

    key: FigureKey
    label: str
    stems: frozenset[str]


class _Evidence:
    """How the figures moved, and what the lines and columns of the tables are called."""

    def __init__(self, sources: Sources, names_of: NamesOf) -> None:
        self._sources = sources
        self._names_of = names_of
        self.year = sources.publication.year

    @cached_property
    def names(self) -> Mapping[str, Sequence[_Named]]:
        """Give what the lines and columns of each territory's tables are called, save what names no line."""
        labelled = self._sources.publication.labelled
        columns: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for line in labelled:
            key = line.key
            columns[key.indicateur, key.territoire][key.colonne] = None
        main = {table: _main_column(of_table) for table, of_table in columns.items()}
        names: dict[str, list[_Named]] = {}
        for line in labelled:
            key = line.key
            is_main = key.colonne == main[key.indicateur, key.territoire]
            is_line = is_main and not _PLACE.fullmatch(key.ligne)
            label = line.libelle_ligne if is_line else line.libelle_colonne
            stems = stems_of(label)
            if (is_line or key.ligne == "total") and stems - _listed_words("generaux"):
                named = _Named(key.in_year(self.year), label, stems)
                names.setdefault(key.territoire, []).append(named)
        return names

    def moved(
        self, key: FigureKey, since: int, whole: FigureKey | None = None
    ) -> tuple[str, str] | None:
        """Say where a figure, or its share of a whole, moved since a year, and both in words; None if not known."""
        now, then = (self._value(key, whole, year) for year in (key.annee, since))
        before = self._sources.publication.former.get(key.in_year(since))
        if now is None or then is None or (before and not before.comparable):
            return None
        is_percent = now.unite == "%"
        if is_too_near(now, then) or not (is_percent or then.valeur):
            return None
        values = [_in_words(of, is_percent) for of in (now, then)]
        words = f"{', contre '.join(values)} en {since}"
        return DIRECTIONS[direction_of(now, then)], words

    def _value(self, key: FigureKey, whole: FigureKey | None, year: int) -> Figure | None:
        """Give a figure, or its share of a whole, where it is wholly known."""
        figure = self._sources.quoted(key.in_year(year))
        if figure is not None and whole is not None:
            of = self._sources.quoted(whole.in_year(year))
            figure = share(figure, of) if of is not None else None
        if figure is None or figure.valeur is None or figure.etat not in {OK, ARRONDI}:
            return None
        return figure

    def age(self, named: _Named) -> str:
        before = self._names_of(named.key.indicateur, named.key.territoire, self.year - 1)
        if named.stems in map(stems_of, before) or self.moved(named.key, self.year - 1):
            return "ancien"
        if before:
            return "nouveau"
        return ""


def _main_column(columns: Iterable[str]) -> str:
    """Give the column that says how large a line is; nothing where none does."""
    codes = [*columns]
    for code in MAIN:
        if code in codes:
            return code
    return codes[0] if len(codes) == 1 else ""


def _in_words(figure: Figure, is_percent: bool) -> str:
    about = SIGN if figure.marge else ""
    unit = f"{NBSP}%" if is_percent else ""
    return f"{about}{written(figure.valeur)}{unit}"


@dataclass(frozen=True)
class _Sentence:
    """A sentence of a text, ¤ in the place of each of its expressions."""

    text: Text
    masked: str
    expressions: Sequence[str]
    evidence: _Evidence

    def numbers(self) -> Iterator[Typed]:
        for number in typed_numbers(self.masked):
            yield Typed(self.text, NUMBER, number.words, self._said)

    def judged(self) -> Iterator[Typed | None]:
        """Hold what it says of movements, and of what is new, against the figures; None where they confirm it."""
        for trend in trends(self.masked):
            yield self._judged_trend(trend)
        for claim in claims(self.masked, self.evidence.year):
            named = self._thing(claim)
            age = self.evidence.age(named) if named else ""
            if named and age not in {"", claim.direction}:
                yield self._denied(claim, age, named.label)

    def _judged_trend(self, trend: Span) -> Typed | None:
        reason, movements = self._movements(trend)
        if not movements:
            return Typed(self.text, TREND, trend.words, self._said, reason=reason)
        if any((direction == trend.direction) != trend.negated for direction, _ in movements):
            return None
        return self._denied(trend, *movements[0])

    def _thing(self, claim: Span) -> _Named | None:
        """Give what is new, or was there before: the thing that is bound nearest, or that is named nearby."""
        bound = self._nearest(claim)
        linked = [named for named in self._names if bound and bound[0] == named.key]
        for named in (*linked, *self._named_near(claim)):
            if named.key.indicateur in THINGS:
                return named
        return None

    @property
    def _said(self) -> str:
        written = iter(self.expressions)
        words = re.sub(MASK, lambda _: f"{{{{{next(written, '')}}}}}", self.masked)
        return " ".join(words.split())

    @property
    def _names(self) -> Sequence[_Named]:
        return self.evidence.names.get(self.text.territory, ())

    def _denied(self, span: Span, direction: str, words: str) -> Typed:
        return Typed(self.text, TREND, span.words, self._said, f"{WORDS[direction]} ({words})")

    def _movements(self, trend: Span) -> tuple[str, list[tuple[str, str]]]:
        """Give how what it speaks of moved, each with words; and why a trend is not confirmed if nothing did."""
        bound = self._nearest(trend)
        if bound is not None:
            movement = self.evidence.moved(*bound)
            return "évolution inconnue du chiffre lié", [movement] if movement else []
        every: list[tuple[str, str]] = []
        for named in self._named_near(trend):
            movement = self.evidence.moved(named.key, self.evidence.year - 1)
            if movement:
                direction, words = movement
                every.append((direction, f"{named.label} : {words}"))
        return "aucun chiffre lié dans la phrase", every

    def _nearest(self, span: Span) -> _Bound | None:
        """Give the figure bound nearest to words, a clause being far."""
        bound: dict[int, _Bound] = {}
        masks = re.finditer(MASK, self.masked)
        for mask, expression in zip(masks, self.expressions, strict=False):
            reference = self._reference(expression)
            if reference:
                bound[mask.start()] = reference
        if not bound:
            return None
        nearest = min(bound, key=partial(self._distance, span))
        return bound[nearest]

    def _distance(self, span: Span, place: int) -> int:
        start, end = (span.end, place) if place >= span.end else (place + 1, span.start)
        between = self.masked[start:end]
        return len(between) + 1000 * len(_CLAUSE.findall(between))

    def _reference(self, expression: str) -> _Bound | None:
        """Read which figure an expression binds, since when, and the whole of which it is a share."""
        try:
            called = _call(expression)
        except (SyntaxError, ValueError, StopIteration):
            return None
        id, line, column = called.figure
        options = called.options
        year = self.evidence.year + int(options.get("decalage") or 0)
        where = (year, options.get("territoire") or self.text.territory)
        since = int(options.get("depuis") or self._since(year))
        key = FigureKey(id, *where, line, column)
        whole = options.get("sur")
        if not whole and called.function == "part":
            whole = "total", column
        if not whole:
            return key, since, None
        *table, whole_line, whole_column = whole  # of the same table where none is named
        whole_table = table[0] if table else id
        return key, since, FigureKey(whole_table, *where, whole_line, whole_column)

    def _since(self, year: int) -> int:
        """Give the year that it compares with."""
        compared = pattern("comparee_a").search(self.masked)
        ago = pattern("ans").search(self.masked)
        if compared and int(compared[1]) < year:
            return int(compared[1])
        if ago is None:
            return year - 1
        number = (ago[1] or ago[2]).lower()
        return year - (int(number) if number.isdigit() else IN_WORDS.index(number))

    def _named_near(self, span: Span) -> list[_Named]:
        """Give what its clause names, a word of it near, the longest names alone."""
        words = self._clause(span)
        near = {stem for stem, place in words.items() if _is_near(place, span)}
        near -= _listed_words("generaux")
        within = (named for named in self._names if named.stems <= words.keys())
        named = [each for each in within if each.stems & near]
        return [each for each in named if not any(each.stems < other.stems for other in named)]

    def _clause(self, span: Span) -> Mapping[str, Extent]:
        """Give the stems of the words around others, up to what parts clauses, and their places."""
        cuts = [cut.end() for cut in _NAMING.finditer(self.masked, 0, span.start)]
        after = _NAMING.search(self.masked, span.end)
        start = max(cuts, default=0)
        end = after.start() if after else len(self.masked)
        words = (word for word in _WORD.finditer(self.masked) if start <= word.start() < end)
        return {_stem(word[0]): word.span() for word in words}


def _is_near(place: Extent, span: Span) -> bool:
    start, end = place
    return end >= span.start - NEAR and start <= span.end + NEAR


class _Call(NamedTuple):
    """A call of the language of texts: its function, the figure that it names, its options."""

    function: str
    figure: tuple[str, str, str]
    options: Mapping[str, Any]


def _call(expression: str) -> _Call:
    """Read the first call that binds a figure.

    Raises StopIteration where none does, SyntaxError or ValueError where it cannot be read.
    """
    tree = ast.parse(expression.strip(), mode="eval")
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = ((node.func.id, node) for node in calls if isinstance(node.func, ast.Name))
    function, call = next((name, node) for name, node in named if name in FIGURES)
    id, line, column = (str(ast.literal_eval(word)) for word in call.args[:3])
    options = {word.arg or "": ast.literal_eval(word.value) for word in call.keywords}
    return _Call(function, (id, line, column), options)


@cache
def _listed_words(name: str) -> frozenset[str]:
    return frozenset(forms()[name])


@cache
def stems_of(label: str) -> frozenset[str]:
    """Give the words of a name, without accents, plural or small words."""
    return frozenset(_stem(word) for word in _WORD.findall(label)) - _listed_words("petits")


def _stem(word: str) -> str:
    plain = unaccented(word)
    if len(plain) > 3 and plain[-1] in "sx":
        return plain[:-1]
    return plain


def mark_pages(directory: Path, pages: Sequence[str], typed: Sequence[Typed]) -> None:
    """Show in the pages of a draft what was typed by hand, once, with what is wrong; nothing else of them changes."""
    shown = [each for each in typed if not each.reason]
    if not shown:
        return
    shown.sort(key=lambda each: (each.check == NUMBER, -len(each.words)))
    for page in pages:
        path = directory / page
        marked = reduce(_marked, shown, path.read_text(encoding="utf-8"))
        path.write_text(marked, encoding="utf-8", newline="\n")


def _marked(page: str, typed: Typed) -> str:
    """Mark in a page each place where words are typed, outside what is bound or marked already."""
    start, end = _region(page, typed)
    bare = _HIDDEN.sub(lambda match: "\0" * len(match[0]), page[start:end])
    denied = f"contredit par les chiffres : {typed.denied}"
    hint = escape(denied if typed.denied else "chiffre non lié")
    places = [*re.finditer(rf"(?<!\w){_spaced(typed.words)}(?!\w)", bare)]
    for match in reversed(places):
        low = start + match.start()
        high = low + len(match[0].partition("\0")[0])
        mark = f'{_MARK} title="{hint}">{page[low:high]}<span class="rl-sr"> ({hint})</span></mark>'
        page = page[:low] + mark + page[high:]
    return page


def _spaced(words: str) -> str:
    """Write a form of words with tags or any space between them, and either apostrophe."""
    form = r"[\s\0]+".join(map(re.escape, words.split()))
    return re.sub("['’]", "['’]", form)


def _region(page: str, typed: Typed) -> Extent:
    """Find where a page prints a text, or the sentence of a chapter."""
    if not typed.text.name:
        sentence = escape(typed.sentence, quote=False)
        found = re.search(_spaced(sentence), page)
        return found.span() if found else (0, 0)
    start = page.find(f'<div class="rl-text" data-texte="{typed.text.name}"')
    if start < 0:
        return 0, 0
    depth = 0
    for tag in re.finditer(r"<(/?)div\b", page[start:]):
        depth += -1 if tag[1] else 1
        if not depth:
            return start, start + tag.end()
    return 0, 0
