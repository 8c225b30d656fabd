"""The service's prose: Markdown whose figures are expressions, turned into a fragment of HTML.

A text holds nothing but Markdown and calls such as ``{{ chiffre("accompagnes", "total", "total") }}``. Jinja
runs in its sandbox, and only calls to the functions of :mod:`rlpipeline.display.prose` with written-out
arguments are let through, so a text can neither compute nor loop. Words given by a call never become markup.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from html import escape, unescape
from itertools import count
from pathlib import Path
from types import CodeType
from urllib.parse import quote

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from rlpipeline.characters import in_reading_order
from rlpipeline.display import approximate, cells, french, markup, phrases
from rlpipeline.display.expressions import checked, located
from rlpipeline.display.prose import Bound, Prose
from rlpipeline.errors import SettingsError

OPEN, CLOSE = "\ue000", "\ue001"
"""Private-use characters around the number of a bound figure, while Markdown does its work."""
SLOT = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_BLANK = r"\n[ \t]*\n"
_PASSAGE = re.compile(rf"\[\[((?:(?!\[\[|\]\]|{_BLANK}).)*)\]\]", re.DOTALL)
_UNCLOSED = re.compile(rf"\[\[(?:(?!{_BLANK}|{OPEN}).)*{OPEN}", re.DOTALL)


# Passages are said only where their figures are known: ``[[, soit {{ evolution(…) }} en un an]]``; brackets around no
# figure are no passage. Beside the text, the ranks from 1 of those taken away.
def _without_unknown(markdown: str, bound: Sequence[Bound], path: Path) -> tuple[str, tuple[int, ...]]:
    _check_closed(markdown, path)
    ranks = count(1)
    silent: list[int] = []

    def said(match: re.Match[str]) -> str:
        figures = [bound[int(slot)] for slot in SLOT.findall(match[1])]
        if not figures:
            return match[0]
        rank = next(ranks)
        if all(map(_is_number, figures)):
            return match[1]
        silent.append(rank)
        return ""

    return _PASSAGE.sub(said, markdown), tuple(silent)


def _is_number(figure: Bound) -> bool:
    return figure.cell is None or figure.cell.is_number


def _check_closed(markdown: str, path: Path) -> None:
    left = _PASSAGE.sub(lambda closed: re.sub(r"[^\n]", " ", closed[0]), markdown)
    if opening := _UNCLOSED.search(left):
        problem = SettingsError(
            "Un passage [[ … ]] n'est pas fermé.",
            expected="]] dans le même paragraphe, sans autre passage à l'intérieur",
            todo="fermer le passage par ]]",
        )
        raise located(path, left.count("\n", 0, opening.start()) + 1, problem)


FIRST_HEADING = 4
"""Level given to ``#`` in a text, under the chapter, section and sub-section of its notebook."""
_TAG = re.compile(r"(<[^>]*>)")
_SLOT_IN_URL = re.compile("%EE%80%80([0-9]+)%EE%80%81")
_NAME = re.compile(r"</?([a-z0-9]+)")
_ELIDED = re.compile(
    rf"\b(?P<word>d|qu|lorsqu|puisqu)e[ \n\u00a0]+(?P<tags>(?:<[a-z][^>]*>)*){OPEN}(?P<slot>[0-9]+){CLOSE}",
    re.IGNORECASE,
)
_INLINE = frozenset({"a", "br", "code", "em", "strong"})
_CELLS = frozenset({"td", "th"})
"""What they hold is no sentence."""
MASK = "¤"


def to_html(source: str, path: Path, prose: Prose) -> str:
    """Turn a text into HTML: no id, no inline style, no raw HTML, no picture.

    Raises
    ------
    SettingsError
        An expression is not one of the known calls, or names a figure that does not exist; with file and line.
    """
    return with_silences(source, path, prose)[0]


def with_silences(source: str, path: Path, prose: Prose) -> tuple[str, tuple[int, ...]]:
    """As :func:`to_html`, with the ranks of the passages left out, of which a figure is not known."""
    template = checked(in_reading_order(source).replace(OPEN, "").replace(CLOSE, ""), path, prose)
    bound, filled = _fill(template, path, prose)
    markdown, silent = _without_unknown(filled, bound, path)
    return _put_figures(markdown_to_html(markdown), bound), silent


def markdown_to_html(source: str) -> str:
    """Turn Markdown without expressions into HTML."""
    return str(_markdown().render(source))


def without_tags(html: str) -> str:
    """Give the words of a fragment of HTML."""
    return re.sub(r"\n\s*\n", "\n", unescape(_TAG.sub("", html))).strip()


def _fill(source: str, path: Path, prose: Prose) -> tuple[Sequence[Bound], str]:
    """Run the expressions; each leaves a numbered slot in the Markdown."""
    bound: list[Bound] = []

    def slot(value: object) -> object:
        if not isinstance(value, Bound):
            return value
        bound.append(value)
        return f"{OPEN}{len(bound) - 1}{CLOSE}"

    environment = _environment(slot)
    template = Template.from_code(environment, _compiled(source), dict(prose.functions))
    try:
        return bound, template.render()
    except SettingsError as error:
        raise located(path, _line_of(error), error) from error
    except (TypeError, ValueError, ArithmeticError) as error:
        problem = SettingsError("Un argument n'est pas du bon type.", expected="un texte entre guillemets ou un nombre")
        raise located(path, _line_of(error), problem) from error


def _environment(finalize: Callable[[object], object]) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=finalize, keep_trailing_newline=True)


@lru_cache(maxsize=1024)
def _compiled(source: str) -> CodeType:
    """Compile a text once: the same sentence is written for each territory, and above each chart."""
    return _environment(lambda value: value).compile(source)


