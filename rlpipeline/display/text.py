"""A text of the service: Markdown whose figures are bound to the indicators, turned into a fragment of HTML.

A text holds nothing but Markdown and calls such as ``{{ chiffre("accompagnes", "total", "total") }}``: each is read as
an expression of Python, of which calls to the functions of :mod:`rlpipeline.display.prose` with written-out arguments
alone are let through and worked out here, so a text can neither compute nor loop. Words given by a call never become
markup.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache
from html import escape
from itertools import count, pairwise, takewhile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lxml.html import fragment_fromstring
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from rlpipeline import french
from rlpipeline.characters import in_reading_order
from rlpipeline.display import cells, phrases
from rlpipeline.display.prose import Bound, Prose
from rlpipeline.errors import SettingsError
from rlpipeline.page_templates import attributes
from rlpipeline.states import ABOUT, MASQUE, SIGN
from rlpipeline.table_view import may_scroll, widths_of

OPEN, CLOSE, MASK = "\ue000", "\ue001", "¤"
"""Private-use characters around the number of a bound figure, while Markdown does its work; what stands for one."""
SLOT = re.compile(f"{OPEN}([0-9]+){CLOSE}")
REACHED = ' tabindex="0" role="group" aria-label="Tableau"'
"""Of a table of a text that a telephone scrolls: a keyboard reaches it."""
FIRST_HEADING = 4
"""Level given to ``#`` in a text, under the chapter, section and sub-section of its notebook."""
_BLANK = r"\n[ \t]*\n"
_PASSAGE = re.compile(rf"\[\[((?:(?!\[\[|\]\]|{_BLANK}).)*)\]\]", re.DOTALL)
_UNCLOSED = re.compile(rf"\[\[(?:(?!{_BLANK}|{OPEN}).)*{OPEN}", re.DOTALL)
_PARAGRAPHS = re.compile(rf"({_BLANK}|\n(?=[ \t]*(?:[-*+]|\d+[.)])[ \t]))")
_LINE_MARK = re.compile(r"^[ \t]*(?:(?:[-*+]|\d+[.)]|>)[ \t]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])(?=\s)")
_SLOT_IN_URL = re.compile("%EE%80%80([0-9]+)%EE%80%81")
_ELIDED = re.compile(
    r"\b(?P<word>d|qu|lorsqu|puisqu)e(?P<space>[ \u00a0]+|[ \u00a0]?\n *)(?P<marks>[*_`\[]*)"
    rf"{OPEN}(?P<slot>[0-9]+){CLOSE}",
    re.IGNORECASE,
)
"""« de » before a figure, which marks of Markdown may open."""
_CELLS = frozenset({"td", "th"})
"""What they hold is no sentence."""
_OPENING, _CLOSING = " \n\u00a0\u202f«“\"'’([", " \u00a0\u202f»”\"'’)]"
_LAST_WORD = re.compile(r"([^\W\d_]+)\.$")
_ABBREVIATIONS = frozenset(
    {
        "al",
        "art",
        "av",
        "bd",
        "cf",
        "chap",
        "env",
        "ex",
        "fig",
        "mm",
        "no",
        "nos",
        "pp",
        "st",
        "tél",
    }
)
_EXPRESSION = re.compile(
    r"""\{\{((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?!\}\})[^"'])*)\}\}|\{[{%#]""", re.DOTALL
)
"""A call, its strings closed; else what opens one that is not closed, or something else."""
_WORDS = {"true": True, "false": False, "none": None}
_PAIRS = (("[", "]"), ("(", ")"), ("«", "»"))
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ue000-\uf8ff\ufeff]"
)


OF_WRONG_TYPE = SettingsError(
    "Un argument n'est pas du bon type.", expected="un texte entre guillemets ou un nombre"
)


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
    markdown, bound = _with_slots(template, path, prose)
    _check_closed(markdown, path)
    spoken, silent = _without_silent(markdown, bound)
    shown = _without_unshared(spoken, bound)
    return markdown_to_html(_elided(shown, bound), bound), silent


def _with_slots(template: str, path: Path, prose: Prose) -> tuple[str, Sequence[Bound]]:
    """Put a slot in the place of each expression of a text; give the figures that they stand for.

    Raises SettingsError, with the line: an expression is none of the known calls, or its figure does not exist.
    """
    bound = list[Bound]()

    def slot(match: re.Match[str]) -> str:
        try:
            bound.append(_call(match, prose.functions))
        except (SettingsError, TypeError, ValueError, ArithmeticError) as error:
            line = template.count("\n", 0, match.start()) + 1
            problem = error if isinstance(error, SettingsError) else OF_WRONG_TYPE
            raise _located(path, line, problem) from error
        return f"{OPEN}{len(bound) - 1}{CLOSE}"

    return _EXPRESSION.sub(slot, template), bound


