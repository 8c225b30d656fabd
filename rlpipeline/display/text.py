"""The service's prose: Markdown whose figures are expressions, turned into a fragment of HTML.

A text holds nothing but Markdown and calls such as ``{{ chiffre("accompagnes", "total", "total") }}``. Jinja
runs in its sandbox, and only calls to the functions of :mod:`rlpipeline.display.prose` with written-out
arguments are let through, so a text can neither compute nor loop. Words given by a call never become markup.
"""

from __future__ import annotations

import difflib
import inspect
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from html import escape, unescape
from itertools import count, takewhile
from pathlib import Path
from types import CodeType
from urllib.parse import quote

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from rlpipeline.characters import in_reading_order
from rlpipeline.display import cells, french, markup, phrases
from rlpipeline.display.prose import Bound, Prose
from rlpipeline.errors import SettingsError

OPEN, CLOSE, MASK = "\ue000", "\ue001", "¤"
"""Private-use characters around the number of a bound figure, while Markdown does its work; what stands for one."""
SLOT = re.compile(f"{OPEN}([0-9]+){CLOSE}")
FIRST_HEADING = 4
"""Level given to ``#`` in a text, under the chapter, section and sub-section of its notebook."""
_BLANK = r"\n[ \t]*\n"
_PASSAGE = re.compile(rf"\[\[((?:(?!\[\[|\]\]|{_BLANK}).)*)\]\]", re.DOTALL)
_UNCLOSED = re.compile(rf"\[\[(?:(?!{_BLANK}|{OPEN}).)*{OPEN}", re.DOTALL)
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
_OPENING, _CLOSING = " \n\u00a0\u202f«“\"'’([", " \u00a0\u202f»”\"'’)]"
_LAST_WORD = re.compile(r"([^\W\d_]+)\.$")
_ABBREVIATIONS = frozenset(
    {"al", "art", "av", "bd", "cf", "chap", "env", "ex", "fig", "mm", "no", "nos", "pp", "st", "tél"}
)
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Keyword,
    nodes.Tuple,
    nodes.Neg,
)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ue000-\uf8ff\ufeff]")
_CHECKED: set[str] = set()
"""Texts whose expressions were checked: the same sentence is written for each territory, and above each chart."""


def to_html(source: str, path: Path, prose: Prose) -> str:
    """Turn a text into HTML: no id, no inline style, no raw HTML, no picture.

    Raises SettingsError: an expression is not one of the known calls, or names a figure that does not exist; with file
    and line.
    """
    return with_silences(source, path, prose)[0]


def with_silences(source: str, path: Path, prose: Prose) -> tuple[str, tuple[int, ...]]:
    """As :func:`to_html`, with the ranks from 1 of the passages left out, of which a figure is not known.

    A passage is ``[[, soit {{ evolution(…) }} en un an]]``; brackets around no figure are none.
    """
    template = in_reading_order(source).replace(OPEN, "").replace(CLOSE, "")
    if template not in _CHECKED:
        _check_text(template, path, prose)
        _CHECKED.add(template)
    bound, markdown = _fill(template, path, prose)
    left = _PASSAGE.sub(lambda closed: re.sub(r"[^\n]", " ", closed[0]), markdown)
    if opening := _UNCLOSED.search(left):
        problem = SettingsError(
            "Un passage [[ … ]] n'est pas fermé.",
            expected="]] dans le même paragraphe, sans autre passage à l'intérieur",
            todo="fermer le passage par ]]",
        )
        raise _located(path, left.count("\n", 0, opening.start()) + 1, problem)
    ranks, silent = count(1), list[int]()

    def said(match: re.Match[str]) -> str:
        cells = [bound[int(slot)].cell for slot in SLOT.findall(match[1])]
        if not cells:
            return match[0]
        rank = next(ranks)
        if all(cell is None or cell.is_number for cell in cells):
            return match[1]
        silent.append(rank)
        return ""

    return _put_figures(markdown_to_html(_PASSAGE.sub(said, markdown)), bound), tuple(silent)


