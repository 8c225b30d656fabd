"""What is typed by hand in texts and chapters: numbers that no figure answers for, trends that figures deny."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path

from rlpipeline.checks.addresses import Sources
from rlpipeline.checks.amounts import written
from rlpipeline.checks.findings import Finding
from rlpipeline.checks.forms import Span, claims, forms, pattern, sentences, trends, typed_numbers, unaccented
from rlpipeline.checks.model import Figure, Place
from rlpipeline.checks.quotes import STEADY_PERCENT, STEADY_POINTS, share
from rlpipeline.checks.reading import Notebook
from rlpipeline.declared import FigureKey

NUMBER, TREND = "chiffre_non_lie", "tendance_contredite"
FIGURES = frozenset({"chiffre", "part", "evolution", "tendance", "fois", "sens"})
"""Functions of the language of texts that bind a figure."""
MASK = "¤"
NEAR = 60
"""Characters between a name and what is said of it, at most."""
MAIN = ("total", "nombre", "jeunes", "heures", "participations", "montant_eur")
"""Columns that say how large a line is, the first that a table has."""
THINGS = frozenset({"reseaux", "instances", "partenaires", "actions", "developpement_social_local", "parentalite"}) | {
    "actions_partenariales"
}
"""Tables of what a service does or takes part in, which may be new."""
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
    r"<!--.*?-->|!?\[(?P<words>[^\]\n]*)\]\([^)\n]*\)|\[\[|\]\]|[*`]+|(?<!\w)_+|_+(?!\w)|<[^>\n]*>", re.DOTALL
)
_BLOCKS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-+]\s|\||\#))|\|")
_CLAUSE = re.compile(r"[;:]|\b(?:mais|tandis que|alors que|contre|quand|puis)\b", re.IGNORECASE)
_NAMING = re.compile(r"[;:.!?]|\b(?:mais|tandis que|alors que)\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PLACE = re.compile(r"(?:\d{2}|2[AB])\d{3}")
_MARK = '<mark class="rl-non-lie"'


@dataclass(frozen=True)
class Text:
    """Markdown that a report prints of a territory, with expressions ``{{ … }}`` where it binds figures.

    ``name`` is that of a text of the settings, empty for a chapter's.
    """

    file: str
    name: str
    territory: str
    source: str


@dataclass(frozen=True)
class Typed:
    """Words typed by hand, in their sentence.

    Of a trend, ``denied`` is what the figures say instead, and ``reason`` why nothing confirms it; one is empty.
    """

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

    @property
    def hint(self) -> str:
        """What a draft says beside the words."""
        return f"contredit par les chiffres : {self.denied}" if self.denied else "chiffre non lié"

    def finding(self, validated: bool) -> Finding:
        """Tell it; it blocks where the report is validated, save a trend that nothing tells anything of."""
        if self.check == NUMBER:
            message = "Un nombre est écrit à la main : le lier à son chiffre, ou l'écrire avec fixe(…) et sa raison."
            against = "un chiffre lié"
        elif self.denied:
            message, against = "Ce que dit une phrase est contredit par le chiffre qu'elle cite.", self.denied
        else:
            message = f"Un mot de tendance est écrit à la main et rien ne le confirme : {self.reason}."
            against = "un chiffre lié qui le confirme"
        place = Place(self.text.file, f"« {self.sentence} »")
        return Finding(self.check, message, place, self.words, None, against, validated and not self.reason, self.key)


@dataclass(frozen=True)
class Scan:
    """What was found in the texts, each once, and how many numbers and trends were read."""

    typed: tuple[Typed, ...]
    counts: Mapping[str, int]


class Printed:
    """The texts that chapters print, and what chapters say in Markdown, each once for each territory."""

    def __init__(self, text_of: Callable[[str], str | None]) -> None:
        self._text_of = text_of
        self._texts: dict[tuple[str, str], Text] = {}

    def gather(self, notebook: Notebook) -> None:
        """Note what an executed chapter prints."""
        _, territory, chapter = notebook.file.split("/")
        for source in notebook.markdown:
            self._texts.setdefault((chapter, source), Text(f"notebooks/{chapter}", "", territory, source))
        for output in notebook.outputs:
            for name in (str(value.get("name")) for kind, value in output.carried if kind == "text"):
                source = self._text_of(name) or ""
                self._texts.setdefault((name, territory), Text(f"textes/{name}.md", name, territory, source))

    @property
    def texts(self) -> Sequence[Text]:
        """Everything noted so far."""
        return [*self._texts.values()]


def scan(texts: Sequence[Text], sources: Sources, names_of: NamesOf | None = None) -> Scan:
    """Read every text: numbers typed in it, trends held against the figures that their sentences bind or name."""
    evidence = _Evidence(sources, names_of)
    typed: list[Typed | None] = []
    bound = 0
    for text in texts:
        for block, expressions in _blocks(text.source):
            bound += len(expressions)
            for start, end in sentences(block):
                sentence = _Sentence(text, block[start:end], expressions[block[:start].count(MASK) :], evidence)
                typed += sentence.numbers()
                typed += sentence.judged()
    found = dict.fromkeys(each for each in typed if each is not None)
    numbers = sum(each is not None and each.check == NUMBER for each in typed)
    return Scan(tuple(found), {NUMBER: bound + numbers, TREND: len(typed) - numbers})


def _blocks(source: str) -> Iterator[tuple[str, list[str]]]:
    """Give paragraphs, items and cells as they are read, ¤ in the place of each expression, and the expressions."""
    expressions = _EXPRESSION.findall(source)
    bare = _UNPRINTED.sub(lambda match: match["words"] or "", _EXPRESSION.sub(MASK, source.replace(MASK, " ")))
    for block in _BLOCKS.split(bare):
        count = block.count(MASK)
        yield " ".join(block.split()), expressions[:count]
        expressions = expressions[count:]


@dataclass(frozen=True)
class _Movement:
    direction: str
    words: str


@dataclass(frozen=True)
class _Named:
    """A line or a column of a table, by the words of its name, and the figure that says how large it is."""

    key: FigureKey
    label: str
    stems: frozenset[str]


class _Evidence:
    """How the figures moved, and what the lines and columns of the tables are called."""

    def __init__(self, sources: Sources, names_of: NamesOf | None) -> None:
        self._sources, self._names_of = sources, names_of
        self.year = sources.publication.year

    @cached_property
    def names(self) -> Mapping[str, Sequence[_Named]]:
        """Names of each territory, save general words and places."""
        tables: dict[tuple[str, str], list[Mapping[str, str]]] = {}
        for row in self._sources.publication.typed:
            tables.setdefault((row["indicateur"], row["territoire"]), []).append(row)
        names: dict[str, list[_Named]] = {}
        for (_, territory), rows in tables.items():
            names.setdefault(territory, []).extend(self._of_table(rows))
        return names

    def _of_table(self, rows: Sequence[Mapping[str, str]]) -> Iterator[_Named]:
        columns = [*dict.fromkeys(row["colonne"] for row in rows)]
        main = next((code for code in MAIN if code in columns), columns[0] if len(columns) == 1 else "")
        for row in rows:
            axis = "ligne" if row["colonne"] == main and not _PLACE.fullmatch(row["ligne"]) else "colonne"
            label = row[f"libelle_{axis}"]
            if (axis == "ligne" or row["ligne"] == "total") and stems_of(label) - {*forms()["generaux"]}:
                place = (row["indicateur"], self.year, row["territoire"], row["ligne"], row["colonne"])
                yield _Named(FigureKey(*place), label, stems_of(label))

    def moved(self, key: FigureKey, since: int, whole: FigureKey | None = None) -> _Movement | None:
        """How a figure, or its share of another, moved; None where a figure is not known, or rounding explains it."""
        now, then = (self._value(key, whole, year) for year in (key.annee, since))
        before = self._sources.publication.former.get(key._replace(annee=since))
        if now is None or then is None or (before and not before.comparable):
            return None
        moved, margin = (now.valeur or 0.0) - (then.valeur or 0.0), now.marge + then.marge
        if 0 < margin >= abs(moved) or (now.unite != "%" and not then.valeur):
            return None
        steady = STEADY_POINTS if now.unite == "%" else abs(then.valeur or 0.0) * STEADY_PERCENT / 100
        direction = "stable" if not moved or abs(moved) < steady else "hausse" if moved > 0 else "baisse"
        sign = "\u00a0%" if now.unite == "%" else ""
        values = [f"{'≈ ' if of.marge else ''}{written(of.valeur)}{sign}" for of in (now, then)]
        return _Movement(direction, f"{values[0]}, contre {values[1]} en {since}")

    def _value(self, key: FigureKey, whole: FigureKey | None, year: int) -> Figure | None:
        figure = self._sources.quoted(key._replace(annee=year))
        if figure is not None and whole is not None:
            of = self._sources.quoted(whole._replace(annee=year))
            figure = share(figure, of) if of is not None else None
        known = figure is not None and figure.valeur is not None and figure.etat in {"ok", "arrondi"}
        return figure if known else None

    def age(self, named: _Named) -> str:
        """Say whether a thing was there the year before; "" where nothing tells."""
        key, before = named.key, frozenset[str]()
        if self._names_of:
            before = self._names_of(key.indicateur, key.territoire, self.year - 1)
        if named.stems in map(stems_of, before) or self.moved(key, self.year - 1):
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
        """Give the numbers typed in it."""
        for number in typed_numbers(self.masked):
            yield Typed(self.text, NUMBER, number.words, self._said)

    def judged(self) -> Iterator[Typed | None]:
        """Judge what it says moved, is new or is old; None where the figures confirm it."""
        for trend in trends(self.masked):
            reason, movements = self._movements(trend)
            if not movements:
                yield Typed(self.text, TREND, trend.words, self._said, reason=reason)
            elif any((movement.direction == trend.direction) != trend.negated for movement in movements):
                yield None
            else:
                yield self._denied(trend, movements[0])
        for claim in claims(self.masked, self.evidence.year):
            bound = self._nearest(claim)
            of = (named for named in self._names if bound and bound[0][:3] == named.key[:3] and bound[0] == named.key)
            named = next((one for one in (*of, *self._named_near(claim)) if one.key.indicateur in THINGS), None)
            age = self.evidence.age(named) if named else ""
            if named and age not in {"", claim.direction}:
                yield self._denied(claim, _Movement(age, named.label))

    @property
    def _said(self) -> str:
        """The sentence as it is typed, spaces folded."""
        written = iter(self.expressions)
        words = re.sub(MASK, lambda _: f"{{{{{next(written, '')}}}}}", self.masked)
        return " ".join(words.split())

    @property
    def _names(self) -> Sequence[_Named]:
        return self.evidence.names.get(self.text.territory, ())

    def _denied(self, span: Span, movement: _Movement) -> Typed:
        return Typed(self.text, TREND, span.words, self._said, f"{WORDS[movement.direction]} ({movement.words})")

    def _movements(self, trend: Span) -> tuple[str, list[_Movement]]:
        bound = self._nearest(trend)
        if bound is not None:
            movement = self.evidence.moved(*bound)
            return "évolution inconnue du chiffre lié", [movement] if movement else []
        named = ((one.label, self.evidence.moved(one.key, self.evidence.year - 1)) for one in self._named_near(trend))
        moved = [_Movement(of.direction, f"{label} : {of.words}") for label, of in named if of]
        return "aucun chiffre lié dans la phrase", moved

    def _nearest(self, span: Span) -> tuple[FigureKey, int, FigureKey | None] | None:
        """Give the bound figure nearest to some words, those of the same clause first, the year it is compared with."""
        places = [match.start() for match in re.finditer(MASK, self.masked)]

        def distance(place: int) -> int:
            between = self.masked[span.end : place] if place >= span.end else self.masked[place + 1 : span.start]
            return len(between) + 1000 * len(_CLAUSE.findall(between))

        bound = {place: self._reference(words) for place, words in zip(places, self.expressions, strict=False)}
        known = [place for place, reference in bound.items() if reference]
        return bound[min(known, key=distance)] if known else None

    def _reference(self, expression: str) -> tuple[FigureKey, int, FigureKey | None] | None:
        """Read the figure of an expression, the year it is compared with, and the whole that it is a share of."""
        try:
            tree = ast.parse(expression.strip(), mode="eval")
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
            call = next(node for node in calls if node.func.id in FIGURES)  # type: ignore[attr-defined]
            id, line, column = (str(ast.literal_eval(word)) for word in call.args[:3])
            options = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        except (SyntaxError, ValueError, StopIteration):
            return None
        year = self.evidence.year + int(options.get("decalage") or 0)
        where = (year, options.get("territoire") or self.text.territory)
        of = options.get("sur") or (("total", column) if call.func.id == "part" else None)  # type: ignore[attr-defined]
        whole = FigureKey([id, *of][-3], *where, *of[-2:]) if of else None
        return FigureKey(id, *where, line, column), int(options.get("depuis") or self._since(year)), whole

    def _since(self, year: int) -> int:
        """Give the year that the sentence compares with, the year before where it says none."""
        said, ago = pattern("comparee_a").search(self.masked), pattern("ans").search(self.masked)
        if said and int(said[1]) < year:
            return int(said[1])
        words = ("zéro", "un", "deux", "trois", "quatre", "cinq")
        number = (ago[1] or ago[2]).lower() if ago else "1"
        return year - (int(number) if number.isdigit() else words.index(number))

    def _named_near(self, span: Span) -> list[_Named]:
        """Find what a sentence names near some words of it, in the same clause; the longest names alone."""
        since = max((cut.end() for cut in _NAMING.finditer(self.masked, 0, span.start)), default=0)
        to = next((cut.start() for cut in _NAMING.finditer(self.masked, span.end)), len(self.masked))
        words = {_stem(word[0]): word.span() for word in _WORD.finditer(self.masked) if since <= word.start() < to}
        near = {stem for stem, (low, high) in words.items() if high >= span.start - NEAR and low <= span.end + NEAR}
        general = {*forms()["generaux"]}
        named = [one for one in self._names if one.stems <= words.keys() and (one.stems - general) & near]
        return [one for one in named if not any(one.stems < other.stems for other in named)]


def stems_of(label: str) -> frozenset[str]:
    """Give the words of a name, without accents, plural or small words."""
    return frozenset(_stem(word) for word in _WORD.findall(label)) - {*forms()["petits"]}


def _stem(word: str) -> str:
    plain = unaccented(word)
    return plain[:-1] if len(plain) > 3 and plain[-1] in "sx" else plain


def mark_pages(directory: Path, pages: Sequence[str], typed: Sequence[Typed]) -> None:
    """Show in the pages of a draft what was typed by hand, once, with what is wrong; nothing else of them changes."""
    shown = sorted(
        (each for each in typed if not each.reason), key=lambda each: (each.check == NUMBER, -len(each.words))
    )
    for page in pages:
        source = (directory / page).read_text(encoding="utf-8")
        marked = source
        for each in shown:
            marked = _marked(marked, each)
        if marked != source:
            (directory / page).write_text(marked, encoding="utf-8", newline="\n")


def _marked(page: str, typed: Typed) -> str:
    """Mark the words in the text that has them; of a chapter, in the sentence."""
    start, end = _region(page, typed)
    hidden = rf'<span class="rl-(?:chiffre|fixe)[^>]*>.*?</span>|{_MARK}.*?</mark>|<[^>]*>'
    bare = re.sub(hidden, lambda match: "\0" * len(match[0]), page[start:end], flags=re.DOTALL)
    spans = [match.span() for match in re.finditer(rf"(?<!\w){_spaced(typed.words)}(?!\w)", bare)]
    for low, high in reversed(spans):
        cut = start + low + len(bare[low:high].partition("\0")[0])
        hint = escape(typed.hint)
        mark = f'{_MARK} title="{hint}">{page[start + low : cut]}<span class="rl-sr"> ({hint})</span></mark>'
        page = page[: start + low] + mark + page[cut:]
    return page


def _spaced(words: str) -> str:
    return r"[\s\0]+".join(re.sub("['’]", "['’]", re.escape(word)) for word in words.split())


def _region(page: str, typed: Typed) -> tuple[int, int]:
    """Where a page has a text, or the sentence of a chapter; nowhere where it has none."""
    if not typed.text.name:
        found = re.search(_spaced(escape(typed.sentence, quote=False)), page)
        return found.span() if found else (0, 0)
    opened = re.search(rf'<div class="rl-text" data-texte="{re.escape(typed.text.name)}"', page)
    depth = 0
    for tag in re.finditer(r"<(/?)div\b", page[opened.start() :] if opened else ""):
        depth += -1 if tag[1] else 1
        if not depth and opened:
            return opened.start(), opened.start() + tag.end()
    return 0, 0