def _check_closed(markdown: str, path: Path) -> None:
    """Raise SettingsError: a passage is opened and not closed in its paragraph."""
    others = _PASSAGE.sub(lambda closed: re.sub(r"[^\n]", " ", closed[0]), markdown)
    opening = _UNCLOSED.search(others)
    if opening is None:
        return
    problem = SettingsError(
        "Un passage [[ … ]] n'est pas fermé.",
        expected="]] dans le même paragraphe, sans autre passage à l'intérieur",
        todo="fermer le passage par ]]",
    )
    raise _located(path, others.count("\n", 0, opening.start()) + 1, problem)


def _without_silent(markdown: str, bound: Sequence[Bound]) -> tuple[str, tuple[int, ...]]:
    """Leave out the passages of which a figure is not known; give their ranks, from 1."""
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

    return _PASSAGE.sub(said, markdown), tuple(silent)


def _without_unshared(markdown: str, bound: Sequence[Bound]) -> str:
    """Leave out the sentences that quote a figure which the edition does not share, unless the author says otherwise.

    « Les filles sont un nombre masqué des jeunes » says nothing. A heading, a line of a table, a sentence whose marks
    (emphasis, brackets) go on in the next stay.
    """
    unshared = {str(rank) for rank, figure in enumerate(bound) if _is_unshared(figure)}
    if not unshared:
        return markdown
    paragraphs = _PARAGRAPHS.split(markdown)
    return "".join(_sentences_kept(paragraph, unshared) for paragraph in paragraphs)


def _is_unshared(figure: Bound) -> bool:
    """Whether the edition does not share a figure, and the author says nothing in its place."""
    is_masked = figure.cell is not None and figure.cell.state == MASQUE
    return is_masked and "sinon" not in figure.how


def _sentences_kept(paragraph: str, unshared: Set[str]) -> str:
    """Give a paragraph without the sentences that quote some slots; nothing where none is left."""
    says_all = unshared.isdisjoint(SLOT.findall(paragraph))
    if says_all or _is_line_of_its_own(paragraph):
        return paragraph
    mark, words = _LINE_MARK.match(paragraph), _LINE_MARK.sub("", paragraph, count=1)
    opened = mark[0] if mark else ""
    kept = ""
    for sentence in _sentences_of(words):
        if unshared.isdisjoint(SLOT.findall(sentence)) or not _is_whole(sentence):
            kept += sentence
    return f"{opened}{kept}" if kept.strip() else ""


def _is_line_of_its_own(line: str) -> bool:
    """Whether a line of Markdown is a heading, or of a table: no sentence goes on in the next."""
    return line.lstrip().startswith("#") or "|" in line


def _sentences_of(words: str) -> list[str]:
    """Cut words where a sentence begins, each with the spaces before it."""
    ends = [match.start() for match in _SENTENCE_END.finditer(words)]
    cuts = [0, *(end for end in ends if opens_sentence(f"{words[:end]} ")), len(words)]
    return [words[start:end] for start, end in pairwise(cuts)]


def _is_whole(sentence: str) -> bool:
    """Whether the marks of Markdown that open in a sentence close in it."""
    is_even = all(sentence.count(sign) % 2 == 0 for sign in ("**", "*", "_", "`"))
    pairs = [(sentence.count(opened), sentence.count(closed)) for opened, closed in _PAIRS]
    return is_even and all(opened == closed for opened, closed in pairs)


def markdown_to_html(source: str, bound: Sequence[Bound] = ()) -> str:
    """Turn Markdown into HTML; ``bound``: the figures that its slots stand for."""
    return str(_markdown().render(source, {"bound": bound, "before": ""}))


def without_tags(html: str) -> str:
    """Give the words of a fragment of HTML."""
    words = fragment_fromstring(html, create_parent=True).text_content()
    return re.sub(r"\n\s*\n", "\n", words).strip()