def markdown_to_html(source: str) -> str:
    """Turn Markdown without expressions into HTML."""
    return str(_markdown().render(source))


def without_tags(html: str) -> str:
    """Give the words of a fragment of HTML."""
    return re.sub(r"\n\s*\n", "\n", unescape(_TAG.sub("", html))).strip()


@lru_cache(maxsize=1024)
def _compiled(source: str) -> CodeType:
    # Once: the same sentence is written for each territory, and above each chart.
    return _environment(lambda value: value).compile(source)


def _check_text(source: str, path: Path, prose: Prose) -> None:
    try:
        tree = ImmutableSandboxedEnvironment().parse(source)
    except TemplateSyntaxError as error:
        problem = SettingsError(
            "Une expression {{ … }} est mal écrite.", expected="parenthèses, guillemets et accolades fermés"
        )
        raise _located(path, error.lineno, problem) from error
    for output in tree.find_all(nodes.Output):  # what prints something else than what a call gives
        for bare in output.nodes:
            if not isinstance(bare, nodes.TemplateData | nodes.Call):
                problem = SettingsError(
                    "Une expression {{ … }} n'appelle pas de fonction.",
                    expected='par exemple {{ chiffre("…", "…", "…") }}',
                )
                raise _located(path, bare.lineno, problem)
    functions = prose.functions
    for node in (tree, *tree.find_all(nodes.Node)):
        try:
            _check(node, functions)
        except SettingsError as error:
            raise _located(path, node.lineno, error) from error


def _check(node: nodes.Node, functions: Mapping[str, Callable[..., Bound]]) -> None:
    if not isinstance(node, nodes.Call):
        if not isinstance(node, _ALLOWED):
            raise SettingsError(
                "Un texte contient autre chose que du Markdown et des appels {{ fonction(…) }}.",
                expected=f"l'une des fonctions {french.listing(sorted(functions))}",
            )
        return
    name = node.node.name if isinstance(node.node, nodes.Name) else ""
    if name not in functions:
        near = difflib.get_close_matches(name, functions, n=1)
        hint = f"{near[0]}(…)" if near else french.listing(sorted(functions))
        raise SettingsError("Un texte appelle une fonction inconnue.", expected=hint, got=name or None)
    signature = inspect.signature(functions[name])
    try:
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise TypeError("*")
        signature.bind(*node.args, **{keyword.key: keyword.value for keyword in node.kwargs})
    except TypeError as error:
        parameters = ", ".join(signature.parameters)
        raise SettingsError(f"Les arguments de {name} ne vont pas.", expected=f"{name}({parameters})") from error
    for argument in (*node.args, *(keyword.value for keyword in node.kwargs)):
        if not isinstance(argument, nodes.Call):
            _check_argument(argument)


def _check_argument(node: nodes.Node) -> None:
    # A name would print what Python is made of; in a string, there are characters that nobody sees.
    name = next(iter(node.find_all(nodes.Name)), node)
    if isinstance(name, nodes.Name):
        raise SettingsError(
            "Un argument est un mot sans guillemets.", expected=f'« "{name.name}" », ou un nombre', got=name.name
        )
    for word in (node, *node.find_all(nodes.Const)):
        text = word.value if isinstance(word, nodes.Const) else ""
        hidden = [sign for sign in text if _UNSEEN.match(sign)] if isinstance(text, str) else []
        if hidden:
            raise SettingsError(
                "Un argument contient un caractère invisible.", expected="des lettres", got=f"U+{ord(hidden[0]):04X}"
            )


def _located(path: Path, line: int | None, error: SettingsError) -> SettingsError:
    where = str(path) if line is None else f"{path}, ligne {line}"
    todo = error.todo or "corriger l'expression à cette ligne"
    return SettingsError(error.what, where=where, expected=error.expected, got=error.got, todo=todo)


