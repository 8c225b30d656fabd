"""What is typed by hand in texts and chapters: numbers that no figure answers for, trends that figures deny."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from html import escape
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.checks.addresses import Sources
from rlpipeline.checks.forms import Span, claims, forms, pattern, sentences, trends, typed_numbers
from rlpipeline.checks.model import Figure, Finding, Place, is_too_near, written
from rlpipeline.checks.page import direction_of, share
from rlpipeline.checks.reading import Notebook
from rlpipeline.declared import FigureKey
from rlpipeline.states import SIGN

NUMBER, TREND = "chiffre_non_lie", "tendance_contredite"
FIGURES = frozenset({"chiffre", "part", "evolution", "tendance", "fois", "sens"})
"""Functions of the language of texts that bind a figure."""
MASK = "¤"
NEAR = 60
"""Characters between a name and what is said of it, at most."""
MAIN = ("total", "nombre", "jeunes", "heures", "participations", "montant_eur")
"""Columns that say how large a line is, the first that a table has."""
THINGS = frozenset(
    {"reseaux", "instances", "partenaires", "actions", "developpement_social_local", "parentalite"}
) | {"actions_partenariales"}
"""Tables of what a service does or takes part in, which may be new."""
DIRECTIONS = {0: "stable", 1: "hausse", -1: "baisse"}
WORDS = {"hausse": "en hausse", "baisse": "en baisse", "stable": "stable"} | {
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

    def finding(self, validated: bool) -> Finding:
        """Tell it; it blocks where the report is validated, save a trend that nothing tells anything of."""
        if self.check == NUMBER:
            message = "Un nombre est écrit à la main : le lier à son chiffre, ou l'écrire avec fixe(…) et sa raison."
            against = "un chiffre lié"
        elif self.denied:
            message, against = (
                "Ce que dit une phrase est contredit par le chiffre qu'elle cite.",
                self.denied,
            )
        else:
            message = (
                f"Un mot de tendance est écrit à la main et rien ne le confirme : {self.reason}."
            )
            against = "un chiffre lié qui le confirme"
        place = Place(self.text.file, f"« {self.sentence} »")
        return Finding(
            self.check,
            message,
            place,
            self.words,
            None,
            against,
            validated and not self.reason,
            self.key,
        )


def note_texts(
    notebook: Notebook, text_of: Callable[[str], str | None], texts: dict[tuple[str, str], Text]
) -> None:
    """Note the texts that a chapter prints, and what it says in Markdown, each once for each territory."""
    _, territory, chapter = notebook.file.split("/")
    for source in notebook.markdown:
        texts.setdefault((chapter, source), Text(f"notebooks/{chapter}", "", territory, source))
    for output in notebook.outputs:
        for name in (str(value.get("name")) for kind, value in output.carried if kind == "text"):
            texts.setdefault(
                (name, territory), Text(f"textes/{name}.md", name, territory, text_of(name) or "")
            )


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
            typed, judged = [*sentence.numbers()], [*sentence.judged()]
            numbers, movements = numbers + len(expressions) + len(typed), movements + len(judged)
            found |= dict.fromkeys(each for each in (*typed, *judged) if each is not None)
    return tuple(found), {NUMBER: numbers, TREND: movements}


def _sentences(source: str) -> Iterator[tuple[str, list[str]]]:
    expressions = iter(_EXPRESSION.findall(source))
    bare = _UNPRINTED.sub(
        lambda match: match["words"] or "", _EXPRESSION.sub(MASK, source.replace(MASK, " "))
    )
    for block in (" ".join(block.split()) for block in _BLOCKS.split(bare)):
        for start, end in sentences(block):
            yield block[start:end], [*islice(expressions, block.count(MASK, start, end))]


class _Named(NamedTuple):
    """A line or a column of a table, by the words of its name, and the figure that says how large it is."""

    key: FigureKey
    label: str
    stems: frozenset[str]


class _Evidence:
    """How the figures moved, and what the lines and columns of the tables are called."""

    def __init__(self, sources: Sources, names_of: NamesOf) -> None:
        self._sources, self._names_of = sources, names_of
        self.year = sources.publication.year

    @cached_property
    def names(self) -> Mapping[str, Sequence[_Named]]:
        labelled = self._sources.publication.labelled
        columns: dict[tuple[str, str], dict[str, None]] = {}
        for line in labelled:
            columns.setdefault(line.key[:3:2], {})[line.key.colonne] = None
        names: dict[str, list[_Named]] = {}
        for key, *_, of_line, of_column, _ in labelled:
            of_table = columns[key[:3:2]]
            main = next(
                (code for code in MAIN if code in of_table),
                min(of_table) if len(of_table) == 1 else "",
            )
            is_line = key.colonne == main and not _PLACE.fullmatch(key.ligne)
            label = of_line if is_line else of_column
            if (is_line or key.ligne == "total") and (stems := stems_of(label)) - _listed_words(
                "generaux"
            ):
                names.setdefault(key.territoire, []).append(
                    _Named(key.in_year(self.year), label, stems)
                )
        return names

    def moved(
        self, key: FigureKey, since: int, whole: FigureKey | None = None
    ) -> tuple[str, str] | None:
        now, then = (self._value(key, whole, year) for year in (key.annee, since))
        before = self._sources.publication.former.get(key.in_year(since))
        if now is None or then is None or (before and not before.comparable):
            return None
        if is_too_near(now, then) or (now.unite != "%" and not then.valeur):
            return None
        sign = "\u00a0%" if now.unite == "%" else ""
        values = [f"{SIGN if of.marge else ''}{written(of.valeur)}{sign}" for of in (now, then)]
        return DIRECTIONS[direction_of(now, then)], f"{values[0]}, contre {values[1]} en {since}"

    def _value(self, key: FigureKey, whole: FigureKey | None, year: int) -> Figure | None:
        figure = self._sources.quoted(key.in_year(year))
        if figure is not None and whole is not None:
            of = self._sources.quoted(whole.in_year(year))
            figure = share(figure, of) if of is not None else None
        return (
            figure
            if figure and figure.valeur is not None and figure.etat in {"ok", "arrondi"}
            else None
        )

    def age(self, named: _Named) -> str:
        before = self._names_of(named.key.indicateur, named.key.territoire, self.year - 1)
        if named.stems in map(stems_of, before) or self.moved(named.key, self.year - 1):
            return "ancien"
        return "nouveau" if before else ""


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
        for trend in trends(self.masked):
            reason, movements = self._movements(trend)
            if not movements:
                yield Typed(self.text, TREND, trend.words, self._said, reason=reason)
            elif any((direction == trend.direction) != trend.negated for direction, _ in movements):
                yield None
            else:
                yield self._denied(trend, *movements[0])
        for claim in claims(self.masked, self.evidence.year):
            bound = self._nearest(claim)
            of = (named for named in self._names if bound and bound[0] == named.key)
            named = next(
                (each for each in (*of, *self._named_near(claim)) if each.key.indicateur in THINGS),
                None,
            )
            age = self.evidence.age(named) if named else ""
            if named and age not in {"", claim.direction}:
                yield self._denied(claim, age, named.label)

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
        bound = self._nearest(trend)
        if bound is not None:
            movement = self.evidence.moved(*bound)
            return "évolution inconnue du chiffre lié", [movement] if movement else []
        named = (
            (of.label, self.evidence.moved(of.key, self.evidence.year - 1))
            for of in self._named_near(trend)
        )
        every = [(of[0], f"{label} : {of[1]}") for label, of in named if of]
        return "aucun chiffre lié dans la phrase", every

    def _nearest(self, span: Span) -> tuple[FigureKey, int, FigureKey | None] | None:
        places = [match.start() for match in re.finditer(MASK, self.masked)]

        def distance(place: int) -> int:
            between = (
                self.masked[span.end : place]
                if place >= span.end
                else self.masked[place + 1 : span.start]
            )
            return len(between) + 1000 * len(_CLAUSE.findall(between))

        bound = {
            place: self._reference(words)
            for place, words in zip(places, self.expressions, strict=False)
        }
        known = [place for place, reference in bound.items() if reference]
        return bound[min(known, key=distance)] if known else None

    def _reference(self, expression: str) -> tuple[FigureKey, int, FigureKey | None] | None:
        try:
            tree = ast.parse(expression.strip(), mode="eval")
            calls = [
                node
                for node in ast.walk(tree)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            ]
            call = next(node for node in calls if node.func.id in FIGURES)  # type: ignore[attr-defined]
            id, line, column = (str(ast.literal_eval(word)) for word in call.args[:3])
            options = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        except (SyntaxError, ValueError, StopIteration):
            return None
        year = self.evidence.year + int(options.get("decalage") or 0)
        where = (year, options.get("territoire") or self.text.territory)
        of = options.get("sur") or (("total", column) if call.func.id == "part" else None)  # type: ignore[attr-defined]
        whole = FigureKey([id, *of][-3], *where, *of[-2:]) if of else None
        return (
            FigureKey(id, *where, line, column),
            int(options.get("depuis") or self._since(year)),
            whole,
        )

    def _since(self, year: int) -> int:
        said, ago = pattern("comparee_a").search(self.masked), pattern("ans").search(self.masked)
        if said and int(said[1]) < year:
            return int(said[1])
        words = ("zéro", "un", "deux", "trois", "quatre", "cinq")
        number = (ago[1] or ago[2]).lower() if ago else "1"
        return year - (int(number) if number.isdigit() else words.index(number))

    def _named_near(self, span: Span) -> list[_Named]:
        since = max((cut.end() for cut in _NAMING.finditer(self.masked, 0, span.start)), default=0)
        to = next(
            (cut.start() for cut in _NAMING.finditer(self.masked, span.end)), len(self.masked)
        )
        words = {
            _stem(word[0]): word.span()
            for word in _WORD.finditer(self.masked)
            if since <= word.start() < to
        }
        near = {
            stem
            for stem, (low, high) in words.items()
            if high >= span.start - NEAR and low <= span.end + NEAR
        }
        near -= _listed_words("generaux")
        named = [each for each in self._names if each.stems <= words.keys() and each.stems & near]
        return [each for each in named if not any(each.stems < other.stems for other in named)]


@cache
def _listed_words(name: str) -> frozenset[str]:
    return frozenset(forms()[name])


@cache
def stems_of(label: str) -> frozenset[str]:
    """Give the words of a name, without accents, plural or small words."""
    return frozenset(_stem(word) for word in _WORD.findall(label)) - _listed_words("petits")


def _stem(word: str) -> str:
    plain = unaccented(word)
    return plain[:-1] if len(plain) > 3 and plain[-1] in "sx" else plain


def mark_pages(directory: Path, pages: Sequence[str], typed: Sequence[Typed]) -> None:
    """Show in the pages of a draft what was typed by hand, once, with what is wrong; nothing else of them changes."""
    shown = sorted(
        (each for each in typed if not each.reason),
        key=lambda each: (each.check == NUMBER, -len(each.words)),
    )
    for path in (directory / page for page in pages if shown):
        marked = reduce(_marked, shown, path.read_text(encoding="utf-8"))
        path.write_text(marked, encoding="utf-8", newline="\n")


def _marked(page: str, typed: Typed) -> str:
    start, end = _region(page, typed)
    hidden = rf'<span class="rl-(?:chiffre|fixe)[^>]*>.*?</span>|{_MARK}.*?</mark>|<[^>]*>'
    bare = re.sub(hidden, lambda match: "\0" * len(match[0]), page[start:end], flags=re.DOTALL)
    spans = [match.span() for match in re.finditer(rf"(?<!\w){_spaced(typed.words)}(?!\w)", bare)]
    for low, high in reversed(spans):
        cut = start + low + len(bare[low:high].partition("\0")[0])
        hint = escape(
            f"contredit par les chiffres : {typed.denied}" if typed.denied else "chiffre non lié"
        )
        mark = f'{_MARK} title="{hint}">{page[start + low : cut]}<span class="rl-sr"> ({hint})</span></mark>'
        page = page[: start + low] + mark + page[cut:]
    return page


def _spaced(words: str) -> str:
    return r"[\s\0]+".join(re.sub("['’]", "['’]", re.escape(word)) for word in words.split())


def _region(page: str, typed: Typed) -> tuple[int, int]:
    text = rf'<div class="rl-text" data-texte="{re.escape(typed.text.name)}"'
    found = re.search(
        text if typed.text.name else _spaced(escape(typed.sentence, quote=False)), page
    )
    if found is None or not typed.text.name:
        return found.span() if found else (0, 0)
    depth = 0
    for tag in re.finditer(r"<(/?)div\b", page[found.start() :]):
        depth += -1 if tag[1] else 1
        if not depth:
            return found.start(), found.start() + tag.end()
    return 0, 0