def _call(match: re.Match[str], functions: Mapping[str, Callable[..., Bound]]) -> Bound:
    closed = match[1] is not None
    if not closed and match[0] != "{{":
        raise SettingsError(
            "Un texte contient autre chose que du Markdown et des appels {{ fonction(…) }}.",
            expected=f"l'une des fonctions {french.listing(sorted(functions))}",
        )
    try:
        call = ast.parse(f"({match[1]})" if closed else "(", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SettingsError(
            "Une expression {{ … }} est mal écrite.",
            expected="parenthèses, guillemets et accolades fermés",
        ) from error
    if not isinstance(call, ast.Call):
        raise SettingsError(
            "Une expression {{ … }} n'appelle pas de fonction.",
            expected='par exemple {{ chiffre("…", "…", "…") }}',
        )
    return _called(call, functions)


def _called(call: ast.Call, functions: Mapping[str, Callable[..., Bound]]) -> Bound:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in functions:
        near = difflib.get_close_matches(name, functions, n=1)
        hint = f"{near[0]}(…)" if near else french.listing(sorted(functions))
        raise SettingsError(
            "Un texte appelle une fonction inconnue.", expected=hint, got=name or None
        )
    signature = inspect.signature(functions[name])
    keywords = {str(keyword.arg): keyword.value for keyword in call.keywords}
    try:
        given = signature.bind(*call.args, **keywords)
    except TypeError as error:
        parameters = ", ".join(signature.parameters)
        what = f"Les arguments de {name} ne vont pas."
        raise SettingsError(what, expected=f"{name}({parameters})") from error
    for key, value in given.arguments.items():
        given.arguments[key] = _argument(value, functions)
    return functions[name](*given.args, **given.kwargs)


def _argument(node: ast.expr, functions: Mapping[str, Callable[..., Bound]]) -> object:
    match node:
        case ast.Call():
            return _called(node, functions)
        case ast.Tuple():
            return tuple(_argument(part, functions) for part in node.elts)
        case ast.Name(id=name) if name in _WORDS:
            return _WORDS[name]
        case ast.Name(id=name):  # it would print what Python is made of
            raise SettingsError(
                "Un argument est un mot sans guillemets.",
                expected=f'« "{name}" », ou un nombre',
                got=name,
            )
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.Constant(value=str() as words) if hidden := _UNSEEN.search(words):
            raise SettingsError(
                "Un argument contient un caractère invisible.",
                expected="des lettres",
                got=f"U+{ord(hidden[0]):04X}",
            )
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
    raise SettingsError(
        "Un argument n'est ni un texte entre guillemets, ni un nombre, ni un appel."
    )


def _located(path: Path, line: int, error: SettingsError) -> SettingsError:
    todo = error.todo or "corriger l'expression à cette ligne"
    return SettingsError(error.what, f"{path}, ligne {line}", error.expected, error.got, todo)


def _elided(markdown: str, bound: Sequence[Bound]) -> str:
    """Elide « de » and « que » before a figure whose words begin with a vowel: « d'environ 25 »."""

    def elide(match: re.Match[str]) -> str:
        figure, before = bound[int(match["slot"])], match.string[: match.start()]
        is_told = phrases.without_about(figure.words, f"{before}de ", "") is not None
        if figure.function == "fixe" or is_told or not phrases.elides(figure.words):
            return match[0]
        line = before.rpartition("\n")[2]
        is_ended = "\n" in match["space"] and _is_line_of_its_own(line)
        if is_ended:
            return match[0]
        return f"{match['word']}'{match['marks']}{OPEN}{match['slot']}{CLOSE}"

    return _ELIDED.sub(elide, markdown)


class _Writer(RendererHTML):
    """Writes Markdown as HTML, each figure of ``env`` in the place of its slot: among words as a mark, else bare."""

    def renderToken(  # noqa: N802 - the library's name
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Write a tag, in whose attributes figures are words; a block begins or ends what is said before a figure."""
        token = tokens[idx]
        if token.block and not token.hidden:
            env["before"] = MASK if token.tag in _CELLS else ""
        for name, value in token.attrs.items():
            token.attrs[name] = _bare(str(value), env)
        return super().renderToken(tokens, idx, options, env)

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Write words, and the figures among them."""
        after = "".join(map(_words_of, tokens[idx + 1 :]))
        return _with_marks(tokens[idx].content, after, env)

    def softbreak(self, tokens: Sequence[Token], idx: int, *given: Any) -> str:
        """Write the end of a line."""
        given[-1]["before"] += "\n"
        return super().softbreak(tokens, idx, *given)

    def hardbreak(self, tokens: Sequence[Token], idx: int, *given: Any) -> str:
        """Write the end of a line that the author ended."""
        given[-1]["before"] += "\n"
        return super().hardbreak(tokens, idx, *given)

    def table_open(self, tokens: Sequence[Token], idx: int, _: OptionsDict, env: EnvType) -> str:
        """Open a table, and what lets it be scrolled."""
        lines = _lines_of(tokens[idx:], env)
        reached = REACHED if may_scroll(widths_of(lines)) else ""
        return f'<div class="rl-table-wrap"{reached}><table class="rl-table">\n'

    def table_close(self, *_: object) -> str:
        """Close it."""
        return "</table></div>\n"

    def code_inline(self, *given: Any) -> str:
        """Write words that are typed as they are."""
        return f"<code>{self.text(*given)}</code>"

    def code_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Write lines that are typed as they are."""
        env["before"] = ""
        return f"<pre><code>{_with_marks(tokens[idx].content, '', env)}</code></pre>\n"

    fence = code_block


def _lines_of(tokens: Sequence[Token], env: EnvType) -> list[list[str]]:
    """Give the words of each line of the table that some parts begin with."""
    lines = list[list[str]]()
    for token in takewhile(lambda token: token.type != "table_close", tokens):
        if token.type == "tr_open":
            lines.append([])
        elif token.type == "inline":
            lines[-1].append(_bare(token.content, env))
    return lines


def _words_of(token: Token) -> str:
    """Give the words of a part of a block; of a break the end of the line."""
    return token.content or ("\n" if token.type.endswith("break") else "")


def _with_marks(words: str, after: str, env: EnvType) -> str:
    """Write words of a block, its figures as marks; what the block says before and after decides their form."""
    written, place, rest = "", 0, f"{words}{after}"
    for slot in SLOT.finditer(words):
        written += _plain(words[place : slot.start()], env)
        place = slot.end()
        figure, following = env["bound"][int(slot[1])], SLOT.sub(MASK, rest[place:])
        written += mark(_in_place(figure, env["before"], following))
        env["before"] += MASK
    return written + _plain(words[place:], env)


def _plain(words: str, env: EnvType) -> str:
    """Write words without a figure, and note that the block says them."""
    env["before"] += words
    return escapeHtml(words)


def _in_place(figure: Bound, before: str, after: str) -> Bound:
    """Give a figure as it stands between some words: without « environ » that they say, with a capital first."""
    words = phrases.without_about(figure.words, before, after)
    if words is not None:  # the author's own say it
        figure = replace(figure, words=words, how={**figure.how, "environ": "dit"})
    if not opens_sentence(before):
        return figure
    return replace(figure, words=figure.words[:1].upper() + figure.words[1:])


def _bare(value: str, env: EnvType) -> str:
    """Write figures as words in an attribute, as an address has them where it is one."""

    def words(slot: re.Match[str]) -> str:
        return str(env["bound"][int(slot[1])].words)

    return _SLOT_IN_URL.sub(lambda slot: quote(words(slot)), SLOT.sub(words, value))


def with_sign(figure: Bound) -> str:
    """Write a bound figure alone, with the sign of what is rounded: « ≈ 25 »."""
    words = figure.words.replace(f"{ABOUT} ", SIGN, 1)
    if words == figure.words:
        return mark(figure)
    how = {**figure.how, "environ": "signe"}
    return mark(replace(figure, how=how), cells.signed(words))


def mark(figure: Bound, html: str = "") -> str:
    """Write a bound figure as a span that says where it comes from; ``html`` stands for its words."""
    words = html or escape(figure.words, quote=False)
    if figure.function == "fixe":
        return f'<span class="rl-fixe" data-raison="{escape(figure.reason or "")}">{words}</span>'
    source: dict[str, object] = {"ref": figure.function}
    if of := figure.reference:
        source = {"ref": of.path, "territoire": of.territory, "annee": of.year}
    address = attributes(**source, fonction=figure.function, **figure.how)
    return f'<span class="rl-chiffre"{address}>{words}</span>'


@cache
def _markdown() -> MarkdownIt:
    # CommonMark with tables, without raw HTML or pictures, headings lowered, tables as in the report.
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Writer)
    markdown.enable("table").disable("image")
    markdown.core.ruler.push("rapport", _adapt)
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


def opens_sentence(before: str) -> bool:
    """Say whether a sentence begins after some words of a block: none, or a full stop that ends no abbreviation."""
    words = before.rstrip(_OPENING)
    if not words:
        return True
    ended = words.rstrip(_CLOSING)
    if len(words) == len(before) or not ended.endswith((".", "!", "?")):
        return False
    last = _LAST_WORD.search(ended)
    if last is None:
        return True
    return len(last[1]) > 1 and last[1].lower() not in _ABBREVIATIONS
