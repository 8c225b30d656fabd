"""The service's texts as written and the method annex, against the pages."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from rlpipeline.audit.copies.wording import disagreement, worded, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Place, Publication, Quote
from rlpipeline.published.markup import HtmlElement, classes, pieces, rendered, text_of, tree_of
from rlpipeline.published.reading import territory_of

FIGURES = frozenset({"rl-chiffre", "rl-fixe"})
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
ANNEX = "methode"
ACRONYMS, LINKS = frozenset({"rl-sigles"}), frozenset({"rl-definition"})
"""Classes of what pages alone have, or have in part: acronyms, and links from sentences to definitions."""
LINK = "Un lien nomme une définition autrement qu'elle ne se nomme."
ACRONYM = "Un sigle est expliqué autrement que dans la table des sigles."
DEFINITION = "La méthode ne définit pas un tableau comme le tableau se définit."


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
            shown = _without_elision(words(pieces(tree_of(text.html), spoken=True, skip=FIGURES | LINKS)))
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


@dataclass(frozen=True)
class Defined:
    """What an annex says of a table: its title, the text, the words."""

    title: str
    place: Place
    words_said: tuple[str, ...]


def check_annex(publication: Publication) -> Iterator[Finding]:
    """Hold the definition, unit, denominator and source of each table against the annex of every document."""
    tables: dict[str, list[Bundle]] = {}
    for bundle in publication.bundles:
        tables.setdefault(_titled(bundle), []).append(bundle)
    for defined in definitions(publication):
        for bundle in tables.get(defined.title, ()):
            yield from check_definition(defined, bundle)


def definitions(publication: Publication) -> Iterator[Defined]:
    """Read what the annex of each page says of each table."""
    for text in publication.texts:
        if text.name == ANNEX and text.place.file in publication.pages:
            for term in tree_of(text.html).iter("dt"):
                title, words_said = " ".join(words([text_of(term)])), words([text_of(term.getnext())])
                yield Defined(title, text.place, tuple(words_said))


def undefined(publication: Publication) -> Iterator[Defined]:
    """Give what the annex says of tables that are none of the part's."""
    own = {_titled(bundle) for bundle in publication.bundles}
    return (defined for defined in definitions(publication) if defined.title not in own)


def check_definition(defined: Defined, bundle: Bundle) -> Iterator[Finding]:
    """Hold what the annex says of a table against the table."""
    if defined.title == _titled(bundle):
        place = Place(defined.place.file, f"{defined.place.where}, {bundle.title}")
        yield from worded("notebook", DEFINITION, (bundle.place, _expected(bundle)), (place, [*defined.words_said]))


def _titled(bundle: Bundle) -> str:
    return " ".join(words([bundle.title]))


def check_acronyms(publication: Publication) -> Iterator[Finding]:
    """Hold the acronyms of each page against those that its chapters explain: at the first use, and in its table.

    The table of a page has those that the page uses, and no other.
    """
    with_table = {text.place.file for text in publication.texts if text.name == ANNEX}
    for file, html in publication.pages.items():
        page = tree_of(html)
        table_of_acronyms = _acronyms(page)
        if file in with_table:
            yield from _check_used(file, page, table_of_acronyms, _explained(publication, file))
        for mark in page.iter("abbr"):
            if "rl-sigle" in classes(mark):
                name = text_of(mark)
                place, table = Place(file, f"sigle {name}"), Place(file, "table des sigles")
                words_said = words([mark.get("title") or ""])
                yield from worded("page", ACRONYM, (place, words_said), (table, table_of_acronyms.get(name, [])))


def _acronyms(root: HtmlElement) -> Mapping[str, list[str]]:
    holders = (one for one in root.iter("details") if ACRONYMS & classes(one))
    rows = (row for holder in holders for row in holder.iter("tr"))
    return {text_of(row[0]): words([text_of(row[1])]) for row in rows if row[0].get("scope") == "row"}


def _explained(publication: Publication, file: str) -> Mapping[str, list[str]]:
    """Acronyms that the chapters of a page explain."""
    chapters = (one for one in publication.notebooks.values() if one.territoire == territory_of(file))
    shown = (output.html for chapter in chapters for cell in chapter.cells for output in cell.outputs)
    return {name: said for html in shown if html for name, said in _acronyms(tree_of(html)).items()}


def _check_used(
    file: str, page: HtmlElement, listed: Mapping[str, list[str]], explained: Mapping[str, list[str]]
) -> Iterator[Finding]:
    chapters = (one for one in page.iter("section") if "chapitre" in classes(one))
    parts = (part for chapter in chapters for part in chapter if part.tag != "h2")  # titles are the frame's
    shown = " ".join(text for part in parts for text in pieces(part, skip=ACRONYMS | LINKS))
    used = {*re.findall(r"[\w&.-]+", shown)}
    for name in {**explained, **listed}:
        expected = explained.get(name, []) if name in used else []
        place, chapter = Place(file, f"table des sigles, {name}"), Place(file, "sigles employés")
        yield from worded("page", ACRONYM, (place, listed.get(name, [])), (chapter, expected))


@dataclass(frozen=True)
class NamedLink:
    """A link from a sentence to a definition: the page and the card that it leads to, the words of its name."""

    place: Place
    page: str
    card: str
    words_said: tuple[str, ...]


def named_links(publication: Publication) -> Iterator[NamedLink]:
    """Read the links from sentences to definitions, which may be in another part."""
    for file, html in publication.pages.items():
        for link in (one for one in tree_of(html).iter("a") if LINKS & classes(one)):
            name, _, card = (link.get("href") or "").partition("#")
            page = posixpath.normpath(posixpath.join(posixpath.dirname(file), name)) if name else file
            yield NamedLink(Place(file, f"lien vers {card}"), page, card, tuple(words([text_of(link)])))


def titles_of_cards(publication: Publication) -> Mapping[str, tuple[str, ...]]:
    """Words of the title of each card, by its address: « rapport.html#fiche-durees »."""
    return {
        f"{file}#{term.getparent().get('id')}": tuple(words([text_of(term)]))
        for file, html in publication.pages.items()
        for term in tree_of(html).iter("dt")
        if term.getparent().get("id")
    }


def check_named_links(links: Iterable[NamedLink], titles: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Hold the name of each link from a sentence to a definition against the card that it leads to."""
    for link in links:
        expected = [*words(["Définition"]), *titles.get(f"{link.page}#{link.card}", ())]
        card = Place(link.page, f"fiche {link.card}")
        yield from worded("page", LINK, (link.place, link.words_said), (card, expected))


def _expected(bundle: Bundle) -> list[str]:
    words_said = [
        bundle.definition,
        f"Unité : {bundle.unit}" if bundle.unit else "",
        f"Rapporté à : {bundle.denominator}" if bundle.denominator else "",
        f"Source : {bundle.source}",
    ]
    return words(words_said)