def _environment(finalize: Callable[[object], object]) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=finalize, keep_trailing_newline=True)


def _fill(source: str, path: Path, prose: Prose) -> tuple[Sequence[Bound], str]:
    bound: list[Bound] = []

    def slot(value: object) -> object:
        if not isinstance(value, Bound):
            return value
        bound.append(value)
        return f"{OPEN}{len(bound) - 1}{CLOSE}"

    template = Template.from_code(_environment(slot), _compiled(source), dict(prose.functions))
    try:
        return bound, template.render()
    except (SettingsError, TypeError, ValueError, ArithmeticError) as error:
        frames = traceback.walk_tb(error.__traceback__)
        lines = [line for frame, line in frames if frame.f_code.co_filename == "<template>"]
        expected = "un texte entre guillemets ou un nombre"
        typed = SettingsError("Un argument n'est pas du bon type.", expected=expected)
        problem = error if isinstance(error, SettingsError) else typed
        raise _located(path, lines[-1] if lines else None, problem) from error


def _put_figures(html: str, bound: Sequence[Bound]) -> str:
    before = ""  # words of the block so far

    def marked(match: re.Match[str], following: str) -> str:
        figure = bound[int(match[1])]
        said = before + unescape(SLOT.sub(MASK, match.string[: match.start()]))
        after = unescape(SLOT.sub(MASK, match.string[match.end() :] + following))
        words = phrases.without_about(figure.words, said, after)
        if words is not None:  # the author's own say it
            figure = replace(figure, words=words, how={**figure.how, "environ": "dit"})
        starts = opens_sentence(said)
        return mark(replace(figure, words=figure.words[:1].upper() + figure.words[1:]) if starts else figure)

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
        said = phrases.without_about(figure.words, f"{match.string[: match.start()]}de ", "") is not None
        if figure.function == "fixe" or said or not phrases.elides(figure.words):
            return match[0]
        return f"{match['word']}'{match['tags']}{OPEN}{match['slot']}{CLOSE}"

    return _ELIDED.sub(elide, html)


def with_sign(figure: Bound) -> str:
    """Write a bound figure alone, with the sign of what is rounded: « ≈ 25 »."""
    words = figure.words.replace(f"{cells.ABOUT} ", cells.SIGN, 1)
    if words == figure.words:
        return mark(figure)
    return mark(replace(figure, how={**figure.how, "environ": "signe"}), cells.signed(words))


def mark(figure: Bound, html: str = "") -> str:
    """Write a bound figure as a span that says where it comes from; ``html`` stands for its words."""
    words = html or escape(figure.words, quote=False)
    if figure.function == "fixe":
        return f'<span class="rl-fixe" data-raison="{escape(figure.reason or "")}">{words}</span>'
    source: dict[str, object] = {"ref": figure.function}
    if of := figure.reference:
        source = {"ref": of.path, "territoire": of.territory, "annee": of.year}
    address = markup.attributes(**source, fonction=figure.function, **figure.how)
    return f'<span class="rl-chiffre"{address}>{words}</span>'


@cache
def _markdown() -> MarkdownIt:
    # CommonMark with tables, without raw HTML or pictures, headings lowered, tables as in the report.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.core.ruler.push("rapport", _adapt)
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return markdown


def _adapt(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + FIRST_HEADING - 1)}"
        if token.type in {"th_open", "td_open"}:
            if "right" in str(token.attrs.pop("style", "")):
                token.attrSet("class", "num")
            if token.type == "th_open":
                token.attrSet("scope", "col")
        for child in token.children or ():
            if child.type == "text":
                child.content = french.spaced(child.content)


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    head = takewhile(lambda token: token.type != "thead_close", tokens[index:])
    headers = [token.content for token in head if token.type == "inline" and token.content]
    label = escape(f"Tableau : {french.listing(headers)}") if headers else "Tableau"
    return f'<div class="rl-table-wrap" tabindex="0" role="region" aria-label="{label}"><table class="rl-table">\n'


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
