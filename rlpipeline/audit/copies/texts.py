"""The service's texts as written, against the pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from rlpipeline.audit.copies.wording import disagreement, worded, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Place, Publication, Quote
from rlpipeline.published.markup import pieces, rendered, tree_of

APART = frozenset({"rl-chiffre", "rl-fixe", "rl-definition"})
"""Classes of bound figures and of links to definitions, which a text does not write."""
TEXT_WORDS = "Les mots d'un texte ne sont pas ceux de son fichier."
BOUND = "Un chiffre d'un texte n'est pas lié comme son fichier le dit."
SLOT = "\ue000"
"""Stands for a figure while Markdown does its work: no word, nor a space."""
ELIDED = {"d": "de", "D": "De", "qu": "que", "Qu": "Que", "lorsqu": "lorsque", "puisqu": "puisque"}
_EXPRESSION = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_PASSAGE = re.compile(r"\[\[((?:\{\{.*?\}\}|(?!\[\[|\]\]|\n[ \t]*\n).)*)\]\]", re.DOTALL)
_ADDRESS = re.compile(r"\]\((?:[^(){]|\{\{.*?\}\})*\)", re.DOTALL)
"""Address of a link: a figure in it is not marked in the page."""


@dataclass(frozen=True)
class Binding:
    """What an expression of a text asks for."""

    function: str
    arguments: tuple[str, ...]


def check_sources(publication: Publication, texts: Mapping[str, str]) -> Iterator[Finding]:
    """Hold each text of a page or a notebook against the file that it was written in.

    Parameters
    ----------
    texts
        Markdown by the name of the text; texts that are not there are not checked.
    """
    for text in publication.texts:
        if text.name in texts:
            shown = _without_elision(words(pieces(tree_of(text.html), spoken=True, skip=APART)))
            place = Place(f"textes/{text.name}.md", "")
            source = said(texts[text.name], text.silent)
            yield from worded("texte", TEXT_WORDS, (text.place, shown), (place, _source_words(source)))
    silent = {(text.place.file, text.name): text.silent for text in publication.texts}
    for (file, name), quotes in _by_text(publication.quotes).items():
        if name in texts:
            source = said(texts[name], silent.get((file, name), frozenset()))
            yield from _check_bindings(Place(file, f"texte {name}"), quotes, bindings(source))


def said(source: str, silent: frozenset[int]) -> str:
    """Leave out of a text the passages that a page says it leaves out, and the brackets of the others."""
    ranks = count(1)

    def passage(match: re.Match[str]) -> str:
        if not _EXPRESSION.search(match[1]):
            return match[0]
        return "" if next(ranks) in silent else match[1]

    return _PASSAGE.sub(passage, _COMMENT.sub("", source))


@lru_cache(maxsize=512)
def _source_words(source: str) -> list[str]:
    """Words of a text, without comments, that are no expression."""
    bare = _EXPRESSION.sub(SLOT, source)
    return _without_elision(rendered_words(bare))


def _without_elision(sequence: list[str]) -> list[str]:
    """Words without their elision, which depends on the figure that follows: « d'environ 25 », « de 27 »."""
    return [ELIDED.get(word, word) for word in sequence]


def rendered_words(markdown: str) -> list[str]:
    """Words that Markdown shows."""
    html = rendered(markdown)
    return words(pieces(tree_of(html), spoken=True)) if html.strip() else []


def bindings(source: str) -> list[Binding]:
    """Every expression of a text, in order; the noun that agrees is not part of it."""
    return [_binding(match[1]) for match in _EXPRESSION.finditer(_ADDRESS.sub("]", _COMMENT.sub("", source)))]


def _binding(expression: str) -> Binding:
    try:
        call = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        return Binding("", ())
    while isinstance(call, ast.Call) and _name(call) == "accord" and call.args:
        call = call.args[0]
    if not isinstance(call, ast.Call):
        return Binding("", ())
    given = {"id": 0, "ligne": 1, "colonne": 2, "valeur": 0}
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg in given}
    nodes: dict[int, ast.expr] = dict(enumerate(call.args)) | {given[str(name)]: node for name, node in named.items()}
    count = 1 if _name(call) == "fixe" else 3 if _name(call) != "annee" else 0
    values = (nodes.get(index) for index in range(count))
    return Binding(_name(call), tuple(str(node.value) for node in values if isinstance(node, ast.Constant)))


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _by_text(quotes: Sequence[Quote]) -> Mapping[tuple[str, str], list[Quote]]:
    grouped: dict[tuple[str, str], list[Quote]] = {}
    for quote in quotes:
        grouped.setdefault((quote.place.file, quote.texte), []).append(quote)
    return grouped


def _check_bindings(place: Place, quotes: Sequence[Quote], expected: Sequence[Binding]) -> Iterator[Finding]:
    """The same figures in the same order; a text shown twice in a file comes twice."""
    source = Place(f"textes/{place.where.removeprefix('texte ')}.md", "")
    if not expected or len(quotes) % len(expected):
        yield disagreement("texte", BOUND, (place, f"{len(quotes)} chiffres"), (source, f"{len(expected)} chiffres"))
        return
    for index, quote in enumerate(quotes):
        wanted = expected[index % len(expected)]
        if not _agrees(quote, wanted):
            call = f"{wanted.function}({', '.join(wanted.arguments)})"
            yield disagreement("texte", BOUND, (quote.place, quote.words), (source, call))


def _agrees(quote: Quote, wanted: Binding) -> bool:
    if wanted.function == "fixe":
        typed = words(wanted.arguments)
        agreed_alone = quote.options.get("nombre") == "sans"
        return quote.function == "fixe" and (agreed_alone or words([quote.words])[: len(typed)] == typed)
    return quote.function == wanted.function and (quote.function == "annee" or quote.ref == wanted.arguments)