def _line_of(error: BaseException) -> int | None:
    """Line of the template being run when the error was raised."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else None


def _put_figures(html: str, bound: Sequence[Bound]) -> str:
    """Put each figure in its slot: marked in text, bare inside a tag such as a link."""
    before = ""  # words of the block so far

    def marked(match: re.Match[str], following: str) -> str:
        figure = bound[int(match[1])]
        said = before + unescape(SLOT.sub(MASK, match.string[: match.start()]))
        figure = _said_once(figure, said, unescape(SLOT.sub(MASK, match.string[match.end() :] + following)))
        starts = opens_sentence(said)
        return mark(replace(figure, words=phrases.capitalized(figure.words)) if starts else figure)

    def bare(match: re.Match[str]) -> str:
        return escape(bound[int(match[1])].words)

    def in_url(match: re.Match[str]) -> str:
        return quote(bound[int(match[1])].words)

    written = []
    pieces = _TAG.split(_elided(html, bound))
    for piece, following in zip(pieces, [*pieces[2:], "", ""], strict=False):  # text, tag, text…
        if piece.startswith("<"):
            written.append(_SLOT_IN_URL.sub(in_url, SLOT.sub(bare, piece)))
            name = _NAME.match(piece)
            if name and name[1] not in _INLINE:
                before = MASK if name[1] in _CELLS else ""
        else:
            written.append(SLOT.sub(partial(marked, following=following), piece))
            before += unescape(SLOT.sub(MASK, piece))
    return "".join(written)


def _elided(html: str, bound: Sequence[Bound]) -> str:
    """Elide « de » and « que » before a figure whose words begin with a vowel: « d'environ 25 »."""

    def elide(match: re.Match[str]) -> str:
        figure = bound[int(match["slot"])]
        said = approximate.without_about(figure.words, f"{match.string[: match.start()]}de ", "") is not None
        if figure.function == "fixe" or said or not approximate.elides(figure.words):
            return match[0]
        return f"{match['word']}'{match['tags']}{OPEN}{match['slot']}{CLOSE}"

    return _ELIDED.sub(elide, html)


def _said_once(figure: Bound, before: str, after: str) -> Bound:
    """Leave « environ » out where the author's own words say it."""
    words = approximate.without_about(figure.words, before, after)
    return figure if words is None else replace(figure, words=words, how={**figure.how, "environ": "dit"})


def with_sign(figure: Bound) -> str:
    """Write a bound figure alone, with the sign of what is rounded: « ≈ 25 »."""
    words = figure.words.replace(f"{approximate.ABOUT} ", approximate.SIGN, 1)
    if words == figure.words:
        return mark(figure)
    return mark(replace(figure, how={**figure.how, "environ": "signe"}), cells.signed(words))


def mark(figure: Bound, html: str = "") -> str:
    """Write a bound figure as a span that says where it comes from; ``html`` stands for its words."""
    words = html or escape(figure.words, quote=False)
    if figure.function == "fixe":
        return f'<span class="rl-fixe" data-raison="{escape(figure.reason or "")}">{words}</span>'
    source: dict[str, object] = {"ref": figure.function}
    if figure.reference:
        of = figure.reference
        source = {"ref": of.path, "territoire": of.territory, "annee": of.year}
    source_attributes = markup.attributes(**source, fonction=figure.function, **figure.how)
    return f'<span class="rl-chiffre"{source_attributes}>{words}</span>'


@cache
def _markdown() -> MarkdownIt:
    """CommonMark with tables, without raw HTML or pictures, headings lowered, tables as in the report."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.core.ruler.push("rapport", _adapt)
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", _table_close)
    return markdown


def _adapt(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + FIRST_HEADING - 1)}"
        if token.type in {"th_open", "td_open"}:
            _align_by_class(token)
        for child in token.children or ():
            if child.type == "text":
                child.content = french.spaced(child.content)


def _align_by_class(token: Token) -> None:
    style = str(token.attrs.pop("style", ""))
    if "right" in style:
        token.attrSet("class", "num")
    if token.type == "th_open":
        token.attrSet("scope", "col")


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    headers = [token.content for token in _header_cells(tokens, index) if token.content]
    label = escape(f"Tableau : {french.listing(headers)}") if headers else "Tableau"
    return f'<div class="rl-table-wrap" tabindex="0" role="region" aria-label="{label}"><table class="rl-table">\n'


def _header_cells(tokens: Sequence[Token], index: int) -> Iterator[Token]:
    for token in tokens[index:]:
        if token.type == "thead_close":
            return
        if token.type == "inline":
            yield token


def _table_close(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return "</table></div>\n"


_OPENING = " \n\u00a0\u202f«“\"'’(["
_CLOSING = " \u00a0\u202f»”\"'’)]"
_LAST_WORD = re.compile(r"([^\W\d_]+)\.$")
_ABBREVIATIONS = frozenset(
    {"al", "art", "av", "bd", "cf", "chap", "env", "ex", "fig", "mm", "no", "nos", "pp", "st", "tél"}
)


def opens_sentence(before: str) -> bool:
    """Say whether a sentence begins after some words of a block: none, or a full stop that ends no abbreviation."""
    words = before.rstrip(_OPENING)
    if not words:
        return True
    ended = words.rstrip(_CLOSING)
    if len(words) == len(before) or not ended.endswith((".", "!", "?")):
        return False
    last = _LAST_WORD.search(ended)
    return last is None or not (len(last[1]) == 1 or last[1].lower() in _ABBREVIATIONS)
